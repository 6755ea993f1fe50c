package org.kalamdb.internal.sql.ddl;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** Makes the definition of a table from the columns of a query, for CREATE TABLE AS. */
public final class QueryTableBuilder {
  /** What an item of a select list without a name is called. */
  private static final String UNNAMED = "?column?";

  private QueryTableBuilder() {}

  /**
   * The table: shared, without key and constraints.
   *
   * @param names what the query calls its columns
   * @param types of those columns
   */
  public static TableDefinition build(
      CreateTable statement, List<String> names, List<DataType> types, TableId id, int number) {
    Position position = statement.position();
    located(statement.name().position(), () -> NameRules.checkTable(id.name()));
    if (statement.type() != TableType.SHARED) {
      throw position.error(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "CREATE TABLE AS makes shared tables without a primary key only");
    }
    List<Identifier> renamed = statement.queryColumns();
    if (renamed.size() > names.size()) {
      throw renamed
          .get(names.size())
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "too many column names were specified");
    }
    if (names.size() >= TableDefinitionBuilder.MAX_COLUMNS) {
      throw position.error(
          ErrorCode.TOO_MANY_COLUMNS,
          "tables can have at most " + TableDefinitionBuilder.MAX_COLUMNS + " columns");
    }
    List<ColumnSchema> columns = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < names.size(); i++) {
      boolean written = i < renamed.size();
      String name = written ? renamed.get(i).name() : names.get(i);
      Position at = written ? renamed.get(i).position() : position;
      if (!name.equals(UNNAMED)) {
        located(at, () -> NameRules.checkColumn(name));
      }
      if (!seen.add(name)) {
        throw at.error(
            ErrorCode.DUPLICATE_COLUMN, "column \"" + name + "\" specified more than once");
      }
      columns.add(new ColumnSchema(i + 1, name, stored(types.get(i)), true, null, null));
    }
    int key = columns.size();
    columns.add(
        new ColumnSchema(
            key + 1, TableSchema.HIDDEN_KEY, DataType.BIGINT, false, "SNOWFLAKE_ID()", null));
    return new TableDefinition(
        number,
        id,
        statement.type(),
        List.of(new TableSchema(1, columns, List.of(key))),
        TableOptionReader.read(statement.type(), statement.options(), position));
  }

  private static DataType stored(DataType type) {
    return type.kind() == DataType.Kind.UNKNOWN ? DataType.TEXT : type;
  }

  private static void located(Position position, Runnable check) {
    try {
      check.run();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }
}
