package org.kalamdb.differential;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database behind JDBC, in memory. */
final class RivalDatabase implements Database {
  private static final int TIMEOUT_SECONDS = 60;

  private final Dialect dialect;
  private final Connection connection;

  private RivalDatabase(Dialect dialect, String url) throws SQLException {
    this.dialect = dialect;
    this.connection = DriverManager.getConnection(url);
  }

  static RivalDatabase duckDb(World world) throws SQLException {
    RivalDatabase database = new RivalDatabase(Dialect.DUCKDB, "jdbc:duckdb:");
    database.execute("SET threads = 1");
    return database.load(world);
  }

  static RivalDatabase h2(World world) throws SQLException {
    return new RivalDatabase(Dialect.H2, "jdbc:h2:mem:;DATABASE_TO_LOWER=TRUE").load(world);
  }

  private RivalDatabase load(World world) throws SQLException {
    for (String sql : world.script()) {
      execute(sql);
    }
    return this;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public String name() {
    return dialect.name();
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  @Override
  public Answer ask(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
      return answer(statement, sql);
    } catch (SQLException e) {
      return Answer.error(String.valueOf(e.getMessage()), false);
    }
  }

  private static Answer answer(Statement statement, String sql) throws SQLException {
    try (ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      List<List<@Nullable Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(value(result.getObject(i)));
        }
        rows.add(row);
      }
      return Answer.rows(rows);
    }
  }

  private static @Nullable Object value(@Nullable Object value) throws SQLException {
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      return Double.isFinite(number) ? new BigDecimal(number) : String.valueOf(number);
    }
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (value instanceof Number number) {
      return new BigDecimal(number.toString());
    }
    if (value instanceof Date date) {
      return date.toLocalDate();
    }
    if (value instanceof Timestamp timestamp) {
      return timestamp.toLocalDateTime();
    }
    if (value instanceof Clob clob) {
      return clob.getSubString(1, (int) clob.length());
    }
    return value;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
