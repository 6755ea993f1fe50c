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
        if (address == RowStore.NO_ROW) {
          continue; // NULL, as everything is after begin
        }
        ColumnView source = batches[address >> RowStore.ROW_BITS];
        int row = address & RowStore.ROW_MASK;
        if (width == 8 && !source.isNull(row)) {
          out.setLong(i, source.getLong(row));
          out.setValid(i);
        } else if (width == 4 && !source.isNull(row)) {
          out.setInt(i, source.getInt(row));
          out.setValid(i);
        } else {
          out.copyValue(i, source, row);
        }
      }
      return out.takeVector(n);
    }
  }

  /** 4 or 8 for types that are copied as one int or long; else 0. */
  private static int plainWidth(DataType type) {
    int width = VectorTypes.width(type);
    boolean number = type.kind() != DataType.Kind.EMBEDDING;
    return number && (width == 4 || width == 8) ? width : 0;
  }
}
