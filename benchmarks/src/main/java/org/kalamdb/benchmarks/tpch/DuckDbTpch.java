package org.kalamdb.benchmarks.tpch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** DuckDB in this process, with views of TPC-H's tables over Parquet files. */
final class DuckDbTpch implements AutoCloseable {
  private final Connection connection;
  private final Statement statement;

  /** Over the segments of the tables of a namespace somewhere below a directory. */
  DuckDbTpch(Path directory, String namespace, int threads) throws IOException, SQLException {
    Map<String, Path> folders = folders(directory, namespace);
    connection = DriverManager.getConnection("jdbc:duckdb:");
    statement = connection.createStatement();
    statement.execute("SET threads = " + threads);
    for (Map.Entry<String, Path> table : folders.entrySet()) {
      String files = table.getValue().resolve("*.parquet").toString().replace("'", "''");
      statement.execute(
          "CREATE VIEW " + table.getKey() + " AS SELECT * FROM read_parquet('" + files + "')");
    }
  }

  private static Map<String, Path> folders(Path directory, String namespace) throws IOException {
    Map<String, Path> folders = new HashMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        Path folder = Objects.requireNonNull(file.getParent());
        if (StreamSupport.stream(folder.spliterator(), false)
            .anyMatch(name -> name.toString().equals(namespace))) {
          folders.put(String.valueOf(folder.getFileName()), folder);
        }
      }
    }
    if (!folders.keySet().equals(Set.copyOf(TpchRows.tables()))) {
      throw new IllegalStateException("Segments are only of " + folders.keySet());
    }
    return folders;
  }

  String version() throws SQLException {
    return connection.getMetaData().getDatabaseProductVersion();
  }

  List<@Nullable Object[]> query(String sql) throws SQLException {
    List<@Nullable Object[]> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        Object[] row = new Object[columns];
        for (int i = 0; i < columns; i++) {
          row[i] = result.getObject(i + 1);
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
