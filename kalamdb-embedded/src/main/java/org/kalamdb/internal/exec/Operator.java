package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * A running relational operator that is asked for batches. Nothing is read before the first {@link
 * #next}. Owns its inputs and closes them. One thread at a time.
 */
public interface Operator extends AutoCloseable {
  /** The next batch, which the caller closes; null at the end. A batch may hold no active row. */
  @Nullable RecordBatch next();

  /** Releases all memory; may come at any moment and more than once. */
  @Override
  void close();
}
