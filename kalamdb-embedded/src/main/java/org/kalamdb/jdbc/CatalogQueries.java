package org.kalamdb.jdbc;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * The only place that asks the database what it holds: {@code SHOW NAMESPACES}, {@code SHOW TABLES}
 * and {@code DESCRIBE}. Sees what the session may see. Called under the connection's lock.
 */
final class CatalogQueries {
  /**
   * A table of the catalog.
   *
   * @param kind USER, SHARED, STREAM, VIEW or SYSTEM
   */
  record Table(TableId id, String kind) {}

  /**
   * A column of a table.
   *
   * @param defaultSql the DEFAULT expression; null if there is none
   * @param keyPosition place in the primary key, from 1; 0 if it is not in it
   */
  record Column(
      String name,
      DataType type,
      String typeText,
      boolean nullable,
      @Nullable String defaultSql,
      int keyPosition) {}

  private final Session session;

  CatalogQueries(Session session) {
    this.session = session;
  }

  /** Names in order. */
  List<String> namespaces() {
    return session.query("SHOW NAMESPACES").list().stream()
        .map(row -> text(row, "namespace"))
        .sorted()
        .toList();
  }

  List<Table> tables(String namespace) {
    List<Table> tables = new ArrayList<>();
    for (Row row : session.query("SHOW TABLES IN " + Identifiers.quote(namespace)).list()) {
      tables.add(
          new Table(
              TableId.of(text(row, "namespace"), text(row, "table_name")),
              text(row, "table_type")));
    }
    return tables;
  }

  /** In declared order. */
  List<Column> columns(TableId table) {
    String name =
        Identifiers.quote(table.namespace().name()) + "." + Identifiers.quote(table.name());
    List<Column> columns = new ArrayList<>();
    for (Row row : session.query("DESCRIBE " + name).list()) {
      String type = text(row, "data_type");
      columns.add(
          new Column(
              text(row, "column_name"),
              JdbcType.parse(type),
              type,
              row.getBoolean("nullable"),
              row.getString("default"),
              keyPosition(row)));
    }
    return columns;
  }

  /** Names of the key columns, in key order; empty if the table has none. */
  List<String> primaryKey(TableId table) {
    TreeMap<Integer, String> key = new TreeMap<>();
    for (Column column : columns(table)) {
      if (column.keyPosition() > 0) {
        key.put(column.keyPosition(), column.name());
      }
    }
    return List.copyOf(key.values());
  }

  /** The place in the primary key is NULL for other columns. */
  private static int keyPosition(Row row) {
    int column = row.indexOf("primary_key");
    return row.isNull(column) ? 0 : row.getInt(column);
  }

  private static String text(Row row, String column) {
    String value = row.getString(column);
    return value == null ? "" : value;
  }
}
