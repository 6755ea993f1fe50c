package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/**
 * A process killed at any moment in the middle of a statement: when the database is opened again,
 * the statement has happened or not, and indexes hold what the rows do. Two kills each, 12 in the
 * slow profile.
 */
class CrashedStatementsTest {
  private static final int ROWS = 6_000;
  private static final int KILLS = Boolean.getBoolean("kalamdb.slow") ? 12 : 2;
  private static final long SEED = 20_261_121L;

  @TempDir private Path directory;

  @BeforeEach
  void fill() {
    try (KalamDB db = KalamDB.open(data(), CrashWriter.OPTIONS);
        Session s = db.session()) {
      s.execute("CREATE TABLE t (id INT PRIMARY KEY, k INT, v INT)");
      s.execute("CREATE TABLE c (id INT PRIMARY KEY, k INT UNIQUE, v INT, x INT)");
      s.execute("CREATE INDEX c_v ON c (v)");
      insert(s, 1, ROWS / 2);
      s.execute("STORAGE FLUSH TABLE t");
      insert(s, ROWS / 2 + 1, ROWS);
      for (String format : List.of("csv", "parquet")) {
        s.execute("COPY t TO '" + directory.resolve("t." + format) + "'");
      }
    }
  }

  private static void insert(Session s, int from, int to) {
    s.execute(
        "INSERT INTO t SELECT i, i + 1, i % 10 FROM generate_series(?, ?) AS g (i)", from, to);
  }

  private Path data() {
    return directory.resolve("data");
  }

  /** What must hold after each kill. */
  private interface Check {
    void check(Session session) throws Exception;
  }

  private void killed(Check check, String... statements) throws Exception {
    Random random = new Random(SEED);
    String[] arguments = new String[statements.length + 1];
    arguments[0] = data().toString();
    System.arraycopy(statements, 0, arguments, 1, statements.length);
    for (int i = 0; i < KILLS; i++) {
      try (ChildJvm child = new ChildJvm(CrashWriter.class, arguments)) {
        assertThat(child.readLine()).isEqualTo("ready");
        Thread.sleep(random.nextInt(400)); // any moment will do
        assertThat(child.isRunning()).as("no statement has failed").isTrue();
        child.kill();
      }
      try (KalamDB db = KalamDB.open(data(), CrashWriter.OPTIONS);
          Session s = db.session()) {
        assertThat(rows(s, "SELECT count(*), sum(k), count(DISTINCT id) FROM t"))
            .containsExactly(ROWS + "|" + (ROWS * (ROWS + 1L) / 2 + ROWS) + "|" + ROWS);
        check.check(s);
        assertThat(db.check().problems()).isEmpty();
      }
    }
  }

  /** Rows by the index are the rows of a scan, for every value of v. */
  private static void checkIndex(Session s, String table) {
    for (int v = 0; v < 10; v++) {
      assertThat(rows(s, "SELECT id FROM " + table + " WHERE v = " + v + " ORDER BY id"))
          .isEqualTo(rows(s, "SELECT id FROM " + table + " WHERE v + 0 = " + v + " ORDER BY id"));
    }
  }

  private static boolean hasIndex(Session s, String table, String name) {
    return rows(s, "SHOW INDEXES FROM " + table).stream().anyMatch(row -> row.contains(name));
  }

  private static void allOrNothing(Session s, String table) {
    assertThat(Sql.count(s, table)).isIn(0L, (long) ROWS);
  }

