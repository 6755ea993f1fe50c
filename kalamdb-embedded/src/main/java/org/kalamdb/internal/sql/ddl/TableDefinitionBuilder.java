package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.bind.TypeResolver;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.ColumnDefinition;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.internal.storage.key.KeyEncoder;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * Checks a CREATE TABLE and makes the first definition of the table; refuses what is not kept yet.
 */
public final class TableDefinitionBuilder {
  /** The most columns of a table. */
  public static final int MAX_COLUMNS = 1600;

  private final CreateTable statement;
  private final List<ColumnSchema> columns = new ArrayList<>();

  private TableDefinitionBuilder(CreateTable statement) {
    this.statement = statement;
  }

  public static TableDefinition build(CreateTable statement, TableId id, int number) {
    return new TableDefinitionBuilder(statement).build(id, number);
  }

  private TableDefinition build(TableId id, int number) {
    at(statement.name().position(), () -> NameRules.checkTable(id.name()));
    if (statement.query() != null) {
      throw unsupported(statement.position(), "CREATE TABLE ... AS");
    }
    if (!statement.indexes().isEmpty()) {
      throw unsupported(statement.indexes().get(0).position(), "INDEX");
    }
    if (statement.columns().size() > MAX_COLUMNS) {
      throw statement
          .position()
          .error(ErrorCode.TOO_MANY_COLUMNS, "tables can have at most " + MAX_COLUMNS + " columns");
    }
    List<Identifier> key = primaryKey();
    for (ColumnDefinition column : statement.columns()) {
      addColumn(column, key);
    }
    List<Integer> primaryKey = new ArrayList<>();
    for (Identifier name : key) {
      primaryKey.add(keyColumn(name));
    }
    if (statement.type() == TableType.STREAM && !primaryKey.isEmpty()) {
      throw key.get(0)
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "a stream table has no primary key: its events have none");
    }
    if (primaryKey.isEmpty() && statement.type() == TableType.USER) {
      throw statement
          .name()
          .position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "user table \"" + id.name() + "\" needs a primary key");
    }
    if (primaryKey.isEmpty() && statement.type() == TableType.SHARED) {
      primaryKey.add(columns.size());
      columns.add(
          new ColumnSchema(
              columns.size() + 1,
              TableSchema.HIDDEN_KEY,
              DataType.BIGINT,
              false,
              "SNOWFLAKE_ID()",
              null));
    }
    return new TableDefinition(
        number,
        id,
        statement.type(),
        List.of(new TableSchema(1, columns, primaryKey)),
        TableOptionReader.read(statement.type(), statement.options(), statement.position()));
  }

  /** The key columns as written, at a column or beside the columns; empty without one. */
  private List<Identifier> primaryKey() {
    List<Identifier> key = List.of();
    for (ColumnDefinition column : statement.columns()) {
      if (column.primaryKey()) {
        key = addKey(key, List.of(column.name()), column.name().position());
      }
    }
    for (TableConstraint constraint : statement.constraints()) {
      if (constraint instanceof TableConstraint.PrimaryKey written) {
        key = addKey(key, written.columns(), written.position());
      } else if (constraint instanceof TableConstraint.Unique) {
        throw unsupported(constraint.position(), "UNIQUE");
      } else if (constraint instanceof TableConstraint.ForeignKey) {
        throw unsupported(constraint.position(), "FOREIGN KEY");
      } else if (constraint instanceof TableConstraint.Check) {
        throw unsupported(constraint.position(), "CHECK beside the columns")
            .withHint("write the CHECK at a column; it may name other columns too");
      }
    }
    return key;
  }

  private List<Identifier> addKey(
      List<Identifier> earlier, List<Identifier> key, Position position) {
    if (!earlier.isEmpty()) {
      throw position.error(
          ErrorCode.INVALID_TABLE_DEFINITION,
          "multiple primary keys for table \"" + statement.name().name() + "\" are not allowed");
    }
    return key;
  }

  private int keyColumn(Identifier name) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(name.name())) {
        at(name.position(), () -> KeyEncoder.checkKeyType(columns.get(indexOf(name)).type()));
        return i;
      }
    }
    throw name.position()
        .error(
            ErrorCode.UNDEFINED_COLUMN,
            "column \"" + name.name() + "\" named in key does not exist");
  }

  private int indexOf(Identifier name) {
    return columns.stream().map(ColumnSchema::name).toList().indexOf(name.name());
  }

  private void addColumn(ColumnDefinition column, List<Identifier> key) {
    Position position = column.name().position();
    at(position, () -> NameRules.checkColumn(column.name().name()));
    if (column.unique()) {
      throw unsupported(position, "UNIQUE");
    }
    if (column.references() != null) {
      throw unsupported(position, "REFERENCES");
    }
    if (column.generated() != null) {
      throw unsupported(position, "GENERATED ALWAYS AS (...) STORED");
    }
    DataType type = TypeResolver.resolve(column.type());
    if (type.kind() == DataType.Kind.INTERVAL) {
      throw unsupported(column.type().position(), "a column of type INTERVAL");
    }
    boolean isKey = key.stream().anyMatch(name -> name.name().equals(column.name().name()));
    columns.add(
        new ColumnSchema(
            columns.size() + 1,
            column.name().name(),
            type,
            !column.notNull() && !isKey,
            defaultOf(column, type),
            checkOf(column)));
  }

  private static @Nullable String defaultOf(ColumnDefinition column, DataType type) {
    String written = column.defaultValue() == null ? null : column.defaultValue().sql();
    String typed = isSerial(column) ? "SNOWFLAKE_ID()" : null;
    String automatic =
        column.identity() != null
            ? "SNOWFLAKE_ID()"
            : column.autoIncrement() == null
                ? typed
                : column.autoIncrement() == ColumnDefinition.AutoIncrement.UUID
                    ? "UUID_V7()"
                    : "SNOWFLAKE_ID()";
    if (column.identity() == ColumnDefinition.Identity.ALWAYS) {
      throw unsupported(column.name().position(), "GENERATED ALWAYS AS IDENTITY")
          .withHint("GENERATED BY DEFAULT AS IDENTITY");
    }
    if (written != null && automatic != null) {
      throw column
          .name()
          .position()
          .error(
              ErrorCode.INVALID_TABLE_DEFINITION,
              "both default and automatic values specified for column \""
                  + column.name().name()
                  + "\"");
    }
    if (automatic != null
        && automatic.startsWith("SNOWFLAKE")
        && type.kind() != DataType.Kind.BIGINT) {
      throw column
          .type()
          .position()
          .error(ErrorCode.DATATYPE_MISMATCH, "an automatic number needs a BIGINT column");
    }
    return written != null ? written : automatic;
  }

  private static boolean isSerial(ColumnDefinition column) {
    return column.type().name().equals("serial") || column.type().name().equals("bigserial");
  }

  private static @Nullable String checkOf(ColumnDefinition column) {
    if (column.checks().isEmpty()) {
      return null;
    }
    return column.checks().stream()
        .map(check -> "(" + check.condition().sql() + ")")
        .collect(Collectors.joining(" AND "));
  }

  private static void at(Position position, Runnable check) {
    try {
      check.run();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private static KalamException unsupported(Position position, String what) {
    return position.error(ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported yet");
  }
}
