package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.SQLSyntaxErrorException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The driver on real databases, found by {@link DriverManager}. */
class JdbcDatabaseTest {
  private static final String URL = "jdbc:kalamdb:mem:jdbc-database-test";

  private Connection connection;

  @BeforeEach
  void open() throws SQLException {
    connection = DriverManager.getConnection(URL);
    run(connection, "CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL)");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<String> column(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> values = new ArrayList<>();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    }
  }

  @Test
  void connections_toOneName_shareTheDatabaseUntilTheLastCloses() throws SQLException {
    try (Connection second = DriverManager.getConnection(URL)) {
      run(second, "INSERT INTO items VALUES (1, 'a')");
      assertThat(column(connection, "SELECT name FROM items")).containsExactly("a");
    }
    connection.close();
    connection = DriverManager.getConnection(URL);

    assertThatThrownBy(() -> column(connection, "SELECT name FROM items"))
        .isInstanceOf(SQLSyntaxErrorException.class);
  }

  @Test
  void connection_toPath_keepsItsRows(@TempDir Path directory) throws SQLException {
    String url = "jdbc:kalamdb:" + directory.resolve("db");
    try (Connection first = DriverManager.getConnection(url)) {
      run(
          first,
          "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)");
    }
    try (Connection again = DriverManager.getConnection(url)) {
      assertThat(column(again, "SELECT id FROM t ORDER BY id")).containsExactly("1", "2");
    }
  }

