package org.kalamdb.benchmarks.tpch;

import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.List;

/** Rows of a table of TPC-H at a scale, always the same ones, as Java values in column order. */
final class TpchRows implements Iterable<Object[]> {
  private final TpchTable<?> table;
  private final double scale;

  private TpchRows(TpchTable<?> table, double scale) {
    this.table = table;
    this.scale = scale;
  }

  /** The tables' names, smallest tables first. */
  static List<String> tables() {
    return List.of(
        "region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem");
  }

  static TpchRows of(String table, double scale) {
    return new TpchRows(TpchTable.getTable(table), scale);
  }

  int columns() {
    return table.getColumns().size();
  }

  @Override
  public Iterator<Object[]> iterator() {
    return iterator(table);
  }

  private <E extends TpchEntity> Iterator<Object[]> iterator(TpchTable<E> of) {
    Iterator<E> entities = of.createGenerator(scale, 1, 1).iterator();
    List<TpchColumn<E>> columns = of.getColumns();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return entities.hasNext();
      }

      @Override
      public Object[] next() {
        E entity = entities.next();
        Object[] row = new Object[columns.size()];
        for (int i = 0; i < row.length; i++) {
          row[i] = value(columns.get(i), entity);
        }
        return row;
      }
    };
  }

  private static <E extends TpchEntity> Object value(TpchColumn<E> column, E entity) {
    return switch (column.getType().getBase()) {
      case INTEGER -> column.getInteger(entity);
      case IDENTIFIER -> column.getIdentifier(entity);
      case DATE -> LocalDate.ofEpochDay(column.getDate(entity));
      case DOUBLE -> BigDecimal.valueOf(Math.round(column.getDouble(entity) * 100), 2);
      case VARCHAR -> column.getString(entity);
    };
  }
}
