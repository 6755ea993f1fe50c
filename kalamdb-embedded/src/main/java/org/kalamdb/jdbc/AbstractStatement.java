package org.kalamdb.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/**
 * What plain and prepared statements share: the results of the last execution, limits, and closing.
 * Statements of a text run at once and in order; {@link #getMoreResults()} steps through their
 * results, of which the last streams and the earlier ones are in memory.
 */
abstract class AbstractStatement implements Statement, KalamWrapper {
  /** What one statement of a text came to: rows, or a number of changed rows. */
  private record Outcome(@Nullable KalamResultSet rows, long count) {}

  final KalamConnection connection;

  /** Outcomes not yet stepped over; the first is the current one. */
  private final List<Outcome> outcomes = new ArrayList<>();

  private final List<KalamResultSet> openResults = new ArrayList<>();
  private @Nullable RowSource generatedKeys;
  private long maxRows;
  private int fetchSize;
  private boolean poolable;
  private boolean closeOnCompletion;
  private int queryTimeoutSeconds;
  private volatile boolean executing;
  private volatile boolean streaming;
  private volatile boolean closed;

  AbstractStatement(KalamConnection connection) {
    this.connection = connection;
  }

  // Running; all of it under the connection's lock.

  /** Runs the statement under its timeout and lets {@link #cancel} stop it. */
  final <T> T execute(KalamConnection.Call<T> call) throws SQLException {
    return connection.call(
        () -> {
          Session session = connection.session();
          Duration standard = session.statementTimeout();
          executing = true;
          try {
            if (queryTimeoutSeconds > 0) {
              session.setStatementTimeout(Duration.ofSeconds(queryTimeoutSeconds));
            }
            return call.run();
          } finally {
            executing = false;
            if (queryTimeoutSeconds > 0) {
              session.setStatementTimeout(standard);
            }
          }
        });
  }

  /** Checks, and forgets the results of the execution before. */
  final void beginExecution() throws SQLException {
    checkOpen();
    closeResults();
  }

  /** Takes the result of one statement; it streams unless more statements follow. */
  final void addResult(Result result, boolean last) {
    List<ResultColumn> columns = result.columns();
    if (columns.isEmpty()) {
      long count = Math.max(0, result.updateCount());
      result.close();
      addCount(count);
      return;
    }
    streaming = last;
    RowSource source = last ? RowSource.of(result) : RowSource.of(result).buffered();
    KalamResultSet rows = new KalamResultSet(connection, this, source, maxRows);
    openResults.add(rows);
    outcomes.add(new Outcome(rows, -1));
  }

  /** Takes the rows that RETURNING gave for the program's wish for generated keys. */
  final void addKeys(Result result, GeneratedKeys keys) throws SQLException {
    List<ResultColumn> columns = result.columns();
    List<Row> rows = result.list();
    generatedKeys = keys.select(columns, rows, connection.catalog());
    addCount(rows.size());
  }

  final void addCount(long count) {
    outcomes.add(new Outcome(null, count));
  }

  /** The only result of {@code executeQuery}. */
  final ResultSet onlyRows() throws SQLException {
    if (outcomes.size() != 1 || outcomes.get(0).rows() == null) {
      closeResults();
      throw SqlErrors.noRow("The statement returned no rows, or was not a single one");
    }
    return outcomes.get(0).rows();
  }

  /** The count of {@code executeUpdate}. */
  final long lastCount() throws SQLException {
    Outcome last = outcomes.isEmpty() ? null : outcomes.get(outcomes.size() - 1);
    if (last == null || last.rows() != null) {
      closeResults();
      throw SqlErrors.of(
          ErrorCode.WRONG_OBJECT_TYPE, "The statement returned rows where a number was expected");
    }
    outcomes.subList(0, outcomes.size() - 1).clear();
    return last.count();
  }

  final boolean currentIsRows() {
    return !outcomes.isEmpty() && outcomes.get(0).rows() != null;
  }

  static int toInt(long count) {
    return count > Integer.MAX_VALUE ? SUCCESS_NO_INFO : (int) count;
  }

  final void checkOpen() throws SQLException {
    connection.checkOpen();
    if (closed) {
      throw SqlErrors.closed("statement");
    }
  }

  // Results.

  @Override
  public @Nullable ResultSet getResultSet() throws SQLException {
    checkOpen();
    return outcomes.isEmpty() ? null : outcomes.get(0).rows();
  }

  @Override
  public int getUpdateCount() throws SQLException {
    return toInt(getLargeUpdateCount());
  }

  @Override
  public long getLargeUpdateCount() throws SQLException {
    checkOpen();
    return outcomes.isEmpty() ? -1 : outcomes.get(0).count();
  }

  @Override
  public boolean getMoreResults() throws SQLException {
    return getMoreResults(CLOSE_CURRENT_RESULT);
  }

  @Override
  public boolean getMoreResults(int current) throws SQLException {
    return connection.call(
        () -> {
          checkOpen();
          Outcome before = outcomes.isEmpty() ? null : outcomes.remove(0);
          switch (current) {
            case CLOSE_CURRENT_RESULT -> {
              if (before != null && before.rows() != null) {
                before.rows().close();
              }
            }
            case KEEP_CURRENT_RESULT -> {}
            case CLOSE_ALL_RESULTS -> closePassedResults();
            default ->
                throw SqlErrors.of(
                    ErrorCode.INVALID_PARAMETER_VALUE, "No constant for results: " + current);
          }
          return currentIsRows();
        });
  }

