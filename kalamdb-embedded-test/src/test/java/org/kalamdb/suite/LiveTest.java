package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.suite.Sql.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Changes;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangeEvent.SnapshotRows;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Row;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Live queries from subscribing to the end, on tables of every kind, rows hot and cold. */
@ExtendWith(TemporaryDatabase.class)
class LiveTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();

  private KalamDB db;
  private Session alice;
  private final RecordingListener heard = new RecordingListener();

  @BeforeEach
  void open(KalamDB database) {
    db = database;
    db.execute("CREATE NAMESPACE chat");
    db.execute("CREATE USER TABLE chat.m (id BIGINT PRIMARY KEY, room TEXT, text TEXT, n INT)");
    db.execute(
        "CREATE SHARED TABLE chat.news (id BIGINT PRIMARY KEY, text TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
    db.execute("CREATE STREAM TABLE chat.typing (who TEXT, room TEXT) WITH (TTL_SECONDS = 600)");
    alice = db.session("alice");
  }

  @AfterEach
  void close() {
    alice.close();
  }

  private Subscription subscribe(String sql, Object... parameters) {
    Subscription live = alice.subscribe(sql, ALL, heard, parameters);
    heard.awaitReady();
    return live;
  }

  private void insert(long id, String room, Integer n) {
    alice.execute("INSERT INTO chat.m VALUES (?, ?, 't', ?)", id, room, n);
  }

  /** Every change heard until now: {@code INSERT null->1|a}. */
  private List<String> changes() {
    return heard.rowChanges().stream().map(LiveTest::text).collect(Collectors.toList());
  }

  private static String text(RowChange change) {
    return change.kind() + " " + text(change.oldRow()) + "->" + text(change.newRow());
  }

  private static String text(Row row) {
    return row == null ? "" : Sql.text(row);
  }

  @Test
  void events_ofOneTable_snapshotThenEachChange() {
    insert(1, "a", 1);
    db.execute("STORAGE FLUSH TABLE chat.m");
    insert(2, "b", null);
    try (Subscription live = subscribe("SELECT * FROM chat.m")) {
      assertThat(live.isOpen()).isTrue();
      List<ChangeEvent> start = heard.events();
      assertThat(start.get(start.size() - 1)).isInstanceOf(Ready.class);
      assertThat(heard.rows().stream().map(Sql::text))
          .containsExactlyInAnyOrder("1|a|t|1", "2|b|t|null");
      insert(3, "c", 3);
      alice.execute("UPDATE chat.m SET n = 10 WHERE id = 1");
      alice.execute("UPDATE chat.m SET n = 10 WHERE id = 1");
      alice.execute("UPDATE chat.m SET text = NULL WHERE id = 2");
      alice.execute("DELETE FROM chat.m WHERE id = 1");
      alice.execute("DELETE FROM chat.m WHERE id = 99");
      insert(4, null, null);
      List<Changes> events = heard.awaitChanges(5);
      assertThat(changes())
          .containsExactly(
              "INSERT ->3|c|t|3",
              "UPDATE 1|a|t|1->1|a|t|10",
              "UPDATE 2|b|t|null->2|b|null|null",
              "DELETE 1|a|t|10->",
              "INSERT ->4|null|t|null");
      assertThat(heard.rowChanges().get(1).changedColumns()).isEqualTo(Set.of("n"));
      assertThat(heard.rowChanges().get(0).changedColumns())
          .containsExactlyInAnyOrder("id", "room", "text", "n");
      assertThat(events).extracting(e -> e.seq().value()).isSorted().doesNotHaveDuplicates();
      assertThat(live.lastSeq()).isEqualTo(events.get(4).seq());
      assertThat(heard.misfits()).isEmpty();
    }
  }

  @Test
  void filter_rowsEnterAndLeave() {
    insert(1, "a", 1);
    insert(2, "b", 2);
    try (Subscription live =
        subscribe("SELECT id, n FROM chat.m WHERE room = ? AND n > ?", "a", 0)) {
      assertThat(heard.rows()).hasSize(1);
      alice.execute("UPDATE chat.m SET room = 'a' WHERE id = 2");
      alice.execute("UPDATE chat.m SET text = 'not seen' WHERE id = 1");
      alice.execute("UPDATE chat.m SET n = NULL WHERE id = 1");
      alice.execute("UPDATE chat.m SET n = 7 WHERE id = 1");
      alice.execute("UPDATE chat.m SET n = n + 1 WHERE id = 2");
      insert(3, "b", 1);
      insert(4, "a", null);
      alice.execute("DELETE FROM chat.m WHERE id = 3");
      alice.execute("DELETE FROM chat.m WHERE id = 2");
      heard.awaitChanges(5);
      assertThat(changes())
          .containsExactly(
              "ENTER ->2|2", "LEAVE 1|1->", "ENTER ->1|7", "UPDATE 2|2->2|3", "DELETE 2|3->");
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void keyChange_isSeenAsOneRowGoneAndOneNew() {
    insert(1, "a", 1);
    try (Subscription live = subscribe("SELECT id, room FROM chat.m")) {
      alice.execute("UPDATE chat.m SET id = 5 WHERE id = 1");
      heard.awaitRows("row 5", rows -> rows.size() == 1 && rows.get(0).getLong(0) == 5);
      assertThat(heard.changes()).hasSize(1);
      assertThat(heard.misfits()).isEmpty();
      assertThat(live.sql()).contains("chat.m");
    }
  }

  @Test
  void transaction_isOneEventOfItsNetChanges() {
    insert(1, "a", 1);
    try (Subscription live = subscribe("SELECT id, n FROM chat.m")) {
      alice.execute("BEGIN");
      insert(2, "a", 2);
      alice.execute("UPDATE chat.m SET n = 3 WHERE id = 2");
      alice.execute("DELETE FROM chat.m WHERE id = 1");
      insert(3, "a", 3);
      alice.execute("DELETE FROM chat.m WHERE id = 3");
      alice.execute("COMMIT");
      alice.execute("BEGIN");
      insert(9, "a", 9);
      alice.execute("ROLLBACK");
      alice.execute("INSERT INTO chat.m (id, n) VALUES (4, 4), (5, 5)");
      List<Changes> events = heard.awaitChanges(2);
      assertThat(events.get(0).changes().stream().map(LiveTest::text))
          .containsExactlyInAnyOrder("INSERT ->2|3", "DELETE 1|1->");
      assertThat(events.get(1).changes().stream().map(LiveTest::text))
          .containsExactly("INSERT ->4|4", "INSERT ->5|5");
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void flush_isNoChange_andColdRowsChangeLikeHotOnes() {
    insert(1, "a", 1);
    insert(2, "a", 2);
    try (Subscription live = subscribe("SELECT id, n FROM chat.m")) {
      db.execute("STORAGE FLUSH TABLE chat.m");
      alice.execute("UPDATE chat.m SET n = 5 WHERE id = 1");
      db.execute("STORAGE FLUSH TABLE chat.m");
      alice.execute("DELETE FROM chat.m WHERE id = 1");
      db.execute("STORAGE FLUSH TABLE chat.m");
      insert(3, "a", 3);
      heard.awaitChanges(3);
      assertThat(changes()).containsExactly("UPDATE 1|1->1|5", "DELETE 1|5->", "INSERT ->3|3");
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void otherUsersRows_areNeverHeard() {
    try (Session bob = db.session("bob");
        Session capital = db.session("Alice")) {
      bob.execute("INSERT INTO chat.m VALUES (1, 'a', 'bob', 1)");
      try (Subscription live = subscribe("SELECT id, text FROM chat.m")) {
        bob.execute("INSERT INTO chat.m VALUES (2, 'a', 'bob', 1)");
        capital.execute("INSERT INTO chat.m VALUES (2, 'a', 'Alice', 1)");
        bob.execute("UPDATE chat.m SET n = 5");
        bob.execute("DELETE FROM chat.m");
        insert(2, "a", 1);
        heard.awaitChanges(1);
        assertThat(changes()).containsExactly("INSERT ->2|t");
        assertThat(heard.events())
            .filteredOn(SnapshotRows.class::isInstance)
            .allSatisfy(event -> assertThat(((SnapshotRows) event).rows()).isEmpty());
        assertThat(live.isOpen()).isTrue();
      }
    }
  }

  @Test
  void sharedTable_isHeardByEveryUser() {
    db.execute("INSERT INTO chat.news VALUES (1, 'old')");
    RecordingListener bobs = new RecordingListener();
    try (Session bob = db.session("bob");
        Subscription live = subscribe("SELECT * FROM chat.news");
        Subscription other = bob.subscribe("SELECT text FROM chat.news WHERE id >= 2", ALL, bobs)) {
      bobs.awaitReady();
      db.execute("INSERT INTO chat.news VALUES (2, 'new')");
      db.execute("UPDATE chat.news SET text = 'newer' WHERE id = 2");
      heard.awaitChanges(2);
      bobs.awaitChanges(2);
      assertThat(heard.rows().stream().map(Sql::text))
          .containsExactlyInAnyOrder("1|old", "2|newer");
      assertThat(bobs.rows().stream().map(Sql::text)).containsExactly("newer");
      assertThat(live.id()).isNotEqualTo(other.id());
    }
  }

  @Test
  void streamTable_eventsAreHeardAsInserts() {
    alice.execute("INSERT INTO chat.typing VALUES ('ann', 'a')");
    try (Session bob = db.session("bob");
        Subscription live = subscribe("SELECT who FROM chat.typing WHERE room = 'a'")) {
      assertThat(heard.rows().stream().map(Sql::text)).containsExactly("ann");
      bob.execute("INSERT INTO chat.typing VALUES ('bob', 'a')");
      alice.execute("INSERT INTO chat.typing VALUES ('x', 'b')");
      alice.execute("INSERT INTO chat.typing VALUES ('ann', 'a'), ('cy', 'a')");
      heard.awaitChanges(1);
      assertThat(changes()).containsExactly("INSERT ->ann", "INSERT ->cy");
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void lastRows_startsWithTheEndAndThenHearsEverything() {
    for (int i = 1; i <= 20; i++) {
      insert(i, i % 2 == 0 ? "even" : "odd", i);
      if (i == 12) {
        db.execute("STORAGE FLUSH TABLE chat.m");
      }
    }
    try (Subscription live =
        alice.subscribe(
            "SELECT id FROM chat.m WHERE room = 'even'", SubscriptionOptions.lastRows(6), heard)) {
      heard.awaitReady();
      assertThat(heard.rows().stream().map(row -> row.getLong(0)).sorted())
          .containsExactly(10L, 12L, 14L, 16L, 18L, 20L);
      insert(22, "even", 1);
      assertThat(heard.awaitChanges(1)).hasSize(1);
      assertThat(live.isOpen()).isTrue();
    }
    RecordingListener none = new RecordingListener();
    try (Subscription live =
        alice.subscribe("SELECT id FROM chat.m", SubscriptionOptions.lastRows(0), none)) {
      none.awaitReady();
      assertThat(none.rows()).isEmpty();
      insert(30, "x", 1);
      none.awaitChanges(1);
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void batchSize_boundsSnapshotEvents() {
    for (int i = 0; i < 25; i++) {
      insert(i, "a", i);
    }
    try (Subscription live =
        alice.subscribe("SELECT id FROM chat.m", ALL.withBatchSize(10), heard)) {
      heard.awaitReady();
      List<Integer> sizes =
          heard.events().stream()
              .filter(SnapshotRows.class::isInstance)
              .map(event -> ((SnapshotRows) event).rows().size())
              .collect(Collectors.toList());
      assertThat(sizes).allMatch(size -> size <= 10);
      assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(25);
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void expressionsInFilterAndProjection_followSql() {
    try (Subscription live =
        subscribe(
            "SELECT id * 2 AS twice, upper(room) AS room FROM chat.m"
                + " WHERE (n BETWEEN 1 AND 5 OR n IS NULL) AND room LIKE 'a%' AND id IN (1, 2, 3)")) {
      insert(1, "ab", 3);
      insert(2, "b", 3);
      insert(3, "a", null);
      insert(4, "a", 1);
      alice.execute("UPDATE chat.m SET room = 'AB' WHERE id = 1");
      alice.execute("UPDATE chat.m SET n = 6 WHERE id = 3");
      heard.awaitChanges(4);
      assertThat(changes())
          .containsExactly("INSERT ->2|AB", "INSERT ->6|A", "LEAVE 2|AB->", "LEAVE 6|A->");
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void seam_underFourWriters_hasNoGapAndNoDuplicate() throws Exception {
    int writers = 4;
    AtomicBoolean enough = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(writers);
    Threads threads = new Threads();
    for (int w = 0; w < writers; w++) {
      int writer = w;
      threads.start(
          () -> {
            try (Session s = db.session("alice")) {
              begun.countDown();
              Random random = new Random(writer);
              for (int i = 0; i < 20_000 && !enough.get(); i++) {
                long id = writer * 1000L + random.nextInt(40);
                if (random.nextInt(3) == 0) {
                  s.execute("DELETE FROM chat.m WHERE id = ?", id);
                } else {
                  s.execute(
                      "INSERT INTO chat.m VALUES (?, ?, 't', ?) ON CONFLICT (id) DO UPDATE"
                          + " SET n = EXCLUDED.n, room = EXCLUDED.room",
                      id,
                      i % 2 == 0 ? "a" : "b",
                      i);
                }
              }
            }
          });
    }
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
    List<RecordingListener> all = new ArrayList<>();
    List<RecordingListener> filtered = new ArrayList<>();
    List<Subscription> subscriptions = new ArrayList<>();
    // Wide queues: a reset would be no gap, and no proof either.
    SubscriptionOptions wide = ALL.withQueue(100_000, SubscriptionOptions.Overflow.RESET);
    try (Session subscriber = db.session("alice")) {
      for (int i = 0; i < 30; i++) {
        RecordingListener one = new RecordingListener();
        RecordingListener two = new RecordingListener();
        subscriptions.add(subscriber.subscribe("SELECT id, room, n FROM chat.m", wide, one));
        subscriptions.add(
            subscriber.subscribe("SELECT id, n FROM chat.m WHERE room = 'a'", wide, two));
        all.add(one);
        filtered.add(two);
        if (i % 10 == 5) {
          db.execute("STORAGE FLUSH TABLE chat.m");
        }
        one.awaitReady();
      }
      enough.set(true);
      threads.join();
      List<Row> rows = subscriber.query("SELECT id, room, n FROM chat.m").list();
      List<Row> inRoom = subscriber.query("SELECT id, n FROM chat.m WHERE room = 'a'").list();
      for (int i = 0; i < all.size(); i++) {
        all.get(i).awaitRows("all rows, " + i, now -> sameRows(now, rows));
        filtered.get(i).awaitRows("filtered rows, " + i, now -> sameRows(now, inRoom));
        assertThat(all.get(i).misfits()).isEmpty();
        assertThat(filtered.get(i).misfits()).isEmpty();
        assertThat(all.get(i).events()).noneMatch(ChangeEvent.Reset.class::isInstance);
        assertThat(all.get(i).changes())
            .extracting(e -> e.seq().value())
            .isSorted()
            .doesNotHaveDuplicates();
      }
    } finally {
      subscriptions.forEach(Subscription::close);
    }
  }

  private static boolean sameRows(List<Row> some, List<Row> others) {
    return some.stream()
        .map(Sql::text)
        .sorted()
        .collect(Collectors.toList())
        .equals(others.stream().map(Sql::text).sorted().collect(Collectors.toList()));
  }

  @Test
  void close_endsEventsWithClosed_andIsIdempotent() {
    Subscription live = subscribe("SELECT id FROM chat.m");
    live.close();
    live.close();
    Closed closed = heard.awaitClosed();
    assertThat(closed.error()).isNull();
    assertThat(live.isOpen()).isFalse();
    insert(1, "a", 1);
    // Another subscription hears the row; by then the closed one would have.
    RecordingListener other = new RecordingListener();
    try (Subscription second = alice.subscribe("SELECT id FROM chat.m", ALL, other)) {
      other.awaitReady();
      insert(2, "a", 1);
      other.awaitChanges(1);
      assertThat(second.isOpen()).isTrue();
    }
    assertThat(heard.changes()).isEmpty();
    assertThat(heard.misfits()).isEmpty();
  }

  @Test
  void subscription_outlivesItsSession() {
    try (Session session = db.session("alice");
        Subscription live = session.subscribe("SELECT id FROM chat.m", ALL, heard)) {
      session.close();
      heard.awaitReady();
      insert(1, "a", 1);
      heard.awaitChanges(1);
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void throwingListener_harmsNobody() {
    RecordingListener other = new RecordingListener();
    try (Subscription bad =
            alice.subscribe(
                "SELECT id FROM chat.m",
                ALL,
                event -> {
                  heard.onEvent(event);
                  throw new IllegalStateException("on purpose");
                });
        Subscription good = alice.subscribe("SELECT id FROM chat.m", ALL, other)) {
      insert(1, "a", 1);
      insert(2, "a", 1);
      heard.awaitRows("both rows at the bad one", rows -> rows.size() == 2);
      other.awaitRows("both rows at the good one", rows -> rows.size() == 2);
      assertThat(good.isOpen()).isTrue();
      assertThat(bad.isOpen()).isTrue();
    }
  }

  @Test
  void slowListener_getsAResetAndCatchesUp() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    SubscriptionOptions narrow = ALL.withQueue(5, SubscriptionOptions.Overflow.RESET);
    try (Subscription live =
        alice.subscribe(
            "SELECT id FROM chat.m",
            narrow,
            event -> {
              heard.onEvent(event);
              if (event instanceof Changes) {
                try {
                  release.await(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            })) {
      heard.awaitReady();
      // The first change holds the listener; only then do the others overrun its queue.
      insert(0, "a", 0);
      heard.awaitChanges(1);
      for (int i = 1; i < 50; i++) {
        insert(i, "a", i);
      }
      release.countDown();
      heard.await("Reset", ChangeEvent.Reset.class::isInstance);
      heard.awaitRows("50 rows", rows -> rows.size() == 50);
      insert(100, "a", 1);
      heard.awaitRows("51 rows", rows -> rows.size() == 51);
      assertThat(heard.misfits()).isEmpty();
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void eventsAfterReopen_areHeard(TestDatabase database) {
    insert(1, "a", 1);
    Subscription before = subscribe("SELECT id FROM chat.m");
    database.closeDatabase();
    assertThat(heard.awaitClosed()).isNotNull();
    assertThat(before.isOpen()).isFalse();
    before.close();
    RecordingListener after = new RecordingListener();
    try (Session again = database.db().session("alice");
        Subscription live = again.subscribe("SELECT id FROM chat.m", ALL, after)) {
      after.awaitReady();
      assertThat(after.rows().stream().map(Sql::text)).containsExactly("1");
      again.execute("INSERT INTO chat.m (id) VALUES (2)");
      Changes change = after.awaitChanges(1).get(0);
      assertThat(change.seq()).isGreaterThan(heard.awaitReady().seq());
      assertThat(live.isOpen()).isTrue();
    }
  }

  @Test
  void dropTable_isRefusedWhileSubscribed_andForceEndsIt() {
    Subscription live = subscribe("SELECT id FROM chat.m");
    refused("55006", () -> db.execute("DROP TABLE chat.m"));
    insert(1, "a", 1);
    heard.awaitChanges(1);
    db.execute("DROP TABLE chat.m FORCE");
    Closed closed = heard.awaitClosed();
    assertThat(closed.reason()).isNotEmpty();
    assertThat(live.isOpen()).isFalse();
    live.close();
    refused("42P01", () -> alice.query("SELECT * FROM chat.m"));
    db.execute("CREATE USER TABLE chat.m (id BIGINT PRIMARY KEY)");
    db.execute("DROP TABLE chat.m");
  }

  @Test
  void dropTable_afterClose_isAllowed() {
    subscribe("SELECT id FROM chat.m").close();
    db.execute("DROP TABLE chat.m");
  }

  @Test
  void bindingErrors_areThrownBySubscribe() {
    refused("42P01", () -> alice.subscribe("SELECT * FROM chat.nope", ALL, heard));
    refused("42703", () -> alice.subscribe("SELECT nope FROM chat.m", ALL, heard));
    refused("42703", () -> alice.subscribe("SELECT id FROM chat.m WHERE nope = 1", ALL, heard));
    refused("42P02", () -> alice.subscribe("SELECT id FROM chat.m WHERE id = ?", ALL, heard));
    refused("0A000", () -> alice.subscribe("SELECT 1", ALL, heard));
    refused("0A000", () -> db.session().subscribe("TABLE system.jobs", ALL, heard));
    refused("42809", () -> alice.subscribe("DELETE FROM chat.m", ALL, heard));
    assertThatThrownBy(() -> alice.subscribe("SELECT id FROM chat.m", ALL, null))
        .isInstanceOf(NullPointerException.class);
    assertThat(heard.events()).isEmpty();
  }

  @Test
  void filterThatFails_endsTheSubscriptionOrSkipsTheRow_neverDeliversAll() {
    insert(1, "a", 1);
    try (Subscription live = subscribe("SELECT id FROM chat.m WHERE 10 / n > 1")) {
      insert(2, "a", 5);
      heard.awaitRows("row 2", rows -> rows.size() == 2);
      insert(3, "a", 0);
      insert(4, "a", 100);
      Closed closed = heard.awaitClosed();
      assertThat(closed.error()).isNotNull();
      assertThat(heard.rows().stream().map(Sql::text)).containsExactlyInAnyOrder("1", "2");
      assertThat(live.isOpen()).isFalse();
    }
    // The writer does not suffer from it.
    assertThat(Sql.count(alice, "chat.m")).isEqualTo(4);
  }

  @Test
  void kinds_ofUpsert_areInsertThenUpdate() {
    try (Subscription live = subscribe("SELECT id, n FROM chat.m")) {
      String upsert =
          "INSERT INTO chat.m (id, n) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n";
      alice.execute(upsert, 1);
      alice.execute(upsert, 2);
      alice.execute("DELETE FROM chat.m");
      alice.execute(upsert, 3);
      heard.awaitChanges(4);
      assertThat(heard.rowChanges())
          .extracting(RowChange::kind)
          .containsExactly(Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.INSERT);
      assertThat(live.isOpen()).isTrue();
    }
  }
}
