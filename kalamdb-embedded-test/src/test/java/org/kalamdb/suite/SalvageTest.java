package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
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
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/** Opening a damaged database with {@link RecoveryMode#SALVAGE}, damage by damage. */
@ExtendWith(TemporaryDatabase.class)
class SalvageTest {
  private static final KalamOptions SALVAGE =
      KalamOptions.builder().recovery(RecoveryMode.SALVAGE).build();

  private static KalamException refused(Path directory, KalamOptions options) {
    KalamException e =
        catchThrowableOfType(KalamException.class, () -> KalamDB.open(directory, options).close());
    assertThat(e).isNotNull();
    return e;
  }

  private static SalvageReport reportOf(KalamDB db) {
    return Objects.requireNonNull(db.recovery().salvaged());
  }

  /** Salvages, checks, closes, and opens in the ordinary way. */
  private static SalvageReport salvage(TestDatabase database) {
    database.closeDatabase();
    SalvageReport report;
    try (KalamDB db = KalamDB.open(database.directory(), SALVAGE)) {
      report = reportOf(db);
      assertThat(db.check().problems()).isEmpty();
    }
    assertThat(database.db().recovery().salvaged()).isNull();
    assertThat(database.db().recovery().isUneventful()).isTrue();
    return report;
  }

  private static List<String> rows(TestDatabase database, String sql) {
    try (Session session = database.db().session()) {
      return Sql.rows(session, sql);
    }
  }

  private static Path newest(TestDatabase database, String ending) {
    return database.filesEndingWith(ending).stream()
        .filter(file -> !file.toString().contains("lost"))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static void flip(Path file, double where) throws IOException {
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      long at = (long) (access.length() * where);
      access.seek(at);
      int old = access.read();
      access.seek(at);
      access.write(old ^ 0x10);
    }
  }

