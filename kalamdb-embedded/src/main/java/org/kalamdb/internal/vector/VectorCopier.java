package org.kalamdb.internal.vector;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.schema.DataType;

/** Copies chosen rows of columns into new vectors. */
public final class VectorCopier {
  private VectorCopier() {}

  /** The values at {@code rows[0..n)}, in that order, in a vector that the caller closes. */
  public static FieldVector copyRows(
      ColumnView column, int[] rows, int n, BufferAllocator allocator) {
    try (ColumnWriter writer = new ColumnWriter(column.type(), allocator)) {
      writer.begin(n);
      writer.copyRows(0, column, rows, n);
      return writer.takeVector(n);
    }
  }

  /** As {@link #copyRows}, with NULL for a row number of -1: the missing side of an outer join. */
  public static FieldVector copyRowsOrNull(
      ColumnView column, int[] rows, int n, BufferAllocator allocator) {
    try (ColumnWriter writer = new ColumnWriter(column.type(), allocator)) {
      writer.begin(n);
      for (int i = 0; i < n; i++) {
        if (rows[i] >= 0) {
          writer.copyValue(i, column, rows[i]);
        }
      }
      return writer.takeVector(n);
    }
  }

  /**
   * The active rows of the batch, close together in a batch of their own, which the caller closes.
   */
  public static RecordBatch copyBatch(RecordBatch batch, BufferAllocator allocator) {
    SelectionVector rows = batch.selection();
    List<DataType> types = batch.types();
    List<FieldVector> columns = new ArrayList<>(types.size());
    try {
      for (int i = 0; i < types.size(); i++) {
        ColumnView column = ColumnView.of(batch.column(i), types.get(i));
        columns.add(copyRows(column, rows.viewRows(), rows.size(), allocator));
      }
      return new RecordBatch(types, columns, rows.size());
    } catch (RuntimeException e) {
      columns.forEach(FieldVector::close);
      throw e;
    }
  }
}
