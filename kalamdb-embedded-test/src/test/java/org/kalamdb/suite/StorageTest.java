package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.RecoveryMode;
import org.kalamdb.SalvageReport;
import org.kalamdb.Session;
import org.kalamdb.internal.storage.file.Disks;
import org.kalamdb.query.Row;
import org.kalamdb.test.CrankyDisk;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Storages beside the local one: making, changing and dropping them, and segments in them. */
@ExtendWith(TemporaryDatabase.class)
class StorageTest {
  private static Path make(TestDatabase database, String name) throws IOException {
    return Files.createDirectories(database.scratch().resolve(name));
  }

  private static void create(KalamDB db, String id, Path directory) {
    db.execute("CREATE STORAGE " + id + " TYPE filesystem PATH '" + directory + "'");
  }

  private static List<Path> filesIn(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(f -> f.toString().endsWith(ending)).sorted().toList();
    }
  }

  private static void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE n");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT) WITH (STORAGE_ID = 'archive')");
    db.execute("CREATE TABLE n.s (id INT PRIMARY KEY, v TEXT)");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t SELECT i, 'a' || i FROM generate_series(1, 20) AS g (i)");
      db.execute("INSERT INTO n.s VALUES (1, 'x')");
      db.execute("STORAGE FLUSH ALL");
      alice.execute("UPDATE n.t SET v = 'new' WHERE id = 2");
      alice.execute("DELETE FROM n.t WHERE id = 3");
    }
  }

  private static List<String> alices(KalamDB db) {
    try (Session alice = db.session("alice")) {
      return rows(alice, "SELECT id, v FROM n.t WHERE id < 5 ORDER BY id");
    }
  }

  @Test
  void createStorage_tableInIt_segmentsAreThereAndAreReadAfterAReopen(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    assertThat(filesIn(directory, ".parquet")).hasSize(1);
    assertThat(filesIn(directory.resolve("n/users/t"), "manifest.json")).hasSize(1);
    assertThat(database.filesEndingWith(".parquet")).hasSize(1);
    List<String> expected = List.of("1|a1", "2|new", "4|a4");
    assertThat(alices(db)).isEqualTo(expected);
    db.execute("STORAGE FLUSH TABLE n.t");
    assertThat(alices(database.reopen())).isEqualTo(expected);
    database.db().execute("STORAGE COMPACT ALL");
    assertThat(alices(database.db())).isEqualTo(expected);
    assertThat(filesIn(directory, ".parquet")).hasSize(1);
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
    assertThat(database.db().query("SHOW CREATE TABLE n.t").single().getString(1))
        .contains("STORAGE_ID = 'archive'");
  }

  @Test
  void showStorages_afterCreateAndAlter_tellsOfEach(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    db.execute(
        "CREATE STORAGE archive TYPE filesystem NAME 'Old' DESCRIPTION 'slow disk' PATH '"
            + directory
            + "' SHARED_TABLES_TEMPLATE 'all/{namespace}/{tableName}'");
    db.execute("CREATE STORAGE IF NOT EXISTS archive TYPE filesystem PATH '/nowhere'");
    fill(db);
    List<Row> shown = db.query("SHOW STORAGES").list();
    assertThat(shown).hasSize(2);
    assertThat(shown.get(0).getString("storage_id")).isEqualTo("local");
    assertThat(shown.get(0).getString("path")).endsWith("cold");
    assertThat(shown.get(0).getLong("segments")).isEqualTo(1);
    Row archive = shown.get(1);
    assertThat(archive.getString("name")).isEqualTo("Old");
    assertThat(archive.getString("description")).isEqualTo("slow disk");
    assertThat(archive.getString("path")).isEqualTo(directory.toRealPath().toString());
    assertThat(archive.getString("shared_tables_template"))
        .isEqualTo("all/{namespace}/{tableName}");
    assertThat(archive.getString("user_tables_template"))
        .isEqualTo("{namespace}/users/{tableName}/{shard}/{userId}");
    assertThat(archive.getBoolean("available")).isTrue();
    assertThat(archive.getLong("tables")).isEqualTo(1);
    assertThat(archive.getLong("segments")).isEqualTo(1);
    assertThat(archive.getLong("bytes"))
        .isEqualTo(Files.size(filesIn(directory, ".parquet").get(0)));
    db.execute("ALTER STORAGE archive SET NAME 'Older'");
    db.execute("ALTER STORAGE local SET DESCRIPTION 'with the database'");
    try (Session session = database.reopen().session()) {
      assertThat(
              rows(session, "SELECT storage_id, name, description FROM system.storages ORDER BY 1"))
          .containsExactly("archive|Older|slow disk", "local|null|with the database");
      assertThat(rows(session, "STORAGE CHECK archive")).hasSize(1);
      assertThat(rows(session, "STORAGE CHECK local")).hasSize(1);
    }
    try (Session user = database.db().session("alice")) {
      refused("42501", () -> user.execute("SHOW STORAGES"));
      refused("42501", () -> user.execute("CREATE STORAGE x TYPE filesystem PATH '/tmp'"));
      refused("42501", () -> user.execute("DROP STORAGE archive"));
      refused("42501", () -> user.query("SELECT * FROM system.storages"));
    }
  }

  @Test
  void alterStorage_otherTemplate_newSegmentsGoThereAndOldOnesStay(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    db.execute(
        "ALTER STORAGE archive SET USER_TABLES_TEMPLATE '{namespace}/{tableName}/u/{userId}'");
    db.execute("STORAGE FLUSH TABLE n.t");
    assertThat(filesIn(directory.resolve("n/users"), ".parquet")).hasSize(1);
    assertThat(filesIn(directory.resolve("n/t/u/alice"), ".parquet")).hasSize(1);
    String copy =
        Files.readString(filesIn(directory.resolve("n/t/u/alice"), "manifest.json").get(0));
    assertThat(copy).contains("\"../../../users/t/");
    assertThat(alices(database.reopen())).containsExactly("1|a1", "2|new", "4|a4");
    assertThat(filesIn(directory, "manifest.json")).hasSize(1);
  }

  @Test
  void createStorage_directoryThatWillNotDo_isRefusedAndNothingIsLeft(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path archive = make(database, "archive");
    create(db, "archive", archive);
    String create = "CREATE STORAGE x TYPE filesystem PATH '";
    refused("58P01", () -> create(db, "x", database.scratch().resolve("missing")));
    refused("22023", () -> db.execute(create + "relative'"));
    refused("42P17", () -> create(db, "x", database.directory()));
    refused("42P17", () -> create(db, "x", database.directory().resolve("cold")));
    refused("42P17", () -> create(db, "x", database.scratch()));
    refused("55006", () -> create(db, "x", archive));
    refused("55006", () -> create(db, "x", make(database, "archive/below")));
    Path link = database.scratch().resolve("link");
    Files.createSymbolicLink(link, archive);
    refused("55006", () -> create(db, "x", link));
    Path full = make(database, "full");
    Path other = Files.writeString(full.resolve("photo.jpg"), "somebody's");
    refused("55000", () -> create(db, "x", full));
    refused("42809", () -> create(db, "x", other));
    refused("42710", () -> create(db, "archive", make(database, "more")));
    refused("42710", () -> create(db, "local", make(database, "more")));
    refused("42602", () -> create(db, "\"\u0001\"", make(database, "more")));
    refused("42622", () -> create(db, "a".repeat(65), make(database, "more")));
    refused("0A000", () -> db.execute("CREATE STORAGE x TYPE s3 BUCKET 'b'"));
    refused("22023", () -> db.execute(create + make(database, "more") + "' REGION 'r'"));
    refused("42601", () -> db.execute("CREATE STORAGE x TYPE filesystem"));
    try (Session session = db.session()) {
      refused(
          "25001", () -> session.execute("BEGIN; CREATE STORAGE x TYPE filesystem PATH '/tmp'"));
    }
    assertThat(db.query("SHOW STORAGES").list()).hasSize(2);
    assertThat(filesIn(make(database, "more"), "")).hasSize(1);
    assertThat(filesIn(full, "")).hasSize(2);
  }

  @Test
  void createStorage_diskThatFails_isRefusedAndCanBeTriedAgain(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "cranky");
    CrankyDisk disk = new CrankyDisk(Disks.local());
    Disks.put(directory, disk);
    try {
      int tries = 0;
      boolean hit = true;
      while (hit) {
        tries++;
        disk.fail(tries, CrankyDisk.Effect.NOT_DONE);
        hit = false;
        try {
          create(db, "x" + tries, directory);
        } catch (org.kalamdb.error.KalamException e) {
          assertThat(e.sqlState()).isEqualTo("58030");
          hit = true;
        }
        disk.heal();
      }
      assertThat(tries).isGreaterThan(5);
      assertThat(filesIn(directory, "")).hasSize(2);
    } finally {
      Disks.remove(directory);
    }
  }

  @Test
  void templates_thatWillNotDo_areRefusedWithTheirPlace(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    String create =
        "CREATE STORAGE x TYPE filesystem PATH '"
            + make(database, "x")
            + "'\n USER_TABLES_TEMPLATE '";
    for (String template :
        List.of(
            "{namespace}/{tableName}",
            "{tableName}/{namespace}/{userId}",
            "{namespace}/{tableName}/{userId}/{shard}",
            "{namespace}/{tableName}/{user}",
            "{namespace}/{tableName}/{userId}/{userId}",
            "../{namespace}/{tableName}/{userId}",
            "/{namespace}/{tableName}/{userId}",
            "{namespace}/{tableName}/u-{userId}",
            "{namespace}/nul/{tableName}/{userId}",
            "{namespace}//{tableName}/{userId}",
            "{namespace}/A/{tableName}/{userId}",
            "{namespace}/{tableName}/{userId}/..",
            "{namespace}/shared/{tableName}/{userId}/",
            // the directory of the shared table "t" would be that of a user "t" of table "shared"
            "{namespace}/{tableName}/{userId}")) {
      assertThat(refused("22023", () -> db.execute(create + template + "'")).getMessage())
          .as(template)
          .contains("template");
    }
    assertThat(
            refused("22023", () -> db.execute(create + "{namespace}/{tableName}/{user}'")).line())
        .isEqualTo(2);
    assertThat(db.query("SHOW STORAGE local").single().getString(0)).isEqualTo("local");
    refused("42704", () -> db.query("SHOW STORAGE x"));
    assertThat(db.query("SHOW STORAGES").list()).hasSize(1);
    refused("22023", () -> db.execute("ALTER STORAGE local SET SHARED_TABLES_TEMPLATE 'x'"));
    refused("42704", () -> db.execute("ALTER STORAGE y SET NAME 'x'"));
  }

  @Test
  void dropStorage_inUse_isRefusedWithTheTables_andUnusedLeavesAnEmptyDirectory(
      TestDatabase database) throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    assertThat(refused("2BP01", () -> db.execute("DROP STORAGE archive")).getMessage())
        .contains("n.t");
    refused("42939", () -> db.execute("DROP STORAGE local"));
    refused("42704", () -> db.execute("DROP STORAGE other"));
    db.execute("DROP STORAGE IF EXISTS other");
    try (Session alice = db.session("alice");
        var open = alice.query("SELECT * FROM n.t")) {
      db.execute("DROP TABLE n.t");
      refused("55006", () -> db.execute("DROP STORAGE archive"));
      assertThat(open.list()).hasSize(19);
    }
    db.execute("DROP STORAGE archive");
    assertThat(filesIn(directory, "")).containsExactly(directory);
    refused("42704", () -> db.execute("CREATE TABLE n.u (id INT) WITH (STORAGE_ID = 'archive')"));
    refused("42704", () -> db.execute("ALTER TABLE n.s SET (STORAGE_ID = 'archive')"));
    create(db, "archive", directory);
    assertThat(database.reopen().query("SHOW STORAGES").list()).hasSize(2);
  }

  @Test
  void open_directoryMissing_refusesWhatIsInItAndDeletesNothing(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    database.closeDatabase();
    Path away = database.scratch().resolve("away");
    Files.move(directory, away);
    for (boolean empty : new boolean[] {false, true}) {
      if (empty) {
        Files.createDirectory(directory); // a mount point without its disk
      }
      KalamDB without = database.reopen();
      assertThat(without.recovery().unavailableStorages()).hasSize(1);
      assertThat(without.recovery().missingSegments()).isEmpty();
      assertThat(refused("58030", () -> alices(without)).getMessage())
          .contains("\"archive\"")
          .contains(directory.toString());
      try (Session alice = without.session("alice");
          Session bob = without.session("bob")) {
        refused("58030", () -> alice.execute("UPDATE n.t SET v = 'no' WHERE id = 1"));
        assertThat(rows(bob, "SELECT * FROM n.t")).isEmpty();
        assertThat(rows(alice, "SELECT v FROM n.t WHERE id = 2")).containsExactly("new");
      }
      refused("58030", () -> without.execute("STORAGE FLUSH TABLE n.t"));
      refused("58030", () -> without.execute("STORAGE COMPACT TABLE n.t"));
      refused("58030", () -> without.execute("STORAGE CHECK archive"));
      refused("2BP01", () -> without.execute("DROP STORAGE archive"));
      assertThat(without.check().isSound()).isFalse();
      Row shown =
          without.query("SELECT * FROM system.storages WHERE storage_id = 'archive'").single();
      assertThat(shown.getBoolean("available")).isFalse();
      assertThat(shown.getString("problem")).contains(directory.toString());
      assertThat(without.query("SELECT v FROM n.s").single().getString(0)).isEqualTo("x");
      database.closeDatabase();
    }
    assertThat(filesIn(directory, "")).containsExactly(directory);
    Files.delete(directory);
    Files.move(away, directory);
    assertThat(alices(database.reopen())).containsExactly("1|a1", "2|new", "4|a4");
    assertThat(database.db().recovery().isUneventful()).isTrue();
  }

  @Test
  void dropTable_whileItsStorageIsAway_filesAreSweptWhenItIsBack(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    database.closeDatabase();
    Path away = database.scratch().resolve("away");
    Files.move(directory, away);
    database.db().execute("DROP TABLE n.t");
    database.closeDatabase();
    Files.move(away, directory);
    assertThat(filesIn(directory, ".parquet")).hasSize(1);
    database.db();
    assertThat(filesIn(directory, ".parquet")).isEmpty();
    assertThat(filesIn(directory, "manifest.json")).isEmpty();
    database.db().execute("DROP STORAGE archive");
  }

  @Test
  void open_copyOfTheDatabase_leavesTheStorageToTheOriginal(TestDatabase database)
      throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    database.closeDatabase();
    Path copy = database.scratch().resolve("copy");
    try (Stream<Path> files = Files.walk(database.directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(database.directory().relativize(file).toString()));
      }
    }
    database.db().execute("STORAGE FLUSH TABLE n.t"); // a segment the copy knows nothing of
    List<Path> before = filesIn(directory, ".parquet");
    database.closeDatabase();
    try (KalamDB second = KalamDB.open(copy)) {
      assertThat(second.recovery().unavailableStorages().toString()).contains("copy");
      refused("58030", () -> alices(second));
    }
    assertThat(filesIn(directory, ".parquet")).isEqualTo(before).hasSize(2);
    // Without the original it counts as moved, and works.
    Path moved = database.scratch().resolve("moved");
    Files.move(database.directory(), moved);
    try (KalamDB there = KalamDB.open(moved)) {
      assertThat(alices(there)).containsExactly("1|a1", "2|new", "4|a4");
      assertThat(there.recovery().isUneventful()).isTrue();
    }
    Files.move(moved, database.directory());
    assertThat(alices(database.db())).containsExactly("1|a1", "2|new", "4|a4");
  }

  @Test
  void open_orphansInAStorage_areSweptAndNothingElse(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    database.closeDatabase();
    Path home = filesIn(directory, ".parquet").get(0).getParent();
    Path temporary = Files.write(home.resolve("1-00000002.parquet.tmp"), new byte[] {'P'});
    Path orphan =
        Files.copy(filesIn(directory, ".parquet").get(0), home.resolve("1-00000002.parquet"));
    List<Path> mine =
        List.of(
            Files.writeString(home.resolve("note.txt"), "mine"),
            Files.writeString(directory.resolve("mine.parquet"), "mine"),
            Files.writeString(directory.resolve("n").resolve("manifest.json"), "{}"));
    assertThat(database.db().recovery().deletedFiles()).hasSize(2);
    assertThat(temporary).doesNotExist();
    assertThat(orphan).doesNotExist();
    assertThat(mine).allMatch(Files::exists);
    assertThat(alices(database.db())).containsExactly("1|a1", "2|new", "4|a4");
    database.db().execute("DROP TABLE n.t");
    database.db().execute("DROP STORAGE archive");
    assertThat(mine).allMatch(Files::exists);
    assertThat(filesIn(directory, "").stream().filter(Files::isRegularFile)).hasSize(3);
  }

  @Test
  void salvage_segmentDamagedInAStorage_isSetAsideThere(TestDatabase database) throws Exception {
    Path directory = make(database, "archive");
    create(database.db(), "archive", directory);
    fill(database.db());
    try (Session bob = database.db().session("bob")) {
      bob.execute("INSERT INTO n.t VALUES (1, 'b')");
    }
    database.db().execute("STORAGE FLUSH TABLE n.t");
    database.closeDatabase();
    Path damaged = filesIn(directory.resolve("n/users/t"), ".parquet").get(0);
    try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
      file.setLength(file.length() - 10);
    }
    Path orphan = Files.copy(damaged, damaged.resolveSibling("1-00000000.parquet"));
    KalamOptions salvage = KalamOptions.builder().recovery(RecoveryMode.SALVAGE).build();
    Path away = database.scratch().resolve("away");
    Files.move(directory, away);
    assertThat(refused("58030", () -> KalamDB.open(database.directory(), salvage)).getMessage())
        .contains("archive");
    Files.move(away, directory);
    try (KalamDB db = KalamDB.open(database.directory(), salvage)) {
      SalvageReport report = Objects.requireNonNull(db.recovery().salvaged());
      assertThat(report.lostSegments()).hasSize(1);
      assertThat(report.lostSegments().get(0).table()).isEqualTo("n.t");
      assertThat(db.check().problems()).isEmpty();
    }
    assertThat(damaged).doesNotExist();
    assertThat(orphan).doesNotExist();
    assertThat(filesIn(directory.resolve("kalam.lost"), ".parquet")).hasSize(2);
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      long left = Sql.count(alice, "n.t") + Sql.count(bob, "n.t");
      assertThat(left).isBetween(1L, 19L);
    }
    assertThat(database.db().recovery().isUneventful()).isTrue();
    assertThat(database.reopen().recovery().isUneventful()).isTrue();
    assertThat(filesIn(directory.resolve("kalam.lost"), ".parquet")).hasSize(2);
  }

  @Test
  void renameTruncateAndDrop_inAStorage_keepPathsApart(TestDatabase database) throws Exception {
    KalamDB db = database.db();
    Path directory = make(database, "archive");
    create(db, "archive", directory);
    fill(db);
    db.execute("ALTER TABLE n.t RENAME TO old");
    db.execute("CREATE USER TABLE n.t (id INT PRIMARY KEY, v TEXT) WITH (STORAGE_ID = 'archive')");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO n.t VALUES (1, 'second')");
      db.execute("STORAGE FLUSH ALL");
      assertThat(rows(alice, "SELECT v FROM n.t")).containsExactly("second");
      assertThat(rows(alice, "SELECT v FROM n.old WHERE id = 1")).containsExactly("a1");
    }
    KalamDB again = database.reopen();
    assertThat(again.recovery().isUneventful()).isTrue();
    again.execute("TRUNCATE n.t");
    again.execute("DROP TABLE n.t");
    try (Session alice = again.session("alice")) {
      assertThat(rows(alice, "SELECT count(*) FROM n.old")).containsExactly("19");
    }
    again.execute("DROP NAMESPACE n CASCADE");
    assertThat(filesIn(directory, ".parquet")).isEmpty();
    again.execute("DROP STORAGE archive");
  }

  @Test
  void options_thatAreNotSupported_areRefused(TestDatabase database) {
    refused("0A000", () -> database.db().execute("CREATE STORAGE x TYPE s3 BUCKET 'b' REGION 'r'"));
    try (KalamDB memory = KalamDB.openInMemory()) {
      refused("0A000", () -> memory.execute("CREATE STORAGE x TYPE filesystem PATH '/tmp'"));
      assertThat(memory.query("SHOW STORAGES").list()).hasSize(1);
    }
  }
}
