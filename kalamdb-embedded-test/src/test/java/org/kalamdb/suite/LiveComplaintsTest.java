package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Reset;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.live.SubscriptionOptions.Overflow;
import org.kalamdb.query.Row;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TestDatabase;

/**
 * What users complain about in live queries of other products, each complaint as a test that a
 * database with it fails.
 */
class LiveComplaintsTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();
  private static final long PATIENCE_SECONDS = 30;

  private TestDatabase database;
  private KalamDB db;
  private Session alice;

  @BeforeEach
  void open() {
    database =
        TestDatabase.create(
            KalamOptions.builder().durability(Durability.NONE).backgroundCompaction(false).build());
    db = database.db();
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, g INT, v INT, s TEXT)");
    alice = db.session("alice");
  }

  @AfterEach
  void close() {
    alice.close();
    database.close();
  }

  /** One listener of one query, and the rest of what a test wants to know of it. */
  private final class Heard implements AutoCloseable {
    final RecordingListener listener = new RecordingListener();
    final Subscription live;

    Heard(String sql, Object... parameters) {
      live = alice.subscribe(sql, ALL, listener, parameters);
      listener.awaitReady();
    }

    /** All row changes there are once a last insert of row 999, to be heard of, has been. */
    List<String> changesBefore(String lastInsert) {
      alice.execute(lastInsert);
      listener.await(
          "the last insert",
          event ->
              event instanceof Changes changes
                  && changes.changes().stream()
                      .anyMatch(c -> c.newRow() != null && c.newRow().get(0).equals(999)));
      List<String> all = texts();
      return all.subList(0, all.size() - 1);
    }

    List<String> texts() {
      return listener.rowChanges().stream().map(LiveComplaintsTest::text).toList();
    }

    @Override
    public void close() {
      live.close();
      assertThat(listener.misfits()).isEmpty();
    }
  }

  private static String text(RowChange change) {
    return change.kind() + " " + text(change.oldRow()) + "->" + text(change.newRow());
  }

  private static String text(Row row) {
    return row == null ? "" : Sql.text(row);
  }

  private void run(String... statements) {
    for (String sql : statements) {
      alice.execute(sql);
    }
  }

  private static final String LAST = "INSERT INTO n.t VALUES (999, 1, 1, 'last')";

  // ---- "it does not say that a row left"

  @Test
  void leave_isTold_byUpdateOfTheFilterColumn_andByDelete() {
    run("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b'), (3, 2, 3, 'c')");
    try (Heard heard = new Heard("SELECT id, s FROM n.t WHERE g = 1")) {
      run(
          "UPDATE n.t SET g = 2 WHERE id = 1",
          "DELETE FROM n.t WHERE id = 2",
          "UPDATE n.t SET g = 1 WHERE id = 3",
          "UPDATE n.t SET g = 7, s = 'gone' WHERE id = 3");
      assertThat(heard.changesBefore(LAST))
          .containsExactly("LEAVE 1|a->", "DELETE 2|b->", "ENTER ->3|c", "LEAVE 3|c->");
    }
  }

  @Test
  void leave_isTold_ofRowsPushedOverALimit_andOfGroupsAndJoins() {
    run("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b')");
    try (Heard top = new Heard("SELECT id FROM n.t ORDER BY id DESC LIMIT 2");
        Heard groups = new Heard("SELECT g, count(*) FROM n.t WHERE v < 10 GROUP BY g");
        Heard pairs =
            new Heard("SELECT a.id, b.id FROM n.t a JOIN n.t b ON b.id = a.v WHERE a.g = 1")) {
      run("INSERT INTO n.t VALUES (3, 2, 3, 'c')");
      top.listener.awaitChanges(1);
      assertThat(top.texts()).containsExactlyInAnyOrder("LEAVE 1->", "INSERT ->3");
      run("UPDATE n.t SET v = 10 WHERE g = 1");
      groups.listener.awaitRows("one group", rows -> rows.size() == 1);
      pairs.listener.awaitRows("no pairs", List::isEmpty);
    }
  }

  // ---- "it fires although nothing changed for me"

  @Test
  void falseFirings_noneForWhatTheProjectionDoesNotShow() {
    run("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, 1, 2, 'b')");
    try (Heard rows = new Heard("SELECT id, v % 2 FROM n.t WHERE g = 1");
        Heard state = new Heard("SELECT id, v % 2 FROM n.t WHERE g = 1 ORDER BY id");
        Heard again =
            new Heard("SELECT id, v % 2, rank() OVER (ORDER BY id) FROM n.t WHERE g = 1")) {
      run(
          "UPDATE n.t SET s = 'x'",
          "UPDATE n.t SET v = v + 2",
          "UPDATE n.t SET g = 1, v = v, s = s",
          "INSERT INTO n.t VALUES (1, 1, 5, 'z') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
          "INSERT INTO n.t VALUES (1, 9, 9, 'z') ON CONFLICT DO NOTHING");
      assertThat(rows.changesBefore(LAST)).isEmpty();
      state.listener.awaitChanges(1);
      again.listener.awaitChanges(1);
      assertThat(state.texts()).containsExactly("INSERT ->999|1");
      assertThat(again.texts()).hasSize(1);
    }
  }

  @Test
  void falseFirings_noneForOtherUsersAndOtherValues() {
    try (Heard heard = new Heard("SELECT id FROM n.t WHERE g = ? AND s LIKE 'l%'", 1);
        Heard count = new Heard("SELECT count(*) FROM n.t WHERE g = ?", 1);
        Session bob = db.session("bob")) {
      bob.execute("INSERT INTO n.t VALUES (1, 1, 1, 'l')");
      bob.execute("UPDATE n.t SET v = 5");
      run(
          "INSERT INTO n.t VALUES (1, 2, 1, 'l')",
          "UPDATE n.t SET v = v + 1",
          "UPDATE n.t SET g = 3",
          "DELETE FROM n.t");
      assertThat(heard.changesBefore(LAST)).isEmpty();
      count.listener.awaitChanges(1);
      assertThat(count.texts()).containsExactly("UPDATE 0->1");
    }
  }

  @Test
  void falseFirings_noneForRolledBackAndFailingStatements() {
    run("INSERT INTO n.t VALUES (1, 1, 1, 'a')");
    try (Heard heard = new Heard("SELECT id, v FROM n.t WHERE g = 1");
        Heard sum = new Heard("SELECT sum(v) FROM n.t");
        Heard again = new Heard("SELECT id, rank() OVER (ORDER BY v) FROM n.t")) {
      run(
          "BEGIN",
          "INSERT INTO n.t VALUES (2, 1, 1, 'a')",
          "UPDATE n.t SET v = 7 WHERE id = 1",
          "ROLLBACK",
          "BEGIN",
          "SAVEPOINT p",
          "DELETE FROM n.t",
          "ROLLBACK TO p",
          "COMMIT");
      refused("23505", () -> run("INSERT INTO n.t VALUES (3, 1, 1, 'a'), (1, 1, 1, 'a')"));
      refused("22012", () -> run("UPDATE n.t SET v = 1 / (id - 1)"));
      run("BEGIN", "INSERT INTO n.t VALUES (4, 1, 1, 'a')");
      refused("23505", () -> run("INSERT INTO n.t VALUES (1, 1, 1, 'a')"));
      run("ROLLBACK");
      try (Session other = db.session("alice")) {
        other.execute("BEGIN");
        other.execute("INSERT INTO n.t VALUES (5, 1, 1, 'a')");
      }
      assertThat(heard.changesBefore(LAST)).isEmpty();
      sum.listener.awaitChanges(1);
      again.listener.awaitChanges(1);
      assertThat(sum.texts()).containsExactly("UPDATE 1->2");
      assertThat(again.texts()).containsExactly("INSERT ->999|1");
    }
  }

  @Test
  void falseFirings_noneForFlushAndCompaction() {
    for (int i = 0; i < 40; i++) {
      alice.execute("INSERT INTO n.t VALUES (?, 1, ?, 'a')", i, i);
      if (i % 10 == 9) {
        db.execute("STORAGE FLUSH TABLE n.t");
      }
    }
    try (Heard heard = new Heard("SELECT id, v FROM n.t WHERE g = 1");
        Heard top = new Heard("SELECT id, v FROM n.t ORDER BY v LIMIT 3");
        Heard again = new Heard("SELECT id, rank() OVER (ORDER BY v) FROM n.t")) {
      run("UPDATE n.t SET v = v + 100 WHERE id = 39");
      db.execute("STORAGE FLUSH TABLE n.t");
      db.execute("STORAGE COMPACT TABLE n.t");
      db.execute("STORAGE FLUSH ALL");
      assertThat(heard.changesBefore("INSERT INTO n.t VALUES (999, 1, 1000, 'last')"))
          .containsExactly("UPDATE 39|39->39|139");
      run("DELETE FROM n.t WHERE id = 0");
      top.listener.awaitChanges(1);
      assertThat(top.texts()).containsExactlyInAnyOrder("DELETE 0|0->", "ENTER ->3|3");
      again.listener.awaitRows("40 rows", rows -> rows.size() == 40);
      assertThat(again.listener.events()).noneMatch(Reset.class::isInstance);
    }
  }

  // ---- "parameters do not work"

  private record Typed(String type, Object inside, Object outside) {}

  private static final UUID ID = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

  private static List<Typed> typed() {
    return List.of(
        new Typed("BOOLEAN", true, false),
        new Typed("SMALLINT", (short) 3, (short) 4),
        new Typed("INTEGER", 3, 4),
        new Typed("BIGINT", 1L << 40, 4L),
        new Typed("REAL", 1.5f, 2.5f),
        new Typed("DOUBLE", 1.25, -0.5),
        new Typed("DECIMAL(10, 2)", new BigDecimal("1.50"), new BigDecimal("1.51")),
        new Typed("TEXT", "ä", "a"),
        new Typed("VARCHAR(10)", "x", "y"),
        new Typed("DATE", LocalDate.of(2024, 2, 29), LocalDate.of(2024, 3, 1)),
        new Typed("TIME", LocalTime.of(1, 2, 3), LocalTime.of(1, 2, 4)),
        new Typed(
            "TIMESTAMP",
            LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4_000),
            LocalDateTime.of(2024, 2, 29, 1, 2, 3, 5_000)),
        new Typed(
            "TIMESTAMPTZ",
            Instant.parse("2024-02-29T01:02:03Z"),
            Instant.parse("2024-02-29T01:02:04Z")),
        new Typed("UUID", ID, new UUID(1, 2)),
        new Typed("BYTEA", new byte[] {1, 2}, new byte[] {1, 3}));
  }

  @Test
  void parameters_ofEveryType_filterAndAreShown() {
    int number = 0;
    for (Typed typed : typed()) {
      String table = "n.typed" + number++;
      db.execute(
          "CREATE USER TABLE " + table + " (id INT PRIMARY KEY, c " + typed.type + ", x INT)");
      alice.execute("INSERT INTO " + table + " VALUES (1, ?, 0)", typed.inside);
      try (Heard heard = new Heard("SELECT id, x FROM " + table + " WHERE c = ?", typed.inside);
          Heard listed =
              new Heard(
                  "SELECT id, x FROM " + table + " WHERE c IN (?, ?)", typed.inside, typed.inside);
          Heard count = new Heard("SELECT count(*) FROM " + table + " WHERE c = ?", typed.inside);
          Heard none = new Heard("SELECT id FROM " + table + " WHERE c = ?", (Object) null)) {
        assertThat(heard.listener.rows()).as(typed.type).hasSize(1);
        alice.execute("INSERT INTO " + table + " VALUES (2, ?, 0)", typed.outside);
        alice.execute("UPDATE " + table + " SET c = ?, x = 1 WHERE id = 2", typed.inside);
        alice.execute("UPDATE " + table + " SET c = ? WHERE id = 1", typed.outside);
        alice.execute("UPDATE " + table + " SET c = NULL WHERE id = 2");
        List<String> expected = List.of("ENTER ->2|1", "LEAVE 1|0->", "LEAVE 2|1->");
        String last = "INSERT INTO " + table + " SELECT 999, ?, 0";
        alice.execute(last, typed.inside);
        heard.listener.awaitChanges(4);
        listed.listener.awaitChanges(4);
        assertThat(heard.texts().subList(0, 3)).as(typed.type).isEqualTo(expected);
        assertThat(listed.texts().subList(0, 3)).as(typed.type).isEqualTo(expected);
        count.listener.awaitRows(typed.type, rows -> Sql.text(rows.get(0)).equals("1"));
        assertThat(none.listener.events()).as(typed.type).hasSize(1);
      }
    }
  }

  @Test
  void parameters_null_meansWhatItDoesInAQuery() {
    run("INSERT INTO n.t VALUES (1, NULL, 1, 'a'), (2, 1, 1, 'a')");
    try (Heard equal = new Heard("SELECT id FROM n.t WHERE g = ?", (Object) null);
        Heard same = new Heard("SELECT id FROM n.t WHERE g IS NOT DISTINCT FROM ?", (Object) null);
        Heard any =
            new Heard("SELECT id FROM n.t WHERE ?::int IS NULL OR g = ?", (Object) null, 5)) {
      run("INSERT INTO n.t VALUES (3, NULL, 1, 'a')", "UPDATE n.t SET g = NULL WHERE id = 2");
      same.listener.awaitChanges(2);
      assertThat(same.texts()).containsExactly("INSERT ->3", "ENTER ->2");
      any.listener.awaitRows("three", rows -> rows.size() == 3);
      assertThat(equal.listener.events()).hasSize(1);
    }
  }

  @Test
  void parameters_changedAfterTheCall_areThoseOfTheCall() {
    db.execute("CREATE USER TABLE n.b (id INT PRIMARY KEY, c BYTEA)");
    byte[] bytes = {1};
    Object[] parameters = {1};
    Object[] binary = {bytes};
    RecordingListener heard = new RecordingListener();
    RecordingListener state = new RecordingListener();
    RecordingListener blobs = new RecordingListener();
    try (Subscription one =
            alice.subscribe("SELECT id FROM n.t WHERE g = ?", ALL, heard, parameters);
        Subscription two =
            alice.subscribe("SELECT count(*) FROM n.t WHERE g = ?", ALL, state, parameters);
        Subscription three =
            alice.subscribe("SELECT id FROM n.b WHERE c = ?", ALL, blobs, binary)) {
      parameters[0] = 2;
      bytes[0] = 2;
      heard.awaitReady();
      state.awaitReady();
      blobs.awaitReady();
      run("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, 2, 1, 'a')");
      run("INSERT INTO n.b VALUES (1, '\\x01'), (2, '\\x02')");
      heard.awaitChanges(1);
      state.awaitChanges(1);
      blobs.awaitChanges(1);
      assertThat(heard.rows().stream().map(Sql::text)).containsExactly("1");
      assertThat(state.rows().stream().map(Sql::text)).containsExactly("1");
      assertThat(blobs.rows().stream().map(Sql::text)).containsExactly("1");
      assertThat(one.isOpen() && two.isOpen() && three.isOpen()).isTrue();
    }
  }

  /** An application may fill the same array again as soon as a statement has returned. */
  @Test
  void values_changedAfterTheCommit_areToldAsCommitted() {
    db.execute("CREATE USER TABLE n.b (id INT PRIMARY KEY, c BYTEA)");
    CountDownLatch changed = new CountDownLatch(1);
    RecordingListener heard = new RecordingListener();
    byte[] bytes = {1};
    try (Subscription live =
        alice.subscribe(
            "SELECT id, c FROM n.b",
            ALL,
            event -> {
              if (event instanceof Changes) {
                await(changed);
              }
              heard.onEvent(event);
            })) {
      heard.awaitReady();
      alice.execute("INSERT INTO n.b VALUES (1, ?)", bytes);
      bytes[0] = 2;
      alice.execute("UPDATE n.b SET c = ? WHERE id = 1", bytes);
      bytes[0] = 3;
      changed.countDown();
      heard.awaitChanges(2);
      assertThat(heard.rowChanges().stream().map(LiveComplaintsTest::text))
          .containsExactly("INSERT ->1|[1]", "UPDATE 1|[1]->1|[2]");
      assertThat(heard.misfits()).isEmpty();
      assertThat(live.isOpen()).isTrue();
    }
  }

  // ---- "the first event is lost"

  @Test
  void firstEvent_writtenJustAfterSubscribing_isNeverLost() {
    for (int i = 0; i < 1_000; i++) {
      RecordingListener heard = new RecordingListener();
      String sql =
          switch (i % 4) {
            case 0, 1 -> "SELECT id FROM n.t WHERE g = ?";
            case 2 -> "SELECT id FROM n.t WHERE g = ? ORDER BY id";
            default -> "SELECT id, rank() OVER (ORDER BY id) FROM n.t WHERE g = ?";
          };
      try (Subscription live = alice.subscribe(sql, ALL, heard, i)) {
        alice.execute("INSERT INTO n.t VALUES (?, ?, 0, 'x')", i, i);
        List<Row> rows = heard.awaitRows("row " + i, now -> !now.isEmpty());
        assertThat(rows).hasSize(1);
        assertThat(rows.get(0).get(0)).isEqualTo(i);
        assertThat(live.isOpen()).isTrue();
      }
      assertThat(heard.misfits()).isEmpty();
    }
  }

  // ---- "it crashes, or hangs, on close"

  @Test
  void close_inTheCallback_endsIt() throws InterruptedException {
    AtomicReference<Subscription> own = new AtomicReference<>();
    CountDownLatch known = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    ConcurrentLinkedQueue<ChangeEvent> heard = new ConcurrentLinkedQueue<>();
    Subscription live =
        alice.subscribe(
            "SELECT id FROM n.t",
            ALL,
            event -> {
              heard.add(event);
              await(known);
              own.get().close();
              own.get().close();
              if (event instanceof ChangeEvent.Closed) {
                closed.countDown();
              }
            });
    own.set(live);
    known.countDown();
    assertThat(closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    run(LAST);
    live.close();
    assertThat(live.isOpen()).isFalse();
    assertThat(heard.stream().map(event -> event.getClass().getSimpleName()))
        .containsExactly("Ready", "Closed");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void close_ofTheDatabaseInACallback_endsAll() {
    KalamDB own = KalamDB.openInMemory(KalamOptions.builder().durability(Durability.NONE).build());
    own.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    RecordingListener other = new RecordingListener();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    CountDownLatch done = new CountDownLatch(1);
    Session session = own.session();
    session.subscribe("SELECT count(*) FROM t", ALL, other);
    other.awaitReady();
    RecordingListener heard = new RecordingListener();
    session.subscribe(
        "SELECT id FROM t",
        ALL,
        event -> {
          heard.onEvent(event);
          if (event instanceof Changes) {
            try {
              own.close();
            } catch (Throwable t) {
              failure.set(t);
            }
            done.countDown();
          }
        });
    heard.awaitReady();
    session.execute("INSERT INTO t VALUES (1)");
    await(done);
    assertThat(failure.get()).isNull();
    assertThat(((KalamException) other.awaitClosed().error()).sqlState()).isEqualTo("57P01");
    assertThat(((KalamException) heard.awaitClosed().error()).sqlState()).isEqualTo("57P01");
    own.close();
  }

  @Test
  void close_whileDelivering_nothingButClosedComesAfterIt() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    Threads threads = new Threads();
    threads.start(
        () -> {
          try (Session writer = db.session("alice")) {
            for (int i = 0; !stop.get(); i++) {
              writer.execute(
                  "INSERT INTO n.t VALUES (?, 1, ?, 'x') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
                  i % 50,
                  i);
            }
          }
        });
    try {
      for (int i = 0; i < 300; i++) {
        AtomicBoolean afterClose = new AtomicBoolean();
        ConcurrentLinkedQueue<ChangeEvent> late = new ConcurrentLinkedQueue<>();
        RecordingListener heard = new RecordingListener();
        Subscription live =
            alice.subscribe(
                i % 2 == 0 ? "SELECT id, v FROM n.t" : "SELECT g, sum(v) FROM n.t GROUP BY g",
                ALL,
                event -> {
                  if (afterClose.get() && !(event instanceof ChangeEvent.Closed)) {
                    late.add(event);
                  }
                  heard.onEvent(event);
                });
        if (i % 3 > 0) {
          heard.awaitReady();
        }
        live.close();
        afterClose.set(true);
        live.close();
        heard.awaitClosed();
        assertThat(late).isEmpty();
        assertThat(heard.misfits()).isEmpty();
      }
    } finally {
      stop.set(true);
      threads.join();
    }
  }

  @Test
  void subscribe_whileTheDatabaseCloses_isRefusedOrEnded() throws Exception {
    for (int round = 0; round < 15; round++) {
      KalamDB own =
          KalamDB.openInMemory(KalamOptions.builder().durability(Durability.NONE).build());
      own.execute("CREATE TABLE t (id INT PRIMARY KEY)");
      List<RecordingListener> all = new ArrayList<>();
      CountDownLatch some = new CountDownLatch(20);
      Threads threads = new Threads();
      threads.start(
          () -> {
            try (Session session = own.session()) {
              while (true) {
                RecordingListener heard = new RecordingListener();
                session.subscribe("SELECT id FROM t", ALL, heard);
                all.add(heard);
                some.countDown();
              }
            } catch (KalamException e) {
              assertThat(e.sqlState()).isIn("57P01", "08003", "57014");
            } catch (IllegalStateException e) {
              assertThat(e).hasMessageContaining("closed");
            }
          });
      await(some);
      own.close();
      threads.join();
      for (RecordingListener heard : all) {
        heard.awaitClosed();
        assertThat(heard.misfits()).isEmpty();
      }
    }
  }

  // ---- "NULL breaks it"

  @Test
  void null_inUpdates_ofFiltersKeysOfGroupsAndJoins() {
    run("INSERT INTO n.t VALUES (1, 1, 1, 'a'), (2, NULL, 2, NULL), (3, 2, NULL, 'c')");
    try (Heard rows = new Heard("SELECT id, s FROM n.t WHERE g = 1");
        Heard nulls = new Heard("SELECT id FROM n.t WHERE g IS NULL");
        LiveQueryChecker groups =
            new LiveQueryChecker(alice, "SELECT g, count(*), sum(v) FROM n.t GROUP BY g");
        LiveQueryChecker pairs =
            new LiveQueryChecker(alice, "SELECT a.id, b.id FROM n.t a JOIN n.t b ON a.g = b.v");
        LiveQueryChecker left =
            new LiveQueryChecker(
                alice, "SELECT a.id, b.id FROM n.t a LEFT JOIN n.t b ON a.g = b.v");
        LiveQueryChecker distinct = new LiveQueryChecker(alice, "SELECT DISTINCT g, s FROM n.t");
        LiveQueryChecker again =
            new LiveQueryChecker(alice, "SELECT id, rank() OVER (ORDER BY g, s) FROM n.t")) {
      for (String update :
          List.of(
              "UPDATE n.t SET g = NULL WHERE id = 1",
              "UPDATE n.t SET g = 1 WHERE id = 2",
              "UPDATE n.t SET s = 'b' WHERE id = 2",
              "UPDATE n.t SET s = NULL WHERE id = 2",
              "UPDATE n.t SET v = NULL WHERE id = 2",
              "UPDATE n.t SET g = 1, s = NULL WHERE id = 1",
              "UPDATE n.t SET g = NULL",
              "UPDATE n.t SET g = v, s = 'z' WHERE id = 1",
              "DELETE FROM n.t WHERE g IS NULL")) {
        run(update);
        groups.check();
        pairs.check();
        left.check();
        distinct.check();
        again.check();
      }
      assertThat(rows.changesBefore("INSERT INTO n.t VALUES (999, 1, 1, 'last')"))
          .containsExactly(
              "LEAVE 1|a->",
              "ENTER ->2|null",
              "UPDATE 2|null->2|b",
              "UPDATE 2|b->2|null",
              "ENTER ->1|null",
              "LEAVE 1|null->",
              "LEAVE 2|null->",
              "ENTER ->1|z");
      RowChange toValue = rows.listener.rowChanges().get(2);
      RowChange toNull = rows.listener.rowChanges().get(3);
      assertThat(toValue.changedColumns()).containsExactly("s");
      assertThat(toNull.changedColumns()).containsExactly("s");
      nulls.listener.awaitChanges(6);
      assertThat(nulls.texts())
          .startsWith("ENTER ->1", "LEAVE 2->", "LEAVE 1->")
          .contains("ENTER ->3", "DELETE 3->");
    }
  }

  // ---- "filters are dropped, or parsed wrongly"

  /**
   * Rows are inserted, come, change, go and are deleted, inside the filter and outside of it: told
   * as plain rows, as a result that is kept, and as one that is run again.
   */
  private void follow(
      String type, String condition, String inside, String also, String outside, Object... values) {
    db.execute("CREATE USER TABLE n.f (id INT PRIMARY KEY, c " + type + ", x INT)");
    String where = " FROM n.f WHERE " + condition;
    try (Heard heard = new Heard("SELECT id, x" + where, values);
        LiveQueryChecker count =
            new LiveQueryChecker(alice, "SELECT count(*), sum(x)" + where, values);
        LiveQueryChecker again =
            new LiveQueryChecker(alice, "SELECT id, rank() OVER (ORDER BY id)" + where, values)) {
      List<String> statements =
          List.of(
              "INSERT INTO n.f VALUES (1, " + outside + ", 0)",
              "INSERT INTO n.f VALUES (2, " + inside + ", 0)",
              "UPDATE n.f SET x = 1 WHERE id = 1",
              "UPDATE n.f SET c = " + inside + " WHERE id = 1",
              "UPDATE n.f SET c = " + also + ", x = x + 1 WHERE id = 1",
              "UPDATE n.f SET c = " + also + " WHERE id = 2",
              "UPDATE n.f SET c = " + outside + " WHERE id = 2",
              "UPDATE n.f SET c = " + outside + ", x = 5 WHERE id = 2",
              "UPDATE n.f SET c = " + also + " WHERE id = 2",
              "DELETE FROM n.f WHERE id = 2",
              "DELETE FROM n.f WHERE id = 1",
              "INSERT INTO n.f VALUES (3, " + outside + ", 0)",
              "DELETE FROM n.f WHERE id = 3");
      for (String statement : statements) {
        run(statement);
        count.check();
        again.check();
      }
      assertThat(heard.changesBefore("INSERT INTO n.f VALUES (999, " + inside + ", 0)"))
          .as(condition)
          .containsExactly(
              "INSERT ->2|0",
              "ENTER ->1|1",
              "UPDATE 1|1->1|2",
              "LEAVE 2|0->",
              "ENTER ->2|5",
              "DELETE 2|5->",
              "DELETE 1|2->");
    }
    db.execute("DROP TABLE n.f");
  }

  @Test
  void filter_in() {
    follow("INT", "c IN (1, 2, 3)", "1", "3", "4");
    follow("INT", "c IN (?, ?)", "1", "3", "NULL", 1, 3);
    follow("TEXT", "c IN ('a', 'b', NULL)", "'a'", "'b'", "'c'");
    follow("INT", "c NOT IN (1, 2)", "3", "4", "2");
    follow("INT", "c = 1 OR c = 2", "1", "2", "3");
    follow("INT", "c IN (1, 2) AND x < 100", "1", "2", "3");
    follow("INT", "(id, c) IN ((1, 1), (1, 2), (2, 1), (2, 2), (999, 1))", "1", "2", "3");
  }

  @Test
  void filter_between() {
    follow("INT", "c BETWEEN 2 AND 4", "2", "4", "5");
    follow("INT", "c NOT BETWEEN ? AND ?", "1", "9", "3", 2, 4);
    follow("TEXT", "c BETWEEN 'b' AND 'd'", "'b'", "'czz'", "'e'");
    follow(
        "DATE",
        "c BETWEEN '2024-02-28' AND '2024-02-29'",
        "DATE '2024-02-29'",
        "DATE '2024-02-28'",
        "DATE '2024-03-01'");
  }

  @Test
  void filter_isNull() {
    follow("INT", "c IS NOT NULL", "1", "2", "NULL");
    follow("TEXT", "c IS NOT DISTINCT FROM NULL OR c = ''", "NULL", "''", "' '");
    follow("BOOLEAN", "c IS NOT TRUE", "FALSE", "NULL", "TRUE");
  }

  @Test
  void filter_like() {
    follow("TEXT", "c LIKE 'a%_z'", "'aXz'", "'a--z'", "'az'");
    follow("TEXT", "c ILIKE ?", "'HeLLo'", "'hello'", "'hell'", "hello%");
    follow("TEXT", "c NOT LIKE '%x%'", "'a'", "''", "'axa'");
    follow("TEXT", "c LIKE '10\\%'", "'10%'", "'10%'", "'100'");
  }

  @Test
  void filter_functionsAndCase() {
    follow("TEXT", "lower(c) = 'abc' AND length(c) = 3", "'ABC'", "'aBc'", "'abcd'");
    follow("INT", "abs(c) % 3 = 1", "1", "-4", "3");
    follow("INT", "coalesce(c, 7) = 7", "NULL", "7", "8");
    follow(
        "INT",
        "CASE WHEN c > 10 THEN 'big' WHEN c IS NULL THEN 'none' ELSE 'small' END <> 'small'",
        "11",
        "NULL",
        "10");
    follow("INT", "NOT (c > 1 AND c < 5)", "1", "5", "3");
  }

  @Test
  void filter_textComparison() {
    follow("TEXT", "c > 'B'", "'a'", "'É'", "'A'");
    follow("TEXT", "c = 'É'", "'É'", "U&'\\00C9'", "U&'E\\0301'");
    follow("VARCHAR(5)", "c = 'ab'", "'ab'", "'ab'", "'ab '");
    follow("TEXT", "c <> ''", "' '", "'a'", "''");
  }

  @Test
  void filter_json() {
    follow(
        "JSON",
        "c ->> 'k' = 'a'",
        "'{\"k\": \"a\"}'",
        "'{\"z\": 1, \"k\": \"a\"}'",
        "'{\"k\": \"b\"}'");
    follow(
        "JSON",
        "(c -> 'n' ->> 'm')::int > 3",
        "'{\"n\": {\"m\": 4}}'",
        "'{\"n\": {\"m\": 5}}'",
        "'{\"n\": {}}'");
    follow("JSON", "(c ->> 'f')::boolean", "'{\"f\": true}'", "'{\"f\": true, \"g\": 1}'", "NULL");
  }

  @Test
  void filter_decimal() {
    follow("DECIMAL(10, 3)", "c = 1.5", "1.500", "1.5", "1.501");
    follow("DECIMAL(20, 2)", "c > ?", "10.01", "99999999999999.99", "10.00", new BigDecimal("10"));
    follow("DECIMAL(10, 2)", "c IN (0.1, 0.2)", "0.10", "0.2", "0.3");
    follow("DOUBLE", "c = 0", "0.0", "-0.0", "1e-300");
  }

  @Test
  void filter_timestamps() {
    follow(
        "TIMESTAMP",
        "c >= '2024-02-29 12:00:00'",
        "TIMESTAMP '2024-02-29 12:00:00'",
        "TIMESTAMP '2024-03-01 00:00:00'",
        "TIMESTAMP '2024-02-29 11:59:59.999999'");
    follow(
        "TIMESTAMPTZ",
        "c = ?",
        "TIMESTAMPTZ '2024-01-01 01:00:00+01'",
        "TIMESTAMPTZ '2024-01-01 00:00:00Z'",
        "TIMESTAMPTZ '2024-01-01 00:00:00+01'",
        LocalDateTime.of(2024, 1, 1, 0, 0).toInstant(ZoneOffset.UTC));
    follow(
        "TIMESTAMP",
        "date_trunc('day', c) = '2024-02-29' AND extract(hour FROM c) < 6",
        "TIMESTAMP '2024-02-29 00:00:00'",
        "TIMESTAMP '2024-02-29 05:59:59'",
        "TIMESTAMP '2024-02-29 06:00:00'");
  }

  // ---- "events are dropped when I am slow"

  private static final int MANY = 10_000;

  /** A listener that lets the first event of changes wait until all has been written. */
  @ParameterizedTest
  @EnumSource(Overflow.class)
  void slowListener_tenThousandEvents_noSilentGap(Overflow overflow) throws Exception {
    CountDownLatch written = new CountDownLatch(1);
    ToldRows told = new ToldRows();
    // COALESCE keeps what the rows that changed come to, which 500 have room for.
    SubscriptionOptions options =
        ALL.withQueue(overflow == Overflow.COALESCE ? 500 : 200, overflow);
    try (Subscription live =
        alice.subscribe(
            "SELECT id, v FROM n.t",
            options,
            event -> {
              if (event instanceof Changes && overflow != Overflow.BLOCK) {
                await(written);
              }
              told.onEvent(event);
            })) {
      told.awaitReady();
      for (int i = 0; i < MANY; i++) {
        alice.execute(
            "INSERT INTO n.t VALUES (?, 1, ?, 'x') ON CONFLICT (id) DO UPDATE SET v = EXCLUDED.v",
            i % 100,
            i);
      }
      written.countDown();
      told.awaitRows(Sql.rows(alice, "SELECT id, v FROM n.t").stream().sorted().toList());
      assertThat(told.misfits()).isEmpty();
      switch (overflow) {
        case BLOCK -> {
          assertThat(told.changes()).hasSize(MANY);
          assertThat(told.resets()).isEmpty();
        }
        case COALESCE -> {
          assertThat(told.resets()).isEmpty();
          assertThat(told.changes()).hasSizeLessThan(MANY);
        }
        case RESET -> assertThat(told.resets()).isNotEmpty();
      }
      assertThat(live.isOpen()).isTrue();
    }
  }

  /** Whoever is not slow hears each of ten thousand commits, beside one who is. */
  @Test
  void slowListener_doesNotHarmOthers() {
    CountDownLatch last = new CountDownLatch(1);
    ToldRows told = new ToldRows();
    try (Subscription slow =
            alice.subscribe(
                "SELECT id FROM n.t",
                ALL.withQueue(10, Overflow.RESET),
                event -> {
                  if (event instanceof Changes) {
                    await(last);
                  }
                });
        Subscription quick =
            alice.subscribe(
                "SELECT id, v FROM n.t", ALL.withQueue(MANY * 2, Overflow.RESET), told)) {
      told.awaitReady();
      for (int i = 0; i < MANY; i++) {
        alice.execute("INSERT INTO n.t VALUES (?, 1, 1, 'x')", i);
      }
      told.awaitChanges(MANY);
      assertThat(told.resets()).isEmpty();
      assertThat(told.misfits()).isEmpty();
      assertThat(Stream.of(slow, quick)).allMatch(Subscription::isOpen);
      last.countDown();
    }
  }
}
