package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.count;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * ALTER TABLE and indexes in transactions, beside readers and writers, after reopening and kills.
 */
@ExtendWith(TemporaryDatabase.class)
class AlterTransactionTest {
  private static final String ALTERED =
      "BEGIN; INSERT INTO t VALUES (4, 40, 'four'); ALTER TABLE t ADD COLUMN c INT DEFAULT 7;"
          + " ALTER TABLE t RENAME COLUMN a TO aa; ALTER TABLE t ALTER aa TYPE BIGINT;"
          + " ALTER TABLE t ALTER b SET NOT NULL; CREATE UNIQUE INDEX t_b ON t (b);"
          + " ALTER TABLE t ADD CONSTRAINT positive CHECK (aa > 0);"
          + " UPDATE t SET c = 8 WHERE id = 2; DELETE FROM t WHERE id = 1";

  /** Two rows in a segment, one hot. */
  private static void fill(Session session) {
    session.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT)");
    session.execute("INSERT INTO t VALUES (1, 10, 'one'), (2, 20, 'two')");
    session.execute("STORAGE FLUSH TABLE t");
    session.execute("INSERT INTO t VALUES (3, 30, 'three')");
  }

  private static List<String> described(Session session) {
    return rows(session, "SHOW CREATE TABLE t");
  }

  @Test
  void rollback_leavesNothing_alsoAfterReopening(TestDatabase database) {
    List<String> before;
    try (Session session = database.db().session()) {
      fill(session);
      before = described(session);
      session.execute(ALTERED);
      assertThat(described(session)).isNotEqualTo(before);
      session.execute("ROLLBACK");
      assertThat(described(session)).isEqualTo(before);
      session.execute(ALTERED);
      session.execute("ALTER TABLE t DROP CONSTRAINT t_pkey");
      session.execute("ALTER TABLE t RENAME TO u; DROP TABLE u");
      session.execute("ROLLBACK");
      session.execute("INSERT INTO t VALUES (5, -5, NULL)");
    }
    try (Session session = database.reopen().session()) {
      assertThat(described(session)).isEqualTo(before);
      assertThat(rows(session, "SELECT * FROM t ORDER BY id"))
          .containsExactly("1|10|one", "2|20|two", "3|30|three", "5|-5|null");
      assertThat(rows(session, "SHOW INDEXES FROM t")).hasSize(1);
    }
  }

  @Test
  void commit_changesDefinitionAndRowsAtOnce_alsoAfterReopening(TestDatabase database) {
    List<String> rows = List.of("2|20|two|8", "3|30|three|7", "4|40|four|7");
    try (Session session = database.db().session()) {
      fill(session);
      session.execute(ALTERED + "; COMMIT");
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(rows);
    }
    try (Session session = database.reopen().session()) {
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(rows);
      session.execute("STORAGE FLUSH TABLE t");
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(rows);
      assertThat(rows(session, "SELECT id FROM t WHERE b = 'three'")).containsExactly("3");
      refused("23505", () -> session.execute("INSERT INTO t VALUES (5, 1, 'two', 1)"));
      refused("23502", () -> session.execute("INSERT INTO t VALUES (5, 1, NULL, 1)"));
      refused("23514", () -> session.execute("INSERT INTO t VALUES (5, 0, 'five', 1)"));
      session.execute("INSERT INTO t VALUES (5, 1, 'one', 1)");
    }
  }

  @Test
  void otherSession_seesTheOldTableUntilCommit(TestDatabase database) {
    try (Session session = database.db().session();
        Session other = database.db().session()) {
      fill(session);
      session.execute(ALTERED);
      assertThat(rows(other, "SELECT id, a, b FROM t ORDER BY id"))
          .containsExactly("1|10|one", "2|20|two", "3|30|three");
      refused("42703", () -> other.query("SELECT c FROM t"));
      other.execute("BEGIN");
      assertThat(count(other, "t")).isEqualTo(3);
      session.execute("COMMIT");
      assertThat(rows(other, "SELECT a FROM t ORDER BY id"))
          .as("its snapshot has the old definition")
          .containsExactly("10", "20", "30");
      refused("40001", () -> other.execute("UPDATE t SET a = 1; COMMIT"));
      assertThat(rows(other, "SELECT aa, c FROM t ORDER BY id"))
          .containsExactly("20|8", "30|7", "40|7");
    }
  }

  @Test
  void openResult_goesOnWithTheRowsAndColumnsItBeganWith(TestDatabase database) {
    try (Session session = database.db().session()) {
      session.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT)");
      session.execute("BEGIN");
      session.execute("INSERT INTO t SELECT x, x FROM generate_series(1, 10000) AS g(x)");
      try (Result result = session.query("SELECT * FROM t")) {
        Iterator<Row> read = result.iterator();
        read.next();
        session.execute("ALTER TABLE t ADD COLUMN c INT DEFAULT 7");
        session.execute("UPDATE t SET a = 0");
        long sum = 0;
        while (read.hasNext()) {
          Row row = read.next();
          assertThat(row.size()).isEqualTo(2);
          sum += row.getLong(1);
        }
        assertThat(sum).isEqualTo(LongStream.rangeClosed(2, 10000).sum());
      }
      assertThat(rows(session, "SELECT sum(a), sum(c) FROM t")).containsExactly("0|70000");
      session.execute("COMMIT");
    }
  }

  @Test
  void rowsOfOthers_areInTheWayOfWhatLookedAtAllRowsOnly(TestDatabase database) {
    try (Session session = database.db().session();
        Session other = database.db().session()) {
      fill(session);
      for (String statement :
          List.of(
              "CREATE UNIQUE INDEX t_b ON t (b)",
              "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
              "ALTER TABLE t ALTER b SET NOT NULL",
              "ALTER TABLE t ALTER a TYPE TEXT",
              "ALTER TABLE t DROP CONSTRAINT t_pkey")) {
        session.execute("BEGIN; " + statement);
        other.execute("INSERT INTO t VALUES (9, -1, NULL)");
        refused("40001", () -> session.execute("COMMIT"));
        other.execute("DELETE FROM t WHERE id = 9");
      }
      session.execute("BEGIN; ALTER TABLE t ADD COLUMN d INT DEFAULT 5");
      other.execute("INSERT INTO t VALUES (9, -1, NULL)");
      session.execute("COMMIT");
      assertThat(rows(other, "SELECT d FROM t WHERE id = 9")).containsExactly("5");
    }
  }

  @Test
  void sameTableAlteredByTwo_secondGets40001AndLeavesNothing(TestDatabase database) {
    try (Session session = database.db().session();
        Session other = database.db().session()) {
      fill(session);
      session.execute("CREATE TABLE log (line TEXT)");
      session.execute("BEGIN; ALTER TABLE t ADD COLUMN x INT; INSERT INTO log VALUES ('x')");
      other.execute("BEGIN; ALTER TABLE t ADD COLUMN y TEXT; INSERT INTO t VALUES (7, 1, '', 'y')");
      assertThat(rows(other, "SELECT y FROM t WHERE id = 7")).containsExactly("y");
      assertThat(rows(session, "SELECT x FROM t WHERE id = 1")).containsExactly("null");
      other.execute("COMMIT");
      refused("40001", () -> session.execute("COMMIT"));
      assertThat(count(session, "log")).isZero();
      assertThat(rows(session, "SELECT y FROM t WHERE id = 7")).containsExactly("y");
      session.execute("BEGIN; CREATE INDEX i ON t (a)");
      other.execute("DROP TABLE t");
      refused("40001", () -> session.execute("COMMIT"));
      refused("42P01", () -> session.query("SELECT * FROM t"));
    }
  }

  @Test
  void partitionsOfUsers_areAlteredWithTheTable(TestDatabase database) {
    KalamDB db = database.db();
    try (Session session = db.session();
        Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      db.execute("CREATE NAMESPACE k");
      db.execute("CREATE USER TABLE k.t (id INT PRIMARY KEY, v TEXT)");
      alice.execute("INSERT INTO k.t VALUES (1, '1'), (2, '2')");
      db.execute("STORAGE FLUSH TABLE k.t");
      bob.execute("INSERT INTO k.t VALUES (1, '1')");
      session.execute(
          "BEGIN; ALTER TABLE k.t ALTER v TYPE INT USING v::INT * 10;"
              + " CREATE UNIQUE INDEX t_v ON k.t (v); COMMIT");
      assertThat(rows(alice, "SELECT * FROM k.t ORDER BY id")).containsExactly("1|10", "2|20");
      assertThat(rows(bob, "SELECT id FROM k.t WHERE v = 10")).containsExactly("1");
      bob.execute("INSERT INTO k.t VALUES (2, 20)");
      refused("23505", () -> bob.execute("INSERT INTO k.t VALUES (3, 20)"));
      session.execute("BEGIN; ALTER TABLE k.t ALTER v TYPE TEXT; ROLLBACK");
      assertThat(rows(alice, "SELECT v + 1 FROM k.t ORDER BY id")).containsExactly("11", "21");
    }
  }

  @Test
  void liveQuery_isInTheWayOfChangesOfItsColumns_alsoWhenOpenedMeanwhile(TestDatabase database) {
    try (Session session = database.db().session();
        Session other = database.db().session()) {
      fill(session);
      try (Subscription open =
          other.subscribe(
              "SELECT b FROM t WHERE a > 0", SubscriptionOptions.defaults(), event -> {})) {
        session.execute("BEGIN");
        refused("55006", () -> session.execute("ALTER TABLE t DROP COLUMN a"));
        session.execute("ROLLBACK; BEGIN");
        refused("55006", () -> session.execute("ALTER TABLE t ALTER a TYPE TEXT"));
        session.execute("ROLLBACK; BEGIN; ALTER TABLE t ADD free INT");
        session.execute("COMMIT; ALTER TABLE t DROP COLUMN free");
      }
      session.execute("BEGIN; ALTER TABLE t DROP COLUMN a");
      try (Subscription open =
          other.subscribe(
              "SELECT b FROM t WHERE a > 0", SubscriptionOptions.defaults(), event -> {})) {
        refused("55006", () -> session.execute("COMMIT"));
      }
      assertThat(rows(session, "SELECT a FROM t ORDER BY id")).containsExactly("10", "20", "30");
    }
  }

  @Test
  void rename_whileAFlushMovesRows_keepsThem(TestDatabase database) {
    try (Session session = database.db().session();
        Session other = database.db().session()) {
      session.execute("CREATE TABLE t (id INT PRIMARY KEY)");
      session.execute("INSERT INTO t VALUES (1)");
      session.execute("BEGIN; ALTER TABLE t RENAME TO u");
      other.execute("STORAGE FLUSH TABLE t");
      session.execute("COMMIT");
      assertThat(count(session, "u")).isEqualTo(1);
      assertThat(count(database.reopen().session(), "u")).isEqualTo(1);
    }
  }

  @Test
  void readOnlyTransaction_altersNothing(TestDatabase database) {
    try (Session session = database.db().session()) {
      fill(session);
      for (String statement :
          List.of(
              "ALTER TABLE t ADD COLUMN c INT",
              "CREATE INDEX i ON t (a)",
              "DROP INDEX IF EXISTS i")) {
        session.execute("BEGIN READ ONLY");
        refused("25006", () -> session.execute(statement));
        session.execute("ROLLBACK");
      }
    }
  }

  @Test
  void kill_whileAltering_leavesWholeTransactions(TestDatabase database) throws Exception {
    database.db().execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT)");
    long next = 0;
    for (int round = 0; round < 3; round++) {
      database.closeDatabase();
      long acknowledged = next;
      try (ChildJvm child =
          new ChildJvm(AlterWriter.class, database.directory().toString(), String.valueOf(next))) {
        assertThat(child.readLine()).isEqualTo("open");
        long until = next + 11 + 7L * round;
        for (String line = child.readLine(); line != null; line = child.readLine()) {
          acknowledged = Long.parseLong(line) + 1;
          if (acknowledged >= until) {
            child.kill();
          }
        }
      }
      try (Session session = database.reopen().session()) {
        next = count(session, "t");
        assertThat(next).isBetween(acknowledged, acknowledged + 1);
        checkWhole(session, next);
      }
    }
    assertThat(database.filesEndingWith(".tmp")).isEmpty();
  }

  private static void checkWhole(Session session, long transactions) {
    List<Long> altering =
        LongStream.range(0, transactions).filter(n -> n % 3 == 0).boxed().toList();
    assertThat(rows(session, "SELECT id::TEXT = v::TEXT FROM t")).containsOnly("true");
    String columns = altering.stream().map(n -> "c_" + n).collect(Collectors.joining(", "));
    session.query("SELECT id, v, " + columns + " FROM t").close();
    refused("42703", () -> session.query("SELECT c_" + (altering.size() * 3) + " FROM t"));
    assertThat(rows(session, "SHOW INDEXES FROM t")).hasSize(1 + altering.size());
    for (long n : altering) {
      assertThat(rows(session, "SELECT id FROM t WHERE c_" + n + " = " + (-n - 1)))
          .as("by index")
          .containsExactly(String.valueOf(n));
      assertThat(rows(session, "SELECT count(*) FROM t WHERE c_" + n + " + 0 = " + n))
          .containsExactly(String.valueOf(transactions - 1));
    }
  }
}
