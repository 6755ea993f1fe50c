package org.kalamdb.internal.engine;

import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.query.ResultBatch;

/** A batch in the hands of an application until its result takes it back. */
final class LentBatch implements ResultBatch, AutoCloseable {
  private final int rowCount;
  private volatile @Nullable RecordBatch batch;

  LentBatch(RecordBatch batch) {
    this.rowCount = batch.rowCount();
    this.batch = batch;
  }

  @Override
  public int rowCount() {
    return rowCount;
  }

  @Override
  public FieldVector column(int index) {
    RecordBatch lent = batch;
    if (lent == null) {
      throw new IllegalStateException(
          "The batch is given back: it was lent until the result's next batch or close");
    }
    return lent.column(index);
  }

  /** Frees the vectors; {@link #column} refuses from now on. */
  @Override
  public void close() {
    RecordBatch lent = batch;
    batch = null;
    if (lent != null) {
      lent.close();
    }
  }
}
