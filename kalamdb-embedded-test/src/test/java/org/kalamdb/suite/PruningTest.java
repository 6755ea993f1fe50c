package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.internal.storage.file.Disks;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.test.RecordingDisk;
import org.kalamdb.test.TestDatabase;

/**
 * What a query leaves unread of the cold tier: as EXPLAIN ANALYZE counts it, and as the disk sees
 * it.
 */
class PruningTest {
  /** Of each of three segments: one row group, pages of 2,048 rows. */
  private static final int ROWS = 10_000;

  private static final int PAGES = 5;

  private static final Pattern COUNTS =
      Pattern.compile(
          "segments: (\\d+) read, (\\d+) skipped; row groups: (\\d+) read, (\\d+) skipped;"
              + " pages: (\\d+) read, (\\d+) skipped; bytes: (\\d+)");

  private TestDatabase database;
  private Session s;
  private RecordingDisk disk;

  @BeforeEach
  void open() {
    database =
        TestDatabase.create(
            KalamOptions.builder()
                .durability(Durability.NONE)
                .backgroundCompaction(false)
                .queryThreads(1)
                .build());
    disk = new RecordingDisk(Disks.local());
    Disks.put(database.directory(), disk);
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
    Disks.remove(database.directory());
  }

  /** What EXPLAIN ANALYZE counts of the one scan of a query. */
  private record Counts(
      long segments,
      long segmentsSkipped,
      long groups,
      long groupsSkipped,
      long pages,
      long pagesSkipped,
      long bytes) {}

  private Counts counts(String sql) {
    String plan = String.join("\n", rows(s, "EXPLAIN ANALYZE " + sql));
    Matcher matcher = COUNTS.matcher(plan);
    assertThat(matcher.find()).as(plan).isTrue();
    long[] numbers = new long[7];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Long.parseLong(matcher.group(i + 1));
    }
    assertThat(matcher.find()).as("one scan only: " + plan).isFalse();
    return new Counts(
        numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
  }

