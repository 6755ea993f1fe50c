package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;

/** A parsed statement; its plan comes from the engine's cache, which knows when tables changed. */
final class EnginePreparedQuery implements PreparedQuery {
  private final StatementRunner runner;
  private final ParsedStatement statement;
  private boolean closed;

  EnginePreparedQuery(StatementRunner runner, ParsedStatement statement) {
    this.runner = runner;
    this.statement = statement;
    // Errors of names and types show at once, not at the first run.
    runner.describe(statement);
  }

  @Override
  public long execute(@Nullable Object... parameters) {
    checkOpen();
    try (Result result = runner.run(statement, parameters)) {
      return Math.max(0, result.updateCount());
    }
  }

  @Override
  public Result query(@Nullable Object... parameters) {
    checkOpen();
    return runner.run(statement, parameters);
  }

  @Override
  public long[] executeBatch(List<@Nullable Object[]> rows) {
    checkOpen();
    return runner.runBatch(statement, rows);
  }

  @Override
  public List<ResultColumn> columns() {
    return runner.describe(statement).columns();
  }

  @Override
  public List<DataType> parameterTypes() {
    return runner.describe(statement).parameterTypes();
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The prepared query is closed");
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
