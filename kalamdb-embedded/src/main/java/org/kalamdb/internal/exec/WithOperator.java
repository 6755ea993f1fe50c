package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** Passes on the body's batches and keeps the common table that the body reads. */
final class WithOperator implements Operator {
  private final CommonRows rows;
  private final Operator body;

  WithOperator(CommonRows rows, Operator body) {
    this.rows = rows;
    this.body = body;
  }

  @Override
  public @Nullable RecordBatch next() {
    return body.next();
  }

  @Override
  public void close() {
    Closeables.closeAll(body, rows);
  }
}
