package org.kalamdb.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.RowIdLifetime;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * What the database is and holds, as far as the session may see it. There are no catalogs; a
 * namespace is JDBC's schema. What is not known here (foreign keys, indexes, privileges) is refused
 * rather than answered with no rows; what does not exist in the dialect (procedures, user-defined
 * types) has none.
 */
final class KalamDatabaseMetaData extends AbstractCapabilities implements KalamWrapper {
  private static final String TABLE = "TABLE";
  private static final String VIEW = "VIEW";
  private static final String SYSTEM_TABLE = "SYSTEM TABLE";

  private final KalamConnection connection;

  KalamDatabaseMetaData(KalamConnection connection) {
    this.connection = connection;
  }

  /** Fills an answer under the connection's lock. */
  private interface Filling {
    void fill(CatalogQueries catalog, MetaDataTable table);
  }

  private ResultSet answer(MetaDataTable table, Filling filling) throws SQLException {
    return connection.call(
        () -> {
          filling.fill(connection.catalog(), table);
          return new KalamResultSet(connection, null, table.source(), 0);
        });
  }

  private ResultSet empty(String... columns) throws SQLException {
    return answer(new MetaDataTable(columns), (catalog, table) -> {});
  }

  /** The catalog argument of the questions: null and "" mean "none", and there are none. */
  private static boolean isNoCatalog(@Nullable String catalog) {
    return catalog == null || catalog.isEmpty();
  }

  private static List<CatalogQueries.Table> tables(
      CatalogQueries catalog, @Nullable String schemaPattern, @Nullable String tablePattern) {
    NamePattern schemas = new NamePattern(schemaPattern);
    NamePattern names = new NamePattern(tablePattern);
    return catalog.namespaces().stream()
        .filter(schemas::matches)
        .flatMap(namespace -> catalog.tables(namespace).stream())
        .filter(table -> names.matches(table.id().name()))
        .toList();
  }

  /** The table by its exact name, in any namespace if none is given. */
  private static List<CatalogQueries.Table> exactTables(
      CatalogQueries catalog, @Nullable String schema, String table) {
    return tables(catalog, schema == null ? null : literal(schema), literal(table));
  }

  private static String literal(String name) {
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
  }

  private static String jdbcType(String kind) {
    return switch (kind) {
      case "VIEW" -> VIEW;
      case "SYSTEM" -> SYSTEM_TABLE;
      default -> TABLE;
    };
  }

  @Override
  public ResultSet getTables(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String tableNamePattern,
      String @Nullable [] types)
      throws SQLException {
    MetaDataTable answer =
        new MetaDataTable(
            "TABLE_CAT",
            "TABLE_SCHEM",
            "TABLE_NAME",
            "TABLE_TYPE",
            "REMARKS",
            "TYPE_CAT",
            "TYPE_SCHEM",
            "TYPE_NAME",
            "SELF_REFERENCING_COL_NAME",
            "REF_GENERATION");
    return answer(
        answer,
        (queries, table) -> {
          if (isNoCatalog(catalog)) {
            for (CatalogQueries.Table found : tables(queries, schemaPattern, tableNamePattern)) {
              String type = jdbcType(found.kind());
              if (types == null || Arrays.asList(types).contains(type)) {
                String remarks = type.equals(TABLE) ? found.kind() + " table" : null;
                table.add(
                    null,
                    found.id().namespace().name(),
                    found.id().name(),
                    type,
                    remarks,
                    null,
                    null,
                    null,
                    null,
                    null);
              }
            }
            table.sortBy("TABLE_TYPE", "TABLE_SCHEM", "TABLE_NAME");
          }
        });
  }

  @Override
  public ResultSet getColumns(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String tableNamePattern,
      @Nullable String columnNamePattern)
      throws SQLException {
    MetaDataTable answer =
        new MetaDataTable(
            "TABLE_CAT",
            "TABLE_SCHEM",
            "TABLE_NAME",
            "COLUMN_NAME",
            "DATA_TYPE:i",
            "TYPE_NAME",
            "COLUMN_SIZE:i",
            "BUFFER_LENGTH:i",
            "DECIMAL_DIGITS:i",
            "NUM_PREC_RADIX:i",
            "NULLABLE:i",
            "REMARKS",
            "COLUMN_DEF",
            "SQL_DATA_TYPE:i",
            "SQL_DATETIME_SUB:i",
            "CHAR_OCTET_LENGTH:i",
            "ORDINAL_POSITION:i",
            "IS_NULLABLE",
            "SCOPE_CATALOG",
            "SCOPE_SCHEMA",
            "SCOPE_TABLE",
            "SOURCE_DATA_TYPE:s",
            "IS_AUTOINCREMENT",
            "IS_GENERATEDCOLUMN");
    NamePattern names = new NamePattern(columnNamePattern);
    return answer(
        answer,
        (queries, table) -> {
          if (isNoCatalog(catalog)) {
            for (CatalogQueries.Table found : tables(queries, schemaPattern, tableNamePattern)) {
              addColumns(table, found.id(), queries.columns(found.id()), names);
            }
            table.sortBy("TABLE_SCHEM", "TABLE_NAME", "ORDINAL_POSITION");
          }
        });
  }

