package org.kalamdb.benchmarks.durability;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/** A database embedded through JDBC, with the options it has when nobody sets any. */
enum Contender {
  KALAMDB("KalamDB", "jdbc:kalamdb:", ""),
  SQLITE("SQLite", "jdbc:sqlite:", "/data.db"),
  DUCKDB("DuckDB", "jdbc:duckdb:", "/data.duckdb"),
  H2("H2", "jdbc:h2:", "/data"),
  HSQLDB("HSQLDB", "jdbc:hsqldb:file:", "/data");

  final String title;
  private final String prefix;
  private final String file;

  Contender(String title, String prefix, String file) {
    this.title = title;
    this.prefix = prefix;
    this.file = file;
  }

  Connection open(Path directory) throws SQLException {
    return DriverManager.getConnection(prefix + directory.toAbsolutePath() + file);
  }
}
