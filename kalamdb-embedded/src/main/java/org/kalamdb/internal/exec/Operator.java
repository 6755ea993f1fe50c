package org.kalamdb.internal.exec;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * A running relational operator that is asked for batches. Nothing is read before the first {@link
 * #next}. Owns its inputs and closes them. One thread at a time.
 *
 * <p>Operators that treat each row by itself can be forked: see {@link GatherOperator}.
 */
public interface Operator extends AutoCloseable {
  /** The next batch, which the caller closes; null at the end. A batch may hold no active row. */
  @Nullable RecordBatch next();

  /**
   * Says that of the rows only their number matters: those whose number comes to be known without
   * reading them are told to {@code counted}, by the query's thread, and not put out. Before the
   * first batch; of no effect where rows are needed.
   */
  default void leaveOutCounted(LongConsumer counted) {}

  /** Whether several threads may run copies of it, if the scan at its bottom can be divided. */
  default boolean isForkable() {
    return false;
  }

  /**
   * Gets ready to be forked; called once, before {@link #next} and by the thread that would call
   * that. Returns the parts of the scan at the bottom, which stay the operator's, or null if one
   * thread is to run it: by {@link #next}, as if this had not been called.
   */
  default @Nullable ScanParts prepareForks() {
    return null;
  }

  /**
   * A copy for one thread, of an operator that has been prepared and stays open meanwhile. At the
   * end of the source's part it puts out null; when the source has another part it goes on.
   */
  default Operator fork(ScanParts.Reader source) {
    throw new IllegalStateException("one thread at a time");
  }

  /** Releases all memory; may come at any moment and more than once. */
  @Override
  void close();
}