  private static void makeTable(KalamDB db) {
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, code TEXT UNIQUE, n INT)");
    db.execute("CREATE INDEX t_n ON t (n)");
    for (int i = 0; i < 100; i++) {
      db.execute("INSERT INTO t VALUES (?, ?, ?)", i, "c" + i, i % 10);
    }
  }

  @Test
  void log_damagedInTheMiddle_keepsWhatWasCommittedBefore(TestDatabase database) throws Exception {
    makeTable(database.db());
    database.closeDatabase();
    Path log = newest(database, ".log");
    flip(log, 0.6);
    byte[] before = Files.readAllBytes(log);

    KalamException e = refused(database.directory(), KalamOptions.defaults());
    assertThat(e.sqlState()).isEqualTo("XX001");
    assertThat(e.hint()).contains("RecoveryMode.SALVAGE").contains("lost/");
    assertThat(Files.readAllBytes(log)).as("never of its own accord").isEqualTo(before);

    SalvageReport report = salvage(database);
    assertThat(report.isLossless()).isFalse();
    assertThat(report.findings()).anyMatch(f -> f.contains(log.getFileName().toString()));
    List<String> left = rows(database, "SELECT id FROM t ORDER BY id");
    assertThat(left.size()).isBetween(1, 99);
    assertThat(left.get(left.size() - 1)).as("the first ones").isEqualTo("" + (left.size() - 1));
    assertThat(rows(database, "SELECT count(*) FROM t WHERE n = 0"))
        .isEqualTo(rows(database, "SELECT count(*) FROM t WHERE n + 0 = 0"));
    assertThat(report.hotRowsKept()).isEqualTo(left.size());
    assertThat(Files.readAllBytes(report.keptIn().resolve("hot").resolve(log.getFileName())))
        .isEqualTo(before);
    assertThat(report.keptIn().resolve("report.txt")).content().contains("hot rows kept");
  }

  @Test
  void segment_damagedOrMissing_isTakenOut_withItsIndexEntries(TestDatabase database)
      throws Exception {
    makeTable(database.db());
    database.db().execute("STORAGE FLUSH TABLE t");
    Path first = newest(database, ".parquet");
    database
        .db()
        .execute("INSERT INTO t SELECT i, 'd' || i, 3 FROM generate_series(200, 260) g(i)");
    database.db().execute("UPDATE t SET n = 4 WHERE id < 5");
    database.db().execute("STORAGE FLUSH TABLE t");
    flip(first, 0.3);
    SalvageReport report = salvage(database);

    assertThat(report.lostSegments()).hasSize(1);
    SalvageReport.LostSegment lost = report.lostSegments().get(0);
    assertThat(lost.table()).isEqualTo("default.t");
    assertThat(lost.rows()).isEqualTo(100);
    assertThat(first.toString()).endsWith(lost.file());
    assertThat(first).doesNotExist();
    assertThat(report.keptIn().resolve("cold").resolve(lost.file())).exists();
    assertThat(rows(database, "SELECT count(*) FROM t")).containsExactly("66");
    database.db().execute("INSERT INTO t VALUES (50, 'c50', 1)"); // its entry is free again

    Files.delete(newest(database, ".parquet"));
    SalvageReport second = salvage(database);
    assertThat(second.lostSegments()).hasSize(1);
    assertThat(second.lostSegments().get(0).rows()).isEqualTo(66);
    assertThat(rows(database, "SELECT id FROM t")).containsExactly("50");
    assertThat(second.keptIn()).isNotEqualTo(report.keptIn());
  }

  @Test
  void stateOrMarker_lost_losesNothing(TestDatabase database) throws Exception {
    makeTable(database.db());
    for (String name : List.of("kalam.state", "kalam.db")) {
      database.closeDatabase();
      Files.delete(database.directory().resolve(name));
      KalamException e = refused(database.directory(), KalamOptions.defaults());
      assertThat(e.hint()).contains("RecoveryMode.SALVAGE");
      SalvageReport report = salvage(database);
      assertThat(report.findings()).hasSize(1).first().asString().contains(name);
      assertThat(rows(database, "SELECT count(*), count(DISTINCT code) FROM t"))
          .containsExactly("100|100");
    }
  }

  @Test
  void tableFile_damagedInTheMiddle_keepsWhatLiesAround(TestDatabase database) throws Exception {
    database.db().execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
    database
        .db()
        .execute(
            "INSERT INTO t SELECT i, md5(i::text) || md5((i + 1)::text)"
                + " FROM generate_series(1, 5000) g(i)");
    database.reopen(); // into a file
    database.closeDatabase();
    Path file =
        database.filesEndingWith(".sst").stream()
            .max(Comparator.comparingLong(f -> f.toFile().length()))
            .orElseThrow();
    flip(file, 0.5);
    SalvageReport report = salvage(database);
    long kept = Sql.count(database.db().session(), "t");
    assertThat(kept).isBetween(4_000L, 4_999L);
    assertThat(report.hotRowsKept()).isEqualTo(kept);
    assertThat(report.hotRowsLost()).isEqualTo(5_000 - kept);
    assertThat(rows(database, "SELECT count(*) FROM t WHERE id IN (1, 5000)")).containsExactly("2");
  }

  @Test
  void manifestOrCurrent_lost_rowsAreFoundInTheirFiles(TestDatabase database) throws Exception {
    makeTable(database.db());
    database.reopen();
    database.db().execute("INSERT INTO t VALUES (100, 'in the log', 1)");
    for (String start : List.of("CURRENT", "MANIFEST")) {
      database.closeDatabase();
      try (Stream<Path> files = Files.list(database.directory().resolve("hot"))) {
        for (Path file : files.toList()) {
          if (file.getFileName().toString().startsWith(start)) {
            Files.delete(file);
          }
        }
      }
      assertThat(refused(database.directory(), KalamOptions.defaults()).hint())
          .contains("RecoveryMode.SALVAGE");
      SalvageReport report = salvage(database);
      assertThat(report.findings()).isNotEmpty();
      assertThat(rows(database, "SELECT count(*), max(code) FROM t"))
          .containsExactly("101|in the log");
    }
  }

  @Test
  void soundDatabase_isTheSameAfterwards(TestDatabase database) {
    DamageWriter.fill(database.db(), db -> {});
    database.db().execute("CREATE STREAM TABLE k.e (v TEXT) WITH (TTL_SECONDS = 3600)");
    try (Session alice = database.db().session("alice")) {
      alice.execute("INSERT INTO k.e VALUES ('event')");
    }
    database.db().execute("CREATE VIEW k.w AS SELECT id FROM k.s");
    List<String> before = DamageWriter.contents(database.db());
    SalvageReport report = salvage(database);
    assertThat(report.findings()).isEmpty();
    assertThat(report.isLossless()).isTrue();
    assertThat(DamageWriter.contents(database.db())).isEqualTo(before);
    try (Session alice = database.db().session("alice")) {
      assertThat(Sql.rows(alice, "SELECT v FROM k.e")).containsExactly("event");
    }
    assertThat(rows(database, "SELECT count(*) FROM k.w")).containsExactly("250");
  }

  @Test
  void interruptedBetweenItsRenames_beginsAnew(TestDatabase database) throws Exception {
    makeTable(database.db());
    database.closeDatabase();
    Path kept = Files.createDirectories(database.directory().resolve("lost/20260101T000000.000Z"));
    Files.move(database.directory().resolve("hot"), kept.resolve("hot"));
    Files.createDirectories(database.directory().resolve("hot.salvaged"));
    assertThat(refused(database.directory(), KalamOptions.defaults()).sqlState())
        .isEqualTo("XX001");
    salvage(database);
    assertThat(rows(database, "SELECT count(*) FROM t")).containsExactly("100");
    assertThat(database.directory().resolve("hot.salvaged")).doesNotExist();
  }

  @Test
  void noDatabase_isRefused(TestDatabase database) throws Exception {
    Path nothing = database.scratch().resolve("nothing");
    assertThat(refused(nothing, SALVAGE).sqlState()).isEqualTo("08001");
    assertThat(nothing).doesNotExist();
    Path other = Files.createDirectories(database.scratch().resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "mine");
    assertThat(refused(other, SALVAGE).sqlState()).isEqualTo("08001");
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void openElsewhere_isRefused(TestDatabase database) {
    database.db().execute("CREATE TABLE t (id INT PRIMARY KEY)");
    try (KalamDB same = KalamDB.open(database.directory(), SALVAGE)) {
      // A further handle shares what is open; nothing is salvaged under it.
      assertThat(same.recovery().salvaged()).isNull();
    }
  }
}
