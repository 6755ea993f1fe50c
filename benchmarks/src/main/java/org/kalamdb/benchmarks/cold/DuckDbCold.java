package org.kalamdb.benchmarks.cold;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/** DuckDB in this process: takes rows into memory, writes them as Parquet, queries such files. */
final class DuckDbCold implements AutoCloseable {
  private final DuckDBConnection connection;
  private final Statement statement;

  DuckDbCold(int threads) throws SQLException {
    Connection opened = DriverManager.getConnection("jdbc:duckdb:");
    connection = opened.unwrap(DuckDBConnection.class);
    statement = connection.createStatement();
    statement.execute("SET threads = " + threads);
  }

  String version() throws SQLException {
    return connection.getMetaData().getDatabaseProductVersion();
  }

  void createTable(String table, String columns) throws SQLException {
    statement.execute("CREATE TABLE " + table + " (" + columns + ")");
  }

  DuckDBAppender appender(String table) throws SQLException {
    return connection.createAppender(DuckDBConnection.DEFAULT_SCHEMA, table);
  }

  /** Adds a row to an appender, of which only the types of {@link ColdRows} are asked for. */
  static void append(DuckDBAppender appender, @Nullable Object... row) throws SQLException {
    appender.beginRow();
    for (Object value : row) {
      if (value == null) {
        appender.appendNull();
      } else if (value instanceof Long number) {
        appender.append(number.longValue());
      } else if (value instanceof Integer number) {
        appender.append(number.intValue());
      } else if (value instanceof LocalDateTime time) {
        appender.append(time);
      } else {
        appender.append((String) value);
      }
    }
    appender.endRow();
  }

  /** Writes a table as one Parquet file, zstd, all else as DuckDB does it; returns its bytes. */
  long copy(String table, String order, Path file) throws Exception {
    statement.execute(
        "COPY (FROM "
            + table
            + " ORDER BY "
            + order
            + ") TO '"
            + quoted(file)
            + "' (FORMAT parquet, COMPRESSION zstd)");
    return Files.size(file);
  }

  void dropTable(String table) throws SQLException {
    statement.execute("DROP TABLE " + table);
  }

  void createView(String view, String files) throws SQLException {
    statement.execute(
        "CREATE VIEW " + view + " AS FROM read_parquet('" + files.replace("'", "''") + "')");
  }

  private static String quoted(Path file) {
    return file.toString().replace("'", "''");
  }

  PreparedStatement prepare(String sql) throws SQLException {
    return connection.prepareStatement(sql);
  }

  static List<@Nullable Object[]> query(PreparedStatement prepared, Object... parameters)
      throws SQLException {
    for (int i = 0; i < parameters.length; i++) {
      prepared.setObject(i + 1, parameters[i]);
    }
    List<@Nullable Object[]> rows = new ArrayList<>();
    try (ResultSet result = prepared.executeQuery()) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        Object[] row = new Object[columns];
        for (int i = 0; i < columns; i++) {
          Object value = result.getObject(i + 1);
          row[i] = value instanceof java.sql.Timestamp time ? time.toLocalDateTime() : value;
        }
        rows.add(row);
      }
    }
    return rows;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