  /**
   * Three segments: keys rise, {@code n} is twice the key, {@code city} one of ten even numbers in
   * each segment alike, {@code code} differs everywhere without an order and has a filter.
   */
  private void threeSegments() {
    s.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, n INT NOT NULL, city TEXT, code TEXT NOT NULL,"
            + " INDEX codes (code) USING BLOOM (fpp = 0.0001))");
    for (int segment = 0; segment < 3; segment++) {
      List<@Nullable Object[]> batch = new ArrayList<>();
      for (int i = segment * ROWS; i < (segment + 1) * ROWS; i++) {
        batch.add(new Object[] {(long) i, 2 * i, city(i), code(i)});
      }
      try (PreparedQuery insert = s.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")) {
        insert.executeBatch(batch);
      }
      s.execute("STORAGE FLUSH TABLE t");
    }
    s.close();
    s = database.reopen().session();
  }

  private static @Nullable String city(int i) {
    return i % 11 == 0 ? null : String.format("city-%02d", 2 * (i % 10));
  }

  private static String code(int i) {
    return Integer.toHexString(Integer.reverse(i * 0x9E3779B1) | 1 << 31);
  }

  private List<String> filesOpened() {
    return disk.takeOpened().stream()
        .map(Path::toString)
        .filter(file -> file.endsWith(".parquet"))
        .distinct()
        .toList();
  }

  @Test
  void scan_ofAKey_opensOneSegmentAndReadsOnePageAColumn() {
    threeSegments();
    disk.takeOpened();
    Counts counts = counts("SELECT n, city FROM t WHERE id BETWEEN 12100 AND 12110");
    assertThat(counts.segments()).isEqualTo(1);
    assertThat(counts.segmentsSkipped()).isEqualTo(2);
    assertThat(counts.groups()).isEqualTo(1);
    // Of id, n and city; the pages of keys at the borders of the range are those of the rows.
    assertThat(counts.pages()).isEqualTo(3);
    assertThat(counts.pagesSkipped()).as("of n and city").isEqualTo(2 * (PAGES - 1));
    assertThat(filesOpened()).hasSize(1);
    assertThat(rows(s, "SELECT n FROM t WHERE id = 12100")).containsExactly("24200");
    assertThat(filesOpened()).hasSize(1);
    assertThat(rows(s, "SELECT n FROM t WHERE id = 12101")).containsExactly("24202");
    assertThat(rows(s, "SELECT n FROM t WHERE id = 40000")).isEmpty();
    assertThat(filesOpened()).as("pages in memory, and no file for an unknown key").isEmpty();
  }

  @Test
  void scan_ofVeryWideRows_readsOneOfTheirSmallRowGroups() throws Exception {
    int rows = 400;
    int width = 300_000;
    s.execute(
        "CREATE TABLE wide (id INT PRIMARY KEY, n INT, payload TEXT) WITH (FLUSH_POLICY = 'off')");
    for (int from = 0; from < rows; from += 50) {
      s.execute(
          "INSERT INTO wide SELECT g, 1000 - g, repeat('x', ?) || g FROM generate_series(?, ?) g",
          width,
          from,
          from + 49);
    }
    s.execute("STORAGE FLUSH TABLE wide");
    List<Path> segments = database.filesEndingWith(".parquet");
    assertThat(segments).hasSize(1);
    List<Long> groups =
        ParquetChunks.of(segments.get(0)).stream()
            .filter(chunk -> chunk.column().equals("payload"))
            .map(ParquetChunks.Chunk::rows)
            .toList();
    // 32 MiB before compression, and the batch of rows that crossed that.
    assertThat(groups.size()).isBetween(2, rows * width / (32 << 20) + 1);
    assertThat(groups.stream().mapToLong(Long::longValue).sum()).isEqualTo(rows);
    assertThat(groups).allSatisfy(group -> assertThat(group * width).isLessThan(64 << 20));

    Counts counts = counts("SELECT length(payload) FROM wide WHERE id BETWEEN 11 AND 12");
    assertThat(counts.groups()).isEqualTo(1);
    assertThat(counts.groupsSkipped()).isEqualTo(groups.size() - 1);
    assertThat(counts("SELECT id FROM wide WHERE n = 1000 - 399").groups()).isEqualTo(1);
    assertThat(counts("SELECT id FROM wide WHERE n > 1000").groups()).isZero();
    assertThat(rows(s, "SELECT id, length(payload), right(payload, 3) FROM wide WHERE id = 377"))
        .containsExactly("377|300003|377");
    assertThat(rows(s, "SELECT count(*), sum(length(payload)), min(n) FROM wide"))
        .containsExactly("400|120001090|601");
  }

  @Test
  void scan_ofSeveralKeys_opensTheirSegments() {
    threeSegments();
    disk.takeOpened();
    Counts counts = counts("SELECT n FROM t WHERE id IN (7, 29999)");
    assertThat(counts.segments()).isEqualTo(2);
    assertThat(counts.segmentsSkipped()).isEqualTo(1);
    assertThat(counts.groups()).isEqualTo(2);
    assertThat(counts.pages()).isEqualTo(2 * 2);
    assertThat(filesOpened()).hasSize(2);
  }

  @Test
  void scan_ofARangeOfAnotherColumn_goesByManifestAndPageIndex() {
    threeSegments();
    disk.takeOpened();
    Counts counts = counts("SELECT id FROM t WHERE n >= 40000 AND n < 44000");
    assertThat(counts.segments()).isEqualTo(1);
    assertThat(counts.segmentsSkipped()).isEqualTo(2);
    assertThat(counts.groups()).isEqualTo(1);
    assertThat(counts.pages()).isEqualTo(2);
    assertThat(counts.pagesSkipped()).isEqualTo(2 * (PAGES - 1));
    assertThat(filesOpened()).hasSize(1);
  }

  @Test
  void scan_thatOnlyTheFilterExcludes_readsNoPageAndNoByte() {
    threeSegments();
    Counts absent = counts("SELECT id FROM t WHERE code = 'c0ffee'");
    assertThat(absent).isEqualTo(new Counts(3, 0, 0, 3, 0, 3 * 2 * PAGES, 0));
    Counts present = counts("SELECT id FROM t WHERE code = '" + code(15_000) + "'");
    assertThat(present.groups()).isEqualTo(1);
    assertThat(present.groupsSkipped()).isEqualTo(2);
    assertThat(rows(s, "SELECT id FROM t WHERE code IN ('x', '" + code(15_000) + "')"))
        .containsExactly("15000");
  }

  @Test
  void scan_thatOnlyTheDictionaryExcludes_readsNoPage() {
    threeSegments();
    Counts absent = counts("SELECT id FROM t WHERE city = 'city-07'");
    assertThat(absent.segments()).isEqualTo(3);
    assertThat(absent.groups()).isZero();
    assertThat(absent.groupsSkipped()).isEqualTo(3);
    assertThat(absent.pages()).isZero();
    assertThat(absent.bytes()).as("three dictionaries of ten values").isBetween(1L, 1_000L);
    assertThat(counts("SELECT id FROM t WHERE city IN ('city-07', 'city-09')").groups()).isZero();
    assertThat(counts("SELECT id FROM t WHERE city IN ('city-07', 'city-08')").groups())
        .isEqualTo(3);
    assertThat(rows(s, "SELECT COUNT(*) FROM t WHERE city = 'city-07' OR city IS NULL"))
        .containsExactly("2728");
  }

  @Test
  void scan_whoseFilterLeavesFewRows_readsOtherColumnsOnlyThere() {
    threeSegments();
    // Nothing but the values themselves tells where these rows are.
    Counts counts = counts("SELECT city, code FROM t WHERE n % 30000 = 1234");
    assertThat(rows(s, "SELECT id FROM t WHERE n % 30000 = 1234")).containsExactly("617", "15617");
    assertThat(counts.groups()).isEqualTo(3);
    // All of n, and both other columns where the two rows are.
    assertThat(counts.pages()).isEqualTo(3 * PAGES + 2 * 2);
  }

  @Test
  void scan_ofAUser_opensNoFileOfAnother() {
    s.execute("CREATE NAMESPACE u");
    s.execute("CREATE USER TABLE u.notes (id BIGINT PRIMARY KEY, kind TEXT, n INT)");
    s.execute(
        "CREATE SHARED TABLE u.kinds (kind TEXT PRIMARY KEY)" + " WITH (ACCESS_LEVEL = 'PUBLIC')");
    s.execute("INSERT INTO u.kinds VALUES ('k0'), ('k1'), ('k2')");
    Map<String, Session> users = new HashMap<>();
    for (int user = 0; user < 12; user++) {
      Session own = database.db().session("user" + user);
      users.put("user" + user, own);
      for (int i = 0; i < 20; i++) {
        own.execute("INSERT INTO u.notes VALUES (?, ?, ?)", (long) i, "k" + i % 3, user);
      }
    }
    for (String user : users.keySet()) {
      s.execute("STORAGE FLUSH TABLE u.notes FOR USER '" + user + "'");
    }
    users.values().forEach(Session::close);
    s.close();
    database.closeDatabase();
    disk.takeOpened();
    s = database.db().session();
    assertThat(filesOpened()).as("opening a database opens no segment").isEmpty();
    try (Session own = database.db().session("user7")) {
      own.useNamespace("u");
      assertThat(rows(own, "SELECT COUNT(*), MIN(n), MAX(n) FROM notes")).containsExactly("20|7|7");
      assertThat(rows(own, "SELECT n FROM notes WHERE id = 5")).containsExactly("7");
      assertThat(rows(own, "SELECT id FROM notes WHERE id >= 18 ORDER BY id DESC LIMIT 5"))
          .containsExactly("19", "18");
      assertThat(rows(own, "SELECT COUNT(*) FROM notes JOIN kinds USING (kind)"))
          .containsExactly("20");
      own.execute("UPDATE notes SET n = 8 WHERE id = 3");
      own.execute("DELETE FROM notes WHERE kind = 'k2'");
      assertThat(rows(own, "SELECT COUNT(*) FROM notes")).containsExactly("14");
    }
    List<String> opened = filesOpened();
    assertThat(opened).isNotEmpty();
    assertThat(opened.stream().filter(file -> !file.contains("user7")).toList()).isEmpty();
  }
}
