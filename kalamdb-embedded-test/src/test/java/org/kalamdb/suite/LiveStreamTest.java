package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;

/** Live queries over stream tables: events that expire, make room for others, or are never kept. */
class LiveStreamTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();
  private static final int WRITERS = 8;
  private static final long SEED = Long.getLong("kalamdb.live.seed", 1L);
  private static final int HISTORIES = Integer.getInteger("kalamdb.live.streamHistories", 150);

  private final HandClock clock = new HandClock();

  private KalamDB open() {
    return KalamDB.openInMemory(
        KalamOptions.builder().clock(clock).durability(Durability.NONE).build());
  }

  private static KalamDB withTable(KalamDB db, String options) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE STREAM TABLE n.e (id INT, g INT) WITH (" + options + ")");
    return db;
  }

  private static List<String> told(RecordingListener heard, Kind kind) {
    List<String> rows = new ArrayList<>();
    for (RowChange change : heard.rowChanges()) {
      if (change.kind() == kind) {
        rows.add(Sql.text(change.newRow() == null ? change.oldRow() : change.newRow()));
      }
    }
    return rows;
  }

  private static void inThreads(int count, IntConsumer work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        running.add(threads.submit(() -> work.accept(number)));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void until(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + RecordingListener.PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("Waited too long for " + what).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private static final List<String> QUERIES =
      List.of(
          "SELECT * FROM n.e",
          "SELECT id FROM n.e WHERE g = 1",
          "SELECT id + 1 FROM n.e WHERE g IN (0, 2)",
          "SELECT count(*), sum(id), max(g) FROM n.e",
          "SELECT g, count(*), min(id) FROM n.e GROUP BY g",
          "SELECT id FROM n.e ORDER BY id DESC LIMIT 3",
          "SELECT DISTINCT g FROM n.e",
          "SELECT a.id, b.id FROM n.e a JOIN n.e b ON a.g = b.g AND a.id < b.id",
          "SELECT e.id, r.name FROM n.e e JOIN n.r r ON r.g = e.g",
          "SELECT r.name, e.id FROM n.r r LEFT JOIN n.e e ON r.g = e.g",
          "SELECT g FROM n.r WHERE NOT EXISTS (SELECT 1 FROM n.e WHERE e.g = r.g)",
          "SELECT id, row_number() OVER (ORDER BY id) FROM n.e");

  @Test
  void expiry_isADeleteForEveryKindOfQuery() {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 10");
        Session alice = db.session("alice")) {
      db.execute(
          "CREATE SHARED TABLE n.r (g INT PRIMARY KEY, name TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
      db.execute("INSERT INTO n.r VALUES (0, 'zero'), (1, 'one'), (2, 'two')");
      alice.execute("INSERT INTO n.e VALUES (1, 1), (2, 2)");
      List<LiveQueryChecker> checkers = new ArrayList<>();
      try {
        for (String sql : QUERIES) {
          checkers.add(new LiveQueryChecker(alice, sql));
        }
        checkers.forEach(LiveQueryChecker::check);
        clock.advance(Duration.ofSeconds(5));
        alice.execute("INSERT INTO n.e VALUES (3, 0), (4, 1)");
        checkers.forEach(LiveQueryChecker::check);
        clock.advance(Duration.ofSeconds(5));
        assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id")).containsExactly("3", "4");
        checkers.forEach(LiveQueryChecker::check);
        clock.advance(Duration.ofSeconds(50));
        checkers.forEach(LiveQueryChecker::check);
        alice.execute("INSERT INTO n.e VALUES (5, 2)");
        alice.execute("DELETE FROM n.e WHERE id = 5");
        checkers.forEach(LiveQueryChecker::check);
      } finally {
        checkers.forEach(LiveQueryChecker::close);
      }
    }
  }

  @Test
  void expiry_isOneDeleteInOrderOfCommits_andOfNothingThatLeftBefore() {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 10");
        Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.e VALUES (1, 1)");
      RecordingListener heard = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.e", ALL, heard)) {
        heard.awaitReady();
        alice.execute("INSERT INTO n.e VALUES (2, 1), (3, 1)");
        alice.execute("DELETE FROM n.e WHERE id = 2");
        heard.awaitChanges(2);
        clock.advance(Duration.ofSeconds(10));
        heard.awaitChanges(3);
        assertThat(told(heard, Kind.DELETE)).containsExactly("2", "1", "3");
        assertThat(heard.rows()).isEmpty();
        long last = -1;
        for (Changes changes : heard.changes()) {
          assertThat(changes.seq().value()).isGreaterThan(last);
          last = changes.seq().value();
        }
        assertThat(live.isOpen()).isTrue();
      }
      assertThat(heard.misfits()).isEmpty();
    }
  }

  @Test
  void expiry_whileManyWriteAndListen_isToldOnceToEach() throws Exception {
    int users = 3;
    int each = 150;
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 1")) {
      List<RecordingListener> listeners = new ArrayList<>();
      List<Session> sessions = new ArrayList<>();
      List<Subscription> live = new ArrayList<>();
      for (int i = 0; i < users * 6; i++) {
        Session session = db.session("u" + i % users);
        sessions.add(session);
        RecordingListener heard = new RecordingListener();
        listeners.add(heard);
        // Some share a pipeline.
        live.add(
            session.subscribe(
                i % 2 == 0 ? "SELECT id FROM n.e" : "SELECT id, " + i + " FROM n.e", ALL, heard));
        heard.awaitReady();
      }
      AtomicBoolean done = new AtomicBoolean();
      Thread time =
          new Thread(
              () -> {
                while (!done.get()) {
                  clock.advance(Duration.ofMillis(37));
                  Thread.onSpinWait();
                  try {
                    Thread.sleep(2);
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              });
      time.start();
      try {
        inThreads(
            WRITERS,
            w -> {
              for (int i = 0; i < each; i++) {
                try (Session session = db.session("u" + (w + i) % users)) {
                  session.execute("INSERT INTO n.e VALUES (" + (w * each + i) + ", 1)");
                }
              }
            });
      } finally {
        done.set(true);
        time.join();
      }
      clock.advance(Duration.ofSeconds(2));
      for (int i = 0; i < listeners.size(); i++) {
        RecordingListener heard = listeners.get(i);
        int expected = 0;
        for (int w = 0; w < WRITERS; w++) {
          for (int k = 0; k < each; k++) {
            expected += (w + k) % users == i % users ? 1 : 0;
          }
        }
        int all = expected;
        until("every end", () -> told(heard, Kind.DELETE).size() >= all);
        List<String> inserted = told(heard, Kind.INSERT);
        assertThat(inserted).hasSize(all).doesNotHaveDuplicates();
        assertThat(told(heard, Kind.DELETE))
            .doesNotHaveDuplicates()
            .containsExactlyInAnyOrderElementsOf(inserted);
        assertThat(heard.misfits()).isEmpty();
        assertThat(heard.rows()).isEmpty();
      }
      live.forEach(Subscription::close);
      sessions.forEach(Session::close);
    }
  }

  @Test
  void subscribing_aroundTheExpiry_neverLosesOrInventsAnEnd() throws Exception {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 1")) {
      for (int i = 0; i < 300; i++) {
        String user = "u" + i % 5;
        try (Session session = db.session(user)) {
          session.execute("INSERT INTO n.e VALUES (1, " + i + ")");
          clock.advance(Duration.ofMillis(900));
          session.execute("INSERT INTO n.e VALUES (2, " + i + ")");
          Thread time = new Thread(() -> clock.advance(Duration.ofMillis(120)));
          time.start();
          try (LiveQueryChecker rows = new LiveQueryChecker(session, "SELECT * FROM n.e");
              LiveQueryChecker count =
                  new LiveQueryChecker(session, "SELECT count(*), sum(id) FROM n.e")) {
            time.join();
            rows.check();
            count.check();
            clock.advance(Duration.ofSeconds(1));
            rows.check();
            count.check();
            assertThat(rows.rows()).isEmpty();
          }
        }
      }
    }
  }

  @Test
  void law_randomHistoriesOfEvents() {
    System.out.printf("LiveStreamTest: seed %d, %,d histories%n", SEED, HISTORIES);
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 5, MAX_BUFFER = 12")) {
      db.execute(
          "CREATE SHARED TABLE n.r (g INT PRIMARY KEY, name TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
      db.execute("INSERT INTO n.r VALUES (0, 'zero'), (1, 'one'), (3, 'three')");
      for (int i = 0; i < HISTORIES; i++) {
        long seed = SEED * 1_000_003 + i;
        String sql = QUERIES.get(i % QUERIES.size());
        List<String> done = new ArrayList<>();
        try (Session session = db.session("u" + i)) {
          Random random = new Random(seed);
          AtomicInteger ids = new AtomicInteger();
          for (int k = random.nextInt(8); k > 0; k--) {
            step(session, random, ids, done);
          }
          try (LiveQueryChecker checker = new LiveQueryChecker(session, sql)) {
            checker.check();
            for (int k = 5 + random.nextInt(12); k > 0; k--) {
              step(session, random, ids, done);
              checker.check();
            }
          }
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "History of seed " + seed + ": " + sql + "\n" + String.join("\n", done), e);
        }
      }
    }
  }

  private void step(Session session, Random random, AtomicInteger ids, List<String> done) {
    int kind = random.nextInt(10);
    if (kind < 2) {
      int millis = 1 + random.nextInt(4_000);
      done.add("+" + millis + " ms");
      clock.advance(Duration.ofMillis(millis));
      return;
    }
    StringBuilder sql = new StringBuilder();
    if (kind < 7) {
      sql.append("INSERT INTO n.e VALUES ");
      int rows = 1 + random.nextInt(random.nextInt(8) == 0 ? 15 : 3);
      for (int i = 0; i < rows; i++) {
        sql.append(i == 0 ? "" : ", ");
        sql.append('(').append(ids.incrementAndGet()).append(", ").append(random.nextInt(4));
        sql.append(')');
      }
    } else if (kind < 9) {
      sql.append("DELETE FROM n.e WHERE g = ").append(random.nextInt(4));
    } else {
      sql.append("DELETE FROM n.e WHERE id = ").append(random.nextInt(ids.get() + 1));
    }
    done.add(sql.toString());
    session.execute(sql.toString());
  }

  // ---- MAX_BUFFER

  @Test
  void maxBuffer_underManyWriters_keepsTheNewest() throws Exception {
    int most = 7;
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 1000, MAX_BUFFER = " + most);
        Session alice = db.session("alice")) {
      RecordingListener heard = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.e", ALL, heard)) {
        heard.awaitReady();
        inThreads(
            WRITERS,
            w -> {
              try (Session session = db.session("alice")) {
                for (int i = 0; i < 200; i++) {
                  session.execute("INSERT INTO n.e VALUES (" + (w * 200 + i) + ", 0)");
                  assertThat(session.query("SELECT count(*) FROM n.e").single().getLong(0))
                      .isLessThanOrEqualTo(most);
                  if (i % 50 == 0) {
                    session.execute("DELETE FROM n.e WHERE id % 3 = 0");
                  }
                }
              }
            });
        until("every insert", () -> told(heard, Kind.INSERT).size() == WRITERS * 200);
        assertThat(heard.misfits()).isEmpty();
        assertThat(heard.rows().stream().map(Sql::text))
            .containsExactlyInAnyOrderElementsOf(Sql.rows(alice, "SELECT id FROM n.e"));
        alice.execute("INSERT INTO n.e SELECT 10000 + x, 0 FROM generate_series(1, 20) AS t(x)");
        assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id"))
            .containsExactly("10014", "10015", "10016", "10017", "10018", "10019", "10020");
        assertThat(db.query("SHOW STATS FOR TABLE n.e").single().getLong("hot_rows"))
            .isEqualTo(most);
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void alter_reachesEventsInPlace() {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 100");
        Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.e VALUES (1, 0), (2, 0), (3, 0)");
      clock.advance(Duration.ofSeconds(10));
      alice.execute("INSERT INTO n.e VALUES (4, 0), (5, 0)");
      try (LiveQueryChecker rows = new LiveQueryChecker(alice, "SELECT id FROM n.e");
          LiveQueryChecker count = new LiveQueryChecker(alice, "SELECT count(*) FROM n.e")) {
        db.execute("ALTER TABLE n.e SET (MAX_BUFFER = 4)");
        assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id"))
            .containsExactly("2", "3", "4", "5");
        rows.check();
        count.check();
        db.execute("ALTER TABLE n.e SET (TTL_SECONDS = 10)");
        assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id")).containsExactly("4", "5");
        rows.check();
        count.check();
        db.execute("ALTER TABLE n.e SET (TTL_SECONDS = 50)");
        clock.advance(Duration.ofSeconds(49));
        assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id")).containsExactly("4", "5");
        rows.check();
        clock.advance(Duration.ofSeconds(1));
        assertThat(Sql.rows(alice, "SELECT id FROM n.e")).isEmpty();
        rows.check();
        count.check();
        refused("0A000", () -> alice.execute("UPDATE n.e SET g = 1"));
        refused("42P16", () -> db.execute("ALTER TABLE n.e SET (EPHEMERAL = true)"));
      }
    }
  }

  // ---- EPHEMERAL

  @Test
  void ephemeral_eventsAreToldAndNotKept() {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 100, EPHEMERAL = true");
        Session alice = db.session("alice");
        Session bob = db.session("bob")) {
      assertThat(alice.execute("INSERT INTO n.e VALUES (0, 0)")).isEqualTo(1);
      RecordingListener heard = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.e WHERE g = 1", ALL, heard)) {
        heard.awaitReady();
        assertThat(heard.rows()).isEmpty();
        bob.execute("INSERT INTO n.e VALUES (1, 1)");
        alice.execute("INSERT INTO n.e VALUES (2, 1), (3, 2)");
        alice.execute("BEGIN");
        alice.execute("INSERT INTO n.e VALUES (4, 1)");
        alice.execute("INSERT INTO n.e VALUES (5, 1)");
        assertThat(Sql.rows(alice, "SELECT id FROM n.e")).isEmpty();
        assertThat(alice.execute("DELETE FROM n.e")).isZero();
        alice.execute("COMMIT");
        alice.execute("BEGIN");
        alice.execute("INSERT INTO n.e VALUES (6, 1)");
        alice.execute("ROLLBACK");
        alice.execute("INSERT INTO n.e VALUES (7, 1)");
        heard.awaitChanges(3);
        clock.advance(Duration.ofSeconds(1000));
        alice.execute("INSERT INTO n.e VALUES (8, 1)");
        heard.awaitChanges(4);
        assertThat(told(heard, Kind.INSERT)).containsExactly("2", "4", "5", "7", "8");
        assertThat(heard.changes().get(1).changes()).hasSize(2);
        assertThat(told(heard, Kind.DELETE)).isEmpty();
        assertThat(live.isOpen()).isTrue();
      }
      assertThat(Sql.rows(alice, "SELECT id FROM n.e")).isEmpty();
      assertThat(db.query("SHOW STATS FOR TABLE n.e").single().getLong("hot_rows")).isZero();
      for (String sql :
          List.of(
              "SELECT count(*) FROM n.e",
              "SELECT id FROM n.e ORDER BY id LIMIT 2",
              "SELECT DISTINCT g FROM n.e")) {
        refused("0A000", () -> alice.subscribe(sql, ALL, new RecordingListener()));
      }
    }
  }

  @Test
  void ephemeral_nothingIsLostBetweenSubscribingAndTheSnapshot() throws Exception {
    try (KalamDB db = withTable(open(), "TTL_SECONDS = 100, EPHEMERAL = true");
        Session alice = db.session("alice")) {
      for (int i = 0; i < 300; i++) {
        RecordingListener heard = new RecordingListener();
        try (Subscription live = alice.subscribe("SELECT id FROM n.e", ALL, heard)) {
          alice.execute("INSERT INTO n.e VALUES (1, 1)");
          alice.execute("INSERT INTO n.e VALUES (2, 1), (3, 1)");
          heard.awaitChanges(2);
          assertThat(told(heard, Kind.INSERT)).containsExactly("1", "2", "3");
          assertThat(live.isOpen()).isTrue();
        }
      }
      RecordingListener heard = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.e", ALL, heard)) {
        inThreads(
            WRITERS,
            w -> {
              try (Session session = db.session("alice")) {
                for (int i = 0; i < 200; i++) {
                  session.execute("INSERT INTO n.e VALUES (" + (w * 200 + i) + ", 0)");
                }
              }
            });
        until("every event", () -> told(heard, Kind.INSERT).size() == WRITERS * 200);
        assertThat(Set.copyOf(told(heard, Kind.INSERT))).hasSize(WRITERS * 200);
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void reopened_eventsExpireAndMakeRoomAsBefore(@TempDir Path directory) {
    KalamOptions options = KalamOptions.builder().clock(clock).build();
    try (KalamDB db =
            withTable(KalamDB.open(directory, options), "TTL_SECONDS = 10, MAX_BUFFER = 3");
        Session alice = db.session("alice")) {
      db.execute("CREATE STREAM TABLE n.gone (id INT) WITH (TTL_SECONDS = 9, EPHEMERAL = true)");
      RecordingListener heard = new RecordingListener();
      try (Subscription live = alice.subscribe("SELECT id FROM n.gone", ALL, heard)) {
        heard.awaitReady();
        alice.execute("INSERT INTO n.gone VALUES (1)");
        alice.execute("INSERT INTO n.e VALUES (1, 0), (2, 0), (3, 0), (4, 0)");
        alice.execute("INSERT INTO n.gone VALUES (2)");
        heard.awaitChanges(2);
        assertThat(live.isOpen()).isTrue();
      }
    }
    clock.advance(Duration.ofSeconds(5));
    try (KalamDB db = KalamDB.open(directory, options);
        Session alice = db.session("alice")) {
      assertThat(Sql.rows(alice, "SELECT id FROM n.gone")).isEmpty();
      alice.execute("INSERT INTO n.e VALUES (5, 0)");
      assertThat(Sql.rows(alice, "SELECT id FROM n.e ORDER BY id")).containsExactly("3", "4", "5");
      assertThat(db.query("SHOW CREATE TABLE n.e").list().toString()).contains("MAX_BUFFER = 3");
      try (LiveQueryChecker rows = new LiveQueryChecker(alice, "SELECT id FROM n.e")) {
        rows.check();
        assertThat(rows.rows()).hasSize(3);
        clock.advance(Duration.ofSeconds(5));
        rows.check();
        assertThat(rows.rows()).hasSize(1);
      }
      assertThat(db.check().problems()).isEmpty();
    }
    clock.advance(Duration.ofSeconds(60));
    try (KalamDB db = KalamDB.open(directory, options);
        Session alice = db.session("alice");
        LiveQueryChecker rows = new LiveQueryChecker(alice, "SELECT id FROM n.e")) {
      rows.awaitReady();
      assertThat(rows.rows()).as("what expired while it was closed is not shown").isEmpty();
      rows.check();
      assertThat(rows.events()).isZero();
    }
  }
}
