package org.kalamdb.internal.flush;

import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.job.Job;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/**
 * The rows of a compaction that it keeps, file by file: without tombstones past their retention,
 * and with an end after so many rows that {@link #nextFile()} goes on behind.
 */
final class RetainedRows implements BatchSource {
  private final BatchSource rows;
  private final int seqColumn;
  private final long retainedFromSeq;
  private final long rowsPerFile;
  private final Job job;
  private final Throttle throttle;
  private long inFile;
  private long read;
  private boolean atEnd;

  /**
   * @param seqColumn where {@code _seq} is, with {@code _deleted} behind it
   * @param retainedFromSeq tombstones of earlier commits are dropped
   */
  RetainedRows(
      BatchSource rows,
      int seqColumn,
      long retainedFromSeq,
      long rowsPerFile,
      Job job,
      Throttle throttle) {
    this.rows = rows;
    this.seqColumn = seqColumn;
    this.retainedFromSeq = retainedFromSeq;
    this.rowsPerFile = rowsPerFile;
    this.job = job;
    this.throttle = throttle;
  }

  /** True if there may be rows for another file. */
  boolean nextFile() {
    inFile = 0;
    return !atEnd;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (!atEnd && inFile < rowsPerFile) {
      // Before there is a batch that a cancelled job would have to close.
      job.advance(read);
      read = 0;
      RecordBatch batch = rows.next();
      if (batch == null) {
        atEnd = true;
        return null;
      }
      read = batch.selection().size();
      throttle.spend(batch.bytes());
      retain(batch);
      if (batch.selection().size() > 0) {
        inFile += batch.selection().size();
        return batch;
      }
      batch.close();
    }
    return null;
  }

  private void retain(RecordBatch batch) {
    BigIntVector seqs = (BigIntVector) batch.column(seqColumn);
    BitVector deleted = (BitVector) batch.column(seqColumn + 1);
    SelectionVector all = batch.selection();
    int[] kept = new int[all.size()];
    int count = 0;
    for (int i = 0; i < all.size(); i++) {
      int row = all.get(i);
      if (deleted.get(row) == 0 || seqs.get(row) >= retainedFromSeq) {
        kept[count++] = row;
      }
    }
    if (count < all.size()) {
      batch.select(SelectionVector.of(kept, count));
    }
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
