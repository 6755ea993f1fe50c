package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/** Many sessions at once, with flushes in between: nothing is lost, doubled or seen half. */
@Timeout(60)
class ConcurrencyTest {
  private static final KalamOptions OPTIONS =
      KalamOptions.builder().durability(Durability.NONE).build();

  @TempDir Path directory;

  private static Map<Long, Long> contents(KalamDB db, String sql) {
    Map<Long, Long> rows = new TreeMap<>();
    try (Result result = db.query(sql)) {
      for (Row row : result) {
        assertThat(rows.put(row.getLong(0), row.getLong(1))).as("doubled key").isNull();
      }
    }
    return rows;
  }

  private static void sql(KalamDB db, String... statements) {
    for (String statement : statements) {
      db.execute(statement);
    }
  }

  @Test
  void writersOfOwnKeys_withFlushes_leaveWhatEachWrote() throws Exception {
    Map<Long, Long> model = new TreeMap<>();
    int threads = 6;
    AtomicBoolean done = new AtomicBoolean();
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      sql(db, "CREATE SHARED TABLE counters (id BIGINT PRIMARY KEY, n BIGINT)");
      sql(db, "INSERT INTO counters VALUES (1, 0), (2, 0), (3, 0)");
      Threads work = new Threads();
      AtomicInteger running = new AtomicInteger(threads);
      for (int t = 0; t < threads; t++) {
        int own = t;
        work.start(
            () -> {
              try (Session session = db.session()) {
                Map<Long, Long> mine = new HashMap<>();
                Random random = new Random(own);
                for (int i = 0; i < 250; i++) {
                  long key = (long) random.nextInt(9) * threads + own;
                  long value = i * 100L + own;
                  if (!mine.containsKey(key)) {
                    session.execute("INSERT INTO t VALUES (?, ?)", key, value);
                    mine.put(key, value);
                  } else if (random.nextInt(3) == 0) {
                    assertThat(session.execute("DELETE FROM t WHERE id = ?", key)).isEqualTo(1);
                    mine.remove(key);
                  } else if (random.nextInt(3) == 0) {
                    assertThat(
                            session.execute("UPDATE t SET v = ? WHERE v = ?", value, mine.get(key)))
                        .isEqualTo(1);
                    mine.put(key, value);
                  } else {
                    assertThat(session.execute("UPDATE t SET v = ? WHERE id = ?", value, key))
                        .isEqualTo(1);
                    mine.put(key, value);
                  }
                  if (i % 10 == 0) {
                    session.execute("UPDATE counters SET n = n + 1 WHERE id = ?", own % 3 + 1);
                  }
                  List<Row> seen = session.query("SELECT v FROM t WHERE id = ?", key).list();
                  assertThat(seen.isEmpty() ? null : seen.get(0).getLong(0))
                      .isEqualTo(mine.get(key));
                }
                synchronized (model) {
                  model.putAll(mine);
                }
              } finally {
                if (running.decrementAndGet() == 0) {
                  done.set(true);
                }
              }
            });
      }
      work.start(
          () -> {
            try (Session session = db.session()) {
              while (!done.get()) {
                session.execute("STORAGE FLUSH TABLE t");
                session.execute("STORAGE FLUSH TABLE counters");
              }
            }
          });
      work.start(
          () -> {
            try (Session session = db.session()) {
              while (!done.get()) {
                long last = -1;
                for (Row row : session.query("SELECT id FROM t ORDER BY id").list()) {
                  assertThat(row.getLong(0)).isGreaterThan(last);
                  last = row.getLong(0);
                }
                assertThat(session.query("SELECT count(*) FROM counters").list().get(0).getLong(0))
                    .isEqualTo(3);
              }
            }
          });
      work.join();
      assertThat(contents(db, "SELECT id, v FROM t")).isEqualTo(model);
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      assertThat(contents(db, "SELECT id, v FROM t")).isEqualTo(model);
      assertThat(contents(db, "SELECT id, v FROM t ORDER BY id DESC")).isEqualTo(model);
      assertThat(contents(db, "SELECT id, n FROM counters"))
          .isEqualTo(new TreeMap<>(Map.of(1L, 50L, 2L, 50L, 3L, 50L)));
      sql(db, "STORAGE FLUSH ALL");
      assertThat(contents(db, "SELECT id, v FROM t")).isEqualTo(model);
    }
  }

  @Test
  void transfers_withFlushes_keepTheSum() throws Exception {
    int accounts = 20;
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger conflicts = new AtomicInteger();
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE SHARED TABLE accounts (id BIGINT PRIMARY KEY, balance BIGINT)");
      for (int i = 0; i < accounts; i++) {
        db.execute("INSERT INTO accounts VALUES (?, 100)", i);
      }
      Threads work = new Threads();
      int threads = 4;
      AtomicInteger running = new AtomicInteger(threads);
      for (int t = 0; t < threads; t++) {
        int own = t;
        work.start(
            () -> {
              try (Session session = db.session()) {
                Random random = new Random(own);
                for (int i = 0; i < 120; i++) {
                  int from = random.nextInt(accounts);
                  int to = random.nextInt(accounts);
                  boolean committed = false;
                  while (!committed) {
                    session.execute("BEGIN");
                    session.execute("UPDATE accounts SET balance = balance - 7 WHERE id = ?", from);
                    session.execute("UPDATE accounts SET balance = balance + 7 WHERE id = ?", to);
                    try {
                      session.execute("COMMIT");
                      committed = true;
                    } catch (KalamException e) {
                      assertThat(e.code()).isEqualTo(ErrorCode.SERIALIZATION_FAILURE);
                      conflicts.incrementAndGet();
                    }
                  }
                }
              } finally {
                if (running.decrementAndGet() == 0) {
                  done.set(true);
                }
              }
            });
      }
      work.start(
          () -> {
            try (Session session = db.session()) {
              while (!done.get()) {
                session.execute("STORAGE FLUSH TABLE accounts");
                session.execute("STORAGE COMPACT TABLE accounts");
              }
            }
          });
      work.start(
          () -> {
            try (Session session = db.session()) {
              while (!done.get()) {
                Row row =
                    session.query("SELECT count(*), sum(balance) FROM accounts").list().get(0);
                assertThat(row.getLong(0)).isEqualTo(accounts);
                assertThat(((Number) row.get(1)).longValue()).isEqualTo(accounts * 100L);
              }
            }
          });
      work.join();
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      Map<Long, Long> rows = contents(db, "SELECT id, balance FROM accounts");
      assertThat(rows).hasSize(accounts);
      assertThat(rows.values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(accounts * 100L);
    }
  }

  /** 3 cold rows and a hot one before them in the scan. */
  private static void hotAndCold(KalamDB db) {
    sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
    sql(db, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)", "STORAGE FLUSH TABLE t");
    sql(db, "INSERT INTO t VALUES (0, 0)");
  }

  @Test
  void openResult_whileItsTransactionUpdatesColdRows_staysAsItWas() {
    for (String order : List.of("", " ORDER BY id")) {
      try (KalamDB db = KalamDB.openInMemory();
          Session session = db.session()) {
        hotAndCold(db);
        session.execute("BEGIN");
        session.execute("UPDATE t SET v = 20 WHERE id = 2");
        List<Long> seen = new ArrayList<>();
        try (Result result = session.query("SELECT id, v FROM t" + order)) {
          for (Row row : result) {
            session.execute("UPDATE t SET v = v + 100 WHERE id = 3 - ?", row.getLong(0));
            seen.add(row.getLong(1));
          }
        }
        session.execute("COMMIT");
        assertThat(seen).as(order).containsExactlyInAnyOrder(0L, 1L, 20L, 3L);
        assertThat(contents(db, "SELECT id, v FROM t"))
            .isEqualTo(new TreeMap<>(Map.of(0L, 100L, 1L, 101L, 2L, 120L, 3L, 103L)));
      }
    }
  }

  @Test
  void openResult_afterCommitOfItsTransaction_readsOn() {
    try (KalamDB db = KalamDB.open(directory, OPTIONS);
        Session session = db.session()) {
      hotAndCold(db);
      session.execute("BEGIN");
      try (Result result = session.query("SELECT id, v FROM t")) {
        session.execute("UPDATE t SET v = 7");
        session.execute("COMMIT");
        session.execute("STORAGE FLUSH TABLE t");
        assertThat(result.list().stream().map(r -> r.getLong(1)))
            .containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
      }
    }
  }

  @Test
  void dropAndCreateOfOneName_whileOthersUseIt_neverMixesTables() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT DEFAULT 0)");
      Threads work = new Threads();
      work.start(
          () -> {
            try (Session session = db.session()) {
              for (int i = 1; i <= 25; i++) {
                session.execute("DROP TABLE t");
                session.execute(
                    i % 2 == 0
                        ? "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT DEFAULT 0)"
                        : "CREATE SHARED TABLE t (v TEXT DEFAULT '1', id BIGINT PRIMARY KEY)");
                session.execute("INSERT INTO t (id) VALUES (?)", -i);
                session.execute("STORAGE FLUSH TABLE t");
              }
            } finally {
              done.set(true);
            }
          });
      for (int t = 0; t < 3; t++) {
        int own = t;
        work.start(
            () -> {
              try (Session session = db.session()) {
                for (long i = 0; !done.get(); i++) {
                  try {
                    session.execute("INSERT INTO t (id) VALUES (?)", i * 10 + own);
                    for (Row row : session.query("SELECT id, v FROM t").list()) {
                      Object value = row.get(1);
                      assertThat(value).isIn(0L, "1");
                    }
                    if (own == 0) {
                      session.execute("STORAGE FLUSH TABLE t");
                    }
                  } catch (KalamException e) {
                    assertThat(e.code())
                        .as(e.toString())
                        .isIn(ErrorCode.UNDEFINED_TABLE, ErrorCode.UNIQUE_VIOLATION);
                  }
                }
              }
            });
      }
      work.join();
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      assertThat(contents(db, "SELECT id, id FROM t")).containsKey(-25L);
    }
  }

  @Test
  void interruptedThreads_whileTheyWriteReadAndFlush_finishAndStayInterrupted() throws Exception {
    try (KalamDB db = KalamDB.open(directory)) {
      sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      Threads work = new Threads();
      for (int t = 0; t < 3; t++) {
        int own = t;
        work.start(
            () -> {
              try (Session session = db.session()) {
                for (int i = 0; i < 15; i++) {
                  Thread.currentThread().interrupt();
                  session.execute("INSERT INTO t VALUES (?, 1)", i * 10 + own);
                  if (own == 0) {
                    session.execute("STORAGE FLUSH TABLE t");
                  }
                  session.execute("UPDATE t SET v = v + 1 WHERE id = ?", i * 10 + own);
                  assertThat(
                          session
                              .query("SELECT id FROM t WHERE v = 2 AND id = ?", i * 10 + own)
                              .list())
                      .hasSize(1);
                  assertThat(Thread.interrupted()).isTrue();
                }
              }
            });
      }
      work.join();
      assertThat(contents(db, "SELECT id, v FROM t")).hasSize(45);
    }
  }

  @Test
  void autocommit_whenManyUpdateOneRow_alwaysSucceeds() throws Exception {
    try (KalamDB db = KalamDB.open(directory)) {
      sql(
          db,
          "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)",
          "INSERT INTO t VALUES (1, 0)");
      Threads work = new Threads();
      for (int t = 0; t < 6; t++) {
        work.start(
            () -> {
              try (Session session = db.session()) {
                for (int i = 0; i < 40; i++) {
                  session.execute("UPDATE t SET v = v + 1 WHERE id = 1");
                }
              }
            });
      }
      work.join();
      assertThat(contents(db, "SELECT id, v FROM t")).containsEntry(1L, 240L);
    }
  }

  @Test
  void lookupsInOneSegment_byManyThreads_findEveryRow() throws Exception {
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      StringBuilder rows = new StringBuilder("INSERT INTO t VALUES (0, 0)");
      for (int i = 1; i < 3000; i++) {
        rows.append(",(").append(i * 7L).append(',').append(i * 13L).append(')');
      }
      sql(db, rows.toString(), "STORAGE FLUSH TABLE t");
      Threads work = new Threads();
      for (int t = 0; t < 4; t++) {
        long seed = t;
        work.start(
            () -> {
              try (Session session = db.session()) {
                Random random = new Random(seed);
                for (int i = 0; i < 300; i++) {
                  long n = random.nextInt(3000);
                  assertThat(session.query("SELECT v FROM t WHERE id = ?", n * 7).list())
                      .hasSize(1);
                  assertThat(
                          session
                              .query("SELECT v FROM t WHERE id = ? AND v >= 0 ORDER BY v", n * 7)
                              .list())
                      .hasSize(1);
                  assertThat(session.query("SELECT id FROM t WHERE v = ?", n * 13).list())
                      .hasSize(1);
                }
              }
            });
      }
      work.join();
    }
  }

  @Test
  void flush_thatFailed_leavesTheRowsAndCanBeRepeated() throws Exception {
    Path obstacle = directory.resolve("cold/default/shared/t");
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE SHARED TABLE t (id BIGINT PRIMARY KEY, v BIGINT)");
      sql(db, "INSERT INTO t VALUES (1, 1), (2, 2)");
      Files.createDirectories(obstacle.getParent());
      Files.createFile(obstacle);
      assertThatThrownBy(() -> db.execute("STORAGE FLUSH TABLE t"))
          .isInstanceOf(KalamException.class);
      sql(db, "UPDATE t SET v = 20 WHERE id = 2");
      Files.delete(obstacle);
      sql(db, "STORAGE FLUSH TABLE t", "UPDATE t SET v = 10 WHERE id = 1");
      assertThat(obstacle).isDirectory();
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      assertThat(contents(db, "SELECT id, v FROM t"))
          .isEqualTo(new TreeMap<>(Map.of(1L, 10L, 2L, 20L)));
    }
  }

  @Test
  void clock_thatRunsBackwards_keepsCommitsInOrderOverAReopen() {
    AtomicLong now = new AtomicLong(1_800_000_000_000L);
    Clock backwards =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return Instant.ofEpochMilli(now.addAndGet(-60_000));
          }
        };
    KalamOptions options = KalamOptions.builder().clock(backwards).build();
    long last = 0;
    for (int round = 0; round < 3; round++) {
      try (KalamDB db = KalamDB.open(directory, options)) {
        sql(db, "CREATE SHARED TABLE IF NOT EXISTS t (id BIGINT PRIMARY KEY, v BIGINT)");
        for (int i = 0; i < 5; i++) {
          sql(db, "INSERT INTO t VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET v = t.v + 1");
          long seq = db.query("SELECT _seq FROM t WHERE id = 1").list().get(0).getLong(0);
          assertThat(seq).isGreaterThan(last);
          last = seq;
          sql(db, "STORAGE FLUSH TABLE t");
        }
      }
    }
    try (KalamDB db = KalamDB.open(directory, options)) {
      assertThat(contents(db, "SELECT id, v FROM t")).isEqualTo(Map.of(1L, 14L));
    }
  }

  @Test
  void hostileUserIds_inOneTable_keepToThemselves() {
    List<String> users =
        List.of(
            "a",
            "A",
            "a/b",
            "../a",
            "..",
            ".",
            "a\\b",
            "C:",
            "a%2Fb",
            "x".repeat(100),
            "ä",
            "a\u0308",
            "con",
            "a ",
            "\uD83D\uDE00",
            "'",
            "a\n",
            "*",
            "-",
            "%");
    List<String> taken = new ArrayList<>();
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      sql(db, "CREATE NAMESPACE app");
      sql(db, "CREATE USER TABLE app.t (id BIGINT PRIMARY KEY, who TEXT)");
      for (String user : users) {
        try (Session session = db.session(user)) {
          taken.add(user);
          session.execute("INSERT INTO app.t VALUES (1, ?)", user);
        } catch (KalamException e) {
          assertThat(e.code()).as(user).isEqualTo(ErrorCode.INVALID_NAME);
        }
      }
      sql(db, "STORAGE FLUSH ALL");
    }
    try (KalamDB db = KalamDB.open(directory, OPTIONS)) {
      for (String user : taken) {
        try (Session session = db.session(user)) {
          assertThat(session.query("SELECT who FROM app.t").list())
              .as(user)
              .extracting(row -> row.get(0))
              .containsExactly(user);
          assertThat(session.query("SELECT CURRENT_USER FROM app.t").list())
              .extracting(row -> row.get(0))
              .containsExactly(user);
        }
      }
    }
  }
}
