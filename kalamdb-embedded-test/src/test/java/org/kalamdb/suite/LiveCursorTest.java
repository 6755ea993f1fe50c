package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.LiveCursor;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.TestDatabase;

/** Named places in live queries, over closing, killing, and misuse. */
class LiveCursorTest {
  private static final SubscriptionOptions ALL = SubscriptionOptions.defaults();
  private static final String SQL = "SELECT id, n FROM k.t";

  private TestDatabase database;
  private KalamDB db;
  private Session alice;
  private ToldRows told = new ToldRows();

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    db = database.db();
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT)");
    alice = db.session("alice");
  }

  @AfterEach
  void close() {
    alice.close();
    database.close();
  }

  private void reopen() {
    alice.close();
    db = database.reopen();
    alice = db.session("alice");
  }

  private Subscription subscribe(String sql, ChangeListener listener, Object... parameters) {
    return alice.cursor("c").subscribe(sql, ALL, listener, parameters);
  }

  @Test
  void cursor_goesOnWhereItStopped_andAfterReopening() {
    alice.execute("INSERT INTO k.t VALUES (1, 1), (2, 1)");
    assertThat(alice.cursor("c").position()).isEmpty();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
      alice.execute("INSERT INTO k.t VALUES (3, 1)");
      told.awaitChanges(1);
    }
    assertThat(alice.cursor("c").position()).contains(alice.lastCommit());
    alice.execute("DELETE FROM k.t WHERE id = 1");
    told.resumes();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
      assertThat(told.texts()).containsExactly("DELETE 1|1->");
    }
    alice.execute("UPDATE k.t SET n = 2 WHERE id = 2");
    SeqId last = alice.lastCommit();
    reopen();
    told.resumes();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
      assertThat(told.texts()).containsExactly("UPSERT ->2|2");
    }
    assertThat(alice.cursor("c").position().orElseThrow()).isGreaterThanOrEqualTo(last);
    assertThat(told.resets()).isEmpty();
    assertThat(told.misfits()).isEmpty();
  }

  @Test
  void cursor_openWhenDatabaseCloses_isWritten() {
    Subscription live = subscribe(SQL, told);
    told.awaitReady();
    alice.execute("INSERT INTO k.t VALUES (1, 1)");
    told.awaitChanges(1);
    reopen();
    assertThat(live.isOpen()).isFalse();
    alice.execute("INSERT INTO k.t VALUES (2, 2)");
    told.resumes();
    try (Subscription again = subscribe(SQL, told)) {
      told.awaitReady();
      assertThat(told.texts()).containsExactly("UPSERT ->2|2");
    }
  }

  @Test
  void cursor_isTheUsers() {
    try (Subscription live = subscribe(SQL, told);
        Session bob = db.session("bob")) {
      told.awaitReady();
      assertThat(bob.cursor("c").position()).isEmpty();
      assertThat(db.session().cursor("c").position()).isEmpty();
      ToldRows other = new ToldRows();
      try (Subscription own = bob.cursor("c").subscribe(SQL, ALL, other)) {
        other.awaitReady();
      }
    }
  }

  @Test
  void cursor_inUse_isRefused() {
    LiveCursor cursor = alice.cursor("c");
    try (Subscription live = subscribe(SQL, told)) {
      refused("55006", () -> subscribe(SQL, new ToldRows()));
      refused("55006", cursor::reset);
      refused("55006", cursor::delete);
    }
    told.resumes();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
    }
  }

  @Test
  void cursor_otherQueryOrParameters_startsAnew() {
    alice.execute("INSERT INTO k.t VALUES (1, 1)");
    try (Subscription live = subscribe("SELECT id FROM k.t WHERE n = ?", told, 1)) {
      told.awaitReady();
    }
    try (Subscription live = subscribe("SELECT id FROM k.t WHERE n = ?", told, 2)) {
      told.awaitReset();
      told.awaitReady();
    }
    try (Subscription live = subscribe(SQL, told)) {
      told.await("a second reset", t -> t.resets().size() == 2);
      told.awaitRows(List.of("1|1"));
    }
    assertThat(told.resets().get(1)).contains("another query");
    // The same query in other words of SUBSCRIBE.
    told.resumes();
    try (Subscription live = subscribe("SUBSCRIBE TO " + SQL + " OPTIONS (batch_size = 5)", told)) {
      told.awaitReady();
    }
    assertThat(told.resets()).hasSize(2);
    assertThat(told.misfits()).isEmpty();
  }

  @Test
  void cursor_resetAndDelete() {
    alice.execute("INSERT INTO k.t VALUES (1, 1)");
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
    }
    alice.cursor("c").reset();
    assertThat(alice.cursor("c").position()).isEmpty();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReset();
      told.awaitRows(List.of("1|1"));
    }
    alice.cursor("c").delete();
    reopen();
    assertThat(alice.cursor("c").position()).isEmpty();
    told = new ToldRows();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
      assertThat(told.resets()).isEmpty();
      assertThat(told.rows()).containsExactly("1|1");
    }
  }

  @Test
  void cursor_droppedTable() {
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReady();
    }
    db.execute("DROP TABLE k.t");
    refused("42P01", () -> subscribe(SQL, told));
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT)");
    told.resumes();
    try (Subscription live = subscribe(SQL, told)) {
      told.awaitReset();
      told.awaitReady();
    }
  }

  @Test
  void cursor_listenerThatFails_isToldAgain() {
    Subscription live =
        subscribe(
            SQL,
            event -> {
              told.onEvent(event);
              if (event instanceof ChangeEvent.Changes changes
                  && changes.changes().get(0).newRow().getLong(0) == 2) {
                throw new IllegalStateException("not this one");
              }
            });
    told.awaitReady();
    alice.execute("INSERT INTO k.t VALUES (1, 1)");
    SeqId first = alice.lastCommit();
    alice.execute("INSERT INTO k.t VALUES (2, 1)");
    alice.execute("INSERT INTO k.t VALUES (3, 1)");
    told.awaitChanges(3);
    live.close();
    assertThat(alice.cursor("c").position()).contains(first);
    ToldRows again = new ToldRows();
    again.resumes();
    try (Subscription second = subscribe(SQL, again)) {
      again.awaitReady();
      assertThat(again.texts()).containsExactly("INSERT ->2|1", "INSERT ->3|1");
    }
  }

  @Test
  void cursor_snapshotNotToldToItsEnd_startsOver() {
    alice.execute("INSERT INTO k.t VALUES (1, 1)");
    List<ChangeEvent> heard = new ArrayList<>();
    Subscription[] live = new Subscription[1];
    Object registered = new Object();
    synchronized (registered) {
      live[0] =
          subscribe(
              SQL,
              event -> {
                synchronized (registered) {
                  heard.add(event);
                  live[0].close();
                  registered.notifyAll();
                }
              });
      while (heard.isEmpty()) {
        try {
          registered.wait();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
    assertThat(heard.get(0)).isInstanceOf(ChangeEvent.SnapshotRows.class);
    assertThat(alice.cursor("c").position()).isEqualTo(Optional.empty());
    try (Subscription again = subscribe(SQL, told)) {
      told.awaitReset();
      told.awaitRows(List.of("1|1"));
    }
  }

  @Test
  void cursor_wrongNamesAndOptions_areRefused() {
    refused("22023", () -> alice.cursor(""));
    refused("22023", () -> alice.cursor("é".repeat(129)));
    refused("22023", () -> alice.cursor("a\u0000b"));
    refused("22023", () -> alice.cursor("\ud800"));
    assertThat(alice.cursor("é".repeat(128)).position()).isEmpty();
    refused(
        "22023",
        () -> alice.cursor("c").subscribe(SQL, SubscriptionOptions.from(SeqId.ZERO), told));
    refused("22023", () -> subscribe("SUBSCRIBE TO k.t OPTIONS (from = 1)", told));
    refused("42601", () -> subscribe("SELECT FROM WHERE", told));
    assertThat(alice.cursor("c").position()).isEmpty();
  }

  /** Kills a process that writes and listens; what comes next leaves nothing out. */
  @Test
  void cursor_killedProcess_goesOnWithoutAGap(@TempDir Path directory) throws Exception {
    long seed = Long.getLong("kalamdb.live.seed", 1L);
    System.out.println("LiveCursorTest: seed " + seed);
    Random random = new Random(seed);
    Path data = directory.resolve("db");
    try (KalamDB made = KalamDB.open(data)) {
      made.execute("CREATE NAMESPACE k");
      made.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT)");
    }
    TreeSet<Long> heard = new TreeSet<>();
    long next = 1;
    for (int round = 0; round < 5; round++) {
      boolean reset = false;
      Long firstOfRound = null;
      long lastBefore = heard.isEmpty() ? 0 : heard.last();
      try (ChildJvm child = new ChildJvm(CursorProgram.class, data.toString(), "" + next)) {
        int lines = 50 + random.nextInt(200);
        for (String line = child.readLine(); line != null; line = child.readLine()) {
          if (line.startsWith("told ")) {
            long id = Long.parseLong(line.substring(5));
            firstOfRound = firstOfRound == null ? (Long) id : firstOfRound;
            heard.add(id);
          }
          reset |= line.equals("reset");
          if (--lines == 0) {
            child.kill(); // what it has printed is still read
          }
        }
      }
      assertThat(reset).as("reset in round " + round).isFalse();
      assertThat(firstOfRound).as("first of round " + round).isNotNull();
      assertThat(firstOfRound).isLessThanOrEqualTo(lastBefore + 1);
      try (KalamDB now = KalamDB.open(data);
          Session s = now.session("alice")) {
        Object greatest = Sql.value(s, "SELECT max(id) FROM k.t");
        next = greatest == null ? 1 : (Long) greatest + 1;
        assertThat(heard.last()).isLessThan(next);
        long place = s.cursor("c").position().orElseThrow().value();
        List<Long> missed = new ArrayList<>();
        for (ChangeEvent.Changes changes : s.changesSince(new SeqId(place), SQL).changes()) {
          changes.changes().forEach(c -> missed.add(c.newRow().getLong(0)));
        }
        TreeSet<Long> all = new TreeSet<>(heard);
        all.addAll(missed);
        assertThat(all).hasSize((int) (next - 1));
      }
    }
  }
}
