package org.kalamdb.internal.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.storage.table.TableStatistics;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** SHOW and DESCRIBE over one catalog. */
final class ShowExecutor {
  private final CatalogSnapshot catalog;
  private final SearchPath path;

  ShowExecutor(CatalogSnapshot catalog, SearchPath path) {
    this.catalog = catalog;
    this.path = path;
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

  /** The rows of a system table, all columns. */
  static ListResult system(SystemTable table, List<@Nullable Object[]> rows) {
    Listing listing = new Listing();
    for (ColumnSchema column : table.definition().schema().columns()) {
      listing.column(column.name(), column.type());
    }
    rows.forEach(listing::row);
    return listing.result();
  }

  ListResult namespaces() {
    Listing listing =
        new Listing().column("namespace", DataType.TEXT).column("tables", DataType.BIGINT);
    for (NamespaceId namespace : catalog.namespaces()) {
      if (NameRules.isTemporary(namespace)) {
        continue;
      }
      listing.row(namespace.name(), (long) catalog.tablesIn(namespace).size());
    }
    return listing.result();
  }

  ListResult tables(@Nullable Identifier in) {
    NamespaceId namespace = in == null ? path.current() : new NamespaceId(in.name());
    if (namespace.equals(SystemTable.NAMESPACE)) {
      return systemTables();
    }
    if (in != null && (!catalog.hasNamespace(namespace) || NameRules.isTemporary(namespace))) {
      throw in.position()
          .error(ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + namespace + "\" does not exist");
    }
    Listing listing = tableListing();
    list(namespace, namespace.name(), listing);
    NamespaceId temporary = path.temporary();
    if (in == null && temporary != null) {
      list(temporary, "pg_temp", listing);
    }
    return listing.result();
  }

  private static Listing tableListing() {
    return new Listing()
        .column("namespace", DataType.TEXT)
        .column("table_name", DataType.TEXT)
        .column("table_type", DataType.TEXT);
  }

  private ListResult systemTables() {
    Listing listing = tableListing();
    for (TableDefinition table : catalog.systemTables()) {
      listing.row(table.id().namespace().name(), table.id().name(), "SYSTEM");
    }
    return listing.result();
  }

  private void list(NamespaceId namespace, String shown, Listing listing) {
    for (TableDefinition table : catalog.tablesIn(namespace)) {
      listing.row(shown, table.id().name(), table.type().name());
    }
    for (ViewDefinition view : catalog.viewsIn(namespace)) {
      listing.row(shown, view.id().name(), "VIEW");
    }
  }

  ListResult describe(ObjectName name) {
    ViewDefinition view = catalog.view(path.idOf(name, catalog));
    Listing listing =
        new Listing()
            .column("column_name", DataType.TEXT)
            .column("data_type", DataType.TEXT)
            .column("nullable", DataType.BOOLEAN)
            .column("default", DataType.TEXT)
            .column("primary_key", DataType.INTEGER);
    if (view != null) {
      view.columns().forEach(c -> listing.row(c.name(), c.type().toString(), true, null, null));
      return listing.result();
    }
    TableId id = path.idOf(name, catalog);
    boolean system = id.namespace().equals(SystemTable.NAMESPACE);
    TableDefinition found = system ? catalog.systemTable(id) : null;
    TableSchema schema = (found == null ? table(name) : found).schema();
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

  /** The versions of a table's columns; 42809 for a view, which has none. */
  ListResult history(ObjectName name) {
    if (catalog.view(path.idOf(name, catalog)) != null) {
      throw name.position().error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + name + "\" is not a table");
    }
    return SchemaHistory.describe(table(name));
  }

  ListResult createTable(ObjectName name) {
    ViewDefinition view = catalog.view(path.idOf(name, catalog));
    return new Listing()
        .column("table_name", DataType.TEXT)
        .column("create_statement", DataType.TEXT)
        .row(
            view == null ? table(name).id().toString() : view.id().toString(),
            view == null ? createStatement(table(name)) : createStatement(view))
        .result();
  }

  private static String written(TableId id) {
    NamespaceId namespace = id.namespace();
    return (namespace.equals(NamespaceId.DEFAULT)
            ? namespace.name()
            : Identifier.written(namespace.name()))
        + '.'
        + Identifier.written(id.name());
  }

  private static String createStatement(ViewDefinition view) {
    StringJoiner columns = new StringJoiner(", ", " (", ")");
    view.columns().forEach(column -> columns.add(Identifier.written(column.name())));
    return "CREATE VIEW " + written(view.id()) + columns + " AS " + view.sql();
  }

  /** A statement that makes the same table again. */
  String createStatement(TableDefinition table) {
    TableSchema schema = table.schema();
    StringBuilder sql = new StringBuilder("CREATE ");
    sql.append(table.type()).append(" TABLE ").append(written(table.id())).append(" (\n");
    StringJoiner items = new StringJoiner(",\n");
    for (int i = 0; i < schema.visibleColumns(); i++) {
      ColumnSchema column = schema.column(i);
      StringBuilder item = new StringBuilder("  ").append(Identifier.written(column.name()));
      item.append(' ').append(column.type());
      String codec = table.options().columnCompression().get(column.id());
      if (codec != null) {
        item.append(" COMPRESSION ").append(codec);
      }
      if (!column.nullable()) {
        item.append(" NOT NULL");
      }
      if (column.generatedSql() != null) {
        item.append(" GENERATED ALWAYS AS (").append(column.generatedSql()).append(") STORED");
      } else if (column.identity() != ColumnSchema.Identity.NONE) {
        boolean always = column.identity() == ColumnSchema.Identity.ALWAYS;
        item.append(always ? " GENERATED ALWAYS" : " GENERATED BY DEFAULT").append(" AS IDENTITY");
      } else if (column.defaultSql() != null) {
        item.append(" DEFAULT ").append(column.defaultSql());
      }
      items.add(item);
    }
    constraintsOf(table).forEach(item -> items.add("  " + item));
    sql.append(items).append("\n)");
    return sql.append(options(table)).toString();
  }

  /** The constraints and indexes as clauses of CREATE TABLE; those that others imply left out. */
  private List<String> constraintsOf(TableDefinition table) {
    TableSchema schema = table.schema();
    TableConstraints constraints = table.constraints();
    List<String> items = new ArrayList<>();
    if (!schema.primaryKey().isEmpty() && !schema.hasHiddenKey()) {
      List<Integer> ids = schema.primaryKey().stream().map(c -> schema.column(c).id()).toList();
      String named = constraints.primaryKey() == null ? "" : constraint(table.primaryKeyName());
      items.add(named + "PRIMARY KEY " + names(schema, ids));
    }
    for (IndexDefinition index : constraints.indexes()) {
      if (index.origin() == IndexDefinition.Origin.UNIQUE_CONSTRAINT) {
        items.add(constraint(index.name()) + "UNIQUE " + names(schema, index.columnIds()));
      }
    }
    for (CheckConstraint check : constraints.checks()) {
      items.add(constraint(check.name()) + "CHECK (" + check.sql() + ")");
    }
    for (ForeignKey key : constraints.foreignKeys()) {
      items.add(constraint(key.name()) + foreignKey(schema, key));
    }
    for (IndexDefinition index : constraints.indexes()) {
      if (index.origin() == IndexDefinition.Origin.STATEMENT && !index.unique()) {
        items.add("INDEX " + Identifier.written(index.name()) + " " + indexColumns(schema, index));
      }
    }
    return items;
  }

  private static String constraint(String name) {
    return "CONSTRAINT " + Identifier.written(name) + " ";
  }

  private static String names(TableSchema schema, List<Integer> columnIds) {
    StringJoiner names = new StringJoiner(", ", "(", ")");
    columnIds.forEach(id -> names.add(Identifier.written(schema.columnWithId(id).name())));
    return names.toString();
  }

  private String foreignKey(TableSchema schema, ForeignKey key) {
    StringBuilder sql = new StringBuilder("FOREIGN KEY ").append(names(schema, key.columns()));
    TableDefinition target = catalog.table(key.table());
    if (target != null) {
      sql.append(" REFERENCES ").append(Identifier.written(target.id().name())).append(' ');
      sql.append(names(target.schema(), key.referenced()));
    }
    if (key.onDelete() != ForeignKey.Action.NO_ACTION) {
      sql.append(" ON DELETE ").append(key.onDelete().name().replace('_', ' '));
    }
    if (key.onUpdate() != ForeignKey.Action.NO_ACTION) {
      sql.append(" ON UPDATE ").append(key.onUpdate().name().replace('_', ' '));
    }
    return sql.toString();
  }

  private static String indexColumns(TableSchema schema, IndexDefinition index) {
    StringJoiner columns = new StringJoiner(", ", "(", ")");
    for (IndexDefinition.IndexColumn column : index.columns()) {
      columns.add(
          Identifier.written(schema.columnWithId(column.column()).name())
              + (column.descending() ? " DESC" : ""));
    }
    return index.isSorted()
        ? columns.toString()
        : columns + " USING BLOOM" + bloomSize(index.bloom());
  }

  private static String bloomSize(BloomSize size) {
    StringJoiner options = new StringJoiner(", ", " (", ")").setEmptyValue("");
    if (size.falsePositives() != BloomSize.DEFAULT.falsePositives()) {
      BigDecimal rate = BigDecimal.valueOf(size.falsePositives()).stripTrailingZeros();
      options.add("fpp = " + rate.toPlainString());
    }
    if (size.items() != BloomSize.DEFAULT.items()) {
      options.add("num_items = " + size.items());
    }
    return options.toString();
  }

  /** One row for each index: the primary key's first, then in the order they were made. */
  ListResult indexes(@Nullable ObjectName of) {
    Listing listing =
        new Listing()
            .column("table_name", DataType.TEXT)
            .column("index_name", DataType.TEXT)
            .column("columns", DataType.TEXT)
            .column("kind", DataType.TEXT)
            .column("unique", DataType.BOOLEAN)
            .column("primary_key", DataType.BOOLEAN)
            .column("origin", DataType.TEXT);
    for (TableDefinition table :
        of == null ? catalog.tablesIn(path.current()) : List.of(table(of))) {
      TableSchema schema = table.schema();
      if (!schema.primaryKey().isEmpty() && !schema.hasHiddenKey()) {
        List<Integer> ids = schema.primaryKey().stream().map(c -> schema.column(c).id()).toList();
        listing.row(
            table.id().toString(),
            table.primaryKeyName(),
            names(schema, ids),
            "SORTED",
            true,
            true,
            "PRIMARY KEY");
      }
      for (IndexDefinition index : table.constraints().indexes()) {
        if (index.ready()) {
          String columns =
              index.isSorted() ? indexColumns(schema, index) : names(schema, index.columnIds());
          listing.row(
              table.id().toString(),
              index.name(),
              columns,
              index.kind().name(),
              index.unique(),
              false,
              index.origin().name().replace('_', ' '));
        }
      }
    }
    return listing.result();
  }

  private static String options(TableDefinition table) {
    TableOptions options = table.options();
    TableOptions defaults = TableOptions.DEFAULTS;
    StringJoiner written = new StringJoiner(", ", " WITH (", ")").setEmptyValue("");
    if (table.type() == TableType.STREAM) {
      written.add("TTL_SECONDS = " + options.ttlSeconds());
      if (options.maxBuffer() > 0) {
        written.add("MAX_BUFFER = " + options.maxBuffer());
      }
      if (options.ephemeral()) {
        written.add("EPHEMERAL = true");
      }
    } else {
      if (!options.flush().equals(defaults.flush())) {
        written.add("FLUSH_POLICY = '" + options.flush() + "'");
      }
      String storage = options.storageId();
      if (storage != null) {
        written.add("STORAGE_ID = '" + storage.replace("'", "''") + "'");
      }
      if (options.useUserStorage()) {
        written.add("USE_USER_STORAGE = true");
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
    TableDefinition table = catalog.table(path.idOf(name, catalog));
    if (table == null) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    }
    return table;
  }
}
