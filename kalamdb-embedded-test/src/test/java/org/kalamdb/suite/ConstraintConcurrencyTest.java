package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Isolation;
import org.kalamdb.Session;
import org.kalamdb.TransactionOptions;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TestDatabase;

/** Constraints and indexes while many write, flush and alter. */
class ConstraintConcurrencyTest {
  private static final int WRITERS = 4;
  private static final int ROUNDS = Boolean.getBoolean("kalamdb.slow") ? 4000 : 120;

  private TestDatabase database;
  private Session s;
  private final AtomicBoolean stop = new AtomicBoolean();

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  /** One writing statement of a thread; errors of the given states are part of the game. */
  private interface Step {
    void run(Session session, Random random);
  }

  private List<Future<Integer>> start(
      ExecutorService threads, Set<String> allowed, Step step, int most) {
    List<Future<Integer>> running = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(i);
      Callable<Integer> writer =
          () -> {
            int done = 0;
            try (Session session = database.db().session()) {
              for (int n = 0; n < most && !stop.get(); n++) {
                try {
                  step.run(session, random);
                  done++;
                } catch (KalamException e) {
                  if (!allowed.contains(e.sqlState())) {
                    throw e;
                  }
                }
              }
            }
            return done;
          };
      running.add(threads.submit(writer));
    }
    return running;
  }

  private static void await(List<Future<Integer>> running) throws Exception {
    int done = 0;
    for (Future<Integer> writer : running) {
      done += writer.get();
    }
    assertThat(done).isPositive();
  }

  @Test
  void unique_ofManyWriters_isNeverDoubled() throws Exception {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE)");
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<Integer>> running =
          start(
              threads,
              Set.of("23505"),
              (session, random) -> {
                int id = random.nextInt(40);
                int a = random.nextInt(20);
                switch (random.nextInt(4)) {
                  case 0 -> session.execute("DELETE FROM t WHERE a = ?", a);
                  case 1 -> session.execute("UPDATE t SET a = ? WHERE id = ?", a, id);
                  default -> session.execute("INSERT INTO t VALUES (?, ?)", id, a);
                }
              },
              300);
      for (int i = 0; i < 5; i++) {
        s.execute("STORAGE FLUSH TABLE t");
      }
      await(running);
    } finally {
      threads.shutdownNow();
    }
    assertThat(rows(s, "SELECT a FROM t GROUP BY a HAVING count(*) > 1")).isEmpty();
    assertIndexedLikeScanned("t", "a", 20);
  }

  /** Every value leads, by the index, to the rows that a scan finds. */
  private void assertIndexedLikeScanned(String table, String column, int values) {
    for (int a = 0; a < values; a++) {
      String all = "SELECT id FROM " + table + " WHERE " + column + " + 0 = " + a + " ORDER BY id";
      String byIndex = "SELECT id FROM " + table + " WHERE " + column + " = " + a + " ORDER BY id";
      assertThat(rows(s, byIndex)).as("a = " + a).isEqualTo(rows(s, all));
    }
  }

  @Test
  void foreignKey_ofManyWriters_leavesNoOrphan() throws Exception {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY);"
            + "CREATE TABLE c (id INT PRIMARY KEY, p INT REFERENCES p);"
            + "CREATE TABLE d (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE)");
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<Integer>> running =
          start(
              threads,
              Set.of("23503", "23505", "40001"),
              (session, random) -> {
                int p = random.nextInt(5);
                switch (random.nextInt(6)) {
                  case 0 -> session.execute("INSERT INTO p VALUES (?)", p);
                  case 1 -> session.execute("DELETE FROM p WHERE id = ?", p);
                  case 2 -> session.execute("DELETE FROM c WHERE p = ?", p);
                  case 3 -> session.execute("INSERT INTO c VALUES (?, ?)", random.nextInt(30), p);
                  default -> session.execute("INSERT INTO d VALUES (?, ?)", random.nextInt(30), p);
                }
              },
              250);
      for (int i = 0; i < 5; i++) {
        s.execute("STORAGE FLUSH ALL");
      }
      await(running);
    } finally {
      threads.shutdownNow();
    }
    for (String child : List.of("c", "d")) {
      assertThat(rows(s, "SELECT id FROM " + child + " WHERE p NOT IN (SELECT id FROM p)"))
          .isEmpty();
    }
  }

  /** Several statements a transaction, at any level, with savepoints; beside them flushes. */
  private void transactionsBesideFlushes(Set<String> allowed, Step step) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<Integer>> running =
          start(
              threads,
              allowed,
              (session, random) -> {
                session.begin(
                    TransactionOptions.defaults()
                        .withIsolation(Isolation.values()[random.nextInt(3)]));
                try {
                  for (int i = random.nextInt(3); i >= 0; i--) {
                    session.execute("SAVEPOINT s");
                    try {
                      step.run(session, random);
                    } catch (KalamException e) {
                      if (!e.sqlState().startsWith("23")) {
                        throw e;
                      }
                      session.execute("ROLLBACK TO s");
                    }
                  }
                  session.execute("COMMIT");
                } finally {
                  if (session.inTransaction()) {
                    session.execute("ROLLBACK");
                  }
                }
              },
              ROUNDS);
      while (!running.stream().allMatch(Future::isDone)) {
        s.execute("STORAGE FLUSH ALL");
      }
      await(running);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
  }

  @Test
  void unique_ofTransactionsAcrossFlushes_isNeverDoubled() throws Exception {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE, b INT, UNIQUE (b, a))");
    transactionsBesideFlushes(
        Set.of("40001"),
        (session, random) -> {
          int id = random.nextInt(60);
          int a = random.nextInt(25);
          switch (random.nextInt(6)) {
            case 0 -> session.execute("DELETE FROM t WHERE a = ?", a);
            case 1 -> session.execute("UPDATE t SET a = ? WHERE id = ?", a, id);
            case 2 -> session.execute("UPDATE t SET id = id + 60 WHERE a = ? AND id < 60", a);
            case 3 ->
                session.execute(
                    "INSERT INTO t VALUES (?, ?, 1) ON CONFLICT (a) DO UPDATE SET b = t.b + 1",
                    id,
                    a);
            default -> session.execute("INSERT INTO t VALUES (?, ?, 0)", id, a);
          }
        });
    assertThat(rows(s, "SELECT a FROM t GROUP BY a HAVING count(*) > 1")).isEmpty();
    assertThat(rows(s, "SELECT id FROM t GROUP BY id HAVING count(*) > 1")).isEmpty();
    assertIndexedLikeScanned("t", "a", 25);
  }

  @Test
  void foreignKeys_ofTransactionsAcrossFlushes_leaveNoOrphan() throws Exception {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY, code INT UNIQUE);"
            + "CREATE TABLE r (id INT PRIMARY KEY, p INT REFERENCES p ON DELETE RESTRICT);"
            + "CREATE TABLE c (id INT PRIMARY KEY,"
            + "  p INT REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);"
            + "CREATE TABLE n (id INT PRIMARY KEY, p INT REFERENCES p (code) ON DELETE SET NULL);"
            + "CREATE TABLE g (id INT PRIMARY KEY, c INT REFERENCES c ON DELETE CASCADE)");
    transactionsBesideFlushes(
        Set.of("40001"),
        (session, random) -> {
          int p = random.nextInt(6);
          int id = random.nextInt(30);
          switch (random.nextInt(10)) {
            case 0, 1 -> session.execute("INSERT INTO p VALUES (?, ?)", p, p + 100);
            case 2, 3 -> session.execute("DELETE FROM p WHERE id = ?", p);
            case 4 -> session.execute("UPDATE p SET id = ? WHERE id = ?", random.nextInt(6), p);
            case 5 -> session.execute("INSERT INTO r VALUES (?, ?)", id, p);
            case 6 -> session.execute("INSERT INTO c VALUES (?, ?)", id, p);
            case 7 -> session.execute("INSERT INTO n VALUES (?, ?)", id, p + 100);
            case 8 -> session.execute("INSERT INTO g VALUES (?, ?)", id, random.nextInt(30));
            default -> session.execute("DELETE FROM r WHERE p = ?", p);
          }
        });
    for (String child : List.of("r", "c")) {
      assertThat(rows(s, "SELECT id FROM " + child + " WHERE p NOT IN (SELECT id FROM p)"))
          .as(child)
          .isEmpty();
    }
    assertThat(rows(s, "SELECT id FROM n WHERE p NOT IN (SELECT code FROM p)")).isEmpty();
    assertThat(rows(s, "SELECT id FROM g WHERE c NOT IN (SELECT id FROM c)")).isEmpty();
  }

  @Test
  void foreignKeys_ofUsers_leaveNoOrphan() throws Exception {
    s.execute(
        "CREATE NAMESPACE u;"
            + "CREATE USER TABLE u.p (id INT PRIMARY KEY);"
            + "CREATE USER TABLE u.c (id INT PRIMARY KEY, p INT REFERENCES u.p ON DELETE SET NULL)");
    transactionsBesideFlushes(
        Set.of("40001"),
        (own, random) -> {
          // Its own transaction stays empty: the work is that of a user's session.
          try (Session session = database.db().session(random.nextBoolean() ? "ann" : "bob")) {
            int p = random.nextInt(5);
            switch (random.nextInt(3)) {
              case 0 -> session.execute("INSERT INTO u.p VALUES (?)", p);
              case 1 -> session.execute("DELETE FROM u.p WHERE id = ?", p);
              default -> session.execute("INSERT INTO u.c VALUES (?, ?)", random.nextInt(40), p);
            }
          }
        });
    for (String user : List.of("ann", "bob")) {
      try (Session session = database.db().session(user)) {
        assertThat(rows(session, "SELECT id FROM u.c WHERE p NOT IN (SELECT id FROM u.p)"))
            .isEmpty();
      }
    }
  }

  @Test
  void checks_overColumnsThatDifferentWritersChange_hold() throws Exception {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT NOT NULL, b INT, CHECK (a <= b),"
            + " sum INT GENERATED ALWAYS AS (a + b) STORED)");
    transactionsBesideFlushes(
        Set.of("40001"),
        (session, random) -> {
          int id = random.nextInt(8);
          switch (random.nextInt(6)) {
            case 0 -> session.execute("INSERT INTO t (id, a, b) VALUES (?, 0, 20)", id);
            case 1 -> session.execute("UPDATE t SET a = a + 3 WHERE id = ?", id);
            case 2 -> session.execute("UPDATE t SET b = b - 3 WHERE id = ?", id);
            case 3 -> session.execute("UPDATE t SET a = NULLIF(a, b) WHERE id = ?", id);
            case 4 -> session.execute("UPDATE t SET a = 0, b = 20 WHERE id = ?", id);
            default -> session.execute("DELETE FROM t WHERE id = ? AND a > 9", id);
          }
        });
    assertThat(rows(s, "SELECT * FROM t WHERE a > b OR a IS NULL OR sum <> a + b")).isEmpty();
    assertThat(rows(s, "SELECT count(*) > 0 FROM t")).containsExactly("true");
  }

  /** Once ALTER TABLE has succeeded, no row of before or after is against the constraint. */
  @Test
  void addConstraint_whileWritersBreakIt_isWholeOrNot() throws Exception {
    s.execute("CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE t (id INT PRIMARY KEY, a INT)");
    s.execute("INSERT INTO p VALUES (0), (1), (2), (3), (4), (5), (6), (7)");
    List<String> constraints =
        List.of(
            "UNIQUE (a)", "CHECK (a < 8)", "CHECK (a IS NOT NULL)", "FOREIGN KEY (a) REFERENCES p");
    List<String> broken =
        List.of(
            "SELECT a FROM t GROUP BY a HAVING count(a) > 1",
            "SELECT a FROM t WHERE a >= 8",
            "SELECT a FROM t WHERE a IS NULL",
            "SELECT a FROM t WHERE a NOT IN (SELECT id FROM p)");
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    int added = 0;
    int refused = 0;
    try {
      List<Future<Integer>> running =
          start(
              threads,
              Set.of("23505", "23514", "23503", "40001"),
              (session, random) -> {
                int id = random.nextInt(12);
                Integer a = random.nextInt(40) == 0 ? null : (Integer) random.nextInt(9);
                if (random.nextInt(3) == 0) {
                  session.execute("DELETE FROM t WHERE id < ?", id);
                } else {
                  session.execute("INSERT INTO t VALUES (?, ?)", id, a);
                }
              },
              1_000_000);
      for (int i = 0; i < ROUNDS / 3; i++) {
        int which = i % constraints.size();
        if (i % 5 == 0) {
          s.execute("STORAGE FLUSH TABLE t");
        }
        try {
          s.execute("ALTER TABLE t ADD CONSTRAINT x " + constraints.get(which));
          added++;
        } catch (KalamException e) {
          assertThat(e.sqlState()).as(e.toString()).isIn("23505", "23514", "23503", "40001");
          refused++;
          continue;
        }
        for (int look = 0; look < 3; look++) {
          assertThat(rows(s, broken.get(which))).as(constraints.get(which)).isEmpty();
        }
        s.execute("ALTER TABLE t DROP CONSTRAINT x");
      }
      stop.set(true);
      await(running);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    assertThat(added).isPositive();
    assertThat(refused).isPositive();
  }

  @Test
  void createIndexAndAlter_whileManyWrite_missNothing() throws Exception {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)");
    StringBuilder values = new StringBuilder("(0, 0, 0)");
    for (int i = 1; i < 3000; i++) {
      values.append(", (").append(i).append(", ").append(i % 20).append(", ").append(i).append(')');
    }
    s.execute("INSERT INTO t VALUES " + values);
    s.execute("STORAGE FLUSH TABLE t");
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    try {
      List<Future<Integer>> running =
          start(
              threads,
              Set.of("23505", "40001"),
              (session, random) -> {
                int id = random.nextInt(3200);
                switch (random.nextInt(3)) {
                  case 0 -> session.execute("DELETE FROM t WHERE id = ?", id);
                  case 1 ->
                      session.execute("UPDATE t SET a = ? WHERE id = ?", random.nextInt(20), id);
                  default ->
                      session.execute(
                          "INSERT INTO t (id, a, b) VALUES (?, ?, ?)", id, random.nextInt(20), id);
                }
              },
              100_000);
      s.execute("CREATE INDEX t_a ON t (a)");
      s.execute("ALTER TABLE t ADD n INT DEFAULT 4");
      s.execute("STORAGE FLUSH TABLE t");
      s.execute("ALTER TABLE t ADD CONSTRAINT t_b UNIQUE (b)");
      s.execute("ALTER TABLE t ADD CHECK (a < 20)");
      s.execute("ALTER TABLE t ALTER b SET NOT NULL");
      s.execute("STORAGE FLUSH TABLE t");
      stop.set(true);
      await(running);
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    assertIndexedLikeScanned("t", "a", 20);
    assertIndexedLikeScanned("t", "b", 50);
    assertThat(rows(s, "SELECT DISTINCT n FROM t")).containsExactly("4");
    assertThat(rows(s, "SELECT b FROM t GROUP BY b HAVING count(*) > 1")).isEmpty();
  }
}
