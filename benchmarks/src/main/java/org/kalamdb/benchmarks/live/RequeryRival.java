package org.kalamdb.benchmarks.live;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.h2.api.Trigger;
import org.kalamdb.benchmarks.DataDirectory;

/**
 * What an application does with a database that has no live queries: after each change it runs the
 * query again. H2 tells by a trigger that the table has changed; with the others the application
 * knows because it made the change itself.
 */
final class RequeryRival implements AutoCloseable {
  private static final AtomicBoolean TOLD_BY_TRIGGER = new AtomicBoolean();

  private final String name;
  private final DataDirectory directory = new DataDirectory();
  private final Connection connection;
  private final boolean trigger;

  private RequeryRival(String name, String url, List<String> settings, boolean trigger)
      throws SQLException {
    this.name = name;
    this.trigger = trigger;
    this.connection = DriverManager.getConnection(url.replace("{}", directory.path().toString()));
    for (String setting : settings) {
      execute(setting);
    }
  }

  static List<RequeryRival> all() throws SQLException {
    List<RequeryRival> all = new ArrayList<>();
    all.add(new RequeryRival("H2, trigger", "jdbc:h2:{}/h2;WRITE_DELAY=1000", List.of(), true));
    all.add(
        new RequeryRival(
            "SQLite",
            "jdbc:sqlite:{}/sqlite",
            List.of(
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = NORMAL",
                "PRAGMA cache_size = -65536"),
            false));
    all.add(new RequeryRival("DuckDB", "jdbc:duckdb:{}/duck", List.of("SET threads = 2"), false));
    return all;
  }

  String name() {
    return name;
  }

  void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Fills a table by rows of whole numbers, in one transaction. */
  void fill(String table, List<int[]> rows) throws SQLException {
    connection.setAutoCommit(false);
    String marks = "?, ".repeat(rows.get(0).length - 1) + "?";
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + table + " VALUES (" + marks + ")")) {
      for (int i = 0; i < rows.size(); i++) {
        for (int c = 0; c < rows.get(i).length; c++) {
          insert.setInt(c + 1, rows.get(i)[c]);
        }
        insert.addBatch();
        if (i % 5_000 == 4_999) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
    connection.commit();
    connection.setAutoCommit(true);
    if (trigger) {
      execute(
          "CREATE TRIGGER changed_"
              + table
              + " AFTER UPDATE ON "
              + table
              + " FOR EACH ROW CALL '"
              + Noting.class.getName()
              + "'");
    }
  }

  /** An open query and an update, both prepared. */
  Observation observe(String update, String query) throws SQLException {
    return new Observation(
        connection.prepareStatement(update), connection.prepareStatement(query), trigger);
  }

  /** Changes a row and looks at the query's result. */
  static final class Observation implements AutoCloseable {
    private final PreparedStatement update;
    private final PreparedStatement query;
    private final boolean trigger;

    private Observation(PreparedStatement update, PreparedStatement query, boolean trigger) {
      this.update = update;
      this.query = query;
      this.trigger = trigger;
    }

    /** Nanoseconds from the call of the update to the last row of the new result. */
    long observe(int value, int id) throws SQLException {
      long start = System.nanoTime();
      update.setInt(1, value);
      update.setInt(2, id);
      update.executeUpdate();
      if (trigger && !TOLD_BY_TRIGGER.getAndSet(false)) {
        throw new IllegalStateException("The trigger was not called");
      }
      try (ResultSet rows = query.executeQuery()) {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          for (int c = 1; c <= columns; c++) {
            rows.getObject(c);
          }
        }
      }
      return System.nanoTime() - start;
    }

    @Override
    public void close() throws SQLException {
      update.close();
      query.close();
    }
  }

  /** H2's side of being told: it knows that a row was changed, not what that means for a query. */
  public static final class Noting implements Trigger {
    @Override
    public void fire(Connection connection, Object[] oldRow, Object[] newRow) {
      TOLD_BY_TRIGGER.set(true);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
    directory.close();
  }
}
