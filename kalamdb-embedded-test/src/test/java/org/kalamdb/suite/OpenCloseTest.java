package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kalamdb.suite.Sql.refused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;
import org.kalamdb.test.RecordingListener;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Who may open a directory, what a damaged one is told, and what closing and killing leave behind.
 */
@ExtendWith(TemporaryDatabase.class)
class OpenCloseTest {
  private static void fill(KalamDB db) {
    db.execute("CREATE NAMESPACE k");
    db.execute("CREATE USER TABLE k.t (id BIGINT PRIMARY KEY, n INT, v TEXT)");
    try (Session alice = db.session("alice")) {
      alice.execute("INSERT INTO k.t VALUES (-3, 0, 'a'), (-2, 0, 'b'), (-1, 0, 'c')");
      db.execute("STORAGE FLUSH TABLE k.t");
      alice.execute("UPDATE k.t SET v = 'B' WHERE id = -2");
    }
  }

  private static List<String> rows(KalamDB db) {
    try (Session alice = db.session("alice")) {
      return Sql.rows(alice, "SELECT id, v FROM k.t ORDER BY id");
    }
  }

  private static final List<String> FILLED = List.of("-3|a", "-2|B", "-1|c");

  // ---- one owner

  @Test
  void open_whileAnotherProcessHasIt_isRefused(TestDatabase database) throws Exception {
    fill(database.db());
    database.closeDatabase();
    try (ChildJvm child = new ChildJvm(CommitWriter.class, database.directory().toString(), "0")) {
      assertThat(child.readLine()).isEqualTo("open");
      KalamException error = refused("55006", () -> KalamDB.open(database.directory()));
      assertThat(error.getMessage()).contains(database.directory().getFileName().toString());
      assertThat(child.readLine()).as("the owner writes on").isEqualTo("+ 0");
    }
    assertThat(rows(database.db())).containsAll(FILLED);
  }

  @Test
  void open_twiceInOneProcess_sharesTheDatabase(TestDatabase database) {
    KalamDB first = database.db();
    fill(first);
    Path detour = database.directory().resolve("..").resolve(database.directory().getFileName());
    try (KalamDB second = KalamDB.open(detour);
        Session alice = second.session("alice")) {
      assertThat(rows(second)).isEqualTo(FILLED);
      alice.execute("INSERT INTO k.t (id) VALUES (7)");
      assertThat(rows(first)).hasSize(4);
      database.closeDatabase();
      // The other handle keeps it open.
      assertThat(rows(second)).hasSize(4);
      assertThatThrownBy(() -> first.query("SELECT 1")).isInstanceOf(IllegalStateException.class);
    }
    assertThat(rows(database.db())).hasSize(4);
  }

