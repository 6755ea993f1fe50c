package org.kalamdb.jdbc;

import java.sql.BatchUpdateException;
import java.sql.ParameterMetaData;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;

/**
 * One statement parsed and planned once. Parameters keep their values from one execution to the
 * next until {@link #clearParameters()}.
 */
final class KalamPreparedStatement extends AbstractPreparedStatement {
  private final SqlStatement statement;
  private final PreparedQuery query;
  private final GeneratedKeys keys;
  private final List<DataType> types;
  private final @Nullable Object[] values;
  private final boolean[] isSet;
  private final List<@Nullable Object[]> batch = new ArrayList<>();

  private KalamPreparedStatement(
      KalamConnection connection, SqlStatement statement, PreparedQuery query, GeneratedKeys keys) {
    super(connection);
    this.statement = statement;
    this.query = query;
    this.keys = keys;
    this.types = query.parameterTypes();
    this.values = new @Nullable Object[types.size()];
    this.isSet = new boolean[types.size()];
  }

  /** Prepares; a text of several statements is left for the session to refuse. */
  static KalamPreparedStatement prepare(KalamConnection connection, String sql, GeneratedKeys keys)
      throws SQLException {
    String text = EscapeSyntax.translate(sql);
    List<SqlStatement> statements = SqlScript.split(text);
    SqlStatement statement = statements.size() == 1 ? statements.get(0) : SqlStatement.of(text);
    boolean returnsKeys = keys.appliesTo(statement);
    SqlStatement run = returnsKeys ? statement.returningAll() : statement;
    return new KalamPreparedStatement(
        connection,
        run,
        connection.session().prepare(run.text()),
        returnsKeys ? keys : GeneratedKeys.NONE);
  }

  private boolean returnsRows() {
    return keys == GeneratedKeys.NONE && !query.columns().isEmpty();
  }

  private void executeOnce() throws SQLException {
    beginExecution();
    @Nullable Object[] parameters = parameters();
    connection.transaction().beforeStatement(statement);
    if (keys != GeneratedKeys.NONE) {
      addKeys(query.query(parameters), keys);
    } else if (returnsRows()) {
      addResult(query.query(parameters), true);
    } else {
      addCount(query.execute(parameters));
    }
  }

  @Override
  public boolean execute() throws SQLException {
    return execute(
        () -> {
          executeOnce();
          return currentIsRows();
        });
  }

  @Override
  public ResultSet executeQuery() throws SQLException {
    return execute(
        () -> {
          if (!returnsRows()) {
            throw SqlErrors.of(ErrorCode.WRONG_OBJECT_TYPE, "The statement returns no rows");
          }
          executeOnce();
          return onlyRows();
        });
  }

  @Override
  public int executeUpdate() throws SQLException {
    return toInt(executeLargeUpdate());
  }

  @Override
  public long executeLargeUpdate() throws SQLException {
    return execute(
        () -> {
          if (returnsRows()) {
            throw SqlErrors.of(
                ErrorCode.WRONG_OBJECT_TYPE,
                "The statement returns rows where a number was expected");
          }
          executeOnce();
          return lastCount();
        });
  }

  // Batches.

  @Override
  public void addBatch() throws SQLException {
    checkOpen();
    batch.add(parameters().clone());
  }

  @Override
  public void clearBatch() throws SQLException {
    checkOpen();
    batch.clear();
  }

  @Override
  public int[] executeBatch() throws SQLException {
    return Arrays.stream(executeLargeBatch()).mapToInt(AbstractStatement::toInt).toArray();
  }

  /** Runs all rows in one commit; if one fails none is done, so the exception has no counts. */
  @Override
  public long[] executeLargeBatch() throws SQLException {
    return execute(
        () -> {
          beginExecution();
          List<@Nullable Object[]> rows = List.copyOf(batch);
          batch.clear();
          if (keys != GeneratedKeys.NONE) {
            throw SqlErrors.unsupported("A batch that returns generated keys");
          }
          if (returnsRows()) {
            throw SqlErrors.of(
                ErrorCode.WRONG_OBJECT_TYPE, "A batch takes statements that return no rows");
          }
          return rows.isEmpty() ? new long[0] : executeAll(rows);
        });
  }

