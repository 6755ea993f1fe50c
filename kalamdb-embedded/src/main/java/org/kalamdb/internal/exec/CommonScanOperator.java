package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/** Reads the rows of a common table, which stay where they are. */
final class CommonScanOperator implements Operator {
  private final CommonRows rows;
  private final List<Integer> columns;
  private long next;

  CommonScanOperator(CommonRows rows, List<Integer> columns) {
    this.rows = rows;
    this.columns = columns;
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = rows.read(next, columns);
    if (batch != null) {
      next += batch.rowCount();
    }
    return batch;
  }

  @Override
  public void close() {}
}
