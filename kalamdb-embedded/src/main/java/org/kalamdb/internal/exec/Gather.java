package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/** Copies chosen rows into new vectors. */
public final class Gather {
  private Gather() {}

  /** A new batch of the rows, which stay in the old one too. */
  public static RecordBatch rows(RecordBatch batch, SelectionVector rows, BufferAllocator allocator) {
    List<FieldVector> vectors = new ArrayList<>(batch.columnCount());
    try {
      for (int i = 0; i < batch.columnCount(); i++) {
        ColumnView source = ColumnView.of(batch.column(i), batch.types().get(i));
        vectors.add(column(source, rows.viewRows(), rows.size(), allocator));
      }
      return new RecordBatch(batch.types(), vectors, rows.size());
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** The values of {@code rows[0..n)}. */
  static FieldVector column(ColumnView source, int[] rows, int n, BufferAllocator allocator) {
    try (ColumnWriter out = new ColumnWriter(source.type(), allocator)) {
      out.begin(n);
      if (source.isAllNull()) {
        return out.takeVector(n);
      }
      boolean nulls = source.mayHaveNulls();
      if (!nulls && n > 0) {
        out.setAllValid(n);
      }
      switch (plainWidth(source.type())) {
        case 4 -> {
          for (int i = 0; i < n; i++) {
            out.setInt(i, source.getInt(rows[i]));
          }
        }
        case 8 -> {
          for (int i = 0; i < n; i++) {
            out.setLong(i, source.getLong(rows[i]));
          }
        }
        default -> {
          for (int i = 0; i < n; i++) {
            out.copyValue(i, source, rows[i]);
          }
          return out.takeVector(n);
        }
      }
      if (nulls) {
        for (int i = 0; i < n; i++) {
          if (!source.isNull(rows[i])) {
            out.setValid(i);
          }
        }
      }
      return out.takeVector(n);
    }
  }

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
