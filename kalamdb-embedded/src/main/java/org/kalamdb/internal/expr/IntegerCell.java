package org.kalamdb.internal.expr;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** Integers of any width, read as and written from 64 bits. */
final class IntegerCell {
  private IntegerCell() {}

  static long read(ColumnView column, int row) {
    return switch (column.type().kind()) {
      case SMALLINT -> column.getShort(row);
      case INTEGER, DATE -> column.getInt(row);
      default -> column.getLong(row);
    };
  }

  /** The value fits the column's type. */
  static void write(ColumnWriter column, int row, long value) {
    switch (column.type().kind()) {
      case SMALLINT -> column.setShort(row, (short) value);
      case INTEGER, DATE -> column.setInt(row, (int) value);
      default -> column.setLong(row, value);
    }
  }
}
