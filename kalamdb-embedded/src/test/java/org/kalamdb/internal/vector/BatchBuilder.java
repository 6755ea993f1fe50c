package org.kalamdb.internal.vector;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * Gathers rows from anywhere into batches. {@link #takeBatch} hands the rows so far to the caller
 * and starts over. Not thread-safe.
 */
public final class BatchBuilder implements AutoCloseable {
  private static final int FIRST_ROWS = 64;

  private final List<DataType> types;
  private final ColumnWriter[] writers;
  private int rowCount;

  public BatchBuilder(List<DataType> types, BufferAllocator allocator) {
    this.types = List.copyOf(types);
    this.writers = new ColumnWriter[types.size()];
    for (int i = 0; i < writers.length; i++) {
      writers[i] = new ColumnWriter(types.get(i), allocator);
    }
  }

  public int rowCount() {
    return rowCount;
  }

  /** Whether the batch has {@link RecordBatch#MAX_ROWS} rows. */
  public boolean isFull() {
    return rowCount >= RecordBatch.MAX_ROWS;
  }

  /** Adds a row of values in the Java classes of the types. */
  public void appendRow(@Nullable Object[] row) {
    reserve(1);
    for (int i = 0; i < writers.length; i++) {
      writers[i].setObject(rowCount, row[i]);
    }
    rowCount++;
  }

  /** Adds {@code rows[0..n)} of the columns, one of each type. */
  public void appendRows(ColumnView[] columns, int[] rows, int n) {
    reserve(n);
    for (int i = 0; i < writers.length; i++) {
      writers[i].copyRows(rowCount, columns[i], rows, n);
    }
    rowCount += n;
  }

  /** Adds one row of the columns. */
  public void appendRow(ColumnView[] columns, int row) {
    reserve(1);
    for (int i = 0; i < writers.length; i++) {
      writers[i].copyValue(rowCount, columns[i], row);
    }
    rowCount++;
  }

  private void reserve(int more) {
    int needed = rowCount + more;
    for (ColumnWriter writer : writers) {
      if (rowCount == 0) {
        writer.begin(Math.max(needed, FIRST_ROWS));
      } else {
        writer.ensureRows(needed);
      }
    }
  }

  /** The rows so far, in a batch that the caller closes; it may be empty. */
  public RecordBatch takeBatch() {
    if (rowCount == 0) {
      reserve(0);
    }
    List<FieldVector> columns = new ArrayList<>(writers.length);
    for (ColumnWriter writer : writers) {
      columns.add(writer.takeVector(rowCount));
    }
    RecordBatch batch = new RecordBatch(types, columns, rowCount);
    rowCount = 0;
    return batch;
  }

  @Override
  public void close() {
    for (ColumnWriter writer : writers) {
      writer.close();
    }
  }
}
