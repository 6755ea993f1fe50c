package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.Session;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** USE_USER_STORAGE: partitions of users who have a storage lie there, wherever their table is. */
@ExtendWith(TemporaryDatabase.class)
class UserStorageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final List<String> USERS = List.of("alice", "bob", "carol");

  private static final KalamOptions BY_HAND =
      KalamOptions.builder().backgroundCompaction(false).build();

  private static Path createStorage(TestDatabase database, String id) throws IOException {
    Path directory = Files.createDirectories(database.scratch().resolve(id));
    database.db().execute("CREATE STORAGE " + id + " TYPE filesystem PATH '" + directory + "'");
    return directory;
  }

  /** Files of partitions by user; what is not of the user's directory fails. */
  private static Map<String, Integer> files(Path root, String ending) throws IOException {
    Map<String, Integer> byUser = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      files
          .filter(file -> file.toString().endsWith(ending))
          .forEach(
              file -> byUser.merge(file.getParent().getFileName().toString(), 1, Integer::sum));
    }
    return byUser;
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(5);
    }
  }

  /** Waits until the segments, and the copies of manifests, are those in every place. */
  private static void awaitFiles(Map<Path, Map<String, Integer>> expected) throws Exception {
    for (Map.Entry<Path, Map<String, Integer>> place : expected.entrySet()) {
      Map<String, Integer> copies = new TreeMap<>(place.getValue());
      copies.replaceAll((user, count) -> 1);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (true) {
        try {
          Map<String, Integer> segments = files(place.getKey(), ".parquet");
          Map<String, Integer> found = files(place.getKey(), "manifest.json");
          if (segments.equals(place.getValue()) && found.equals(copies)) {
            break;
          }
          assertThat(System.nanoTime())
              .as(place + ": " + segments + ", copies " + found)
              .isLessThan(deadline);
        } catch (UncheckedIOException e) {
          assertThat(System.nanoTime())
              .as("a file went while it was looked at")
              .isLessThan(deadline);
        }
        Thread.sleep(5);
      }
    }
  }

  private static void awaitCopiesOf(String table, Path root) throws Exception {
    await(
        "copies follow",
        () -> {
          try (Stream<Path> files = Files.walk(root)) {
            return files
                .filter(file -> file.endsWith("manifest.json"))
                .allMatch(file -> file.toString().contains("/users/" + table + "/"));
          } catch (UncheckedIOException e) {
            return false; // a file went while it was looked at
          }
        });
  }

  private static Path local(TestDatabase database) {
    return database.directory().resolve("cold");
  }

  /** A hundred rows of each user in two segments, some replaced and deleted, some of them hot. */
  private static void fill(KalamDB db, String options) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT) WITH (" + options + ")");
    for (int from : List.of(1, 51)) {
      for (String user : USERS) {
        try (Session session = db.session(user)) {
          session.execute(
              "INSERT INTO n.t SELECT g, g + ? FROM generate_series(?, ?) g",
              1000 * USERS.indexOf(user),
              from,
              from + 49);
        }
      }
      db.execute("STORAGE FLUSH TABLE n.t");
    }
    for (String user : USERS) {
      try (Session session = db.session(user)) {
        session.execute("UPDATE n.t SET v = -v WHERE id % 10 = 0");
        session.execute("DELETE FROM n.t WHERE id % 10 = 1");
      }
    }
  }

  private static void check(KalamDB db, String user) {
    int base = 1000 * USERS.indexOf(user);
    try (Session session = db.session(user)) {
      assertThat(rows(session, "SELECT count(*), sum(v), max(id) FROM n.t"))
          .containsExactly("90|" + (3490 + 70 * base) + "|100");
      assertThat(rows(session, "SELECT v FROM n.t WHERE id = 20"))
          .containsExactly(String.valueOf(-20 - base));
      assertThat(rows(session, "SELECT v FROM n.t WHERE id = 61")).isEmpty();
    }
  }

  private static void check(KalamDB db) {
    USERS.forEach(user -> check(db, user));
  }

  private static List<String> users(KalamDB db) {
    try (Session session = db.session()) {
      return rows(session, "SELECT user_id, storage_id FROM system.users ORDER BY user_id");
    }
  }

  // ---- statements

  @Test
  void alterUser_storage_isKeptAndShown(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    createStorage(database, "fast");
    assertThat(users(db)).isEmpty();
    db.execute("ALTER USER 'Zoë/../x' SET STORAGE_ID = 'fast'");
    db.execute("ALTER USER bob SET STORAGE_ID = 'fast'; ALTER USER bob SET STORAGE_ID local");
    db.execute("ALTER USER carol SET STORAGE_ID = fast; ALTER USER carol RESET STORAGE_ID");
    db.execute("ALTER USER nobody RESET STORAGE_ID");
    assertThat(users(db)).containsExactly("Zoë/../x|fast", "bob|local");
    List<Row> shown = db.query("SHOW USERS").list();
    assertThat(shown).hasSize(2);
    assertThat(shown.get(0).getString("user_id")).isEqualTo("Zoë/../x");
    assertThat(shown.get(0).getString("storage_id")).isEqualTo("fast");
    assertThat(users(database.reopen())).containsExactly("Zoë/../x|fast", "bob|local");
  }

  @Test
  void alterUser_wrong_isRefused(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    createStorage(database, "fast");
    assertThat(refused("42704", () -> db.execute("ALTER USER u SET STORAGE_ID = 'x'")).getMessage())
        .contains("\"x\"");
    refused("22023", () -> db.execute("ALTER USER '' SET STORAGE_ID = 'fast'"));
    refused(
        "22023", () -> db.execute("ALTER USER ? SET STORAGE_ID = 'fast'".replace("?", long300())));
    refused("42601", () -> db.execute("ALTER USER u SET STORAGE_ID"));
    refused("42601", () -> db.execute("ALTER USER u RESET"));
    refused("42601", () -> db.execute("ALTER USER u RESET ROLE"));
    try (Session alice = db.session("alice")) {
      for (String sql :
          List.of(
              "ALTER USER alice SET STORAGE_ID = 'fast'",
              "ALTER USER alice SET STORAGE_ID = 'x'",
              "ALTER USER alice RESET STORAGE_ID",
              "SHOW USERS",
              "SELECT * FROM system.users")) {
        assertThat(refused("42501", () -> alice.execute(sql)).getMessage()).doesNotContain("fast");
      }
    }
    try (Session session = db.session()) {
      session.execute("BEGIN");
      refused("25001", () -> session.execute("ALTER USER u SET STORAGE_ID = 'fast'"));
    }
    assertThat(users(db)).isEmpty();
  }

  private static String long300() {
    return "'" + "x".repeat(300) + "'";
  }

  @Test
  void tableOption_onlyOfUserTables_isShownAndChanged(TestDatabase database) {
    KalamDB db = database.db();
    db.execute("CREATE NAMESPACE n; CREATE TABLE n.s (id INT PRIMARY KEY)");
    refused("22023", () -> db.execute("CREATE TABLE n.x (id INT) WITH (USE_USER_STORAGE = true)"));
    refused(
        "22023",
        () ->
            db.execute(
                "CREATE STREAM TABLE n.x (id INT) WITH (TTL_SECONDS = 9, USE_USER_STORAGE = true)"));
    refused("42P16", () -> db.execute("ALTER TABLE n.s SET (USE_USER_STORAGE = true)"));
    refused(
        "22023", () -> db.execute("CREATE USER TABLE n.x (id INT) WITH (USE_USER_STORAGE = 7)"));
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY) WITH (USE_USER_STORAGE = true)");
    String created = db.query("SHOW CREATE TABLE n.t").single().getString(1);
    assertThat(created).contains("WITH (USE_USER_STORAGE = true)");
    assertThat(database.reopen().query("SHOW CREATE TABLE n.t").single().getString(1))
        .isEqualTo(created);
    KalamDB again = database.db();
    again.execute("DROP TABLE n.t; " + created);
    again.execute("ALTER TABLE n.t SET (FLUSH_POLICY = 'rows:5')");
    assertThat(again.query("SHOW CREATE TABLE n.t").single().getString(1))
        .contains("USE_USER_STORAGE = true");
    again.execute("ALTER TABLE n.t SET (USE_USER_STORAGE = false)");
    assertThat(again.query("SHOW CREATE TABLE n.t").single().getString(1)).doesNotContain("USE_");
  }

  @Test
  void dropStorage_ofAUser_isRefusedWithTheUser(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    createStorage(database, "fast");
    for (int i = 10; i < 23; i++) {
      db.execute("ALTER USER u" + i + " SET STORAGE_ID = 'fast'");
    }
    assertThat(refused("2BP01", () -> db.execute("DROP STORAGE fast")).getMessage())
        .contains("user \"u10\", user \"u11\"")
        .contains("user \"u19\" and 3 more");
    for (int i = 11; i < 23; i++) {
      db.execute("ALTER USER u" + i + " RESET STORAGE_ID");
    }
    KalamDB again = database.reopen();
    assertThat(refused("2BP01", () -> again.execute("DROP STORAGE fast")).getMessage())
        .contains("user \"u10\"")
        .doesNotContain("u11");
    again.execute("ALTER USER u10 SET STORAGE_ID = 'local'");
    again.execute("DROP STORAGE fast");
    refused("42704", () -> again.execute("ALTER USER u10 SET STORAGE_ID = 'fast'"));
  }

  // ---- where segments lie

  @Test
  void flushAndCompaction_putEachPartitionIntoItsUsersStorage(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'; ALTER USER bob SET STORAGE_ID = 'local'");
    fill(db, "STORAGE_ID = 'slow', USE_USER_STORAGE = true");
    Map<Path, Map<String, Integer>> two =
        Map.of(
            fast, Map.of("alice", 2), local(database), Map.of("bob", 2), slow, Map.of("carol", 2));
    awaitFiles(two);
    check(db);
    db.execute("STORAGE FLUSH TABLE n.t; STORAGE COMPACT TABLE n.t");
    Map<Path, Map<String, Integer>> one =
        Map.of(
            fast, Map.of("alice", 1), local(database), Map.of("bob", 1), slow, Map.of("carol", 1));
    awaitFiles(one);
    check(db);
    assertThat(db.check().problems()).isEmpty();
    KalamDB again = database.reopen();
    assertThat(again.recovery().isUneventful()).isTrue();
    awaitFiles(one);
    check(again);
    assertThat(again.query("STORAGE CHECK fast").single().getString("status"))
        .isEqualTo("completed");
    try (Session session = again.session()) {
      assertThat(rows(session, "SELECT storage_id, segments FROM system.storages ORDER BY 1"))
          .containsExactly("fast|1", "local|1", "slow|1");
      assertThat(rows(session, "SELECT count(*) FROM system.jobs WHERE type = 'move'"))
          .containsExactly("0");
    }
  }

  @Test
  void tableWithoutTheOption_takesNoNoticeOfUsers(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
    fill(db, "USE_USER_STORAGE = false");
    db.execute("ALTER USER bob SET STORAGE_ID = 'fast'");
    awaitFiles(Map.of(fast, Map.of(), local(database), Map.of("alice", 2, "bob", 2, "carol", 2)));
    check(db);
  }

  // ---- moves

  @Test
  void change_ofUserTableOrOption_movesWhatItIsAbout_andBack(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    Path local = local(database);
    fill(db, "USE_USER_STORAGE = true");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
    awaitFiles(Map.of(fast, Map.of("alice", 2), local, Map.of("bob", 2, "carol", 2)));
    await(
        "the job is the user's",
        () ->
            db.query("SELECT status, subject, user_id, files FROM system.jobs WHERE type = 'move'")
                .list()
                .toString()
                .contains("completed, subject=n.t, user_id=alice, files=2"));
    check(db);
    // Copies name files of other places while some are left; at the end none is.
    assertThat(manifest(fast)).contains("\"user\":\"alice\"").doesNotContain("../");
    db.execute("ALTER USER alice SET STORAGE_ID = 'slow'");
    awaitFiles(
        Map.of(fast, Map.of(), slow, Map.of("alice", 2), local, Map.of("bob", 2, "carol", 2)));
    db.execute("ALTER TABLE n.t SET (STORAGE_ID = 'fast')");
    awaitFiles(
        Map.of(fast, Map.of("bob", 2, "carol", 2), slow, Map.of("alice", 2), local, Map.of()));
    check(db);
    db.execute("ALTER TABLE n.t SET (USE_USER_STORAGE = false)");
    awaitFiles(
        Map.of(fast, Map.of("alice", 2, "bob", 2, "carol", 2), slow, Map.of(), local, Map.of()));
    check(db);
    db.execute("ALTER USER bob SET STORAGE_ID = 'slow'");
    db.execute("ALTER TABLE n.t SET (USE_USER_STORAGE = true, STORAGE_ID = 'local')");
    awaitFiles(
        Map.of(fast, Map.of(), slow, Map.of("alice", 2, "bob", 2), local, Map.of("carol", 2)));
    check(database.reopen());
    database.db().execute("ALTER USER alice RESET STORAGE_ID; ALTER USER bob RESET STORAGE_ID");
    awaitFiles(
        Map.of(fast, Map.of(), slow, Map.of(), local, Map.of("alice", 2, "bob", 2, "carol", 2)));
    check(database.db());
    database.db().execute("DROP STORAGE fast; DROP STORAGE slow");
    assertThat(database.db().check().problems()).isEmpty();
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
    check(database.db());
  }

  private static String manifest(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return Files.readString(
          files.filter(file -> file.endsWith("manifest.json")).findFirst().orElseThrow());
    }
  }

  @Test
  void changes_quickerThanAnybodyLooks_leaveNoCopyBehind(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    Path local = local(database);
    fill(db, "USE_USER_STORAGE = true");
    for (int i = 0; i < 3; i++) {
      for (String storage : List.of("fast", "slow", "local")) {
        db.execute("ALTER USER alice SET STORAGE_ID = '" + storage + "'");
        try (Session alice = db.session("alice")) {
          alice.execute("INSERT INTO n.t VALUES (1000, 1)");
          db.execute("STORAGE FLUSH TABLE n.t FOR USER 'alice'");
          alice.execute("DELETE FROM n.t WHERE id = 1000");
          db.execute("STORAGE FLUSH TABLE n.t FOR USER 'alice'");
        }
        db.execute("ALTER TABLE n.t RENAME TO u; ALTER TABLE n.u SET (STORAGE_ID = 'slow')");
        db.execute(
            "ALTER STORAGE fast SET USER_TABLES_TEMPLATE 'x/{namespace}/{tableName}/{userId}'");
        db.execute("ALTER TABLE n.u SET (STORAGE_ID = 'local'); ALTER TABLE n.u RENAME TO t");
        db.execute(
            "ALTER STORAGE fast SET USER_TABLES_TEMPLATE 'y/{namespace}/{tableName}/{userId}'");
      }
    }
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
    db.execute("STORAGE COMPACT TABLE n.t");
    awaitFiles(
        Map.of(fast, Map.of("alice", 1), slow, Map.of(), local, Map.of("bob", 1, "carol", 1)));
    check(db);
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
    check(database.db());
  }

  @Test
  void move_whileAResultIsOpen_keepsTheOldFilesForIt(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT) WITH (USE_USER_STORAGE = true)");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t SELECT g, 'v' || g FROM generate_series(1, 30000) g");
      db.execute("STORAGE FLUSH TABLE n.t");
      try (Result open = alice.query("SELECT * FROM n.t")) {
        db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
        await("it has moved", () -> files(fast, ".parquet").equals(Map.of("alice", 1)));
        assertThat(open.list()).hasSize(30_000);
      }
    }
    awaitFiles(Map.of(fast, Map.of("alice", 1), local(database), Map.of()));
  }

  @Test
  void renameTruncateAndDrop_reachEveryStorage(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    Path local = local(database);
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'; ALTER USER bob SET STORAGE_ID = 'slow'");
    fill(db, "USE_USER_STORAGE = true");
    db.execute("ALTER TABLE n.t RENAME TO u");
    for (Path root : List.of(fast, slow, local)) {
      awaitCopiesOf("u", root);
      assertThat(manifest(root)).contains("../../../t/");
    }
    db.execute("ALTER TABLE n.u RENAME TO t");
    for (Path root : List.of(fast, slow, local)) {
      awaitCopiesOf("t", root);
    }
    awaitFiles(Map.of(fast, Map.of("alice", 2), slow, Map.of("bob", 2), local, Map.of("carol", 2)));
    check(database.reopen(BY_HAND));
    KalamDB again = database.db();
    assertThat(again.recovery().isUneventful()).isTrue();
    try (Session alice = again.session("alice")) {
      again.execute("TRUNCATE n.t");
      awaitFiles(Map.of(fast, Map.of(), slow, Map.of(), local, Map.of()));
      assertThat(rows(alice, "SELECT count(*) FROM n.t")).containsExactly("0");
      alice.execute("INSERT INTO n.t VALUES (1, 1)");
      again.execute("STORAGE FLUSH TABLE n.t");
      awaitFiles(Map.of(fast, Map.of("alice", 1), slow, Map.of(), local, Map.of()));
    }
    again.execute("DROP TABLE n.t");
    awaitFiles(Map.of(fast, Map.of(), slow, Map.of(), local, Map.of()));
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
  }

  // ---- what goes wrong

  @Test
  void storageIsAway_onlyItsUserIsHeldUp(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    Path local = local(database);
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'; ALTER USER bob SET STORAGE_ID = 'slow'");
    fill(db, "USE_USER_STORAGE = true");
    database.closeDatabase();
    Path away = database.scratch().resolve("away");
    Files.move(fast, away);
    KalamDB without = database.reopen(BY_HAND);
    assertThat(without.recovery().unavailableStorages()).hasSize(1);
    assertThat(without.recovery().missingSegments()).isEmpty();
    check(without, "bob");
    check(without, "carol");
    try (Session alice = without.session("alice")) {
      assertThat(
              refused("58030", () -> alice.query("SELECT count(*) FROM n.t").list()).getMessage())
          .contains("\"fast\"");
      // What is hot is there: the row was written again after the flush.
      assertThat(rows(alice, "SELECT v FROM n.t WHERE id = 20")).containsExactly("-20");
    }
    // Others are flushed and compacted, and the statement says whose turn it was not.
    assertThat(refused("58030", () -> without.execute("STORAGE FLUSH TABLE n.t")).getMessage())
        .contains("\"fast\"");
    awaitFiles(Map.of(slow, Map.of("bob", 3), local, Map.of("carol", 3)));
    assertThat(refused("58030", () -> without.execute("STORAGE COMPACT TABLE n.t")).getMessage())
        .contains("\"fast\"");
    awaitFiles(Map.of(slow, Map.of("bob", 1), local, Map.of("carol", 1)));
    refused("2BP01", () -> without.execute("DROP STORAGE fast"));
    // A user who is to leave it stays until it is back.
    without.execute("ALTER USER alice RESET STORAGE_ID; ALTER USER bob SET STORAGE_ID = 'local'");
    await("bob's copies have followed", () -> files(slow, "manifest.json").isEmpty());
    assertThat(files(local, ".parquet")).isEqualTo(Map.of("bob", 1, "carol", 1));
    check(without, "bob");
    database.closeDatabase();
    Files.move(away, fast);
    check(database.reopen(BY_HAND));
    awaitFiles(Map.of(fast, Map.of(), local, Map.of("alice", 2, "bob", 1, "carol", 1)));
    check(database.db());
    assertThat(database.db().check().problems()).isEmpty();
  }

  @Test
  void storageGoesAwayAndComesBack_whileTheDatabaseIsOpen(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
    fill(db, "USE_USER_STORAGE = true");
    Path away = database.scratch().resolve("away");
    Files.move(fast, away);
    for (int i = 0; i < 2; i++) {
      refused("58030", () -> db.execute("STORAGE FLUSH TABLE n.t"));
      awaitFiles(Map.of(local(database), Map.of("bob", 3, "carol", 3)));
    }
    assertThat(fast).doesNotExist();
    check(db, "bob");
    Files.move(away, fast);
    db.execute("STORAGE FLUSH TABLE n.t");
    awaitFiles(Map.of(fast, Map.of("alice", 3), local(database), Map.of("bob", 3, "carol", 3)));
    check(db);
    assertThat(db.check().problems()).isEmpty();
  }

  @Test
  void open_orphansInStoragesOfUsers_areSwept(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    Path slow = createStorage(database, "slow");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'; ALTER USER bob SET STORAGE_ID = 'slow'");
    fill(db, "USE_USER_STORAGE = true");
    database.closeDatabase();
    for (Path root : List.of(fast, slow)) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
          String name = file.getFileName().toString();
          Files.copy(file, file.resolveSibling(name.replaceAll("-.*", "-00000000.parquet")));
        }
      }
    }
    database.reopen(BY_HAND);
    awaitFiles(
        Map.of(
            fast, Map.of("alice", 2), slow, Map.of("bob", 2), local(database), Map.of("carol", 2)));
    check(database.db());
  }

  @Test
  void salvage_keepsStoragesOfUsers(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    Path fast = createStorage(database, "fast");
    db.execute("ALTER USER alice SET STORAGE_ID = 'fast'");
    fill(db, "USE_USER_STORAGE = true");
    KalamDB salvaged =
        database.reopen(
            KalamOptions.builder()
                .backgroundCompaction(false)
                .recovery(RecoveryMode.SALVAGE)
                .build());
    assertThat(users(salvaged)).containsExactly("alice|fast");
    check(salvaged);
    awaitFiles(Map.of(fast, Map.of("alice", 2), local(database), Map.of("bob", 2, "carol", 2)));
  }

  // ---- beside everything else

  @Test
  void moves_besideWritersFlushesCompactionsAndReaders_changeNothing(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    createStorage(database, "a");
    createStorage(database, "b");
    db.execute("CREATE NAMESPACE n");
    db.execute(
        "CREATE USER TABLE n.t (id INT PRIMARY KEY, v INT, UNIQUE (v))"
            + " WITH (USE_USER_STORAGE = true)");
    for (String user : USERS) {
      try (Session session = db.session(user)) {
        session.execute(
            "INSERT INTO n.t SELECT g, g + ? FROM generate_series(1, 1000) g",
            1000 * USERS.indexOf(user));
      }
    }
    db.execute("STORAGE FLUSH TABLE n.t");
    AtomicBoolean done = new AtomicBoolean();
    Threads work = new Threads();
    for (String user : USERS) {
      int base = 1000 * USERS.indexOf(user);
      work.start(
          () -> {
            try (Session session = db.session(user)) {
              Random random = new Random(base);
              for (int i = 0; i < 150; i++) {
                int id = 1 + random.nextInt(1000);
                session.inTransaction(
                    in -> {
                      in.execute("DELETE FROM n.t WHERE id = ?", id);
                      in.execute("INSERT INTO n.t VALUES (?, ?)", id, id + base);
                      return null;
                    });
              }
            } finally {
              done.set(true);
            }
          });
      work.start(
          () -> {
            Random random = new Random(base + 1);
            try (Session session = db.session(user)) {
              while (!done.get()) {
                int id = 1 + random.nextInt(1000);
                assertThat(rows(session, "SELECT count(*), sum(v) FROM n.t"))
                    .containsExactly("1000|" + (500_500 + 1000 * base));
                assertThat(rows(session, "SELECT id FROM n.t WHERE v = ?", id + base))
                    .containsExactly(String.valueOf(id));
              }
            }
          });
    }
    for (String sql : List.of("STORAGE FLUSH TABLE n.t", "STORAGE COMPACT TABLE n.t")) {
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
          Random random = new Random(7);
          List<String> storages = List.of("a", "b", "local");
          try (Session session = db.session()) {
            while (!done.get()) {
              String user = USERS.get(random.nextInt(USERS.size()));
              String storage = storages.get(random.nextInt(storages.size()));
              session.execute(
                  switch (random.nextInt(6)) {
                    case 0 -> "ALTER USER " + user + " RESET STORAGE_ID";
                    case 1 -> "ALTER TABLE n.t SET (STORAGE_ID = '" + storage + "')";
                    case 2 ->
                        "ALTER TABLE n.t SET (USE_USER_STORAGE = " + random.nextBoolean() + ")";
                    default -> "ALTER USER " + user + " SET STORAGE_ID = '" + storage + "'";
                  });
              Thread.sleep(random.nextInt(100));
            }
          }
        });
    work.join();
    db.execute(
        "ALTER USER alice SET STORAGE_ID = 'a'; ALTER USER bob SET STORAGE_ID = 'b';"
            + " ALTER USER carol RESET STORAGE_ID;"
            + " ALTER TABLE n.t SET (STORAGE_ID = 'local', USE_USER_STORAGE = true)");
    db.execute("STORAGE FLUSH TABLE n.t; STORAGE COMPACT TABLE n.t");
    awaitFiles(
        Map.of(
            database.scratch().resolve("a"), Map.of("alice", 1),
            database.scratch().resolve("b"), Map.of("bob", 1),
            local(database), Map.of("carol", 1)));
    assertThat(db.check().problems()).isEmpty();
    KalamDB again = database.reopen();
    for (String user : USERS) {
      try (Session session = again.session(user)) {
        assertThat(rows(session, "SELECT count(*), sum(v) FROM n.t"))
            .containsExactly("1000|" + (500_500 + 1_000_000 * USERS.indexOf(user)));
      }
    }
    assertThat(again.check().problems()).isEmpty();
  }
}
