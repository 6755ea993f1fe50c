package org.kalamdb.internal.storage.row;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/** Rows in memory of one schema version as rows of a later one, as stored rows are read. */
public final class RowUpgrade {
  private final TableSchema from;
  private final List<ColumnSchema> columns;

  public RowUpgrade(TableSchema from, TableSchema to) {
    this.from = from;
    this.columns = to.columns();
  }

  /** A new row; values of columns that have gone are left out. */
  public @Nullable Object[] apply(@Nullable Object[] row) {
    @Nullable Object[] upgraded = new @Nullable Object[columns.size()];
    for (int i = 0; i < upgraded.length; i++) {
      ColumnSchema column = columns.get(i);
      int position = from.positionOf(column.id());
      Object value = position < 0 ? column.missingValue() : row[position];
      upgraded[i] =
          value == null || position < 0
              ? value
              : Widening.convert(value, from.column(position).type(), column.type());
    }
    return upgraded;
  }
}