  private void noFilesLeft() throws Exception {
    try (Stream<Path> files = Files.walk(data())) {
      assertThat(files.filter(file -> file.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void createIndex_killed_isThereWholeOrNotAtAll() throws Exception {
    killed(
        s -> {
          checkIndex(s, "t");
          if (hasIndex(s, "t", "t_v")) {
            s.execute("DROP INDEX t_v");
          }
          s.execute("CREATE INDEX t_v ON t (v, k)");
          checkIndex(s, "t");
          s.execute("DROP INDEX t_v");
        },
        "CREATE INDEX IF NOT EXISTS t_v ON t (v, k)",
        "DROP INDEX t_v");
  }

  @Test
  void alterTable_killed_isDoneOrNot() throws Exception {
    killed(
        s -> {
          List<String> columns = rows(s, "SHOW COLUMNS FROM t");
          boolean added = columns.stream().anyMatch(column -> column.startsWith("x|"));
          assertThat(columns).hasSize(added ? 4 : 3);
          if (added) {
            assertThat(rows(s, "SELECT count(*), min(x), max(x) FROM t"))
                .containsExactly(ROWS + "|5|5");
          }
          s.execute("ALTER TABLE t DROP CONSTRAINT IF EXISTS t_k");
          s.execute("ALTER TABLE t ADD CONSTRAINT t_k UNIQUE (k)");
          Sql.refused("23505", () -> s.execute("INSERT INTO t (id, k) VALUES (-1, 2)"));
          s.execute("ALTER TABLE t DROP CONSTRAINT t_k");
          s.execute("ALTER TABLE t DROP COLUMN IF EXISTS x");
        },
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS x INT DEFAULT 5",
        "ALTER TABLE t ADD CONSTRAINT t_k UNIQUE (k)",
        "ALTER TABLE t DROP CONSTRAINT t_k",
        "ALTER TABLE t DROP COLUMN x");
  }

  @Test
  void createTableAs_killed_hasAllRowsOrIsNotThere() throws Exception {
    killed(
        s -> {
          if (rows(s, "SHOW TABLES").toString().contains("copied")) {
            assertThat(Sql.count(s, "copied")).isEqualTo(ROWS);
            s.execute("DROP TABLE copied");
          }
          s.execute("CREATE TABLE copied AS SELECT * FROM t");
          s.execute("DROP TABLE copied");
        },
        "CREATE TABLE copied AS SELECT * FROM t",
        "DROP TABLE copied");
  }

  @Test
  void copyFrom_killed_hasAllRowsOrNone() throws Exception {
    killed(
        s -> {
          allOrNothing(s, "c");
          checkIndex(s, "c");
          s.execute("DELETE FROM c");
        },
        "COPY c (id, k, v) FROM '" + directory.resolve("t.csv") + "'",
        "DELETE FROM c",
        "COPY c (id, k, v) FROM '" + directory.resolve("t.parquet") + "'",
        "DELETE FROM c");
  }

  @Test
  void truncateAndBulkWrites_killed_haveHappenedOrNot() throws Exception {
    killed(
        s -> {
          allOrNothing(s, "c");
          assertThat(Sql.value(s, "SELECT count(DISTINCT x) FROM c")).isIn(0L, 1L);
          assertThat(Sql.value(s, "SELECT count(x) FROM c")).isIn(0L, (long) ROWS);
          checkIndex(s, "c");
          noFilesLeft();
          s.execute("TRUNCATE c");
          assertThat(Sql.count(s, "c")).isZero();
        },
        "INSERT INTO c SELECT id, k, v FROM t",
        "STORAGE FLUSH TABLE c",
        "WITH u AS (UPDATE c SET x = 1, v = 9 - v RETURNING id) SELECT count(*) FROM u",
        "UPDATE c SET x = 2",
        "TRUNCATE c");
  }

  @Test
  void dropsAndTruncates_killed_leaveNothingHalf() throws Exception {
    killed(
        s -> {
          noFilesLeft();
          s.execute("DROP TABLE IF EXISTS d");
          s.execute("CREATE TABLE d (id INT PRIMARY KEY, k INT, v INT)");
          s.execute("INSERT INTO d SELECT id, k, v FROM t WHERE id <= 100");
          s.execute("STORAGE FLUSH TABLE d");
          assertThat(Sql.count(s, "d")).isEqualTo(100);
          s.execute("DROP TABLE d");
        },
        "CREATE TABLE IF NOT EXISTS d (id INT PRIMARY KEY, k INT, v INT)",
        "CREATE INDEX IF NOT EXISTS d_v ON d (v)",
        "INSERT INTO d SELECT id, k, v FROM t WHERE id <= 500",
        "STORAGE FLUSH TABLE d",
        "TRUNCATE d",
        "INSERT INTO d SELECT id, k, v FROM t WHERE id > 500 AND id <= 1000",
        "STORAGE FLUSH TABLE d",
        "DROP INDEX d_v",
        "DROP TABLE d");
  }

  @Test
  void copyTo_killed_leavesTheFileThatWasThere() throws Exception {
    Path file = directory.resolve("out.parquet");
    Files.writeString(file, "old");
    killed(
        s -> {
          if (!"old".equals(Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1))) {
            s.execute("TRUNCATE c");
            assertThat(s.execute("COPY c (id, k, v) FROM '" + file + "'")).isEqualTo(ROWS);
          }
        },
        "COPY t TO '" + file + "'");
  }
}
