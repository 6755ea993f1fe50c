package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/** Copies rows of several batches into new vectors. */
final class Gather {
  private Gather() {}

  /** The values of {@code addresses[from..to)} from the batches of a {@link RowStore}. */
  static FieldVector column(
      DataType type,
      ColumnView[] batches,
      int[] addresses,
      int from,
      int to,
      BufferAllocator allocator) {
    int n = to - from;
    try (ColumnWriter out = new ColumnWriter(type, allocator)) {
      out.begin(n);
      int width = plainWidth(type);
      for (int i = 0; i < n; i++) {
        int address = addresses[from + i];
        if (address != RowStore.NO_ROW) { // else NULL, as everything is after begin
          copy(out, i, batches[address >> RowStore.ROW_BITS], address & RowStore.ROW_MASK, width);
        }
      }
      return out.takeVector(n);
    }
  }

  /** As {@link #column}, value {@code i} at row {@code rows[i]} of {@code rowCount}. */
  static FieldVector columnAt(
      DataType type,
      ColumnView[] batches,
      int[] rows,
      int[] addresses,
      int n,
      int rowCount,
      BufferAllocator allocator) {
    try (ColumnWriter out = new ColumnWriter(type, allocator)) {
      out.begin(rowCount);
      int width = plainWidth(type);
      for (int i = 0; i < n; i++) {
        int address = addresses[i];
        ColumnView source = batches[address >> RowStore.ROW_BITS];
        copy(out, rows[i], source, address & RowStore.ROW_MASK, width);
      }
      return out.takeVector(rowCount);
    }
  }

  private static void copy(ColumnWriter out, int to, ColumnView source, int row, int width) {
    if (width == 0) {
      out.copyValue(to, source, row);
    } else if (!source.isNull(row)) {
      if (width == 8) {
        out.setLong(to, source.getLong(row));
      } else if (width == 16) {
        out.setDecimal(to, source.getDecimalHigh(row), source.getDecimalLow(row));
      } else {
        out.setInt(to, source.getInt(row));
      }
      out.setValid(to);
    }
  }

  /** 4, 8 or 16 for types that are copied as an int or as longs; else 0. */
  private static int plainWidth(DataType type) {
    int width = VectorTypes.width(type);
    boolean number = type.kind() != DataType.Kind.EMBEDDING;
    return number && (width == 4 || width == 8 || width == 16) ? width : 0;
  }
}
