package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.ChangeEvent;
import org.kalamdb.live.ChangeEvent.Closed;
import org.kalamdb.live.ChangeEvent.Kind;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.live.ChangesSince;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;
import org.kalamdb.test.LiveQueryChecker;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Live queries of all users' rows, as another user, and of rights that are taken away. */
@ExtendWith(TemporaryDatabase.class)
class LiveRolesTest {
  private static final SubscriptionOptions DEFAULTS = SubscriptionOptions.defaults();
  private static final String ALL = "SELECT _user_id, id, v FROM ALL USERS OF n.t";

  private static void makeTables(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT, g TEXT)");
    db.execute("CREATE TABLE n.shown (id INT PRIMARY KEY, v TEXT) WITH (ACCESS_LEVEL = 'PUBLIC')");
  }

  private static void as(KalamDB db, String user, String sql) {
    try (Session session = db.session(user)) {
      session.execute(sql);
    }
  }

  // ---- all users

  @Test
  void allUsers_changesOfAnybody_areToldWithTheUser(KalamDB db) {
    makeTables(db);
    as(db, "alice", "INSERT INTO n.t VALUES (1, 1, 'a')");
    RecordingListener listener = new RecordingListener();
    try (Session service = db.session(Role.SERVICE);
        Subscription subscription =
            service.subscribe("SUBSCRIBE TO " + ALL + " WHERE v < 100", DEFAULTS, listener)) {
      listener.awaitReady();
      assertThat(listener.rows()).extracting(Sql::text).containsExactly("alice|1|1");
      as(db, "bob", "INSERT INTO n.t VALUES (1, 2, 'b')");
      as(db, "alice", "UPDATE n.t SET v = 3");
      as(db, "bob", "UPDATE n.t SET v = 100");
      as(db, "alice", "DELETE FROM n.t");
      as(db, "carol", "INSERT INTO n.t VALUES (1, 200, 'c')");
      service.execute(
          "BEGIN; INSERT INTO n.t AS USER 'x' VALUES (5, 5, 'x');"
              + " INSERT INTO n.t AS USER 'y' VALUES (5, 6, 'y'); COMMIT");
      List<ChangeEvent.Changes> changes = listener.awaitChanges(5);
      List<String> told = new ArrayList<>();
      for (ChangeEvent.Changes commit : changes) {
        StringBuilder text = new StringBuilder();
        for (RowChange change : commit.changes()) {
          text.append(change.kind())
              .append(' ')
              .append(change.newRow() == null ? "" : Sql.text(change.newRow()))
              .append(';');
        }
        told.add(text.toString());
      }
      assertThat(told)
          .containsExactly(
              Kind.INSERT + " bob|1|2;",
              Kind.UPDATE + " alice|1|3;",
              Kind.LEAVE + " ;",
              Kind.DELETE + " ;",
              Kind.INSERT + " x|5|5;" + Kind.INSERT + " y|5|6;");
      assertThat(listener.misfits()).isEmpty();
      assertThat(subscription.isOpen()).isTrue();
    }
  }

  @Test
  void allUsers_ofOne_hearsOfThatOneOnly(KalamDB db) {
    makeTables(db);
    RecordingListener listener = new RecordingListener();
    try (Session service = db.session(Role.SERVICE);
        Subscription subscription =
            service.subscribe(ALL + " WHERE _user_id = 'bob'", DEFAULTS, listener)) {
      listener.awaitReady();
      as(db, "alice", "INSERT INTO n.t VALUES (1, 1, 'a')");
      as(db, "bob", "INSERT INTO n.t VALUES (1, 2, 'b')");
      assertThat(listener.awaitChanges(1).get(0).changes()).hasSize(1);
      assertThat(listener.rows()).extracting(Sql::text).containsExactly("bob|1|2");
      String plan =
          String.join(
              "\n", Sql.rows(service, "EXPLAIN SUBSCRIBE TO " + ALL + " WHERE _user_id = 'bob'"));
      assertThat(plan).contains("each changed row", "all users of n.t", "_user_id = constant");
    }
  }

  @Test
  void allUsers_resumed_tellsWhatWasMissed(TestDatabase database) {
    KalamDB db = database.db();
    makeTables(db);
    as(db, "alice", "INSERT INTO n.t VALUES (1, 1, 'a')");
    SeqId from;
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t VALUES (2, 2, 'a')");
      from = alice.lastCommit();
    }
    as(db, "bob", "INSERT INTO n.t VALUES (1, 5, 'b')");
    as(db, "alice", "DELETE FROM n.t WHERE id = 1");
    try (Session service = db.session(Role.SERVICE)) {
      ChangesSince missed = service.changesSince(from, ALL);
      assertThat(missed.changes()).hasSize(2);
    }
    // Not from the feed any more, but from rows and deleted rows.
    try (Session service = database.reopen().session(Role.SERVICE)) {
      ChangesSince missed = service.changesSince(from, ALL);
      assertThat(missed.lost()).isNull();
      assertThat(missed.changes()).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ALL,
        ALL + " WHERE v % 3 = 0",
        "SELECT _user_id, count(*), sum(v) FROM ALL USERS OF n.t GROUP BY _user_id",
        "SELECT count(*) FROM ALL USERS OF n.t WHERE v > 10",
        ALL + " ORDER BY v DESC, _user_id, id LIMIT 5",
        "SELECT a._user_id, a.id, s.v FROM ALL USERS OF n.t a JOIN n.shown s ON s.id = a.id",
        "SELECT DISTINCT v FROM ALL USERS OF n.t",
        "SELECT _user_id, v, rank() OVER (ORDER BY v, _user_id, id) FROM ALL USERS OF n.t",
        "SELECT a._user_id, a.id, o.v FROM ALL USERS OF n.t a LEFT JOIN n.t o ON o.id = a.id"
      })
  void allUsers_concurrentWriters_snapshotAndChangesGiveTheQuery(String sql) throws Exception {
    long seed = 7;
    System.out.println("LiveRolesTest: seed " + seed);
    try (TestDatabase database = TestDatabase.create()) {
      KalamDB db = database.db();
      makeTables(db);
      db.execute("INSERT INTO n.shown VALUES (1, 'one'), (2, 'two'), (30, 'thirty')");
      ExecutorService writers = Executors.newFixedThreadPool(4);
      try (Session service = db.session(new UserId("user1"), Role.SERVICE)) {
        List<Future<?>> running = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
          Random random = new Random(seed + w);
          running.add(writers.submit(() -> write(db, random)));
        }
        // In the middle of the writers, several times.
        List<LiveQueryChecker> checkers = new ArrayList<>();
        try {
          for (int i = 0; i < 3; i++) {
            checkers.add(new LiveQueryChecker(service, sql));
            db.execute("STORAGE FLUSH TABLE n.t");
          }
          for (Future<?> writer : running) {
            writer.get(60, TimeUnit.SECONDS);
          }
          for (LiveQueryChecker checker : checkers) {
            checker.check();
            assertThat(checker.misfits()).isEmpty();
          }
        } finally {
          checkers.forEach(LiveQueryChecker::close);
        }
      } finally {
        writers.shutdownNow();
        assertThat(writers.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static void write(KalamDB db, Random random) {
    for (int i = 0; i < 60; i++) {
      try (Session session = db.session("user" + random.nextInt(6))) {
        int id = random.nextInt(40);
        if (random.nextInt(4) == 0) {
          session.execute("DELETE FROM n.t WHERE id = ?", id);
        } else {
          session.execute(
              "INSERT INTO n.t VALUES (?, ?, 'g') ON CONFLICT (id) DO UPDATE SET v = excluded.v",
              id,
              random.nextInt(40));
        }
      }
    }
  }

  @Test
  void allUsers_ofUsers_isRefused(KalamDB db) {
    makeTables(db);
    db.execute("CREATE STREAM TABLE n.events (id INT) WITH (TTL_SECONDS = 100)");
    try (Session user = db.session("u");
        Session service = db.session(Role.SERVICE)) {
      refused("42501", () -> user.subscribe(ALL, DEFAULTS, event -> {}));
      refused("42501", () -> user.query("EXPLAIN SUBSCRIBE TO " + ALL));
      refused("42501", () -> user.liveView(ALL, DEFAULTS));
      refused(
          "0A000",
          () -> service.subscribe("SELECT * FROM ALL USERS OF n.events", DEFAULTS, event -> {}));
    }
  }

  @Test
  void allUsers_tableAlteredAndDropped_goesOnAndEnds(KalamDB db) {
    makeTables(db);
    RecordingListener listener = new RecordingListener();
    try (Session service = db.session(Role.SERVICE)) {
      service.subscribe(ALL, DEFAULTS, listener);
      listener.awaitReady();
      db.execute("ALTER TABLE n.t ADD COLUMN more INT DEFAULT 3");
      as(db, "alice", "INSERT INTO n.t VALUES (1, 1, 'a', 9)");
      listener.awaitRows("a row", rows -> rows.size() == 1);
      refused("55006", () -> db.execute("DROP TABLE n.t"));
      db.execute("DROP TABLE n.t FORCE");
      assertEnded(listener, "42P01");
    }
  }

  // ---- as another user

  @Test
  void asUser_subscription_isTheUsers(KalamDB db) {
    makeTables(db);
    RecordingListener listener = new RecordingListener();
    try (Session service = db.session(Role.SERVICE);
        Session alice = service.asUser("alice");
        Subscription subscription = alice.subscribe("SELECT id FROM n.t", DEFAULTS, listener)) {
      listener.awaitReady();
      as(db, "bob", "INSERT INTO n.t VALUES (1, 1, 'b')");
      as(db, "alice", "INSERT INTO n.t VALUES (2, 1, 'a')");
      listener.awaitRows("hers", rows -> rows.size() == 1);
      assertThat(listener.rows()).extracting(Sql::text).containsExactly("2");
      assertThat(Sql.rows(db.session(), "SELECT user_id FROM system.live_queries"))
          .containsExactly("alice");
      assertThat(Sql.rows(db.session("bob"), "SHOW LIVE QUERIES")).isEmpty();
      assertThat(Sql.rows(service, "SHOW LIVE QUERIES")).isEmpty();
      refused("42704", () -> service.execute("KILL LIVE QUERY '" + subscription.id() + "'"));
      as(db, "alice", "KILL LIVE QUERY '" + subscription.id() + "'");
      assertEnded(listener, "57014");
    }
  }

  /** What asks who asks is not shared between those who ask. */
  @Test
  void identicalText_ofSeveralRoles_isEvaluatedForEach(KalamDB db) {
    makeTables(db);
    db.execute("INSERT INTO n.shown VALUES (1, 'x')");
    List<Session> sessions =
        List.of(
            db.session(Role.ANONYMOUS),
            db.session("alice"),
            db.session("bob"),
            db.session(Role.SERVICE),
            db.session(),
            db.session(new UserId("alice"), Role.DBA));
    for (String sql :
        List.of(
            "SELECT id, CURRENT_USER || ' ' || CURRENT_ROLE AS me FROM n.shown",
            "SELECT count(*), max(CURRENT_USER || ' ' || CURRENT_ROLE) AS me FROM n.shown",
            "SELECT id, CURRENT_USER || ' ' || CURRENT_ROLE FROM n.shown ORDER BY id LIMIT 3")) {
      List<RecordingListener> listeners = new ArrayList<>();
      for (Session session : sessions) {
        RecordingListener listener = new RecordingListener();
        listeners.add(listener);
        session.subscribe(sql, DEFAULTS, listener);
        listener.awaitReady();
      }
      List<String> seen = new ArrayList<>();
      listeners.forEach(listener -> seen.add(Sql.text(listener.rows().get(0)).substring(2)));
      assertThat(seen)
          .as(sql)
          .containsExactly(" anonymous", "alice user", "bob user", " service", " dba", "alice dba");
    }
    sessions.forEach(Session::close);
  }

  // ---- rights that are taken away

  private static void assertEnded(RecordingListener listener, String state) {
    Closed closed = listener.awaitClosed();
    assertThat(closed.error()).isInstanceOf(KalamException.class);
    assertThat(((KalamException) closed.error()).sqlState()).isEqualTo(state);
    assertThat(closed.reason()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT * FROM n.shown",
        "SELECT count(*) FROM n.shown",
        "SELECT s.v FROM n.t JOIN n.shown s USING (id)",
        "SELECT * FROM n.over"
      })
  void accessLevel_raised_endsWhatItHides(String sql) {
    try (TestDatabase database = TestDatabase.create()) {
      KalamDB db = database.db();
      makeTables(db);
      db.execute("CREATE VIEW n.over AS SELECT id FROM n.shown");
      Map<String, RecordingListener> byRole =
          Map.of(
              "user", new RecordingListener(),
              "service", new RecordingListener(),
              "dba", new RecordingListener());
      db.session("u").subscribe(sql, DEFAULTS, byRole.get("user")); // ends with the database
      Session service = db.session(new UserId("s"), Role.SERVICE);
      service.subscribe(sql, DEFAULTS, byRole.get("service"));
      Session dba = db.session(new UserId("d"), Role.DBA);
      Subscription kept = dba.subscribe(sql, DEFAULTS, byRole.get("dba"));
      byRole.values().forEach(RecordingListener::awaitReady);

      db.execute("ALTER TABLE n.shown SET ACCESS LEVEL restricted");
      assertEnded(byRole.get("user"), "42501");
      refused("42P01", () -> db.session("u").subscribe(sql, DEFAULTS, event -> {}));

      dba.execute("BEGIN; ALTER TABLE n.shown SET (ACCESS_LEVEL = 'dba'); ROLLBACK");
      dba.execute("BEGIN; ALTER TABLE n.shown SET (ACCESS_LEVEL = 'dba')");
      assertThat(byRole.get("service").events()).noneMatch(Closed.class::isInstance);
      dba.execute("COMMIT");
      assertEnded(byRole.get("service"), "42501");
      assertThat(kept.isOpen()).isTrue();
      db.execute("ALTER TABLE n.shown SET ACCESS LEVEL public");
      db.session("u").subscribe(sql, DEFAULTS, event -> {}).close();
    }
  }

  @Test
  void role_lowered_endsWhatIsAboveIt(KalamDB db) {
    makeTables(db);
    db.execute("CREATE USER worker ROLE service");
    UserId worker = new UserId("worker");
    RecordingListener asService = new RecordingListener();
    RecordingListener counting = new RecordingListener();
    RecordingListener asUser = new RecordingListener();
    RecordingListener other = new RecordingListener();
    try (Session service = db.session(worker, Role.SERVICE);
        Session user = db.session(worker);
        Session uncreated = db.session(new UserId("other"), Role.SERVICE)) {
      service.subscribe(ALL, DEFAULTS, asService);
      service.subscribe("SELECT count(*) FROM ALL USERS OF n.t", DEFAULTS, counting);
      Subscription own = user.subscribe("SELECT id FROM n.t", DEFAULTS, asUser);
      Subscription others = uncreated.subscribe(ALL, DEFAULTS, other);
      for (RecordingListener listener : List.of(asService, counting, asUser, other)) {
        listener.awaitReady();
      }
      db.execute("ALTER USER worker SET EMAIL 'w@x'; ALTER USER worker SET ROLE dba");
      assertThat(asService.events()).noneMatch(Closed.class::isInstance);
      db.execute("ALTER USER worker SET ROLE user");
      assertEnded(asService, "42501");
      assertEnded(counting, "42501");
      assertThat(own.isOpen()).isTrue();
      refused("42501", () -> service.subscribe(ALL, DEFAULTS, event -> {}));
      refused("42501", () -> service.changesSince(SeqId.ZERO, ALL));
      db.execute("DROP USER worker");
      assertEnded(asUser, "42501");
      refused("42501", () -> user.subscribe("SELECT id FROM n.t", DEFAULTS, event -> {}));
      assertThat(others.isOpen()).isTrue();
    }
  }

  @Test
  void user_dropped_endsSubscriptionsMadeForThem(KalamDB db) {
    makeTables(db);
    db.execute("CREATE USER alice");
    RecordingListener listener = new RecordingListener();
    try (Session service = db.session(Role.SERVICE);
        Session alice = service.asUser("alice")) {
      alice.subscribe("SELECT id FROM n.t", DEFAULTS, listener);
      listener.awaitReady();
      as(db, "alice", "INSERT INTO n.t VALUES (1, 1, 'a')");
      listener.awaitChanges(1);
      db.execute("DROP USER alice");
      assertEnded(listener, "42501");
      service.execute("INSERT INTO n.t AS USER 'bob' VALUES (1, 1, 'b')");
    }
  }
}
