package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Segments written anew: nothing a reader sees changes, and files come to be few. */
@ExtendWith(TemporaryDatabase.class)
class CompactionTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int FLUSHES = 1_000;

  private static final KalamOptions BY_HAND =
      KalamOptions.builder().backgroundCompaction(false).build();

  private static Row stats(KalamDB db, String table) {
    return db.query("SHOW STATS FOR TABLE " + table).single();
  }

  private static long segments(KalamDB db, String table) {
    return stats(db, table).getLong("segments");
  }

  private static void awaitFiles(TestDatabase database, LongPredicate count) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!count.test(database.filesEndingWith(".parquet").size())) {
      assertThat(System.nanoTime())
          .as("files: %s", database.filesEndingWith(".parquet"))
          .isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  @Test
  void compact_segmentsWithReplacedRows_leavesOneWithoutThem(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
    for (int i = 0; i < 3; i++) {
      db.execute(
          "INSERT INTO t SELECT g, 'v' || g FROM generate_series(?, ?) g", i * 10, i * 10 + 9);
      db.execute("UPDATE t SET v = 'new' WHERE id = ?", i * 10 + 3);
      db.execute("DELETE FROM t WHERE id = ?", i * 10 + 4);
      db.execute("STORAGE FLUSH TABLE t");
    }
    db.execute("UPDATE t SET v = 'again' WHERE id IN (3, 13)");
    db.execute("STORAGE FLUSH TABLE t");
    try (Session session = db.session()) {
      List<String> before = rows(session, "SELECT * FROM t ORDER BY id");
      Row done = db.query("STORAGE COMPACT TABLE t").single();
      assertThat(done.getLong("segments_read")).isEqualTo(4);
      assertThat(done.getLong("segments_written")).isEqualTo(1);
      assertThat(done.getLong("rows_written")).isEqualTo(30); // three of them tombstones
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(before).hasSize(27);
      assertThat(rows(session, "SELECT id FROM t WHERE id = 13")).containsExactly("13");
      assertThat(segments(db, "t")).isEqualTo(1);
      awaitFiles(database, files -> files == 1);
      assertThat(db.query("STORAGE COMPACT TABLE t").single().getLong("segments_read")).isZero();
    }
    try (Session session = database.reopen().session()) {
      assertThat(rows(session, "SELECT count(*) FROM t")).containsExactly("27");
      assertThat(rows(session, "SELECT v FROM t WHERE id = 3")).containsExactly("again");
    }
  }

  @Test
  void flushes_aThousandWithUpdatesBetween_leaveFewSegments(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    Random random = new Random(5);
    TreeMap<Integer, Integer> model = new TreeMap<>();
    int flushes = Boolean.getBoolean("kalamdb.slow") ? 1_000 : 150;
    for (int i = 0; i < flushes; i++) {
      for (int j = 0; j < 5; j++) {
        int id = random.nextInt(400);
        db.execute(
            "INSERT INTO t VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET v = excluded.v", id, i);
        model.put(id, i);
      }
      int gone = random.nextInt(400);
      db.execute("DELETE FROM t WHERE id = ?", gone);
      model.remove(gone);
      db.execute("STORAGE FLUSH TABLE t");
    }
    awaitFiles(database, files -> files <= 12);
    List<String> expected = new ArrayList<>();
    model.forEach((id, v) -> expected.add(id + "|" + v));
    try (Session session = db.session()) {
      assertThat(rows(session, "SELECT id, v FROM t ORDER BY id")).isEqualTo(expected);
    }
    assertThat(segments(db, "t")).isLessThanOrEqualTo(12);
  }

  @Test
  void compact_besideWritersFlushesAndReaders_changesNothing(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT, UNIQUE (v))");
    db.execute("INSERT INTO t SELECT g, g FROM generate_series(1, 2000) g");
    db.execute("STORAGE FLUSH TABLE t");
    AtomicBoolean done = new AtomicBoolean();
    Threads work = new Threads();
    for (int w = 0; w < 3; w++) {
      int writer = w;
      work.start(
          () -> {
            try (Session session = db.session()) {
              Random random = new Random(writer);
              for (int i = 0; i < 300; i++) {
                // A row leaves and comes, or two swap: always 2,000 rows and their sum.
                int id = 1 + writer + 3 * random.nextInt(600);
                session.inTransaction(
                    in -> {
                      long v = in.query("SELECT v FROM t WHERE id = ?", id).single().getLong(0);
                      in.execute("DELETE FROM t WHERE id = ?", id);
                      in.execute("INSERT INTO t VALUES (?, ?)", id, v);
                      return null;
                    });
              }
            } finally {
              done.set(true);
            }
          });
    }
    work.start(
        () -> {
          try (Session session = db.session()) {
            while (!done.get()) {
              session.execute("STORAGE FLUSH TABLE t");
            }
          }
        });
    work.start(
        () -> {
          try (Session session = db.session()) {
            while (!done.get()) {
              session.execute("STORAGE COMPACT TABLE t");
            }
          }
        });
    work.start(
        () -> {
          try (Session session = db.session()) {
            while (!done.get()) {
              int id = 1 + ThreadLocalRandom.current().nextInt(2000);
              assertThat(rows(session, "SELECT count(*), sum(v) FROM t"))
                  .containsExactly("2000|2001000");
              assertThat(rows(session, "SELECT v FROM t WHERE id = ?", id))
                  .containsExactly(String.valueOf(id));
              assertThat(rows(session, "SELECT id FROM t WHERE v = ?", id))
                  .containsExactly(String.valueOf(id));
            }
          }
        });
    work.join();
    db.execute("STORAGE FLUSH TABLE t");
    db.execute("STORAGE COMPACT TABLE t");
    try (Session session = db.session()) {
      assertThat(rows(session, "SELECT count(*), sum(v), sum(id) FROM t"))
          .containsExactly("2000|2001000|2001000");
    }
    assertThat(segments(db, "t")).isEqualTo(1);
  }

  @Test
  void compact_whileAResultIsOpen_keepsItsFilesUntilItIsClosed(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    for (int i = 0; i < 2; i++) {
      db.execute(
          "INSERT INTO t SELECT * FROM generate_series(?, ?)", i * 20_000, i * 20_000 + 19_999);
      db.execute("STORAGE FLUSH TABLE t");
    }
    try (Session session = db.session()) {
      try (Result result = session.query("SELECT id FROM t")) {
        assertThat(result.iterator().next()).isNotNull();
        db.execute("STORAGE COMPACT TABLE t");
        assertThat(database.filesEndingWith(".parquet")).hasSize(3);
        assertThat(segments(db, "t")).isEqualTo(1);
        int rest = 0;
        for (Row row : result) {
          rest += row.getInt(0) >= 0 ? 1 : 0;
        }
        assertThat(rest).isEqualTo(39_999);
      }
      awaitFiles(database, files -> files == 1);
    }
  }

  @Test
  void compact_tombstonesPastTheirRetention_areDropped(TestDatabase database) {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH (DELETED_RETENTION_HOURS = 0)");
    db.execute("INSERT INTO t SELECT g, g FROM generate_series(1, 10) g");
    db.execute("DELETE FROM t WHERE id > 5");
    db.execute("STORAGE FLUSH TABLE t");
    try (Session one = db.session()) {
      // A transaction that has seen the tombstone goes on without it.
      one.execute("BEGIN");
      one.execute("INSERT INTO t VALUES (6, 60)");
      Row done = db.query("STORAGE COMPACT TABLE t").single();
      assertThat(done.getLong("rows_read")).isEqualTo(10);
      assertThat(done.getLong("rows_written")).isEqualTo(5);
      one.execute("COMMIT");
      assertThat(rows(one, "SELECT id, v FROM t WHERE id > 4 ORDER BY id"))
          .containsExactly("5|5", "6|60");
      one.execute("DELETE FROM t");
    }
    db.execute("STORAGE FLUSH TABLE t");
    Row done = db.query("STORAGE COMPACT TABLE t").single();
    assertThat(done.getLong("segments_written")).isZero();
    assertThat(segments(db, "t")).isZero();
  }

  @Test
  void compact_segmentsOfOlderSchemas_writesTheNewest(TestDatabase database) {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, gone TEXT, n INT)");
    db.execute("INSERT INTO t VALUES (1, 'x', 10)");
    db.execute("STORAGE FLUSH TABLE t");
    db.execute("ALTER TABLE t ADD COLUMN added TEXT DEFAULT 'd'");
    db.execute("INSERT INTO t VALUES (2, 'y', 20, 'own')");
    db.execute("STORAGE FLUSH TABLE t");
    db.execute("ALTER TABLE t DROP COLUMN gone");
    db.execute("ALTER TABLE t ALTER COLUMN n TYPE BIGINT");
    db.execute("INSERT INTO t VALUES (3, 30000000000, NULL)");
    assertThat(db.query("STORAGE COMPACT TABLE t").single().getLong("segments_read")).isEqualTo(2);
    try (Session session = database.reopen().session()) {
      assertThat(rows(session, "SELECT * FROM t ORDER BY id"))
          .containsExactly("1|10|d", "2|20|own", "3|30000000000|null");
      assertThat(rows(session, "SELECT id FROM t WHERE added = 'd'")).containsExactly("1");
    }
  }

  @Test
  void compact_ofUsersPartitions_keepsThemApart(TestDatabase database) {
    KalamDB db = database.reopen(BY_HAND);
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    for (int round = 0; round < 2; round++) {
      for (String user : List.of("ada", "bob")) {
        try (Session session = db.session(user)) {
          session.execute("INSERT INTO n.t VALUES (?, ?)", round, user + round);
        }
      }
      db.execute("STORAGE FLUSH TABLE n.t");
    }
    assertThat(db.query("STORAGE COMPACT TABLE n.t FOR USER 'ada'").single().getLong("rows_read"))
        .isEqualTo(2);
    assertThat(segments(db, "n.t")).isEqualTo(3);
    assertThat(db.query("STORAGE COMPACT ALL IN n").single().getLong("rows_read")).isEqualTo(2);
    assertThat(segments(db, "n.t")).isEqualTo(2);
    try (Session bob = db.session("bob")) {
      assertThat(rows(bob, "SELECT v FROM n.t ORDER BY id")).containsExactly("bob0", "bob1");
      refused("42501", () -> bob.execute("STORAGE COMPACT TABLE n.t"));
    }
    db.execute("CREATE TABLE shared (id INT PRIMARY KEY)");
    refused("42809", () -> db.execute("STORAGE COMPACT TABLE shared FOR USER 'ada'"));
    refused("42P01", () -> db.execute("STORAGE COMPACT TABLE nowhere"));
  }

  @Test
  void age_dropsWhatServesNobodyFromPartitionsAtRest() throws Exception {
    HandClock clock = new HandClock();
    try (TestDatabase database = TestDatabase.create(KalamOptions.builder().clock(clock).build())) {
      KalamDB db = database.db();
      db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT) WITH (DELETED_RETENTION_HOURS = 24)");
      db.execute("INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 10000) g");
      db.execute("STORAGE FLUSH TABLE t");
      db.execute("DELETE FROM t WHERE id <= 10");
      db.execute("STORAGE FLUSH TABLE t");
      assertThat(segments(db, "t")).isEqualTo(2);
      assertThat(rows(db.session(), "SELECT count(*) FROM t WHERE _deleted")).containsExactly("10");
      clock.advance(Duration.ofHours(25));
      // The tombstones are a segment of their own, all of which has had its time.
      long patience = System.nanoTime() + PATIENCE.toNanos();
      while (segments(db, "t") > 1) {
        assertThat(System.nanoTime()).isLessThan(patience);
        Thread.sleep(5);
      }
      assertThat(coldRows(db)).isEqualTo(10_000);
      clock.advance(Duration.ofHours(100));
      // Ten rows of ten thousand: worth it only now.
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (coldRows(db) > 9_990) {
        assertThat(System.nanoTime()).as("cold rows: %s", coldRows(db)).isLessThan(deadline);
        Thread.sleep(5);
      }
      assertThat(rows(db.session(), "SELECT count(*), min(id) FROM t")).containsExactly("9990|11");
      assertThat(db.check().problems()).isEmpty();
    }
  }

  private static long coldRows(KalamDB db) {
    Row stats = stats(db, "t");
    return stats.getLong("cold_rows");
  }

  @Test
  void thousandFlushes_withUpdatesBetween_leaveFewFilesAndTheRightRows(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, v TEXT)");
    Random random = new Random(20261);
    TreeMap<Integer, Integer> model = new TreeMap<>();
    int most = 0;
    for (int round = 0; round < FLUSHES; round++) {
      for (int i = 0; i < 5; i++) {
        int id = random.nextInt(2_000);
        if (random.nextInt(5) == 0) {
          db.execute("DELETE FROM t WHERE id = ?", id);
          model.remove(id);
        } else {
          db.execute(
              "INSERT INTO t VALUES (?, ?, 'row ' || ?) ON CONFLICT (id) DO UPDATE SET n = excluded.n",
              id,
              round,
              id);
          model.put(id, round);
        }
      }
      db.execute("STORAGE FLUSH TABLE t");
      most = Math.max(most, (int) segments(db, "t"));
    }
    System.out.println(
        FLUSHES + " flushes: " + segments(db, "t") + " segments at last, " + most + " at most");
    TreeMap<Integer, Integer> found = new TreeMap<>();
    try (Result result = db.query("SELECT id, n FROM t WHERE v = 'row ' || id")) {
      for (Row row : result) {
        found.put(row.getInt(0), row.getInt(1));
      }
    }
    assertThat(found).isEqualTo(model);
    awaitFiles(database, count -> count <= 16);
    assertThat(db.check().problems()).isEmpty();
  }
}
