package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.live.ChangeEvent.Ready;
import org.kalamdb.live.ChangesSince;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.SeqId;
import org.kalamdb.test.TestDatabase;

/** Subscriptions that go on from a commit: from the feed, from rows, and anew where neither can. */
class LiveResumeTest {
  private final HandClock clock = new HandClock();
  private final KalamOptions options =
      KalamOptions.builder()
          .durability(Durability.NONE)
          .backgroundCompaction(false)
          .clock(clock)
          .build();
  private TestDatabase database;
  private KalamDB db;
  private Session alice;
  private ToldRows told;

  @BeforeEach
  void open() {
    database = TestDatabase.create(options);
    db = database.db();
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id INT PRIMARY KEY, g INT, s TEXT)");
    alice = db.session("alice");
    told = new ToldRows();
  }

  @AfterEach
  void close() {
    alice.close();
    database.close();
  }

  private void run(String... statements) {
    for (String sql : statements) {
      alice.execute(sql);
    }
  }

  private void reopen() {
    alice.close();
    db = database.reopen();
    alice = db.session("alice");
  }

  /** Hears the whole result and stops. */
  private void hear(String sql, Object... parameters) {
    try (Subscription live =
        alice.subscribe(sql, SubscriptionOptions.defaults(), told, parameters)) {
      told.awaitReady();
    }
  }

  private Subscription resume(String sql, Object... parameters) {
    SeqId from = told.seq();
    told.resumes();
    Subscription live = alice.subscribe(sql, SubscriptionOptions.from(from), told, parameters);
    told.awaitReady();
    return live;
  }

  /** Goes on, checks that the rows are right, and stops. */
  private List<String> resumed(String sql, Object... parameters) {
    try (Subscription live = resume(sql, parameters)) {
      assertThat(told.misfits()).isEmpty();
      assertThat(told.rows())
          .isEqualTo(Sql.rows(alice, sql, parameters).stream().sorted().toList());
      return told.texts();
    }
  }

  private String resetReason(String sql) {
    resumed(sql);
    assertThat(told.resets()).hasSize(1);
    return told.resets().get(0);
  }

  // ---- from the feed

  @Test
  void feed_missedCommits_comeOneByOneAsTheyWere() {
    run("INSERT INTO k.t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, 'c')");
    hear("SELECT id, s FROM k.t WHERE g = 1");
    run(
        "INSERT INTO k.t VALUES (4, 1, 'd')",
        "UPDATE k.t SET s = 'A' WHERE id = 1",
        "UPDATE k.t SET g = 2 WHERE id = 1",
        "UPDATE k.t SET g = 1 WHERE id = 2",
        "DELETE FROM k.t WHERE id = 3",
        "UPDATE k.t SET s = 'x' WHERE g = 7");
    assertThat(resumed("SELECT id, s FROM k.t WHERE g = 1"))
        .containsExactly(
            "INSERT ->4|d", "UPDATE 1|a->1|A", "LEAVE 1|A->", "ENTER ->2|b", "DELETE 3|c->");
    assertThat(told.resets()).isEmpty();
    assertThat(told.changes()).hasSize(5);
    assertThat(told.events().get(5)).isInstanceOf(Ready.class);
  }

  @Test
  void feed_thenLiveChanges() {
    hear("SELECT * FROM k.t");
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    try (Subscription live = resume("SELECT * FROM k.t")) {
      run("INSERT INTO k.t VALUES (2, 1, 'b')");
      told.awaitChanges(2);
      assertThat(told.texts()).containsExactly("INSERT ->1|1|a", "INSERT ->2|1|b");
      assertThat(live.lastSeq()).isEqualTo(alice.lastCommit());
    }
  }

  @Test
  void feed_transaction_isOneBatch_andOtherUsersAreNotTold() {
    hear("SELECT * FROM k.t");
    alice.inTransaction(
        s -> {
          s.execute("INSERT INTO k.t VALUES (1, 1, 'a')");
          s.execute("INSERT INTO k.t VALUES (2, 1, 'b')");
          return s.execute("UPDATE k.t SET s = 'B' WHERE id = 2");
        });
    try (Session bob = db.session("bob")) {
      bob.execute("INSERT INTO k.t VALUES (3, 1, 'c')");
    }
    assertThat(resumed("SELECT * FROM k.t")).containsExactly("INSERT ->1|1|a", "INSERT ->2|1|B");
    assertThat(told.changes()).hasSize(1);
  }

  @Test
  void feed_keyNotInResult_isExact() {
    hear("SELECT s FROM k.t");
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    assertThat(resumed("SELECT s FROM k.t")).containsExactly("INSERT ->a");
    assertThat(told.resets()).isEmpty();
  }

  @Test
  void feed_flushAndCompaction_tellNothing() {
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    hear("SELECT * FROM k.t");
    db.execute("STORAGE FLUSH TABLE k.t");
    run("UPDATE k.t SET g = 2 WHERE id = 1");
    db.execute("STORAGE FLUSH TABLE k.t");
    db.execute("STORAGE COMPACT TABLE k.t");
    assertThat(resumed("SELECT * FROM k.t")).containsExactly("UPDATE 1|1|a->1|2|a");
    assertThat(resumed("SELECT * FROM k.t")).isEmpty();
  }

  // ---- from rows

  @Test
  void rows_afterReopen_hotAndCold_deletedAndGoneFromTheFilter() {
    run(
        "INSERT INTO k.t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (4, 1, 'd'), (5, 2, 'e')",
        "INSERT INTO k.t VALUES (6, 1, 'f'), (7, 1, 'g')");
    db.execute("STORAGE FLUSH TABLE k.t");
    hear("SELECT id, s FROM k.t WHERE g = 1");
    run("UPDATE k.t SET s = 'A' WHERE id = 1", "DELETE FROM k.t WHERE id = 2");
    db.execute("STORAGE FLUSH TABLE k.t");
    run(
        "UPDATE k.t SET g = 2 WHERE id = 3",
        "DELETE FROM k.t WHERE id = 4",
        "UPDATE k.t SET g = 1 WHERE id = 5",
        "INSERT INTO k.t VALUES (8, 1, 'h'), (9, 2, 'i')",
        "INSERT INTO k.t VALUES (10, 1, 'j')",
        "DELETE FROM k.t WHERE id = 10");
    reopen();
    assertThat(resumed("SELECT id, s FROM k.t WHERE g = 1"))
        .containsExactly(
            "UPSERT ->1|A",
            "DELETE 2|b->",
            "LEAVE 3|null->",
            "DELETE 4|d->",
            "UPSERT ->5|e",
            "UPSERT ->8|h",
            "LEAVE 9|null->",
            "DELETE 10|j->");
    assertThat(told.resets()).isEmpty();
    assertThat(told.changes()).hasSize(7);
  }

  @Test
  void rows_compacted_stillTell() {
    run("INSERT INTO k.t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c')");
    db.execute("STORAGE FLUSH TABLE k.t");
    hear("SELECT * FROM k.t");
    run("DELETE FROM k.t WHERE id = 2", "UPDATE k.t SET g = 5 WHERE id = 3");
    db.execute("STORAGE FLUSH TABLE k.t");
    db.execute("STORAGE COMPACT TABLE k.t");
    reopen();
    assertThat(resumed("SELECT * FROM k.t")).containsExactly("DELETE 2|1|b->", "UPSERT ->3|5|c");
    assertThat(told.resets()).isEmpty();
    // Nothing happened since.
    reopen();
    assertThat(resumed("SELECT * FROM k.t")).isEmpty();
    assertThat(told.resets()).isEmpty();
  }

  @Test
  void rows_thenLiveChanges_ofTheSameRow() {
    hear("SELECT * FROM k.t WHERE g > ?", 0);
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    reopen();
    try (Subscription live = resume("SELECT * FROM k.t WHERE g > ?", 0)) {
      run("UPDATE k.t SET g = 2", "UPDATE k.t SET g = 0");
      told.awaitChanges(3);
      assertThat(told.texts())
          .containsExactly("UPSERT ->1|1|a", "UPDATE 1|1|a->1|2|a", "LEAVE 1|2|a->");
      assertThat(told.misfits()).isEmpty();
    }
  }

  @Test
  void rows_sharedTable() {
    db.execute(
        "CREATE SHARED TABLE k.r (a INT, b TEXT, v INT, PRIMARY KEY (a, b)) WITH (ACCESS_LEVEL = 'PUBLIC')");
    db.execute("INSERT INTO k.r VALUES (1, 'x', 1), (2, 'x', 1)");
    hear("SELECT a * 10, v, b, a FROM k.r");
    db.execute("DELETE FROM k.r WHERE a = 1");
    db.execute("UPDATE k.r SET v = 7 WHERE a = 2");
    reopen();
    assertThat(resumed("SELECT a * 10, v, b, a FROM k.r"))
        .containsExactly("DELETE 10|1|x|1->", "UPSERT ->20|7|x|2");
  }

  // ---- anew

  @Test
  void reset_keyNotInResult() {
    hear("SELECT s FROM k.t");
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    reopen();
    assertThat(resetReason("SELECT s FROM k.t")).contains("no primary key");
  }

  @Test
  void reset_deletedRowsForgotten() {
    db.execute(
        "CREATE SHARED TABLE k.r (id INT PRIMARY KEY) WITH (ACCESS_LEVEL = 'PUBLIC', DELETED_RETENTION_HOURS = 1)");
    db.execute("INSERT INTO k.r VALUES (1), (2)");
    hear("SELECT id FROM k.r");
    db.execute("DELETE FROM k.r WHERE id = 1");
    db.execute("STORAGE FLUSH TABLE k.r");
    clock.advance(Duration.ofMinutes(30));
    reopen();
    SeqId before = told.seq();
    ChangesSince pulled = alice.changesSince(before, "SELECT id FROM k.r");
    assertThat(pulled.isLost()).isFalse();
    assertThat(pulled.changes()).hasSize(1);
    clock.advance(Duration.ofMinutes(31));
    db.execute("STORAGE COMPACT TABLE k.r");
    assertThat(resetReason("SELECT id FROM k.r")).contains("DELETED_RETENTION_HOURS");
    assertThat(alice.changesSince(before, "SELECT id FROM k.r").lost())
        .contains("DELETED_RETENTION_HOURS");
  }

  @Test
  void reset_truncatedAlteredOrMadeAnew() {
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    hear("SELECT * FROM k.t");
    db.execute("TRUNCATE TABLE k.t");
    assertThat(resetReason("SELECT * FROM k.t")).contains("truncated");
    told = new ToldRows();
    hear("SELECT * FROM k.t");
    db.execute("ALTER TABLE k.t ADD COLUMN n INT DEFAULT 5");
    assertThat(resetReason("SELECT * FROM k.t")).contains("altered");
    told = new ToldRows();
    hear("SELECT id FROM k.t");
    db.execute("DROP TABLE k.t");
    db.execute("CREATE USER TABLE k.t (id INT PRIMARY KEY)");
    reopen();
    assertThat(resetReason("SELECT id FROM k.t")).contains("created");
  }

  @Test
  void reset_stream() {
    db.execute("CREATE STREAM TABLE k.e (who TEXT) WITH (TTL_SECONDS = 600)");
    run("INSERT INTO k.e VALUES ('x')");
    hear("SELECT * FROM k.e");
    assertThat(resetReason("SELECT * FROM k.e")).contains("end untold");
    assertThat(alice.changesSince(told.seq(), "SELECT count(*) FROM k.e").lost())
        .contains("end untold");
  }

  @Test
  void reset_queryDependsOnItsStart() {
    hear("SELECT id FROM k.t WHERE now() > TIMESTAMPTZ '2020-01-01 00:00:00Z'");
    assertThat(resetReason("SELECT id FROM k.t WHERE now() > TIMESTAMPTZ '2020-01-01 00:00:00Z'"))
        .contains("depends");
  }

  @Test
  void reset_commitThatNeverWas_evenWhenTimeHasPassedIt() throws IOException {
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    database.closeDatabase();
    Path copy = database.scratch().resolve("copy");
    copyTree(database.directory(), copy);
    reopen();
    run("INSERT INTO k.t VALUES (2, 1, 'lost')");
    hear("SELECT * FROM k.t");
    alice.close();
    try (KalamDB restored = KalamDB.open(copy, options)) {
      alice = restored.session("alice");
      assertThat(resetReason("SELECT * FROM k.t")).contains("has not");
      alice.close();
    }
    SeqId lost = told.seq();
    clock.advance(Duration.ofHours(1));
    try (KalamDB restored = KalamDB.open(copy, options);
        Session s = restored.session("alice")) {
      s.execute("INSERT INTO k.t VALUES (3, 1, 'c')");
    }
    try (KalamDB restored = KalamDB.open(copy, options);
        Session s = restored.session("alice")) {
      assertThat(lastTold(database)).isNotEqualTo(SeqId.ZERO);
      assertThat(s.changesSince(lastTold(database), "SELECT * FROM k.t").lost())
          .contains("has not");
      assertThat(lost).isNotEqualTo(lastTold(database));
    }
  }

  /** The commit of the row that only the original has. */
  private static SeqId lastTold(TestDatabase original) {
    try (Session s = original.db().session("alice")) {
      return new SeqId((Long) Sql.value(s, "SELECT max(_seq) FROM k.t"));
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  // ---- queries whose result is kept

  @Test
  void result_unchangedTables_nothingIsTold() {
    run("INSERT INTO k.t VALUES (1, 1, 'a'), (2, 1, 'b')");
    String sql = "SELECT g, count(*) FROM k.t GROUP BY g";
    hear(sql);
    db.execute("CREATE SHARED TABLE k.other (id INT PRIMARY KEY)");
    db.execute("INSERT INTO k.other VALUES (1)");
    try (Session bob = db.session("bob")) {
      bob.execute("INSERT INTO k.t VALUES (3, 1, 'c')");
    }
    db.execute("STORAGE FLUSH TABLE k.t");
    assertThat(resumed(sql)).isEmpty();
    reopen();
    try (Subscription live = resume(sql)) {
      assertThat(told.resets()).isEmpty();
      run("INSERT INTO k.t VALUES (4, 1, 'd')");
      told.awaitChanges(1);
      assertThat(told.texts()).containsExactly("UPDATE 1|2->1|3");
    }
    run("INSERT INTO k.t VALUES (5, 1, 'e')");
    assertThat(resetReason(sql)).contains("have changed");
    run("DELETE FROM k.t WHERE id = 5");
    reopen();
    told.resumes();
    assertThat(alice.changesSince(told.seq(), sql).lost()).contains("have changed");
  }

  // ---- pulling

  @Test
  void changesSince_pullsTheSame() {
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    SeqId first = alice.lastCommit();
    run("INSERT INTO k.t VALUES (2, 1, 'b')", "UPDATE k.t SET s = 'z' WHERE id = 1");
    SeqId last = alice.lastCommit();
    ChangesSince pulled = alice.changesSince(first, "SELECT * FROM k.t WHERE g = ?", 1);
    assertThat(pulled.isLost()).isFalse();
    assertThat(pulled.seq()).isEqualTo(last);
    assertThat(pulled.changes()).hasSize(2);
    assertThat(pulled.changes().get(1).seq()).isEqualTo(last);
    assertThat(alice.changesSince(pulled.seq(), "SELECT * FROM k.t WHERE g = ?", 1).changes())
        .isEmpty();
    String sums = "SELECT sum(g) FROM k.t";
    assertThat(alice.changesSince(last, sums).lost()).isNull();
    assertThat(alice.changesSince(last, sums).seq()).isGreaterThanOrEqualTo(last);
    assertThat(alice.changesSince(first, sums).lost()).contains("have changed");
    assertThat(alice.changesSince(first, sums).seq()).isEqualTo(first);
    refused("42P01", () -> alice.changesSince(first, "SELECT * FROM k.none"));
  }

  @Test
  void lastCommit_isThatOfTheSession() {
    assertThat(alice.lastCommit()).isEqualTo(SeqId.ZERO);
    run("INSERT INTO k.t VALUES (1, 1, 'a')");
    assertThat(Sql.value(alice, "SELECT _seq FROM k.t")).isEqualTo(alice.lastCommit().value());
    SeqId before = alice.lastCommit();
    Sql.rows(alice, "SELECT * FROM k.t");
    assertThat(alice.lastCommit()).isEqualTo(before);
  }

  // ---- options in SQL

  @Test
  void sqlOptions_takeThePlaceOfTheCallers() {
    run("INSERT INTO k.t VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c')");
    SeqId from = alice.lastCommit();
    run("INSERT INTO k.t VALUES (4, 1, 'd')");
    told.resumes();
    try (Subscription live =
        alice.subscribe(
            "SUBSCRIBE TO SELECT id FROM k.t OPTIONS (from = " + from.value() + ")",
            SubscriptionOptions.from(SeqId.ZERO),
            told)) {
      told.awaitReady();
    }
    ToldRows again = new ToldRows();
    try (Subscription live =
        alice.subscribe(
            "SUBSCRIBE TO SELECT id FROM k.t OPTIONS (last_rows = 3, batch_size = 2)",
            SubscriptionOptions.lastRows(1),
            again)) {
      again.awaitReady();
      assertThat(again.rows()).containsExactly("2", "3", "4");
      assertThat(again.events()).hasSize(3);
    }
  }
}
