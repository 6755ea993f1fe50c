package org.kalamdb.internal.storage;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** A pull stream of batches. One thread at a time. */
public interface BatchSource extends AutoCloseable {
  /** The next batch, which the caller closes; null at the end. A batch may hold no active row. */
  @Nullable RecordBatch next();

  /**
   * Leaves out rows that nobody needs to see, as far as their number is known without reading them,
   * and returns it. Before the first batch; {@link #next} gives the other rows.
   */
  default long skipKnown() {
    return 0;
  }

  ScanStatistics statistics();

  @Override
  void close();
}
