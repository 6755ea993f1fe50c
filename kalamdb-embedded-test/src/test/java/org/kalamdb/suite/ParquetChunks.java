package org.kalamdb.suite;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** What DuckDB finds in the footer of a Parquet file. */
final class ParquetChunks {
  /**
   * A column's pages in one row group.
   *
   * @param column its name, and behind a dot that of the group's member
   * @param codec as the format calls it
   * @param rows of the row group
   * @param bytes as they lie in the file
   * @param bloomBytes of its filter with the filter's header; 0 if it has none
   */
  record Chunk(int rowGroup, String column, String codec, long rows, long bytes, long bloomBytes) {}

  private ParquetChunks() {}

  /** All chunks of a file, in order. */
  static List<Chunk> of(Path file) throws SQLException {
    List<Chunk> chunks = new ArrayList<>();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT row_group_id, path_in_schema, compression, row_group_num_rows,"
                    + " total_compressed_size, coalesce(bloom_filter_length, 0)"
                    + " FROM parquet_metadata('"
                    + file
                    + "') ORDER BY row_group_id, column_id")) {
      while (found.next()) {
        chunks.add(
            new Chunk(
                found.getInt(1),
                found.getString(2).replace(", ", "."),
                found.getString(3),
                found.getLong(4),
                found.getLong(5),
                found.getLong(6)));
      }
    }
    return chunks;
  }
}