  private static void addColumns(
      MetaDataTable answer, TableId table, List<CatalogQueries.Column> columns, NamePattern names) {
    for (int i = 0; i < columns.size(); i++) {
      CatalogQueries.Column column = columns.get(i);
      if (names.matches(column.name())) {
        JdbcType type = JdbcType.of(column.type());
        boolean numeric = column.type().isNumeric();
        answer.add(
            null,
            table.namespace().name(),
            table.name(),
            column.name(),
            type.code(),
            type.name(),
            size(type),
            null,
            numeric ? column.type().scale() : null,
            numeric ? 10 : null,
            column.nullable() ? columnNullable : columnNoNulls,
            null,
            column.defaultSql(),
            null,
            null,
            column.type().isText() ? size(type) : null,
            i + 1,
            column.nullable() ? "YES" : "NO",
            null,
            null,
            null,
            null,
            "",
            "");
      }
    }
  }

  private static int size(JdbcType type) {
    return type.precision() == 0 ? Integer.MAX_VALUE : type.precision();
  }

  @Override
  public ResultSet getPrimaryKeys(@Nullable String catalog, @Nullable String schema, String table)
      throws SQLException {
    MetaDataTable answer =
        new MetaDataTable(
            "TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ:s", "PK_NAME");
    return answer(
        answer,
        (queries, rows) -> {
          if (isNoCatalog(catalog)) {
            for (CatalogQueries.Table found : exactTables(queries, schema, table)) {
              List<String> key = queries.primaryKey(found.id());
              for (int i = 0; i < key.size(); i++) {
                rows.add(
                    null,
                    found.id().namespace().name(),
                    found.id().name(),
                    key.get(i),
                    i + 1,
                    null);
              }
            }
            rows.sortBy("COLUMN_NAME");
          }
        });
  }

  @Override
  public ResultSet getBestRowIdentifier(
      @Nullable String catalog, @Nullable String schema, String table, int scope, boolean nullable)
      throws SQLException {
    MetaDataTable answer =
        new MetaDataTable(
            "SCOPE:s",
            "COLUMN_NAME",
            "DATA_TYPE:i",
            "TYPE_NAME",
            "COLUMN_SIZE:i",
            "BUFFER_LENGTH:i",
            "DECIMAL_DIGITS:s",
            "PSEUDO_COLUMN:s");
    return answer(
        answer,
        (queries, rows) -> {
          if (isNoCatalog(catalog)) {
            for (CatalogQueries.Table found : exactTables(queries, schema, table)) {
              for (CatalogQueries.Column column : queries.columns(found.id())) {
                if (column.keyPosition() > 0) {
                  JdbcType type = JdbcType.of(column.type());
                  rows.add(
                      bestRowSession,
                      column.name(),
                      type.code(),
                      type.name(),
                      size(type),
                      null,
                      column.type().scale(),
                      bestRowNotPseudo);
                }
              }
            }
          }
        });
  }

  @Override
  public ResultSet getSchemas() throws SQLException {
    return getSchemas(null, null);
  }

  @Override
  public ResultSet getSchemas(@Nullable String catalog, @Nullable String schemaPattern)
      throws SQLException {
    NamePattern names = new NamePattern(schemaPattern);
    return answer(
        new MetaDataTable("TABLE_SCHEM", "TABLE_CATALOG"),
        (queries, rows) -> {
          if (isNoCatalog(catalog)) {
            queries.namespaces().stream()
                .filter(names::matches)
                .forEach(name -> rows.add(name, null));
          }
        });
  }

  @Override
  public ResultSet getTableTypes() throws SQLException {
    return answer(
        new MetaDataTable("TABLE_TYPE"),
        (queries, rows) -> rows.add(SYSTEM_TABLE).add(TABLE).add(VIEW));
  }