  @Test
  void connection_badUrl_createsNothing(@TempDir Path directory) {
    Path path = directory.resolve("db");

    assertThatThrownBy(() -> DriverManager.getConnection("jdbc:kalamdb:" + path + "?init=x"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
    assertThat(Files.exists(path)).isFalse();
  }

  @Test
  void user_inUrl_seesItsOwnPartition() throws SQLException {
    run(connection, "CREATE NAMESPACE chat");
    run(connection, "CREATE USER TABLE chat.notes (id INT PRIMARY KEY, text TEXT)");
    try (Connection alice = DriverManager.getConnection(URL + "?user=alice&namespace=chat");
        Connection bob = DriverManager.getConnection(URL + "?user=bob&namespace=chat")) {
      run(alice, "INSERT INTO notes VALUES (1, 'hers')");

      assertThat(column(alice, "SELECT text FROM notes")).containsExactly("hers");
      assertThat(column(bob, "SELECT text FROM notes")).isEmpty();
    }
  }

  @Test
  void values_ofEveryType_comeBack() throws SQLException {
    run(
        connection,
        "CREATE TABLE v (id INT PRIMARY KEY, b BOOLEAN, s SMALLINT, l BIGINT, r REAL, d DOUBLE, n DECIMAL(10,2),"
            + " t TEXT, x BYTES, dt DATE, tm TIME, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID, e EMBEDDING(2))");
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    LocalDateTime at = LocalDateTime.of(2026, 3, 4, 5, 6, 7, 123_456_000);
    OffsetDateTime moment = at.atOffset(ZoneOffset.ofHours(2));
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      insert.setInt(1, 1);
      insert.setBoolean(2, true);
      insert.setShort(3, (short) -3);
      insert.setLong(4, Long.MIN_VALUE);
      insert.setFloat(5, 0.5f);
      insert.setDouble(6, 1e100);
      insert.setBigDecimal(7, new BigDecimal("12.34"));
      insert.setString(8, "é€");
      insert.setBytes(9, new byte[] {0, -1});
      insert.setObject(10, at.toLocalDate());
      insert.setObject(11, at.toLocalTime());
      insert.setObject(12, at);
      insert.setObject(13, moment);
      insert.setObject(14, uuid);
      insert.setObject(15, new float[] {1, -2});
      assertThat(insert.executeUpdate()).isEqualTo(1);
      insert.setInt(1, 2);
      for (int i = 2; i <= 15; i++) {
        insert.setObject(i, null);
      }
      assertThat(insert.executeUpdate()).isEqualTo(1);
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM v ORDER BY id")) {
      assertThat(rows.next()).isTrue();
      assertThat(rows.getBoolean("b")).isTrue();
      assertThat(rows.getShort("s")).isEqualTo((short) -3);
      assertThat(rows.getLong("l")).isEqualTo(Long.MIN_VALUE);
      assertThat(rows.getFloat("r")).isEqualTo(0.5f);
      assertThat(rows.getDouble("d")).isEqualTo(1e100);
      assertThat(rows.getBigDecimal("n")).isEqualTo(new BigDecimal("12.34"));
      assertThat(rows.getString("t")).isEqualTo("é€");
      assertThat(rows.getBytes("x")).containsExactly(0, -1);
      assertThat(rows.getObject("dt", LocalDate.class)).isEqualTo(at.toLocalDate());
      assertThat(rows.getObject("tm", LocalTime.class)).isEqualTo(at.toLocalTime());
      assertThat(rows.getObject("ts", LocalDateTime.class)).isEqualTo(at);
      assertThat(rows.getObject("tz", OffsetDateTime.class))
          .isEqualTo(moment.withOffsetSameInstant(ZoneOffset.UTC));
      assertThat(rows.getObject("u", UUID.class)).isEqualTo(uuid);
      assertThat(rows.getObject("e", float[].class)).containsExactly(1, -2);
      assertThat(rows.next()).isTrue();
      for (int i = 2; i <= 15; i++) {
        assertThat(rows.getObject(i)).as("column %d", i).isNull();
      }
      assertThat(rows.next()).isFalse();
    }
  }

  @Test
  void batch_withDuplicate_leavesNothing() throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO items VALUES (?, ?)")) {
      for (int i = 0; i < 100; i++) {
        insert.setInt(1, i);
        insert.setString(2, "n" + i);
        insert.addBatch();
      }
      assertThat(insert.executeBatch()).hasSize(100).containsOnly(1);
      for (int id : new int[] {200, 5}) {
        insert.setInt(1, id);
        insert.setString(2, "x");
        insert.addBatch();
      }
      assertThatThrownBy(insert::executeBatch)
          .isInstanceOf(BatchUpdateException.class)
          .hasCauseInstanceOf(SQLIntegrityConstraintViolationException.class);
    }
    assertThat(column(connection, "SELECT count(*) FROM items")).containsExactly("100");
  }

  @Test
  void errors_haveTheStateAndThePlace() {
    assertThatThrownBy(() -> column(connection, "SELECT 1;\n SELECT FROM WHERE"))
        .isInstanceOf(SQLSyntaxErrorException.class)
        .hasMessageContaining("line 2");
    assertThatThrownBy(() -> run(connection, "INSERT INTO items VALUES (1, NULL)"))
        .isInstanceOfSatisfying(
            SQLIntegrityConstraintViolationException.class,
            e -> assertThat(e.getSQLState()).isEqualTo("23502"));
  }

  @Test
  void transaction_rolledBack_leavesNothing() throws SQLException {
    connection.setAutoCommit(false);
    run(connection, "INSERT INTO items VALUES (1, 'a')");
    assertThat(column(connection, "SELECT name FROM items")).containsExactly("a");
    connection.rollback();
    assertThat(column(connection, "SELECT name FROM items")).isEmpty();
    run(connection, "INSERT INTO items VALUES (2, 'b')");
    connection.commit();
    connection.setAutoCommit(true);

    assertThat(column(connection, "SELECT name FROM items")).containsExactly("b");
  }

  @Test
  void generatedKeys_ofInsert_areThePrimaryKey() throws SQLException {
    run(connection, "CREATE TABLE k (name TEXT, id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID())");
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO k (name) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
      insert.setString(1, "a");
      assertThat(insert.executeUpdate()).isEqualTo(1);
      try (ResultSet keys = insert.getGeneratedKeys()) {
        assertThat(keys.getMetaData().getColumnCount()).isEqualTo(1);
        assertThat(keys.next()).isTrue();
        assertThat(column(connection, "SELECT id FROM k")).containsExactly(keys.getString("id"));
      }
    }
  }

  @Test
  void metaData_ofDatabase_showsTheTable() throws SQLException {
    try (ResultSet columns = connection.getMetaData().getColumns(null, "default", "items", null)) {
      assertThat(columns.next()).isTrue();
      assertThat(columns.getString("COLUMN_NAME")).isEqualTo("id");
      assertThat(columns.getString("TYPE_NAME")).isEqualTo("BIGINT");
      assertThat(columns.next()).isTrue();
      assertThat(columns.next()).isFalse();
    }
    try (ResultSet key = connection.getMetaData().getPrimaryKeys(null, null, "items")) {
      assertThat(key.next()).isTrue();
      assertThat(key.getString("COLUMN_NAME")).isEqualTo("id");
    }
    assertThat(connection.isValid(1)).isTrue();
  }
}
