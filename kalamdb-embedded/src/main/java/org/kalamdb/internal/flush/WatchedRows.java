package org.kalamdb.internal.flush;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;

/** Tells a job of the rows that are read for it, and stops if it was cancelled. */
final class WatchedRows implements BatchSource {
  private final BatchSource rows;
  private final Job job;
  private long given;

  WatchedRows(BatchSource rows, Job job) {
    this.rows = rows;
    this.job = job;
  }

  @Override
  public @Nullable RecordBatch next() {
    // Before there is a batch that a cancelled job would have to close.
    job.advance(given);
    RecordBatch batch = rows.next();
    given = batch == null ? 0 : batch.selection().size();
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