  @Override
  public ResultSet getTypeInfo() throws SQLException {
    MetaDataTable answer =
        new MetaDataTable(
            "TYPE_NAME",
            "DATA_TYPE:i",
            "PRECISION:i",
            "LITERAL_PREFIX",
            "LITERAL_SUFFIX",
            "CREATE_PARAMS",
            "NULLABLE:s",
            "CASE_SENSITIVE:b",
            "SEARCHABLE:s",
            "UNSIGNED_ATTRIBUTE:b",
            "FIXED_PREC_SCALE:b",
            "AUTO_INCREMENT:b",
            "LOCAL_TYPE_NAME",
            "MINIMUM_SCALE:s",
            "MAXIMUM_SCALE:s",
            "SQL_DATA_TYPE:i",
            "SQL_DATETIME_SUB:i",
            "NUM_PREC_RADIX:i");
    return answer(
        answer,
        (queries, rows) -> {
          for (DataType.Kind kind : DataType.Kind.values()) {
            if (kind != DataType.Kind.UNKNOWN) {
              addType(rows, kind);
            }
          }
          rows.sortBy("DATA_TYPE");
        });
  }

  private static void addType(MetaDataTable rows, DataType.Kind kind) {
    DataType widest =
        switch (kind) {
          case DECIMAL -> DataType.decimal(DataType.MAX_DECIMAL_PRECISION, 0);
          case EMBEDDING -> DataType.embedding(DataType.MAX_EMBEDDING_DIMENSIONS);
          default -> new DataType(kind, 0, 0);
        };
    JdbcType type = JdbcType.of(widest);
    boolean quoted = !widest.isNumeric() && kind != DataType.Kind.BOOLEAN;
    String parameters =
        switch (kind) {
          case DECIMAL -> "precision,scale";
          case VARCHAR, CHAR -> "length";
          case EMBEDDING -> "dimensions";
          default -> null;
        };
    rows.add(
        type.name(),
        type.code(),
        size(type),
        quoted ? "'" : null,
        quoted ? "'" : null,
        parameters,
        typeNullable,
        widest.isText(),
        typeSearchable,
        !widest.isNumeric(),
        false,
        false,
        null,
        0,
        kind == DataType.Kind.DECIMAL ? DataType.MAX_DECIMAL_PRECISION : 0,
        null,
        null,
        widest.isNumeric() ? 10 : null);
  }

  // What the dialect does not have.

  @Override
  public ResultSet getCatalogs() throws SQLException {
    return empty("TABLE_CAT");
  }

  @Override
  public ResultSet getProcedures(
      @Nullable String catalog, @Nullable String schemaPattern, @Nullable String pattern)
      throws SQLException {
    return empty(
        "PROCEDURE_CAT",
        "PROCEDURE_SCHEM",
        "PROCEDURE_NAME",
        "reserved1",
        "reserved2",
        "reserved3",
        "REMARKS",
        "PROCEDURE_TYPE:s",
        "SPECIFIC_NAME");
  }

  @Override
  public ResultSet getProcedureColumns(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String pattern,
      @Nullable String columnPattern)
      throws SQLException {
    return empty(
        "PROCEDURE_CAT",
        "PROCEDURE_SCHEM",
        "PROCEDURE_NAME",
        "COLUMN_NAME",
        "COLUMN_TYPE:s",
        "DATA_TYPE:i",
        "TYPE_NAME",
        "PRECISION:i",
        "LENGTH:i",
        "SCALE:s",
        "RADIX:s",
        "NULLABLE:s",
        "REMARKS",
        "COLUMN_DEF",
        "SQL_DATA_TYPE:i",
        "SQL_DATETIME_SUB:i",
        "CHAR_OCTET_LENGTH:i",
        "ORDINAL_POSITION:i",
        "IS_NULLABLE",
        "SPECIFIC_NAME");
  }

  @Override
  public ResultSet getUDTs(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String typeNamePattern,
      int @Nullable [] types)
      throws SQLException {
    return empty(
        "TYPE_CAT",
        "TYPE_SCHEM",
        "TYPE_NAME",
        "CLASS_NAME",
        "DATA_TYPE:i",
        "REMARKS",
        "BASE_TYPE:s");
  }

  @Override
  public ResultSet getSuperTypes(
      @Nullable String catalog, @Nullable String schemaPattern, @Nullable String pattern)
      throws SQLException {
    return empty(
        "TYPE_CAT",
        "TYPE_SCHEM",
        "TYPE_NAME",
        "SUPERTYPE_CAT",
        "SUPERTYPE_SCHEM",
        "SUPERTYPE_NAME");
  }

