package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * {@code samples/duckdb/current-rows.sql}: DuckDB, given a directory with a manifest.json and
 * nothing else, reads the rows that we read, also of segments from before the table was altered.
 */
@ExtendWith(TemporaryDatabase.class)
class DuckDbSampleTest {
  private static final Path SAMPLE = Path.of("..", "samples", "duckdb", "current-rows.sql");

  private static final KalamOptions BY_HAND =
      KalamOptions.builder().backgroundCompaction(false).build();

  @Test
  void currentRows_ofAnAlteredTable_areOurs(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute(
        "CREATE TABLE t (gone TEXT, id INT PRIMARY KEY, a SMALLINT, r REAL, w VARCHAR(9), d DECIMAL(6,2),"
            + " z ZONED_TIMESTAMP, i INTERVAL)");
    db.execute(
        "INSERT INTO t SELECT 'g', g, g, g / 8.0, 'w' || g, g * 0.25, NULL, NULL FROM generate_series(1, 50) g");
    db.execute("STORAGE FLUSH TABLE t");
    db.execute("UPDATE t SET w = 'new' WHERE id BETWEEN 10 AND 20; DELETE FROM t WHERE id = 30");
    db.execute("ALTER TABLE t RENAME a TO \"Big A\"; ALTER TABLE t ALTER \"Big A\" TYPE BIGINT");
    db.execute("ALTER TABLE t DROP gone; ALTER TABLE t ADD n INT NOT NULL DEFAULT 42");
    db.execute(
        "ALTER TABLE t ALTER r TYPE DOUBLE PRECISION, ALTER w TYPE TEXT, ALTER d TYPE DECIMAL(20,4)");
    db.execute("STORAGE FLUSH TABLE t");
    db.execute(
        "ALTER TABLE t ADD gone TEXT DEFAULT 'it''s', ADD b BYTES DEFAULT '\\x00ff41', ADD day DATE DEFAULT '2026-02-03',"
            + " ADD at TIMESTAMP DEFAULT '2026-02-03 04:05:06', ADD e DOUBLE PRECISION, ADD m DECIMAL(9,3) DEFAULT 1.5");
    db.execute(
        "INSERT INTO t (id, \"Big A\", gone, b, e) VALUES (100, 5000000000, NULL, NULL, 1e300)");
    db.execute("UPDATE t SET n = id WHERE id IN (1, 12); DELETE FROM t WHERE id IN (13, 14)");
    db.execute("STORAGE FLUSH TABLE t");
    assertSame(database, "SELECT * FROM t", "t");
    db.execute("STORAGE COMPACT TABLE t; ALTER TABLE t ADD late BOOLEAN DEFAULT true");
    db.execute("DELETE FROM t WHERE id < 5; STORAGE FLUSH TABLE t");
    assertSame(database, "SELECT * FROM t", "t");
    db.execute("ALTER TABLE t RENAME TO \"T 2\"; DELETE FROM \"T 2\" WHERE id = 6");
    db.execute("STORAGE FLUSH TABLE \"T 2\"");
    assertSame(database, "SELECT * FROM \"T 2\"", "%54%202");
  }

  @Test
  void currentRows_ofEachUser_areTheirs(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE NAMESPACE n; CREATE USER TABLE n.t (k TEXT, id INT, PRIMARY KEY (id, k))");
    for (String user : List.of("ada", "bob")) {
      try (Session session = db.session(user)) {
        session.execute("INSERT INTO n.t VALUES ('a', 1), ('b', 2), (?, 3)", user);
      }
    }
    db.execute("STORAGE FLUSH TABLE n.t");
    try (Session ada = db.session("ada")) {
      ada.execute("DELETE FROM n.t WHERE id = 2");
      db.execute("STORAGE FLUSH TABLE n.t");
      assertThat(duckDbRows(database, "ada")).containsExactlyInAnyOrder("a|1", "ada|3");
      assertThat(duckDbRows(database, "bob")).containsExactlyInAnyOrder("a|1", "b|2", "bob|3");
    }
  }

  private static void assertSame(TestDatabase database, String query, String directory)
      throws Exception {
    List<String> ours = new ArrayList<>();
    try (Session session = database.db().session()) {
      session.query(query).list().forEach(row -> ours.add(text(row.toArray())));
    }
    assertThat(duckDbRows(database, directory)).containsExactlyInAnyOrderElementsOf(ours);
  }

  /** What the sample answers in the directory of this name. */
  private static List<String> duckDbRows(TestDatabase database, String directory) throws Exception {
    Path home =
        database.filesEndingWith("manifest.json").stream()
            .map(Path::getParent)
            .filter(parent -> parent.endsWith(directory))
            .findFirst()
            .orElseThrow();
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("SET VARIABLE dir = '" + home + "'");
      String[] statements = Files.readString(SAMPLE).split(";\\s*\\n");
      for (int i = 0; i < statements.length - 1; i++) {
        statement.execute(statements[i]);
      }
      try (ResultSet result = statement.executeQuery(statements[statements.length - 1])) {
        int columns = result.getMetaData().getColumnCount();
        while (result.next()) {
          Object[] values = new Object[columns];
          for (int i = 0; i < columns; i++) {
            boolean bytes = result.getMetaData().getColumnTypeName(i + 1).equals("BLOB");
            values[i] = bytes ? result.getBytes(i + 1) : result.getObject(i + 1);
          }
          rows.add(text(values));
        }
      }
    }
    return rows;
  }

  private static String text(Object[] values) {
    return Arrays.stream(values)
        .map(
            value ->
                value instanceof byte[] bytes
                    ? HexFormat.of().formatHex(bytes)
                    : value instanceof java.sql.Timestamp time
                        ? time.toLocalDateTime().toString()
                        : String.valueOf(value))
        .collect(Collectors.joining("|"));
  }
}
