package org.kalamdb.internal.flush;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/** Tells a job of the rows that are read for it, and stops if it was cancelled. */
record WatchedRows(BatchSource rows, Job job) implements BatchSource {
  @Override
  public @Nullable RecordBatch next() {
    job.checkCancelled();
    RecordBatch batch = rows.next();
    if (batch != null) {
      job.advance(batch.selection().size());
    }
    return batch;
  }

  @Override
  public ScanStatistics statistics() {
    return rows.statistics();
  }

  @Override
  public void close() {
    rows.close();
  }
}
