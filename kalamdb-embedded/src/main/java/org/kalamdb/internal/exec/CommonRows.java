package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * The rows of a common table, kept for all who read them. They are pulled from their producer when
 * the first reader comes to them, and a producer that does not end is no harm to a reader that
 * does.
 */
final class CommonRows implements AutoCloseable {
  private final List<DataType> types;
  private final RowStore rows;
  private @Nullable Operator producer;

  /**
   * Rows of an operator, which these close.
   *
   * @param producer null if rows are only {@linkplain #add added}
   */
  CommonRows(List<DataType> types, @Nullable Operator producer, ExecutionContext context) {
    this.types = types;
    this.producer = producer;
    this.rows = new RowStore(context.allocator());
  }

  /** Takes the batch, also if this fails. */
  void add(RecordBatch batch) {
    rows.add(batch);
  }

  boolean isEmpty() {
    return rows.rowCount() == 0;
  }

  /** Up to a batch of the given columns, from row {@code from} on; null if there are no more. */
  @Nullable RecordBatch read(int from, List<Integer> columns) {
    while (from >= rows.rowCount() && pull()) {
      // An empty batch adds no row.
    }
    int n = Math.min(RecordBatch.MAX_ROWS, rows.rowCount() - from);
    if (n <= 0) {
      return null;
    }
    int[] addresses = new int[n];
    for (int i = 0; i < n; i++) {
      addresses[i] = rows.address(from + i);
    }
    return rows.gatherColumns(types, columns, addresses, n);
  }

  private boolean pull() {
    RecordBatch batch = producer == null ? null : producer.next();
    if (batch != null) {
      rows.add(batch);
      return true;
    }
    closeProducer();
    return false;
  }

  private void closeProducer() {
    Operator open = producer;
    producer = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    Operator open = producer;
    producer = null;
    Closeables.closeAll(open, rows);
  }
}