  private long[] executeAll(List<@Nullable Object[]> rows) throws SQLException {
    connection.transaction().beforeStatement(statement);
    try {
      return query.executeBatch(rows);
    } catch (RuntimeException e) {
      SQLException cause = SqlErrors.of(e);
      throw new BatchUpdateException(
          cause.getMessage(), cause.getSQLState(), 0, new long[0], cause);
    }
  }

  // Parameters.

  private @Nullable Object[] parameters() throws SQLException {
    for (int i = 0; i < isSet.length; i++) {
      if (!isSet[i]) {
        throw SqlErrors.missingParameter(i + 1);
      }
    }
    return values.clone();
  }

  @Override
  void set(int parameterIndex, @Nullable Object value, @Nullable Calendar calendar)
      throws SQLException {
    checkOpen();
    DataType type = type(parameterIndex);
    values[parameterIndex - 1] = ParameterValue.of(value, type, calendar);
    isSet[parameterIndex - 1] = true;
  }

  private DataType type(int parameterIndex) throws SQLException {
    if (parameterIndex < 1 || parameterIndex > types.size()) {
      throw SqlErrors.indexOutOfRange("parameter", parameterIndex, types.size());
    }
    return types.get(parameterIndex - 1);
  }

  @Override
  public void setObject(int parameterIndex, @Nullable Object x, int targetSqlType)
      throws SQLException {
    Class<?> target = JdbcType.classOf(targetSqlType);
    Object value = ParameterValue.of(x, type(parameterIndex), null);
    if (value != null && target != Object.class && !isTime(target)) {
      value = Conversions.to(value, target);
    }
    set(parameterIndex, value, null);
  }

  /** Times fit themselves to the parameter; text stays for the session to read in its own way. */
  private static boolean isTime(Class<?> type) {
    return java.time.temporal.Temporal.class.isAssignableFrom(type);
  }

  @Override
  public void setObject(
      int parameterIndex, @Nullable Object x, int targetSqlType, int scaleOrLength)
      throws SQLException {
    boolean decimal = JdbcType.classOf(targetSqlType) == java.math.BigDecimal.class;
    if (x != null && decimal) {
      Object value = ParameterValue.of(x, type(parameterIndex), null);
      java.math.BigDecimal number = Conversions.toDecimal(value == null ? x : value);
      set(parameterIndex, number.setScale(scaleOrLength, java.math.RoundingMode.HALF_UP), null);
    } else if (x instanceof java.io.InputStream in) {
      set(parameterIndex, Streams.bytes(in, scaleOrLength), null);
    } else if (x instanceof java.io.Reader in) {
      set(parameterIndex, Streams.text(in, scaleOrLength), null);
    } else {
      setObject(parameterIndex, x, targetSqlType);
    }
  }

  @Override
  public void setObject(int parameterIndex, @Nullable Object x, SQLType targetSqlType)
      throws SQLException {
    setObject(parameterIndex, x, vendorType(targetSqlType));
  }

  @Override
  public void setObject(
      int parameterIndex, @Nullable Object x, SQLType targetSqlType, int scaleOrLength)
      throws SQLException {
    setObject(parameterIndex, x, vendorType(targetSqlType), scaleOrLength);
  }

  private static int vendorType(SQLType type) throws SQLException {
    Integer number = type.getVendorTypeNumber();
    if (number == null) {
      throw SqlErrors.unsupported("The SQL type " + type.getName());
    }
    return number;
  }

  @Override
  public void clearParameters() throws SQLException {
    checkOpen();
    Arrays.fill(values, null);
    Arrays.fill(isSet, false);
  }

  /** Without effect: the text has been translated already. */
  @Override
  public void setEscapeProcessing(boolean enable) throws SQLException {
    checkOpen();
  }

  // Descriptions.

  @Override
  public @Nullable ResultSetMetaData getMetaData() throws SQLException {
    List<ResultColumn> columns =
        connection.call(
            () -> {
              checkOpen();
              return returnsRows() ? query.columns() : List.of();
            });
    return columns.isEmpty() ? null : new KalamResultSetMetaData(columns);
  }

  @Override
  public ParameterMetaData getParameterMetaData() throws SQLException {
    checkOpen();
    return new KalamParameterMetaData(types);
  }

  @Override
  public Object delegate() {
    return query;
  }

  @Override
  void releaseQuery() {
    query.close();
  }
}
