package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** ALTER TABLE ... SET (STORAGE_ID = ...): segments follow, and nobody notices. */
@ExtendWith(TemporaryDatabase.class)
class StorageMoveTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final KalamOptions BY_HAND =
      KalamOptions.builder().backgroundCompaction(false).build();

  private static Path createStorage(TestDatabase database, String id) throws IOException {
    Path directory = Files.createDirectories(database.scratch().resolve(id));
    database.db().execute("CREATE STORAGE " + id + " TYPE filesystem PATH '" + directory + "'");
    return directory;
  }

  private static List<Path> filesIn(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(f -> f.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  private static long segments(KalamDB db, String storage) {
    return db.query("SELECT segments FROM system.storages WHERE storage_id = ?", storage)
        .single()
        .getLong(0);
  }

  private static void awaitSegments(KalamDB db, String storage, long count) throws Exception {
    await("segments in " + storage, () -> segments(db, storage) == count);
  }

  private static void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT)");
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        session.execute("INSERT INTO n.t SELECT g, g FROM generate_series(1, 50) g");
        db.execute("STORAGE FLUSH TABLE n.t");
        session.execute("INSERT INTO n.t SELECT g, g FROM generate_series(51, 100) g");
        db.execute("STORAGE FLUSH TABLE n.t");
        session.execute("UPDATE n.t SET v = -v WHERE id % 10 = 0");
        session.execute("DELETE FROM n.t WHERE id % 10 = 1");
      }
    }
  }

  private static void check(KalamDB db) {
    for (String user : List.of("alice", "bob")) {
      try (Session session = db.session(user)) {
        assertThat(rows(session, "SELECT count(*), sum(v), max(id) FROM n.t"))
            .containsExactly("90|3490|100");
        assertThat(rows(session, "SELECT v FROM n.t WHERE id = 20")).containsExactly("-20");
        assertThat(rows(session, "SELECT v FROM n.t WHERE id = 61")).isEmpty();
      }
    }
  }

  @Test
  void alterTable_setStorage_movesSegmentsAndCopies_andBack(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path archive = createStorage(database, "archive");
    fill(db);
    check(db);
    List<Path> before = database.filesEndingWith(".parquet");
    assertThat(before).hasSize(5);
    db.execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    awaitSegments(db, "archive", 5);
    assertThat(segments(db, "local")).isZero();
    await(
        "the job ends",
        () ->
            db.query("SELECT status, subject, files FROM system.jobs WHERE type = 'move'")
                .list()
                .toString()
                .contains("completed, subject=n.t, files=5"));
    check(db);
    await("old files go", () -> database.filesEndingWith(".parquet").isEmpty());
    await("copies follow", () -> database.filesEndingWith("manifest.json").isEmpty());
    assertThat(filesIn(archive, "manifest.json")).hasSize(2);
    assertThat(db.query("SHOW CREATE TABLE n.t").single().getString(1)).contains("'archive'");
    db.execute("STORAGE FLUSH TABLE n.t");
    assertThat(filesIn(archive, ".parquet")).hasSizeGreaterThan(5);
    check(db);
    check(database.reopen());
    assertThat(database.db().recovery().isUneventful()).isTrue();
    database.db().execute("ALTER TABLE n.t SET (STORAGE_ID = 'local')");
    awaitSegments(database.db(), "archive", 0);
    check(database.db());
    await("it is empty", () -> filesIn(archive, ".parquet").isEmpty());
    await("copies follow", () -> filesIn(archive, "manifest.json").isEmpty());
    database.db().execute("STORAGE COMPACT TABLE n.t");
    check(database.db());
    database.db().execute("DROP STORAGE archive");
    refused("42704", () -> database.db().execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')"));
    check(database.reopen());
  }

  @Test
  void alterTable_setStorage_inATransactionThatRollsBack_movesNothing(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    createStorage(database, "archive");
    fill(db);
    try (Session session = db.session()) {
      session.execute("BEGIN; ALTER TABLE n.t SET (STORAGE_ID = 'archive'); ROLLBACK");
      session.execute("BEGIN; ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
      db.execute("DROP STORAGE archive");
      refused("42704", () -> session.execute("COMMIT"));
    }
    assertThat(db.query("SHOW CREATE TABLE n.t").single().getString(1)).doesNotContain("STORAGE");
    check(db);
  }

  @Test
  void move_whileAResultIsOpen_keepsTheOldFilesForIt(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    createStorage(database, "archive");
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
    db.execute("INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 30000) g");
    db.execute("STORAGE FLUSH TABLE t");
    try (Session session = db.session();
        Result open = session.query("SELECT * FROM t")) {
      db.execute("ALTER TABLE t SET (STORAGE_ID = 'archive')");
      awaitSegments(db, "archive", 1);
      assertThat(database.filesEndingWith(".parquet")).hasSize(1);
      assertThat(open.list()).hasSize(30_000);
    }
    await("old files go", () -> database.filesEndingWith(".parquet").isEmpty());
  }

  @Test
  void move_storageIsAway_servesFromWhereItIsAndGoesOnWhenItIsBack(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path archive = createStorage(database, "archive");
    fill(db);
    Path away = database.scratch().resolve("away");
    Files.move(archive, away);
    db.execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    refused("58030", () -> db.execute("STORAGE FLUSH TABLE n.t"));
    check(db);
    check(database.reopen());
    assertThat(database.db().recovery().unavailableStorages()).hasSize(1);
    assertThat(segments(database.db(), "local")).isEqualTo(5);
    database.closeDatabase();
    Files.move(away, archive);
    awaitSegments(database.db(), "archive", 5);
    check(database.db());
    await("old files go", () -> database.filesEndingWith(".parquet").isEmpty());
  }

  @Test
  void alterTable_storageAndBackAtOnce_bringsWhatWasFlushedBetween(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    createStorage(database, "archive");
    for (int i = 0; i < 10; i++) {
      // Quicker than anybody looks.
      db.execute("CREATE TABLE t" + i + " (id INT PRIMARY KEY) WITH (STORAGE_ID = 'archive')");
      db.execute("INSERT INTO t" + i + " VALUES (1)");
      db.execute("STORAGE FLUSH TABLE t" + i);
      db.execute("ALTER TABLE t" + i + " SET (STORAGE_ID = 'local')");
      db.execute("ALTER TABLE t0 SET (STORAGE_ID = 'archive')");
      db.execute("INSERT INTO t0 VALUES (?)", i + 2);
      db.execute("STORAGE FLUSH TABLE t0");
      db.execute("ALTER TABLE t0 SET (STORAGE_ID = 'local')");
    }
    awaitSegments(db, "archive", 0);
    try (Session session = db.session()) {
      assertThat(rows(session, "SELECT count(*) FROM t0")).containsExactly("11");
    }
    db.execute("DROP STORAGE archive");
  }

  @Test
  void dropStorage_rightAfterItsTableHasLeft_holdsUpNoOtherMove(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    createStorage(database, "archive");
    db.execute("CREATE TABLE t (id INT PRIMARY KEY)");
    db.execute("INSERT INTO t VALUES (1)");
    db.execute("STORAGE FLUSH TABLE t");
    for (int i = 0; i < 10; i++) {
      // Quicker than anybody looks.
      createStorage(database, "gone" + i);
      db.execute("CREATE TABLE u" + i + " (id INT) WITH (STORAGE_ID = 'gone" + i + "')");
      db.execute("ALTER TABLE u" + i + " SET (STORAGE_ID = 'local')");
      db.execute("DROP STORAGE gone" + i);
    }
    db.execute("ALTER TABLE t SET (STORAGE_ID = 'archive')");
    awaitSegments(db, "archive", 1);
  }

  @Test
  void rename_withSegments_copiesOfManifestsFollow(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    fill(db);
    db.execute("ALTER TABLE n.t RENAME TO u");
    await(
        "copies follow",
        () ->
            database.filesEndingWith("manifest.json").stream()
                .allMatch(file -> file.toString().contains("users/u/")));
    assertThat(database.filesEndingWith("manifest.json")).hasSize(2);
    assertThat(Files.readString(database.filesEndingWith("manifest.json").get(0)))
        .contains("../../../t/");
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
  }

  private static final int USERS = 120;

  /** A table of many partitions, the first with several segments, and a storage to move it to. */
  private static Path fillMany(TestDatabase database) throws IOException {
    KalamDB db = database.reopen(BY_HAND);
    Path archive = createStorage(database, "archive");
    db.execute("CREATE NAMESPACE n; CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT)");
    for (int user = 0; user < USERS; user++) {
      try (Session session = db.session("u" + user)) {
        session.execute("INSERT INTO n.t SELECT g, 'v' || g FROM generate_series(1, 10) g");
      }
    }
    db.execute("STORAGE FLUSH TABLE n.t");
    for (int i = 1; i < 5; i++) {
      try (Session session = db.session("u0")) {
        session.execute("INSERT INTO n.t VALUES (?, 'later')", 100 + i);
      }
      db.execute("STORAGE FLUSH TABLE n.t");
    }
    return archive;
  }

  private static void checkMany(KalamDB db) {
    for (int user = 0; user < USERS; user++) {
      try (Session session = db.session("u" + user)) {
        assertThat(rows(session, "SELECT count(*), min(v), sum(id) FROM n.t"))
            .containsExactly(user == 0 ? "14|later|465" : "10|v1|55");
      }
    }
  }

  /** Kills the move of {@code n.t} once it has moved something, and waits for its end. */
  private static void killMove(KalamDB db) throws Exception {
    String running = "SELECT id FROM system.jobs WHERE type = 'move' AND status = 'running'";
    await(
        "segments move", () -> segments(db, "archive") > 0 && !db.query(running).list().isEmpty());
    String job = db.query(running).single().getString(0);
    db.execute("KILL JOB '" + job + "'");
    await("the job ends", () -> db.query(running).list().isEmpty());
    assertThat(
            db.query("SELECT status, ended IS NOT NULL FROM system.jobs WHERE id = ?", job)
                .single()
                .toArray())
        .containsExactly("cancelled", true);
  }

  /** Each segment is one file, where the storages say, and each partition's copy tells of it. */
  private static void checkFiles(TestDatabase database, Path archive) throws Exception {
    KalamDB db = database.db();
    assertThat(segments(db, "local") + segments(db, "archive")).isEqualTo(USERS + 4);
    await(
        "old files go", () -> database.filesEndingWith(".parquet").size() == segments(db, "local"));
    assertThat(filesIn(archive, ".parquet")).hasSize((int) segments(db, "archive"));
    assertThat(filesIn(archive, ".tmp")).isEmpty();
    List<Path> copies = new ArrayList<>(database.filesEndingWith("manifest.json"));
    copies.addAll(filesIn(archive, "manifest.json"));
    List<Path> segments = new ArrayList<>(database.filesEndingWith(".parquet"));
    segments.addAll(filesIn(archive, ".parquet"));
    for (Path copy : copies) {
      Matcher files = Pattern.compile("\"file\": ?\"([^\"]+)\"").matcher(Files.readString(copy));
      while (files.find()) {
        assertThat(segments).contains(copy.resolveSibling(files.group(1)).normalize());
      }
    }
    assertThat(copies).hasSize(USERS);
  }

  @Test
  void killJob_ofARunningMove_leavesBothPlacesWholeAndCanBeGoneOnWith(TestDatabase database)
      throws Exception {
    Path archive = fillMany(database);
    KalamDB db = database.db();
    db.execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    killMove(db);
    long moved = segments(db, "archive");
    assertThat(moved).isBetween(1L, USERS + 3L);
    checkMany(db);
    checkFiles(database, archive);
    assertThat(db.check().problems()).isEmpty();

    // The killed move does not go on by itself while others do.
    db.execute("CREATE TABLE other (id INT PRIMARY KEY) WITH (STORAGE_ID = 'archive')");
    db.execute("INSERT INTO other VALUES (1); STORAGE FLUSH TABLE other");
    db.execute("ALTER TABLE other SET (STORAGE_ID = 'local')");
    String other = "SELECT status FROM system.jobs WHERE type = 'move' AND subject LIKE '%other'";
    await("the other move ends", () -> db.query(other).list().toString().contains("completed"));
    assertThat(segments(db, "archive")).isEqualTo(moved);
    db.execute("DROP TABLE other");

    db.execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    awaitSegments(db, "archive", USERS + 4);
    await("copies follow", () -> database.filesEndingWith("manifest.json").isEmpty());
    checkFiles(database, archive);
    checkMany(db);
    checkMany(database.reopen());
    assertThat(database.db().recovery().isUneventful()).isTrue();
  }

  @Test
  void killJob_ofARunningMove_backOrReopened_endsInOnePlace(TestDatabase database)
      throws Exception {
    Path archive = fillMany(database);
    database.db().execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    killMove(database.db());
    database.db().execute("ALTER TABLE n.t SET (STORAGE_ID = 'local')");
    awaitSegments(database.db(), "archive", 0);
    await("copies follow", () -> filesIn(archive, "manifest.json").isEmpty());
    checkFiles(database, archive);

    database.db().execute("ALTER TABLE n.t SET (STORAGE_ID = 'archive')");
    killMove(database.db());
    awaitSegments(database.reopen(), "archive", USERS + 4);
    await("copies follow", () -> database.filesEndingWith("manifest.json").isEmpty());
    checkFiles(database, archive);
    checkMany(database.db());
  }

  @Test
  void move_besideWritersFlushesCompactionsAndReaders_changesNothing(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    createStorage(database, "a");
    createStorage(database, "b");
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT, UNIQUE (v))");
    db.execute("INSERT INTO t SELECT g, g FROM generate_series(1, 2000) g");
    db.execute("STORAGE FLUSH TABLE t");
    AtomicBoolean done = new AtomicBoolean();
    Threads work = new Threads();
    for (int w = 0; w < 2; w++) {
      int writer = w;
      work.start(
          () -> {
            try (Session session = db.session()) {
              Random random = new Random(writer);
              for (int i = 0; i < 250; i++) {
                int id = 1 + writer + 2 * random.nextInt(900);
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
    for (String sql : List.of("STORAGE FLUSH TABLE t", "STORAGE COMPACT TABLE t")) {
      work.start(
          () -> {
            try (Session session = db.session()) {
              while (!done.get()) {
                session.execute(sql);
              }
            }
          });
    }
    work.start(
        () -> {
          try (Session session = db.session()) {
            for (int i = 0; !done.get(); i++) {
              String storage = List.of("a", "b", "local").get(i % 3);
              session.execute("ALTER TABLE t SET (STORAGE_ID = '" + storage + "')");
              // Every other time before the move before has come to its end.
              if (i % 2 == 0) {
                await(
                    "all are in " + storage,
                    () ->
                        done.get()
                            || rows(
                                    session,
                                    "SELECT count(*) FROM system.storages WHERE segments > 0")
                                .equals(List.of("1")));
              }
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
    Row local = db.query("SHOW STORAGES").list().get(0);
    assertThat(local.getString("storage_id")).isEqualTo("local");
    assertThat(db.check().problems()).isEmpty();
    try (Session session = database.reopen().session()) {
      assertThat(rows(session, "SELECT count(*), sum(v) FROM t")).containsExactly("2000|2001000");
    }
    assertThat(database.db().check().problems()).isEmpty();
  }
}
