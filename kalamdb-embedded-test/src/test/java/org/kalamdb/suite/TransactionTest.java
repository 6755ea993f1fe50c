package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.suite.Sql.refused;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.Durability;
import org.kalamdb.Isolation;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.Transaction;
import org.kalamdb.TransactionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Transactions as an application holds them: begin, commit, savepoints, retries, limits. */
@ExtendWith(TemporaryDatabase.class)
class TransactionTest {
  private KalamDB db;

  @BeforeEach
  void fill(TestDatabase database) {
    db = database.db();
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT UNIQUE)");
    db.execute("INSERT INTO t VALUES (1, 10), (2, 20)");
    db.execute("STORAGE FLUSH TABLE t");
    db.execute("INSERT INTO t VALUES (3, 30)");
  }

  private static List<String> rows(Session session) {
    return Sql.rows(session, "SELECT id, v FROM t ORDER BY id");
  }

  private List<String> committed() {
    try (Session session = db.session()) {
      return rows(session);
    }
  }

  // ---- the handle

  @Test
  void transaction_closedWithoutCommit_isRolledBack() {
    try (Session session = db.session()) {
      try (Transaction transaction = session.begin()) {
        session.execute("DELETE FROM t");
        assertThat(rows(session)).isEmpty();
        assertThat(transaction.isOpen()).isTrue();
      }
      assertThat(rows(session)).hasSize(3);
      Transaction kept = session.begin();
      session.execute("DELETE FROM t WHERE id = 3");
      kept.commit();
      assertThat(kept.isOpen()).isFalse();
      kept.close();
      refused("25P01", kept::commit);
      refused("25P01", kept::rollback);
    }
    assertThat(committed()).containsExactly("1|10", "2|20");
  }

  @Test
  void handle_ofAnEarlierTransaction_leavesTheLaterAlone() {
    try (Session session = db.session()) {
      Transaction first = session.begin();
      session.execute("COMMIT");
      session.begin();
      session.execute("DELETE FROM t WHERE id = 1");
      first.close();
      assertThat(session.inTransaction()).isTrue();
      refused("25P01", first::rollback);
      refused("25001", session::begin);
      session.execute("COMMIT");
    }
    assertThat(committed()).hasSize(2);
  }

  @Test
  void readCommitted_rowsMovedByAFlush_areSeenOnce() {
    try (Session session = db.session()) {
      session.begin(TransactionOptions.defaults().withIsolation(Isolation.READ_COMMITTED));
      session.execute("UPDATE t SET v = 31 WHERE id = 3");
      session.execute("SAVEPOINT s");
      session.execute("UPDATE t SET v = 11 WHERE id = 1");
      db.execute("STORAGE FLUSH TABLE t");
      assertThat(rows(session)).containsExactly("1|11", "2|20", "3|31");
      session.execute("ROLLBACK TO SAVEPOINT s");
      assertThat(rows(session)).containsExactly("1|10", "2|20", "3|31");
      session.execute("DELETE FROM t WHERE id = 3");
      assertThat(rows(session)).containsExactly("1|10", "2|20");
      session.execute("COMMIT");
    }
    assertThat(committed()).containsExactly("1|10", "2|20");
  }

  // ---- retries

  @Test
  void inTransaction_loser_isRunAgain() {
    AtomicInteger runs = new AtomicInteger();
    try (Session session = db.session();
        Session other = db.session()) {
      int got =
          session.inTransaction(
              own -> {
                int v = own.query("SELECT v FROM t WHERE id = 1").single().getInt(0);
                if (runs.incrementAndGet() < 3) {
                  other.execute("UPDATE t SET v = v + 100 WHERE id = 1");
                }
                own.execute("UPDATE t SET v = ? WHERE id = 1", v + 1);
                return v;
              });
      assertThat(got).isEqualTo(210);
      assertThat(runs).hasValue(3);
    }
    assertThat(committed()).contains("1|211");
  }

  @Test
  void inTransaction_otherFailure_rollsBackAndIsThrown() {
    try (Session session = db.session()) {
      assertThatThrownBy(
              () ->
                  session.inTransaction(
                      own -> {
                        own.execute("DELETE FROM t");
                        throw new IllegalStateException("changed my mind");
                      }))
          .hasMessage("changed my mind");
      assertThat(session.inTransaction()).isFalse();
    }
    assertThat(committed()).hasSize(3);
  }

  @Test
  void inTransaction_manyThreadsOnOneRow_loseNothing() throws Exception {
    Threads threads = new Threads();
    for (int i = 0; i < 8; i++) {
      threads.start(
          () -> {
            try (Session session = db.session()) {
              for (int n = 0; n < 50; n++) {
                session.inTransaction(
                    TransactionOptions.defaults().withIsolation(Isolation.SERIALIZABLE),
                    own -> {
                      int v = own.query("SELECT v FROM t WHERE id = 3").single().getInt(0);
                      return own.execute("UPDATE t SET v = ? WHERE id = 3", v + 1);
                    });
              }
            }
          });
    }
    threads.join();
    assertThat(committed()).contains("3|430");
  }

  // ---- savepoints

  @Test
  void savepoint_takesBackWhatCameAfter() {
    try (Session session = db.session()) {
      Transaction transaction = session.begin();
      session.execute("UPDATE t SET v = 11 WHERE id = 1");
      transaction.savepoint("a");
      session.execute("UPDATE t SET v = 12 WHERE id = 1");
      session.execute("DELETE FROM t WHERE id = 2");
      session.execute("INSERT INTO t VALUES (4, 20)");
      transaction.savepoint("b");
      session.execute("DELETE FROM t WHERE id IN (3, 4)");
      assertThat(rows(session)).containsExactly("1|12");
      transaction.rollbackTo("b");
      assertThat(rows(session)).containsExactly("1|12", "3|30", "4|20");
      transaction.rollbackTo("a");
      assertThat(rows(session)).containsExactly("1|11", "2|20", "3|30");
      refused("3B001", () -> transaction.rollbackTo("b"));
      transaction.rollback();

      session.execute("BEGIN");
      session.execute("SAVEPOINT s");
      session.execute("INSERT INTO t VALUES (4, 40)");
      session.execute("SAVEPOINT s");
      session.execute("INSERT INTO t VALUES (5, 50)");
      session.execute("ROLLBACK TO SAVEPOINT s");
      session.execute("RELEASE s");
      session.execute("INSERT INTO t VALUES (6, 60)");
      session.execute("ROLLBACK TO s");
      session.execute("INSERT INTO t VALUES (7, 40)");
      session.execute("COMMIT");
      refused("25P01", () -> session.execute("SAVEPOINT s"));
    }
    assertThat(committed()).containsExactly("1|10", "2|20", "3|30", "7|40");
  }

  @Test
  void savepoint_healsAFailedStatement() {
    try (Session session = db.session()) {
      session.execute("BEGIN");
      session.execute("INSERT INTO t VALUES (4, 40)");
      session.execute("SAVEPOINT s");
      refused("23505", () -> session.execute("INSERT INTO t VALUES (5, 50), (6, 10)"));
      refused("25P02", () -> session.execute("SELECT 1"));
      session.execute("ROLLBACK TO s");
      session.execute("INSERT INTO t VALUES (5, 50)");
      session.execute("COMMIT");
    }
    assertThat(committed()).containsExactly("1|10", "2|20", "3|30", "4|40", "5|50");
  }

  @Test
  void savepoint_openResult_keepsWhatItSaw() {
    try (Session session = db.session()) {
      session.execute("BEGIN");
      session.execute("SAVEPOINT s");
      session.execute("INSERT INTO t VALUES (4, 40)");
      try (Result open = session.query("SELECT id FROM t ORDER BY id")) {
        session.execute("ROLLBACK TO s");
        session.execute("INSERT INTO t VALUES (5, 50)");
        assertThat(open.list().stream().map(row -> row.getInt(0))).containsExactly(1, 2, 3, 4);
      }
      session.execute("COMMIT");
    }
    assertThat(committed()).containsExactly("1|10", "2|20", "3|30", "5|50");
  }

  @Test
  void savepoint_takesBackTables() {
    try (Session session = db.session()) {
      session.execute("BEGIN");
      session.execute("CREATE TABLE kept (id INT PRIMARY KEY)");
      session.execute("SAVEPOINT s");
      session.execute("CREATE TABLE gone (id INT PRIMARY KEY)");
      session.execute("INSERT INTO gone VALUES (1)");
      session.execute("ROLLBACK TO s");
      session.execute("INSERT INTO kept VALUES (1)");
      session.execute("COMMIT");
      assertThat(Sql.rows(session, "SELECT * FROM kept")).containsExactly("1");
      refused("42P01", () -> session.execute("SELECT * FROM gone"));
    }
  }

  // ---- limits

  @Test
  void idleTransaction_isRolledBackAndSaysSo() throws Exception {
    try (Session session = db.session()) {
      session.execute("SET idle_in_transaction_session_timeout = '50ms'");
      session.execute("BEGIN");
      session.execute("DELETE FROM t");
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      boolean expired = false;
      while (!expired && System.nanoTime() < deadline) {
        Thread.sleep(200);
        try {
          session.execute("SELECT 1");
        } catch (org.kalamdb.error.KalamException e) {
          assertThat(e.sqlState()).isEqualTo("25P03");
          expired = true;
        }
      }
      assertThat(expired).isTrue();
      assertThat(session.inTransaction()).isFalse();
      assertThat(rows(session)).hasSize(3);
      session.execute("BEGIN");
      session.execute("ROLLBACK");
    }
  }

  // ---- durability

  @Test
  void durability_bySessionAndTransaction(TestDatabase database) {
    db = database.reopen(KalamOptions.defaults());
    try (Session session = db.session()) {
      assertThat(Sql.rows(session, "SHOW durability")).containsExactly("sync");
      session.execute("SET DURABILITY = NONE");
      session.execute("INSERT INTO t VALUES (4, 40)");
      session.execute("SET DURABILITY = 'interval(5)'");
      assertThat(Sql.rows(session, "SHOW durability")).containsExactly("interval(5)");
      session.execute("INSERT INTO t VALUES (5, 50)");
      refused("22023", () -> session.execute("SET DURABILITY = 'perhaps'"));
      session.execute("RESET durability");
      assertThat(Sql.rows(session, "SHOW durability")).containsExactly("sync");
      session.inTransaction(
          TransactionOptions.defaults().withDurability(Durability.NONE),
          own -> own.execute("INSERT INTO t VALUES (6, 60)"));
    }
    assertThat(committed()).hasSize(6);
  }

  @Test
  void durability_everyMode_survivesAClose(TestDatabase database) {
    for (Durability durability :
        List.of(Durability.NONE, Durability.interval(50), Durability.SYNC)) {
      KalamDB opened = database.reopen(KalamOptions.builder().durability(durability).build());
      assertThat(opened.recovery().cleanlyClosed()).isTrue();
      opened.execute("UPDATE t SET v = v + 1");
    }
    try (Session session = database.reopen(KalamOptions.defaults()).session()) {
      List<Row> found = session.query("SELECT v FROM t ORDER BY id").list();
      assertThat(found.stream().map(row -> row.getInt(0))).containsExactly(13, 23, 33);
    }
  }
}
