package org.kalamdb.jdbc;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;

/**
 * Rows of an answer of {@link java.sql.DatabaseMetaData}, collected and sorted as JDBC prescribes.
 */
final class MetaDataTable {
  private final List<ResultColumn> columns;
  private final List<Row> rows = new ArrayList<>();

  /**
   * Columns as words: {@code NAME} is text, {@code NAME:i} an INTEGER, {@code :s} a SMALLINT,
   * {@code :b} a BOOLEAN.
   */
  MetaDataTable(String... columns) {
    List<ResultColumn> described = new ArrayList<>();
    for (String column : columns) {
      int colon = column.indexOf(':');
      String name = colon < 0 ? column : column.substring(0, colon);
      described.add(
          new ResultColumn(name, type(column.substring(name.length())), null, null, true));
    }
    this.columns = List.copyOf(described);
  }

  private static DataType type(String suffix) {
    return switch (suffix) {
      case ":i" -> DataType.INTEGER;
      case ":s" -> DataType.SMALLINT;
      case ":b" -> DataType.BOOLEAN;
      default -> DataType.TEXT;
    };
  }

  MetaDataTable add(@Nullable Object... values) {
    if (values.length != columns.size()) {
      throw new IllegalArgumentException(
          values.length + " values for " + columns.size() + " columns");
    }
    @Nullable Object[] typed = values.clone();
    for (int i = 0; i < typed.length; i++) {
      if (typed[i] instanceof Integer number && columns.get(i).type().equals(DataType.SMALLINT)) {
        typed[i] = number.shortValue();
      }
    }
    rows.add(new Row(columns, typed));
    return this;
  }

  /** Sorts by columns of text or numbers, NULL first. */
  MetaDataTable sortBy(String... names) {
    // Sorts are stable: from the last column to the first.
    for (int i = names.length - 1; i >= 0; i--) {
      String name = names[i];
      rows.sort(Comparator.comparing(row -> key(row.get(name))));
    }
    return this;
  }

  /**
   * Numbers padded so that they sort as numbers; the negative ones of {@code java.sql.Types} first.
   */
  private static String key(@Nullable Object value) {
    return value instanceof Number number
        ? String.format("%020d", number.longValue() + (1L << 40))
        : String.valueOf(value == null ? "" : value);
  }

  RowSource source() {
    return RowSource.of(columns, rows);
  }
}