  @Override
  public ResultSet getSuperTables(
      @Nullable String catalog, @Nullable String schemaPattern, @Nullable String pattern)
      throws SQLException {
    return empty("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "SUPERTABLE_NAME");
  }

  @Override
  public ResultSet getAttributes(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String typePattern,
      @Nullable String pattern)
      throws SQLException {
    return empty(
        "TYPE_CAT",
        "TYPE_SCHEM",
        "TYPE_NAME",
        "ATTR_NAME",
        "DATA_TYPE:i",
        "ATTR_TYPE_NAME",
        "ATTR_SIZE:i",
        "DECIMAL_DIGITS:i",
        "NUM_PREC_RADIX:i",
        "NULLABLE:i",
        "REMARKS",
        "ATTR_DEF",
        "SQL_DATA_TYPE:i",
        "SQL_DATETIME_SUB:i",
        "CHAR_OCTET_LENGTH:i",
        "ORDINAL_POSITION:i",
        "IS_NULLABLE",
        "SCOPE_CATALOG",
        "SCOPE_SCHEMA",
        "SCOPE_TABLE",
        "SOURCE_DATA_TYPE:s");
  }

  @Override
  public ResultSet getClientInfoProperties() throws SQLException {
    return empty("NAME", "MAX_LEN:i", "DEFAULT_VALUE", "DESCRIPTION");
  }

  // What this driver does not know.

  @Override
  public ResultSet getImportedKeys(@Nullable String catalog, @Nullable String schema, String table)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getImportedKeys");
  }

  @Override
  public ResultSet getExportedKeys(@Nullable String catalog, @Nullable String schema, String table)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getExportedKeys");
  }

  @Override
  public ResultSet getCrossReference(
      @Nullable String parentCatalog,
      @Nullable String parentSchema,
      String parentTable,
      @Nullable String foreignCatalog,
      @Nullable String foreignSchema,
      String foreignTable)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getCrossReference");
  }

  @Override
  public ResultSet getIndexInfo(
      @Nullable String catalog,
      @Nullable String schema,
      String table,
      boolean unique,
      boolean approximate)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getIndexInfo");
  }

  @Override
  public ResultSet getColumnPrivileges(
      @Nullable String catalog,
      @Nullable String schema,
      String table,
      @Nullable String columnNamePattern)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getColumnPrivileges");
  }

  @Override
  public ResultSet getTablePrivileges(
      @Nullable String catalog, @Nullable String schemaPattern, @Nullable String tableNamePattern)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getTablePrivileges");
  }

  @Override
  public ResultSet getVersionColumns(
      @Nullable String catalog, @Nullable String schema, String table) throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getVersionColumns");
  }

  @Override
  public ResultSet getPseudoColumns(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String tableNamePattern,
      @Nullable String columnNamePattern)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getPseudoColumns");
  }

  @Override
  public ResultSet getFunctions(
      @Nullable String catalog, @Nullable String schemaPattern, @Nullable String pattern)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getFunctions");
  }

  @Override
  public ResultSet getFunctionColumns(
      @Nullable String catalog,
      @Nullable String schemaPattern,
      @Nullable String pattern,
      @Nullable String columnPattern)
      throws SQLException {
    throw SqlErrors.unsupported("DatabaseMetaData.getFunctionColumns");
  }

  // This connection, product and driver.

  @Override
  public Connection getConnection() {
    return connection;
  }

  @Override
  public String getURL() {
    return connection.url().toString();
  }

  @Override
  public String getUserName() {
    String user = connection.url().user();
    return user == null ? "" : user;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getDatabaseProductName() {
    return KalamDriver.PRODUCT;
  }

  @Override
  public String getDatabaseProductVersion() {
    return KalamDriver.VERSION;
  }

  @Override
  public int getDatabaseMajorVersion() {
    return KalamDriver.MAJOR_VERSION;
  }

  @Override
  public int getDatabaseMinorVersion() {
    return KalamDriver.MINOR_VERSION;
  }

  @Override
  public String getDriverName() {
    return "KalamDB JDBC driver";
  }

  @Override
  public String getDriverVersion() {
    return KalamDriver.VERSION;
  }

  @Override
  public int getDriverMajorVersion() {
    return KalamDriver.MAJOR_VERSION;
  }

  @Override
  public int getDriverMinorVersion() {
    return KalamDriver.MINOR_VERSION;
  }

  // Capabilities that depend on an argument.

  @Override
  public boolean supportsConvert(int fromType, int toType) {
    return false;
  }

  @Override
  public boolean supportsConvert() {
    return false;
  }

  @Override
  public boolean supportsTransactionIsolationLevel(int level) {
    return ConnectionTransaction.supports(level);
  }

  @Override
  public boolean supportsResultSetType(int type) {
    return type == ResultSet.TYPE_FORWARD_ONLY;
  }

  @Override
  public boolean supportsResultSetConcurrency(int type, int concurrency) {
    return type == ResultSet.TYPE_FORWARD_ONLY && concurrency == ResultSet.CONCUR_READ_ONLY;
  }

  @Override
  public boolean supportsResultSetHoldability(int holdability) {
    return holdability == ResultSet.CLOSE_CURSORS_AT_COMMIT;
  }

  @Override
  public RowIdLifetime getRowIdLifetime() {
    return RowIdLifetime.ROWID_UNSUPPORTED;
  }

  @Override
  public @Nullable Object delegate() {
    return null;
  }
}
