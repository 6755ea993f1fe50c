package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;
import org.kalamdb.test.TestDatabase;

/** Threads that are interrupted at any moment harm neither themselves nor others. */
@Timeout(120)
class InterruptTest {
  private static final int STATEMENTS = Boolean.getBoolean("kalamdb.slow") ? 4000 : 250;

  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Thread> victims = new CopyOnWriteArrayList<>();
  private final Map<Integer, Integer> acknowledged = new ConcurrentHashMap<>();

  /** Statements for which 57014 is a fair answer to an interrupt, but not a lost row. */
  private static void interruptible(Threads.Work work) throws Exception {
    try {
      work.run();
    } catch (KalamException e) {
      assertThat(e.sqlState()).as(e.toString()).isIn("57014", "40001");
    }
  }

  private static void prepare(KalamDB db) {
    db.execute(
        "CREATE TABLE cold (id INT PRIMARY KEY, v TEXT); CREATE TABLE t (id INT PRIMARY KEY)");
    db.execute("INSERT INTO cold SELECT g, repeat('x', 50) FROM generate_series(0, 19999) AS s(g)");
    db.execute("STORAGE FLUSH TABLE cold");
  }

  /** Done by a thread whose interrupt flag is set from the beginning. */
  @Test
  void interruptedThread_doesEverything_andKeepsItsFlag() {
    try (TestDatabase database = TestDatabase.create(KalamOptions.defaults())) {
      prepare(database.db());
      try (Session session = database.db().session()) {
        for (String sql :
            List.of(
                "INSERT INTO t VALUES (1)",
                "SELECT count(v) FROM cold",
                "SELECT v FROM cold WHERE id = 77",
                "SELECT * FROM cold ORDER BY v DESC, id DESC LIMIT 5",
                "UPDATE cold SET v = 'y' WHERE id < 10",
                "STORAGE FLUSH TABLE cold",
                "CREATE INDEX cold_v ON cold (v)",
                "CHECK DATABASE",
                "BEGIN",
                "DELETE FROM t",
                "COMMIT")) {
          Thread.currentThread().interrupt();
          try {
            session.query(sql).list();
          } finally {
            assertThat(Thread.interrupted()).as("flag after " + sql).isTrue();
          }
        }
        Thread.currentThread().interrupt();
        database.closeDatabase();
        assertThat(Thread.interrupted()).as("flag after close").isTrue();
        Thread.currentThread().interrupt();
        KalamDB reopened = database.db();
        assertThat(Thread.interrupted()).as("flag after open").isTrue();
        assertThat(reopened.query("SELECT count(*) FROM cold WHERE v = 'y'").single().getLong(0))
            .isEqualTo(10);
        assertThat(reopened.query("SELECT count(*) FROM t").single().getLong(0)).isZero();
      }
    }
  }

  @Test
  void interruptsAtRandom_disturbNobodyElse_andLoseNothing() throws Exception {
    try (TestDatabase database = TestDatabase.create(KalamOptions.defaults())) {
      KalamDB db = database.db();
      prepare(db);
      Threads threads = new Threads();
      AtomicInteger working = new AtomicInteger();
      for (int i = 0; i < 4; i++) {
        int number = i;
        working.incrementAndGet();
        victims.add(
            threads.start(
                () -> {
                  try (Session session = db.session()) {
                    for (int n = 0; n < STATEMENTS; n++) {
                      int step = n;
                      interruptible(() -> oneStatement(session, number, step));
                    }
                  } finally {
                    if (working.decrementAndGet() == 0) {
                      over.set(true);
                    }
                  }
                }));
      }
      // Nobody interrupts this one, so that nothing may fail in it.
      threads.start(
          () -> {
            try (Session session = db.session()) {
              while (!over.get()) {
                Row row = session.query("SELECT count(*), count(v) FROM cold").single();
                assertThat(row.getLong(0)).isEqualTo(20_000);
                session.execute("UPDATE cold SET v = repeat('z', 40) WHERE id % 1000 = 3");
              }
            }
          });
      threads.start(
          () -> {
            Random random = new Random(5);
            while (!over.get()) {
              victims.get(random.nextInt(victims.size())).interrupt();
              Thread.sleep(0, random.nextInt(900_000));
            }
          });
      threads.join();
      assertThat(ids(db)).containsAll(acknowledged.keySet());
      assertThat(ids(database.reopen())).containsAll(acknowledged.keySet());
    }
  }

  private static List<Integer> ids(KalamDB db) {
    return db.query("SELECT id FROM t").list().stream().map(row -> row.getInt(0)).toList();
  }

  private void oneStatement(Session session, int number, int n) {
    switch ((n + number) % 4) {
      case 0 -> session.query("SELECT count(v) FROM cold WHERE id > ?", n).list();
      case 1 -> session.query("SELECT v FROM cold WHERE id = ?", (n * 7919) % 20_000).single();
      case 2 -> {
        if (n % 20 == 0) {
          session.execute("STORAGE FLUSH TABLE " + (n % 40 == 0 ? "t" : "cold"));
        }
      }
      default -> {
        int id = number * 1_000_000 + n;
        session.execute("INSERT INTO t VALUES (?)", id);
        acknowledged.put(id, id);
      }
    }
  }
}
