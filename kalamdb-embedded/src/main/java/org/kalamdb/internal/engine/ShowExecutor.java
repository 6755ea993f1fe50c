package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.storage.table.TableStatistics;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** SHOW and DESCRIBE over one catalog. */
final class ShowExecutor {
  private final CatalogSnapshot catalog;
  private final NamespaceId current;

  ShowExecutor(CatalogSnapshot catalog, NamespaceId current) {
    this.catalog = catalog;
    this.current = current;
  }

  /** Rows of fixed columns. */
  static final class Listing {
    private final List<ResultColumn> columns = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    Listing column(String name, DataType type) {
      columns.add(new ResultColumn(name, type, null, null, true));
      return this;
    }

    Listing row(@Nullable Object... values) {
      rows.add(new Row(columns, values));
      return this;
    }

    ListResult result() {
      return new ListResult(List.copyOf(columns), rows);
    }
  }

  ListResult namespaces() {
    Listing listing =
        new Listing().column("namespace", DataType.TEXT).column("tables", DataType.BIGINT);
    for (NamespaceId namespace : catalog.namespaces()) {
      listing.row(namespace.name(), (long) catalog.tablesIn(namespace).size());
    }
    return listing.result();
  }

  ListResult tables(@Nullable Identifier in) {
    NamespaceId namespace = in == null ? current : new NamespaceId(in.name());
    if (in != null && !catalog.hasNamespace(namespace)) {
      throw in.position()
          .error(ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + namespace + "\" does not exist");
    }
    Listing listing =
        new Listing()
            .column("namespace", DataType.TEXT)
            .column("table_name", DataType.TEXT)
            .column("table_type", DataType.TEXT);
    for (TableDefinition table : catalog.tablesIn(namespace)) {
      listing.row(namespace.name(), table.id().name(), table.type().name());
    }
    return listing.result();
  }

  ListResult describe(ObjectName name) {
    TableSchema schema = table(name).schema();
    Listing listing =
        new Listing()
            .column("column_name", DataType.TEXT)
            .column("data_type", DataType.TEXT)
            .column("nullable", DataType.BOOLEAN)
            .column("default", DataType.TEXT)
            .column("primary_key", DataType.INTEGER);
    for (int i = 0; i < schema.visibleColumns(); i++) {
      ColumnSchema column = schema.column(i);
      int keyPosition = schema.primaryKey().indexOf(i);
      listing.row(
          column.name(),
          column.type().toString(),
          column.nullable(),
          column.defaultSql(),
          keyPosition < 0 ? null : keyPosition + 1);
    }
    return listing.result();
  }

  ListResult createTable(ObjectName name) {
    return new Listing()
        .column("table_name", DataType.TEXT)
        .column("create_statement", DataType.TEXT)
        .row(table(name).id().toString(), createStatement(table(name)))
        .result();
  }

  /** A statement that makes the same table again. */
  static String createStatement(TableDefinition table) {
    TableSchema schema = table.schema();
    StringBuilder sql = new StringBuilder("CREATE ");
    sql.append(table.type()).append(" TABLE ").append(table.id()).append(" (\n");
    StringJoiner items = new StringJoiner(",\n");
    for (int i = 0; i < schema.visibleColumns(); i++) {
      ColumnSchema column = schema.column(i);
      StringBuilder item = new StringBuilder("  ").append(quoted(column.name()));
      item.append(' ').append(column.type());
      if (!column.nullable()) {
        item.append(" NOT NULL");
      }
      if (column.defaultSql() != null) {
        item.append(" DEFAULT ").append(column.defaultSql());
      }
      if (column.checkSql() != null) {
        item.append(" CHECK (").append(column.checkSql()).append(')');
      }
      items.add(item);
    }
    if (!schema.primaryKey().isEmpty() && !schema.hasHiddenKey()) {
      StringJoiner key = new StringJoiner(", ", "  PRIMARY KEY (", ")");
      schema.primaryKey().forEach(column -> key.add(quoted(schema.column(column).name())));
      items.add(key.toString());
    }
    sql.append(items).append("\n)");
    return sql.append(options(table)).toString();
  }

  private static String options(TableDefinition table) {
    TableOptions options = table.options();
    TableOptions defaults = TableOptions.DEFAULTS;
    StringJoiner written = new StringJoiner(", ", " WITH (", ")").setEmptyValue("");
    if (table.type() == TableType.STREAM) {
      written.add("TTL_SECONDS = " + options.ttlSeconds());
    } else {
      if (options.flushRows() != defaults.flushRows()
          || options.flushIntervalSeconds() != defaults.flushIntervalSeconds()) {
        StringJoiner policy = new StringJoiner(",", "FLUSH_POLICY = '", "'");
        if (options.flushRows() > 0) {
          policy.add("rows:" + options.flushRows());
        }
        if (options.flushIntervalSeconds() > 0) {
          policy.add("interval:" + options.flushIntervalSeconds());
        }
        written.add(policy.toString());
      }
      if (!options.compression().equals(defaults.compression())) {
        written.add("COMPRESSION = '" + options.compression() + "'");
      }
      if (options.deletedRetentionHours() != defaults.deletedRetentionHours()) {
        written.add(
            "DELETED_RETENTION_HOURS = "
                + (options.deletedRetentionHours() < 0
                    ? "'off'"
                    : options.deletedRetentionHours()));
      }
      if (table.type() == TableType.SHARED
          && !options.accessLevel().equals(defaults.accessLevel())) {
        written.add("ACCESS_LEVEL = '" + options.accessLevel() + "'");
      }
    }
    return written.toString();
  }

  private static String quoted(String name) {
    return name.matches("[a-z][a-z0-9_]*") ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  ListResult statistics(ObjectName name, Engine engine, ReadView view) {
    TableDefinition table = table(name);
    TableStatistics statistics = engine.statistics(table, view);
    return new Listing()
        .column("table_name", DataType.TEXT)
        .column("table_type", DataType.TEXT)
        .column("hot_rows", DataType.BIGINT)
        .column("cold_rows", DataType.BIGINT)
        .column("superseded_rows", DataType.BIGINT)
        .column("segments", DataType.BIGINT)
        .column("cold_bytes", DataType.BIGINT)
        .column("partitions", DataType.BIGINT)
        .row(
            table.id().toString(),
            table.type().name(),
            statistics.hotRows(),
            statistics.coldRows(),
            statistics.supersededRows(),
            statistics.segments(),
            statistics.coldBytes(),
            statistics.partitions())
        .result();
  }

  TableDefinition table(ObjectName name) {
    TableDefinition table = catalog.table(DdlExecutor.tableId(name, current));
    if (table == null) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    }
    return table;
  }
}
