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
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TestDatabase;

/** Constraints and indexes while many write, flush and alter. */
class ConstraintConcurrencyTest {
  private static final int WRITERS = 4;

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
