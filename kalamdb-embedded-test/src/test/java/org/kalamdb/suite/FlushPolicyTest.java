package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.kalamdb.suite.Sql.refused;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Tables that flush themselves, as their policies have it and as the database's limits do, and the
 * jobs that this is.
 */
@ExtendWith(TemporaryDatabase.class)
class FlushPolicyTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static long hotRows(KalamDB db, String table) {
    return db.query("SHOW STATS FOR TABLE " + table).single().getLong("hot_rows");
  }

  private static void await(KalamDB db, String table, LongPredicate hotRows) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!hotRows.test(hotRows(db, table))) {
      assertThat(System.nanoTime()).as("hot rows: %d", hotRows(db, table)).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  @Test
  void rowsPolicy_whenEnoughAreHot_flushesByItself(KalamDB db) throws Exception {
    db.execute("CREATE NAMESPACE n");
    db.execute(
        "CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'rows:100')");
    try (Session alice = db.session("alice")) {
      for (int i = 0; i < 99; i++) {
        alice.execute("INSERT INTO n.t VALUES (?, 'x')", i);
      }
      assertThat(hotRows(db, "n.t")).isEqualTo(99);
      alice.execute("INSERT INTO n.t VALUES (99, 'x')");
      await(db, "n.t", hot -> hot == 0);
      assertThat(alice.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(100);
    }
  }

  @Test
  void intervalPolicy_whenTheFirstRowHasWaited_flushesByItself(KalamDB db) throws Exception {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE TABLE n.t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'interval:1')");
    db.execute("CREATE TABLE n.other (id INT PRIMARY KEY)");
    db.execute("INSERT INTO n.t VALUES (1), (2)");
    db.execute("INSERT INTO n.other VALUES (1)");
    await(db, "n.t", hot -> hot == 0);
    assertThat(hotRows(db, "n.other")).isEqualTo(1);
    assertThat(db.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(2);
  }

  @Test
  void bytesPolicy_whenRowsAreWide_flushesFewOfThem(KalamDB db) throws Exception {
    db.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'rows:1000000,bytes:1MB')");
    for (int i = 0; i < 9; i++) {
      db.execute("INSERT INTO t VALUES (?, repeat('x', 100000))", i);
    }
    assertThat(hotRows(db, "t")).isEqualTo(9);
    db.execute("INSERT INTO t SELECT g, repeat('x', 100000) FROM generate_series(9, 10) g");
    await(db, "t", hot -> hot == 0);
    assertThat(db.query("SELECT sum(length(v)) FROM t").single().getLong(0)).isEqualTo(1_100_000);
  }

  @Test
  void keep_rowsChangedLastStayHot_inAnyOrderOfKeys(KalamDB db) throws Exception {
    db.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'rows:1000,keep:200')");
    // Keys are spread, so that rows that stay and rows that go take turns.
    for (int i = 0; i < 999; i++) {
      db.execute("INSERT INTO t VALUES (?, 'first')", i * 7919 % 1000);
    }
    for (int i = 0; i < 100; i++) {
      db.execute("UPDATE t SET v = 'second' WHERE id = ?", i * 7919 % 1000);
    }
    db.execute("INSERT INTO t VALUES (?, 'first')", 999 * 7919 % 1000);
    await(db, "t", hot -> hot == 200);
    assertThat(db.query("SELECT count(*), count(*) FILTER (WHERE v = 'second') FROM t").single())
        .isEqualTo(db.query("SELECT 1000::BIGINT, 100::BIGINT").single());
    db.execute("UPDATE t SET v = 'third' WHERE v = 'second'");
    assertThat(hotRows(db, "t")).isEqualTo(200);
    assertThat(db.check().problems()).isEmpty();
    db.execute("STORAGE FLUSH TABLE t");
    assertThat(hotRows(db, "t")).isZero();
    assertThat(db.query("SELECT count(*) FROM t WHERE v = 'third'").single().getLong(0))
        .isEqualTo(100);
  }

  @Test
  void agePolicy_movesOnlyRowsLongUnchanged() throws Exception {
    HandClock clock = new HandClock();
    try (TestDatabase database = TestDatabase.create(KalamOptions.builder().clock(clock).build())) {
      KalamDB db = database.db();
      db.execute("CREATE TABLE t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'age:3600')");
      db.execute("INSERT INTO t SELECT g FROM generate_series(1, 100) g");
      clock.advance(Duration.ofMinutes(50));
      db.execute("INSERT INTO t SELECT g FROM generate_series(101, 130) g");
      clock.advance(Duration.ofMinutes(11));
      await(db, "t", hot -> hot == 30);
      clock.advance(Duration.ofMinutes(61));
      await(db, "t", hot -> hot == 0);
      assertThat(db.query("SELECT count(*) FROM t").single().getLong(0)).isEqualTo(130);
    }
  }

  @Test
  void smallPartitions_stayHotUnlessAllAreAskedFor(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    db.execute(
        "CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)"
            + " WITH (FLUSH_POLICY = 'rows:2000,min:50')");
    for (int user = 0; user < 150; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t SELECT g, 'x' FROM generate_series(1, 10) g");
      }
    }
    try (Session large = db.session("large")) {
      large.execute("INSERT INTO n.t SELECT g, 'x' FROM generate_series(1, 600) g");
    }
    await(db, "n.t", hot -> hot == 1500);
    assertThat(database.filesEndingWith(".parquet")).hasSize(1);
    try (Session one = db.session("u7")) {
      db.execute("STORAGE FLUSH TABLE n.t FOR USER 'u7'");
      assertThat(hotRows(db, "n.t")).isEqualTo(1490);
      assertThat(one.query("SELECT count(*) FROM n.t").single().getLong(0)).isEqualTo(10);
    }
    db.execute("STORAGE FLUSH TABLE n.t");
    assertThat(hotRows(db, "n.t")).isZero();
    assertThat(database.filesEndingWith(".parquet")).hasSize(151);
    assertThat(db.check().problems()).isEmpty();
  }

  @Test
  void filePolicy_boundsTheRowsOfASegment(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(KalamOptions.builder().backgroundCompaction(false).build());
    db.execute("CREATE TABLE t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'rows:5000,file:1000')");
    db.execute("INSERT INTO t SELECT g FROM generate_series(1, 5000) g");
    await(db, "t", hot -> hot == 0);
    assertThat(database.filesEndingWith(".parquet")).hasSize(5);
    db.execute("STORAGE COMPACT TABLE t");
    assertThat(db.query("SHOW STATS FOR TABLE t").single().getLong("segments")).isEqualTo(5);
  }

  @Test
  void alteredPolicy_countsFromThenOn_andOffNeverFlushes(KalamDB db) throws Exception {
    db.execute("CREATE TABLE t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'off')");
    for (int i = 0; i < 120; i++) {
      int first = i * 1000;
      db.execute("INSERT INTO t SELECT g FROM generate_series(?, ?) g", first, first + 999);
    }
    Thread.sleep(1_200); // two looks of the timer
    assertThat(hotRows(db, "t")).isEqualTo(120_000);
    db.execute("ALTER TABLE t SET (FLUSH_POLICY = 'rows:100,interval:86400,keep:128KB')");
    assertThat(db.query("SHOW CREATE TABLE t").single().toString())
        .contains("FLUSH_POLICY = 'rows:100,interval:86400,keep:128KB'");
    // Rows of one commit go or stay together.
    await(db, "t", hot -> hot < 6_000 && hot >= 1_000);
    db.execute("ALTER TABLE t SET (FLUSH_POLICY = 'interval:1')");
    db.execute("INSERT INTO t VALUES (-1)");
    await(db, "t", hot -> hot == 0);
  }

  @Test
  void hotLimitOfTheDatabase_flushesTheLargestPartitions() throws Exception {
    KalamOptions options = KalamOptions.builder().hotLimitBytes(1 << 20, 1 << 30).build();
    try (TestDatabase database = TestDatabase.create(options)) {
      KalamDB db = database.db();
      db.execute("CREATE TABLE kept (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'off')");
      db.execute("CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
      db.execute("INSERT INTO kept SELECT g, repeat('x', 1000) FROM generate_series(1, 3000) g");
      for (int user = 1; user <= 20; user++) {
        try (Session session = db.session("u" + user)) {
          session.execute(
              "INSERT INTO n.t SELECT g, repeat('x', 1000) FROM generate_series(1, ?) g",
              user * 10);
        }
      }
      await(db, "n.t", hot -> hot < 1000);
      assertThat(hotRows(db, "kept")).isEqualTo(3000);
      // 2,100 rows of 1 KiB: those of the largest had to go, the others could stay.
      assertThat(hotRows(db, "n.t")).isGreaterThan(500);
      assertThat(database.filesEndingWith(".parquet")).hasSizeBetween(5, 10);
      assertThat(db.check().problems()).isEmpty();
    }
  }

  @Test
  void hardLimit_writersWaitForFlushesAndLoseNothing() throws Exception {
    KalamOptions options = KalamOptions.builder().hotLimitBytes(1 << 20, 2 << 20).build();
    try (TestDatabase database = TestDatabase.create(options)) {
      KalamDB db = database.db();
      db.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, v TEXT) WITH (FLUSH_POLICY = 'interval:86400')");
      long most = 0;
      for (int i = 0; i < 100; i++) {
        db.execute(
            "INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(?, ?) g",
            i * 200,
            i * 200 + 199);
        most = Math.max(most, hotRows(db, "t"));
      }
      // 2 MiB, and the commit that had begun.
      assertThat(most).isBetween(500L, 2_500L);
      assertThat(db.query("SELECT count(*), sum(length(v)) FROM t").single())
          .isEqualTo(db.query("SELECT 20000::BIGINT, 20000000::BIGINT").single());
    }
  }

  @Test
  void hardLimit_flushesThatCannotHelp_refuseWritersUntilTheyCan() throws Exception {
    KalamOptions options =
        KalamOptions.builder()
            .hotLimitBytes(256 << 10, 512 << 10)
            .hotLimitWait(Duration.ofMillis(300))
            .build();
    try (TestDatabase database = TestDatabase.create(options)) {
      KalamDB db = database.db();
      Path archive = Files.createDirectories(database.scratch().resolve("archive"));
      db.execute("CREATE STORAGE archive TYPE filesystem PATH '" + archive + "'");
      db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT) WITH (STORAGE_ID = 'archive')");
      Path away = database.scratch().resolve("away");
      Files.move(archive, away);

      String insert = "INSERT INTO t SELECT g, repeat('x', 1000) FROM generate_series(?, ?) g";
      int acknowledged = 0;
      KalamException refused = null;
      while (refused == null) {
        assertThat(acknowledged).as("the limit holds").isLessThan(2_000);
        int from = acknowledged + 1;
        refused =
            catchThrowableOfType(KalamException.class, () -> db.execute(insert, from, from + 99));
        acknowledged += refused == null ? 100 : 0;
      }
      assertThat(refused.sqlState()).as(refused.getMessage()).isEqualTo("53400");
      assertThat(refused).hasMessageContaining("KalamOptions.hotLimitBytes");
      assertThat(acknowledged).isGreaterThanOrEqualTo(300);
      try (Session session = db.session()) {
        session.execute("BEGIN");
        session.execute("INSERT INTO t VALUES (-1, 'x')");
        refused("53400", () -> session.execute("COMMIT"));
        assertThat(db.query("SELECT count(*), min(id), max(id) FROM t").single().toArray())
            .containsExactly((long) acknowledged, 1, acknowledged);
        session.execute("SET statement_timeout = '50ms'");
        refused("57014", () -> session.execute("INSERT INTO t VALUES (-2, 'x')"));
      }
      // What makes no row hot need not wait.
      db.execute("DELETE FROM t WHERE id = 1");

      Files.move(away, archive);
      db.execute("STORAGE FLUSH TABLE t");
      db.execute(insert, acknowledged + 1, acknowledged + 100);
      assertThat(db.query("SELECT count(*), min(id), max(id) FROM t").single().toArray())
          .containsExactly(acknowledged + 99L, 2, acknowledged + 100);
      assertThat(db.check().problems()).isEmpty();
    }
  }

  @Test
  void jobs_tellWhatWasFlushed_andCanBeCancelled(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    db.execute(
        "CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'off')");
    for (int user = 0; user < 400; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t VALUES (1)");
      }
    }
    Row flushed = db.query("STORAGE FLUSH TABLE n.t FOR USER 'u3'").single();
    Row job = db.query("SELECT * FROM system.jobs").single();
    assertThat(job.getString("id")).isEqualTo(flushed.getString("job_id"));
    assertThat(job.getString("status")).isEqualTo("completed");
    assertThat(job.getString("type")).isEqualTo("flush");
    assertThat(job.getLong("files")).isEqualTo(1);
    refused("55000", () -> db.execute("KILL JOB '" + job.getString("id") + "'"));
    refused("42704", () -> db.execute("KILL JOB 'F-1'"));

    try (Session killer = db.session();
        Session flusher = db.session()) {
      Thread kills =
          new Thread(
              () -> {
                String running = "SELECT id FROM system.jobs WHERE status = 'running'";
                List<Row> found = List.of();
                while (found.isEmpty()) {
                  found = killer.query(running).list();
                }
                killer.execute("KILL JOB '" + found.get(0).getString(0) + "'");
              });
      kills.start();
      KalamException stopped =
          catchThrowableOfType(
              KalamException.class, () -> flusher.execute("STORAGE FLUSH TABLE n.t"));
      kills.join();
      assertThat(stopped).isNotNull();
      assertThat(stopped.sqlState()).isEqualTo("57014");
    }
    assertThat(
            db.query("SELECT status FROM system.jobs ORDER BY created, id").list().stream()
                .map(row -> row.getString(0)))
        .containsExactly("completed", "cancelled");
    // What was done is done, the rest is hot.
    assertThat(hotRows(db, "n.t")).isBetween(1L, 399L);
    assertThat(db.check().problems()).isEmpty();
    db.execute("STORAGE FLUSH TABLE n.t");
    assertThat(hotRows(db, "n.t")).isZero();
  }

  @Test
  void killedFlushByPolicy_isNotBegunAgainAtOnce(KalamDB db) throws Exception {
    db.execute(
        "CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY)"
            + " WITH (FLUSH_POLICY = 'rows:500,min:1')");
    for (int user = 0; user < 500; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t VALUES (1)");
      }
    }
    List<Row> running = List.of();
    while (running.isEmpty()) {
      running = db.query("SELECT id FROM system.jobs WHERE status = 'running'").list();
    }
    db.execute("KILL JOB '" + running.get(0).getString(0) + "'");
    String ended = "SELECT status FROM system.jobs WHERE ended IS NOT NULL";
    while (db.query(ended).list().isEmpty()) {
      Thread.sleep(5);
    }
    assertThat(db.query(ended).single().getString(0)).isEqualTo("cancelled");
    long hot = hotRows(db, "n.t");
    assertThat(hot).isBetween(1L, 500L);
    Thread.sleep(1_200); // two looks of the timer
    assertThat(hotRows(db, "n.t")).isEqualTo(hot);
  }

  @Test
  void statementTimeout_stopsTheFlushToo(KalamDB db) throws Exception {
    db.execute(
        "CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = 'off')");
    for (int user = 0; user < 600; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t VALUES (1)");
      }
    }
    try (Session session = db.session()) {
      session.execute("SET statement_timeout = '50ms'");
      refused("57014", () -> session.execute("STORAGE FLUSH TABLE n.t"));
    }
    assertThat(hotRows(db, "n.t")).isPositive();
    db.execute("STORAGE FLUSH ALL");
    assertThat(hotRows(db, "n.t")).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rows",
        "rows:",
        "rows:0",
        "rows:x",
        "rows:10,rows:10",
        "rows:10;interval:5",
        "rows:1MB",
        "keep:1,keep:1MB",
        "file:3000000",
        "bytes:99999999999999GB",
        "minimum:5",
        "on"
      })
  void badPolicy_isRefused(String policy, KalamDB db) {
    refused(
        "22023",
        () ->
            db.execute(
                "CREATE TABLE t (id INT PRIMARY KEY) WITH (FLUSH_POLICY = '" + policy + "')"));
  }
}