  private void closePassedResults() {
    for (KalamResultSet rows : List.copyOf(openResults)) {
      if (outcomes.stream().noneMatch(outcome -> outcome.rows() == rows)) {
        rows.close();
      }
    }
  }

  @Override
  public ResultSet getGeneratedKeys() throws SQLException {
    return connection.call(
        () -> {
          checkOpen();
          RowSource keys =
              generatedKeys == null ? RowSource.of(List.of(), List.of()) : generatedKeys;
          KalamResultSet rows = new KalamResultSet(connection, this, keys, 0);
          openResults.add(rows);
          return rows;
        });
  }

  /** Closes all results of the last execution. */
  final void closeResults() {
    streaming = false;
    outcomes.clear();
    generatedKeys = null;
    List<KalamResultSet> open = List.copyOf(openResults);
    openResults.clear();
    open.forEach(KalamResultSet::release);
  }

  /** A result set closed itself. */
  final void resultClosed(KalamResultSet rows) {
    if (openResults.remove(rows) && openResults.isEmpty() && closeOnCompletion) {
      close();
    }
  }

  // Closing.

  @Override
  public void close() {
    connection.enter();
    try {
      if (!closed) {
        closed = true;
        connection.forget(this);
        try {
          closeResults();
        } finally {
          releaseQuery();
        }
      }
    } finally {
      connection.leave();
    }
  }

  /** Gives back what a subclass holds; under the lock, once. */
  void releaseQuery() {}

  @Override
  public boolean isClosed() {
    return closed || connection.isClosed();
  }

  @Override
  public void closeOnCompletion() throws SQLException {
    checkOpen();
    closeOnCompletion = true;
  }

  @Override
  public boolean isCloseOnCompletion() throws SQLException {
    checkOpen();
    return closeOnCompletion;
  }

  @Override
  public @Nullable Object delegate() {
    return null;
  }

  @Override
  public Connection getConnection() throws SQLException {
    checkOpen();
    return connection;
  }

  // Limits and hints.

  @Override
  public int getMaxRows() throws SQLException {
    return (int) Math.min(Integer.MAX_VALUE, getLargeMaxRows());
  }

  @Override
  public void setMaxRows(int max) throws SQLException {
    setLargeMaxRows(max);
  }

  @Override
  public long getLargeMaxRows() throws SQLException {
    checkOpen();
    return maxRows;
  }

  @Override
  public void setLargeMaxRows(long max) throws SQLException {
    checkOpen();
    requireNotNegative("maximum of rows", max);
    maxRows = max;
  }

  /** A hint without effect: rows are not sent in packets. */
  @Override
  public void setFetchSize(int rows) throws SQLException {
    checkOpen();
    requireNotNegative("fetch size", rows);
    fetchSize = rows;
  }

  @Override
  public int getFetchSize() throws SQLException {
    checkOpen();
    return fetchSize;
  }

  @Override
  public void setFetchDirection(int direction) throws SQLException {
    checkOpen();
    if (direction != ResultSet.FETCH_FORWARD) {
      throw SqlErrors.unsupported("A fetch direction other than FETCH_FORWARD");
    }
  }

  @Override
  public int getFetchDirection() throws SQLException {
    checkOpen();
    return ResultSet.FETCH_FORWARD;
  }

  /** Counts the time in which the statement runs or its rows are fetched. */
  @Override
  public void setQueryTimeout(int seconds) throws SQLException {
    checkOpen();
    requireNotNegative("query timeout", seconds);
    queryTimeoutSeconds = seconds;
  }

  @Override
  public int getQueryTimeout() throws SQLException {
    checkOpen();
    return queryTimeoutSeconds;
  }

  /** Stops what the connection is running, if this statement runs or its rows are being read. */
  @Override
  public void cancel() throws SQLException {
    checkOpen();
    if (executing || streaming) {
      connection.session().cancel();
    }
  }

  /** Refused unless 0: values come whole. */
  @Override
  public void setMaxFieldSize(int max) throws SQLException {
    checkOpen();
    requireNotNegative("maximum size of a field", max);
    if (max != 0) {
      throw SqlErrors.unsupported("Statement.setMaxFieldSize");
    }
  }

  @Override
  public int getMaxFieldSize() throws SQLException {
    checkOpen();
    return 0;
  }

  private static void requireNotNegative(String what, long value) throws SQLException {
    if (value < 0) {
      throw SqlErrors.of(
          ErrorCode.INVALID_PARAMETER_VALUE, "The " + what + " is negative: " + value);
    }
  }

  @Override
  public void setCursorName(String name) throws SQLException {
    throw SqlErrors.unsupported("Statement.setCursorName");
  }

  @Override
  public int getResultSetConcurrency() throws SQLException {
    checkOpen();
    return ResultSet.CONCUR_READ_ONLY;
  }

  @Override
  public int getResultSetType() throws SQLException {
    checkOpen();
    return ResultSet.TYPE_FORWARD_ONLY;
  }

  @Override
  public int getResultSetHoldability() throws SQLException {
    checkOpen();
    return ResultSet.CLOSE_CURSORS_AT_COMMIT;
  }

  @Override
  public void setPoolable(boolean poolable) throws SQLException {
    checkOpen();
    this.poolable = poolable;
  }

  @Override
  public boolean isPoolable() throws SQLException {
    checkOpen();
    return poolable;
  }

  @Override
  public @Nullable SQLWarning getWarnings() throws SQLException {
    checkOpen();
    return null;
  }

  @Override
  public void clearWarnings() throws SQLException {
    checkOpen();
  }
}
