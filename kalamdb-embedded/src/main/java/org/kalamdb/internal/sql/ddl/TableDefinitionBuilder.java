package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.TableOptions;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.ColumnDefinition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.IndexClause;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** Checks a CREATE TABLE and makes the first definition of the table. */
public final class TableDefinitionBuilder {
  /** The most columns of a table. */
  public static final int MAX_COLUMNS = 1600;

  private final CreateTable statement;
  private final CatalogSnapshot catalog;
  private final List<ColumnSchema> columns = new ArrayList<>();

  private TableDefinitionBuilder(CreateTable statement, CatalogSnapshot catalog) {
    this.statement = statement;
    this.catalog = catalog;
  }

  /**
   * The table.
   *
   * @param catalog where foreign keys find their tables
   */
  public static TableDefinition build(
      CreateTable statement, TableId id, int number, CatalogSnapshot catalog) {
    return new TableDefinitionBuilder(statement, catalog).build(id, number);
  }

  private TableDefinition build(TableId id, int number) {
    Located.run(statement.name().position(), () -> NameRules.checkTable(id.name()));
    if (statement.query() != null) {
      throw statement
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "CREATE TABLE ... AS is not supported yet");
    }
    if (statement.columns().size() > MAX_COLUMNS) {
      throw statement
          .position()
          .error(ErrorCode.TOO_MANY_COLUMNS, "tables can have at most " + MAX_COLUMNS + " columns");
    }
    TableConstraint.PrimaryKey key = primaryKey();
    List<Identifier> keyNames = key == null ? List.of() : key.columns();
    for (ColumnDefinition column : statement.columns()) {
      boolean isKey = keyNames.stream().anyMatch(n -> n.name().equals(column.name().name()));
      columns.add(ColumnBuilder.build(columns.size() + 1, column, isKey));
    }
    StorageOptions.check(catalog, statement.options());
    TableSchema schema = new TableSchema(1, columns, keyColumns(id, keyNames));
    checkGenerated(schema);
    TableDefinition table =
        new TableDefinition(
            number,
            id,
            statement.type(),
            1,
            List.of(schema),
            TableConstraints.NONE.withPrimaryKey(keyName(key)),
            options());
    return withConstraints(table);
  }

  private TableOptions options() {
    TableOptions options =
        TableOptionReader.read(statement.type(), statement.options(), statement.position());
    for (int i = 0; i < statement.columns().size(); i++) {
      Identifier codec = statement.columns().get(i).compression();
      options = ColumnCompression.apply(options, statement.type(), columns.get(i).id(), codec);
    }
    return options;
  }

  private TableDefinition withConstraints(TableDefinition table) {
    ConstraintBuilder builder = new ConstraintBuilder(catalog, table, true);
    List<TableConstraint> foreignKeys = new ArrayList<>();
    for (ColumnDefinition column : statement.columns()) {
      column.checks().forEach(builder::add);
      if (column.unique() != null) {
        builder.add(column.unique());
      }
      if (column.references() != null) {
        foreignKeys.add(column.references());
      }
    }
    for (TableConstraint constraint : statement.constraints()) {
      if (constraint instanceof TableConstraint.ForeignKey) {
        foreignKeys.add(constraint);
      } else if (!(constraint instanceof TableConstraint.PrimaryKey)) {
        builder.add(constraint);
      }
    }
    for (IndexClause index : statement.indexes()) {
      builder.add(index, false);
    }
    // They may refer to unique columns of the table itself.
    foreignKeys.forEach(builder::add);
    return new TableDefinition(
        table.number(),
        table.id(),
        table.type(),
        table.revision(),
        table.schemas(),
        builder.finish(),
        table.options());
  }

  private void checkGenerated(TableSchema schema) {
    for (int i = 0; i < statement.columns().size(); i++) {
      ColumnDefinition column = statement.columns().get(i);
      if (column.generated() != null) {
        Binder.ofStoredExpressions()
            .bindGenerated(column.generated().expression(), schema.column(i), schema);
      }
    }
  }

  /** The key as written, at a column or beside the columns; null without one. */
  private TableConstraint.@Nullable PrimaryKey primaryKey() {
    TableConstraint.PrimaryKey key = null;
    for (ColumnDefinition column : statement.columns()) {
      if (column.primaryKey() != null) {
        key = onlyKey(key, column.primaryKey());
      }
    }
    for (TableConstraint constraint : statement.constraints()) {
      if (constraint instanceof TableConstraint.PrimaryKey written) {
        key = onlyKey(key, written);
      }
    }
    return key;
  }

  private TableConstraint.PrimaryKey onlyKey(
      TableConstraint.@Nullable PrimaryKey earlier, TableConstraint.PrimaryKey key) {
    if (earlier != null) {
      throw key.position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "multiple primary keys for table \""
                  + statement.name().name()
                  + "\" are not allowed");
    }
    return key;
  }

  private static @Nullable String keyName(TableConstraint.@Nullable PrimaryKey key) {
    Identifier name = key == null ? null : key.name();
    if (name == null) {
      return null;
    }
    Located.run(name.position(), () -> NameRules.checkConstraint(name.name()));
    return name.name();
  }

  /** Positions of the key's columns; adds a hidden one where the table has no key of its own. */
  private List<Integer> keyColumns(TableId id, List<Identifier> names) {
    List<Integer> key = new ArrayList<>();
    for (Identifier name : names) {
      key.add(keyColumn(name));
    }
    if (statement.type() == TableType.STREAM && !key.isEmpty()) {
      throw names
          .get(0)
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a stream table has no primary key: its events have none");
    }
    if (key.isEmpty() && statement.type() == TableType.USER) {
      throw needsKey(statement.name().position(), id);
    }
    if (key.isEmpty() && statement.type() == TableType.SHARED) {
      key.add(columns.size());
      columns.add(
          new ColumnSchema(
              columns.size() + 1,
              TableSchema.HIDDEN_KEY,
              DataType.BIGINT,
              false,
              "SNOWFLAKE_ID()",
              null));
    }
    return key;
  }

  private static KalamException needsKey(Position position, TableId id) {
    return position.error(
        ErrorCode.INVALID_TABLE_DEFINITION, "user table \"" + id.name() + "\" needs a primary key");
  }

  private int keyColumn(Identifier name) {
    for (int i = 0; i < columns.size(); i++) {
      ColumnSchema column = columns.get(i);
      if (column.name().equals(name.name())) {
        Located.run(name.position(), () -> KeyEncoder.checkKeyType(column.type()));
        return i;
      }
    }
    throw name.position()
        .error(
            ErrorCode.UNDEFINED_COLUMN,
            "column \"" + name.name() + "\" named in key does not exist");
  }
}
