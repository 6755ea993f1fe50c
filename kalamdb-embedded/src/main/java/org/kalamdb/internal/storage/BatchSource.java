package org.kalamdb.internal.storage;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** A pull stream of batches. One thread at a time. */
public interface BatchSource extends AutoCloseable {
  /** The next batch, which the caller closes; null at the end. A batch may hold no active row. */
  @Nullable RecordBatch next();

  ScanStatistics statistics();

  @Override
  void close();
}
