package org.kalamdb.jdbc;

import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.TableId;

/** The columns of a result. Immutable; outlives the result. */
final class KalamResultSetMetaData implements ResultSetMetaData, KalamWrapper {
  private final List<ResultColumn> columns;

  KalamResultSetMetaData(List<ResultColumn> columns) {
    this.columns = columns;
  }

  private ResultColumn column(int index) throws SQLException {
    if (index < 1 || index > columns.size()) {
      throw SqlErrors.indexOutOfRange("column", index, columns.size());
    }
    return columns.get(index - 1);
  }

  private JdbcType type(int index) throws SQLException {
    return JdbcType.of(column(index).type());
  }

  @Override
  public int getColumnCount() {
    return columns.size();
  }

  @Override
  public String getColumnLabel(int column) throws SQLException {
    return column(column).name();
  }

  /** The name in the table; of a computed column, its label. */
  @Override
  public String getColumnName(int column) throws SQLException {
    ResultColumn of = column(column);
    return of.tableColumn() == null ? of.name() : of.tableColumn();
  }

  @Override
  public String getTableName(int column) throws SQLException {
    TableId table = column(column).table();
    return table == null ? "" : table.name();
  }

  @Override
  public String getSchemaName(int column) throws SQLException {
    TableId table = column(column).table();
    return table == null ? "" : table.namespace().name();
  }

  @Override
  public String getCatalogName(int column) throws SQLException {
    column(column);
    return "";
  }

  @Override
  public int getColumnType(int column) throws SQLException {
    return type(column).code();
  }

  @Override
  public String getColumnTypeName(int column) throws SQLException {
    return type(column).name();
  }

  @Override
  public String getColumnClassName(int column) throws SQLException {
    return type(column).javaClass().getName();
  }

  @Override
  public int getPrecision(int column) throws SQLException {
    return type(column).precision();
  }

  @Override
  public int getScale(int column) throws SQLException {
    return column(column).type().scale();
  }

  @Override
  public int getColumnDisplaySize(int column) throws SQLException {
    return type(column).displaySize();
  }

  @Override
  public int isNullable(int column) throws SQLException {
    return column(column).nullable() ? columnNullable : columnNoNulls;
  }

  @Override
  public boolean isSigned(int column) throws SQLException {
    return column(column).type().isNumeric();
  }

  @Override
  public boolean isCaseSensitive(int column) throws SQLException {
    return column(column).type().isText();
  }

  @Override
  public boolean isSearchable(int column) throws SQLException {
    column(column);
    return true;
  }

  @Override
  public boolean isCurrency(int column) throws SQLException {
    column(column);
    return false;
  }

  /** False: what generates a key is not known from a result. */
  @Override
  public boolean isAutoIncrement(int column) throws SQLException {
    column(column);
    return false;
  }

  /** True: rows of a result do not change in place. */
  @Override
  public boolean isReadOnly(int column) throws SQLException {
    column(column);
    return true;
  }

  @Override
  public boolean isWritable(int column) throws SQLException {
    column(column);
    return false;
  }

  @Override
  public boolean isDefinitelyWritable(int column) throws SQLException {
    column(column);
    return false;
  }

  @Override
  public @Nullable Object delegate() {
    return null;
  }
}