  @Test
  void inMemory_namedIsSharedAndGoneAfterTheLastClose() {
    try (KalamDB first = KalamDB.openInMemory("shared-name");
        KalamDB same = KalamDB.openInMemory("shared-name");
        KalamDB other = KalamDB.openInMemory("other-name")) {
      first.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)");
      assertThat(same.query("SELECT count(*) FROM t").single().getLong(0)).isZero();
      refused("42P01", () -> other.query("SELECT * FROM t"));
    }
    try (KalamDB again = KalamDB.openInMemory("shared-name")) {
      refused("42P01", () -> again.query("SELECT * FROM t"));
    }
  }

  // ---- use after close

  @Test
  void use_afterClose_isRefusedAndNeverCrashes(TestDatabase database) {
    KalamDB db = database.db();
    fill(db);
    Session alice = db.session("alice");
    Session inTransaction = db.session("alice");
    inTransaction.execute("BEGIN");
    inTransaction.execute("DELETE FROM k.t");
    PreparedQuery prepared = alice.prepare("SELECT * FROM k.t WHERE id = ?");
    Result half = alice.query("SELECT id FROM k.t");
    Iterator<Row> rows = half.iterator();
    RecordingListener heard = new RecordingListener();
    Subscription live =
        alice.subscribe("SELECT id FROM k.t", SubscriptionOptions.defaults(), heard);
    heard.awaitReady();
    database.closeDatabase();
    db.close();

    assertRefused(() -> db.session());
    assertRefused(() -> db.session("bob"));
    assertRefused(() -> db.execute("SELECT 1"));
    assertRefused(() -> db.query("SELECT 1"));
    assertRefused(() -> alice.query("SELECT * FROM k.t"));
    assertRefused(() -> alice.execute("DELETE FROM k.t"));
    assertRefused(() -> alice.prepare("SELECT 1"));
    assertRefused(
        () -> alice.subscribe("SELECT * FROM k.t", SubscriptionOptions.defaults(), heard));
    assertRefused(() -> prepared.query(1));
    assertRefused(() -> inTransaction.execute("COMMIT"));
    assertRefused(
        () -> {
          while (rows.hasNext()) {
            rows.next();
          }
        });
    assertThat(live.isOpen()).isFalse();
    heard.awaitClosed();
    live.close();
    half.close();
    prepared.close();
    inTransaction.close();
    alice.close();
    alice.close();
    assertThat(rows(database.db())).as("the open transaction left nothing").isEqualTo(FILLED);
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            e ->
                assertThat(
                        e instanceof IllegalStateException
                            || (e instanceof KalamException error
                                && error.sqlState().equals("08003")))
                    .as(e.toString())
                    .isTrue());
  }

  @Test
  void close_withEverythingOpen_isBounded(TestDatabase database) {
    KalamDB db =
        database.reopen(KalamOptions.builder().closeTimeout(Duration.ofSeconds(1)).build());
    fill(db);
    for (int i = 0; i < 20; i++) {
      Session session = db.session("alice");
      session.execute("BEGIN");
      session.execute("UPDATE k.t SET n = n + 1 WHERE id = -3");
      session.query("SELECT * FROM k.t").iterator().next();
      session.subscribe("SELECT * FROM k.t", SubscriptionOptions.defaults(), event -> {});
    }
    long start = System.nanoTime();
    database.closeDatabase();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(rows(database.db())).isEqualTo(FILLED);
  }

  // ---- what is no database, or not ours to read

  @Test
  void open_directoryOfSomebodyElse_isRefusedAndLeftAlone(TestDatabase database)
      throws IOException {
    Files.createDirectories(database.directory());
    Files.writeString(database.directory().resolve("letter.txt"), "dear");
    refused("08001", () -> KalamDB.open(database.directory()));
    assertThat(database.files()).containsExactly(Path.of("letter.txt"));
    Path file = Files.writeString(database.scratch().resolve("file"), "x");
    refused("08001", () -> KalamDB.open(file));
    assertThat(file).hasContent("x");
  }

  @Test
  void open_missingWithoutCreating_isRefused(TestDatabase database) {
    KalamOptions options = KalamOptions.builder().createIfMissing(false).build();
    refused("08001", () -> KalamDB.open(database.directory(), options));
    assertThat(database.directory()).doesNotExist();
    fill(database.db());
    assertThat(rows(database.reopen(options))).isEqualTo(FILLED);
  }

  @Test
  void open_newerFormat_isRefusedNamingBoth(TestDatabase database) throws IOException {
    fill(database.db());
    database.closeDatabase();
    Path marker = database.directory().resolve("kalam.db");
    String text = Files.readString(marker);
    String newer =
        text.substring(0, text.indexOf("crc32c=")).replaceFirst("format=\\d+", "format=4711");
    CRC32C crc = new CRC32C();
    crc.update(newer.getBytes(StandardCharsets.UTF_8));
    Files.writeString(marker, newer + String.format("crc32c=%08x%n", crc.getValue()));
    assertThat(refused("0A000", () -> KalamDB.open(database.directory())))
        .message()
        .contains("4711");
    Files.writeString(marker, text.replaceFirst("format=", "format=9"));
    refused("XX001", () -> KalamDB.open(database.directory()));
    Files.writeString(marker, text);
    assertThat(rows(database.db())).isEqualTo(FILLED);
  }

  @Test
  void numbers_overReopensWithAClockThatStandsOrSteps_neverComeTwice(TestDatabase database) {
    HandClock clock = new HandClock();
    KalamOptions options = KalamOptions.builder().clock(clock).build();
    database.reopen(options).execute("CREATE TABLE t (n BIGINT DEFAULT SNOWFLAKE_ID(), v INT)");
    long greatest = 0;
    for (int i = 0; i < 6; i++) {
      // More than a millisecond has room for.
      database.db().execute("INSERT INTO t (v) SELECT g FROM generate_series(1, 5000) g");
      Row row = database.db().query("SELECT min(n), max(n) FROM t WHERE n > ?", greatest).single();
      assertThat(row.getLong(0)).isGreaterThan(greatest);
      greatest = row.getLong(1);
      assertThat(
              database.db().query("SELECT count(*), count(DISTINCT n) FROM t").single().toArray())
          .containsExactly((i + 1) * 5000L, (i + 1) * 5000L);
      database.reopen();
      if (i == 3) {
        clock.advance(Duration.ofDays(-1));
      }
    }
  }

  @Test
  void open_lostFiles_isRefusedAndNothingIsMadeAnew(TestDatabase database) throws IOException {
    fill(database.db());
    database.closeDatabase();
    for (String lost : List.of("hot/CURRENT", "kalam.db")) {
      Path file = database.directory().resolve(lost);
      Path aside = Files.move(file, database.scratch().resolve("aside"));
      for (int attempt = 0; attempt < 2; attempt++) {
        Throwable thrown =
            org.assertj.core.api.Assertions.catchThrowable(
                () -> KalamDB.open(database.directory()).close());
        assertThat(thrown).as("open without " + lost).isInstanceOf(KalamException.class);
        assertThat(((KalamException) thrown).sqlState()).isIn("XX001", "08001");
        assertThat(thrown).message().contains(file.getFileName().toString());
      }
      Files.move(aside, file);
      assertThat(rows(database.reopen())).isEqualTo(FILLED);
      database.closeDatabase();
    }
  }

  @Test
  void open_lostSegment_isToldAndOtherTablesServe(TestDatabase database) throws IOException {
    fill(database.db());
    database
        .db()
        .execute("CREATE TABLE other (id BIGINT PRIMARY KEY); INSERT INTO other VALUES (1)");
    database.closeDatabase();
    Path segment = database.filesEndingWith(".parquet").get(0);
    Path aside = Files.move(segment, database.scratch().resolve("aside"));
    assertThat(database.db().query("SELECT count(*) FROM other").single().getLong(0)).isEqualTo(1);
    Throwable thrown = org.assertj.core.api.Assertions.catchThrowable(() -> rows(database.db()));
    assertThat(thrown)
        .isInstanceOf(KalamException.class)
        .message()
        .contains(segment.getFileName().toString());
    database.closeDatabase();
    Files.move(aside, segment);
    assertThat(rows(database.db())).isEqualTo(FILLED);
  }

  // ---- killed

  @Test
  void kill_whileCommitting_keepsEveryAcknowledgedRow(TestDatabase database) throws Exception {
    fill(database.db());
    Map<Long, Integer> acknowledged = new HashMap<>();
    long next = 0;
    for (int round = 0; round < 5; round++) {
      database.closeDatabase();
      next = writeAndKill(database.directory(), next, 40 + 35 * round, acknowledged);
      checkAcknowledged(database.reopen(), acknowledged, next);
      // The next child must not meet the row that may be there unasked.
      next++;
    }
    assertThat(acknowledged.size()).isGreaterThan(200);
    assertThat(database.filesEndingWith(".parquet").size()).isGreaterThan(5);
    assertThat(database.filesEndingWith(".tmp")).isEmpty();
  }

  /**
   * Lets a child acknowledge some commits and kills it; returns the id after the last it
   * acknowledged.
   */
  private static long writeAndKill(
      Path directory, long first, int commits, Map<Long, Integer> acknowledged) throws Exception {
    long last = first - 1;
    try (ChildJvm child =
        new ChildJvm(CommitWriter.class, directory.toString(), String.valueOf(first))) {
      assertThat(child.readLine()).isEqualTo("open");
      int seen = 0;
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        String[] words = line.split(" ");
        long id = Long.parseLong(words[1]);
        switch (words[0]) {
          case "+" -> {
            acknowledged.put(id, 0);
            last = id;
          }
          case "=" -> acknowledged.put(id, Integer.parseInt(words[2]));
          default -> acknowledged.remove(id);
        }
        if (++seen == commits) {
          child.kill();
        }
      }
      assertThat(seen).isGreaterThanOrEqualTo(commits);
    }
    return last + 1;
  }

  /** Checks the rows, then makes them what is acknowledged. */
  private static void checkAcknowledged(KalamDB db, Map<Long, Integer> acknowledged, long next) {
    Map<Long, Integer> found = rowsById(db);
    checkRows(acknowledged, found, next - 1);
    acknowledged.clear();
    acknowledged.putAll(found);
  }

  private static Map<Long, Integer> rowsById(KalamDB db) {
    Map<Long, Integer> found = new HashMap<>();
    try (Session alice = db.session("alice");
        Result result = alice.query("SELECT id, n, v FROM k.t WHERE id >= 0")) {
      for (Row row : result) {
        assertThat(found.put(row.getLong(0), row.getInt(1)))
            .as("key %s twice", row.get(0))
            .isNull();
        assertThat(row.get(2)).isEqualTo("row " + row.get(0));
      }
    }
    return found;
  }

  /** Beside what was acknowledged, one commit may have happened: the killed child's next. */
  private static void checkRows(
      Map<Long, Integer> acknowledged, Map<Long, Integer> found, long last) {
    boolean updated = false;
    for (Map.Entry<Long, Integer> entry : acknowledged.entrySet()) {
      long id = entry.getKey();
      Integer n = found.get(id);
      if (!entry.getValue().equals(n)) {
        boolean deleted = n == null && id == last - 2 && last % 5 == 4;
        updated = n != null && n == 1 && id == last - 3 && last % 5 == 4;
        assertThat(deleted || updated)
            .as("row %s is %s, acknowledged %s, last %s", id, n, entry.getValue(), last)
            .isTrue();
      }
    }
    Set<Long> more = new HashSet<>(found.keySet());
    more.removeAll(acknowledged.keySet());
    assertThat(more).as("rows nobody was told of").isSubsetOf(last + 1);
    assertThat(more.isEmpty() || !updated).as("at most one commit nobody was told of").isTrue();
  }
}
