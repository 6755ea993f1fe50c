package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * How a column lies in a segment, by its COMPRESSION and the options of its BLOOM index: another
 * reader finds what was asked for, and no value changes.
 */
@ExtendWith(TemporaryDatabase.class)
class ColumnCompressionTest {
  private static final KalamOptions BY_HAND =
      KalamOptions.builder().backgroundCompaction(false).build();

  private static final String TABLE =
      """
      CREATE TABLE t (
        id BIGINT PRIMARY KEY COMPRESSION snappy,
        plain TEXT NOT NULL COMPRESSION none,
        packed TEXT DEFAULT 'd' COMPRESSION 'ZSTD',
        zoned ZONED_TIMESTAMP COMPRESSION none,
        usual TEXT COMPRESSION default,
        span INTERVAL)
      WITH (COMPRESSION = 'snappy')""";

  private static void insert(KalamDB db, int from, int to) {
    db.execute(
        "INSERT INTO t SELECT g, 'plain ' || g, CASE WHEN g % 3 = 0 THEN 'few' ELSE 'p' || g END,"
            + " CASE WHEN g % 7 > 0 THEN CAST('2026-05-01 10:00:00+02:00[Europe/Berlin]' AS ZONED_TIMESTAMP) END,"
            + " repeat('u', g % 50), CAST(g || ' days' AS INTERVAL) FROM generate_series(?, ?) g",
        from, to);
  }

  /** Codecs by column; each has the same in all row groups. */
  private static Map<String, String> codecs(Path segment) throws SQLException {
    Map<String, String> codecs = new TreeMap<>();
    for (ParquetChunks.Chunk chunk : ParquetChunks.of(segment)) {
      String before = codecs.put(chunk.column(), chunk.codec());
      assertThat(before == null ? chunk.codec() : before).isEqualTo(chunk.codec());
    }
    return codecs;
  }

  private static Path onlySegment(TestDatabase database) {
    List<Path> segments = database.filesEndingWith(".parquet");
    assertThat(segments).hasSize(1);
    return segments.get(0);
  }

  @Test
  void flush_columnsWithCodecs_writesEachByItsOwn(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute(TABLE);
    insert(db, 1, 3000);
    try (Session session = db.session()) {
      List<String> hot = rows(session, "SELECT * FROM t ORDER BY id");
      db.execute("STORAGE FLUSH TABLE t");
      assertThat(codecs(onlySegment(database)))
          .containsEntry("id", "SNAPPY")
          .containsEntry("plain", "UNCOMPRESSED")
          .containsEntry("packed", "ZSTD")
          .containsEntry("zoned.instant", "UNCOMPRESSED")
          .containsEntry("zoned.zone", "UNCOMPRESSED")
          .containsEntry("usual", "SNAPPY")
          .containsEntry("span.days", "SNAPPY")
          .containsEntry("_seq", "SNAPPY");
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(hot).hasSize(3000);
      assertThat(rows(session, "SELECT id FROM t WHERE plain = 'plain 777'"))
          .containsExactly("777");
      assertThat(rows(session, "SELECT packed, usual FROM t WHERE id = 12"))
          .containsExactly("few|" + "u".repeat(12));
    }
  }

  @Test
  void setCompression_hotAndColdRows_holdsForSegmentsFromThenOn(TestDatabase database)
      throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute(TABLE);
    insert(db, 1, 2000);
    db.execute("STORAGE FLUSH TABLE t");
    Path first = onlySegment(database);
    db.execute("UPDATE t SET usual = 'replaced' WHERE id % 100 = 0");
    insert(db, 2001, 4000);
    try (Session session = db.session()) {
      List<String> mixed = rows(session, "SELECT * FROM t ORDER BY id");
      session.execute(
          "ALTER TABLE t ALTER COLUMN plain SET COMPRESSION zstd, ALTER zoned SET COMPRESSION DEFAULT");
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(mixed).hasSize(4000);
      db.execute("STORAGE FLUSH TABLE t");
      assertThat(codecs(first)).containsEntry("plain", "UNCOMPRESSED");
      List<Path> segments = database.filesEndingWith(".parquet");
      assertThat(segments).hasSize(2);
      Path second = segments.get(segments.get(0).equals(first) ? 1 : 0);
      assertThat(codecs(second))
          .containsEntry("plain", "ZSTD")
          .containsEntry("zoned.instant", "SNAPPY")
          .containsEntry("id", "SNAPPY");
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(mixed);

      session.execute("ALTER TABLE t SET (COMPRESSION = 'none')");
      session.execute("ALTER TABLE t ALTER COLUMN packed SET COMPRESSION snappy");
      db.execute("STORAGE COMPACT TABLE t");
      assertThat(db.query("SHOW STATS FOR TABLE t").single().getLong("segments")).isEqualTo(1);
      assertThat(rows(session, "SELECT * FROM t ORDER BY id")).isEqualTo(mixed);
    }
    database.reopen();
    assertThat(codecs(newest(database)))
        .as("the settings of today")
        .containsEntry("plain", "ZSTD")
        .containsEntry("packed", "SNAPPY")
        .containsEntry("id", "SNAPPY")
        .containsEntry("zoned.zone", "UNCOMPRESSED")
        .containsEntry("_seq", "UNCOMPRESSED");
  }

  @Test
  void showCreateTable_columnsWithCodecs_makesTheSameTable(TestDatabase database) throws Exception {
    try (Session session = database.db().session()) {
      session.execute(TABLE);
      session.execute("ALTER TABLE t ADD COLUMN extra TEXT COMPRESSION none");
      session.execute("ALTER TABLE t RENAME COLUMN plain TO renamed");
      session.execute("ALTER TABLE t ADD COLUMN gone TEXT COMPRESSION none");
      session.execute("ALTER TABLE t DROP COLUMN gone, ADD COLUMN gone TEXT");
      session.execute("INSERT INTO t (id, renamed) VALUES (1, 'x')");
      session.execute("ALTER TABLE t ALTER COLUMN extra TYPE INT USING length(extra)");
      String sql = (String) session.query("SHOW CREATE TABLE t").single().get(1);
      assertThat(sql)
          .contains(
              "id BIGINT COMPRESSION snappy NOT NULL,",
              "renamed TEXT COMPRESSION none NOT NULL,",
              "packed TEXT COMPRESSION zstd DEFAULT 'd'",
              "usual TEXT,",
              "extra INTEGER COMPRESSION none",
              "gone TEXT,");
    }
    try (Session session = database.reopen().session()) {
      String sql = (String) session.query("SHOW CREATE TABLE t").single().get(1);
      session.execute("DROP TABLE t");
      session.execute(sql);
      assertThat(session.query("SHOW CREATE TABLE t").single().get(1)).isEqualTo(sql);
      session.execute("INSERT INTO t (id, renamed, extra) VALUES (1, 'x', 5)");
      session.execute("STORAGE FLUSH TABLE t");
    }
    assertThat(codecs(onlySegment(database)))
        .containsEntry("renamed", "UNCOMPRESSED")
        .containsEntry("extra", "UNCOMPRESSED")
        .containsEntry("gone", "SNAPPY");
  }

  @Test
  void copyToParquet_columnsWithCodecs_writesItsOwn(TestDatabase database) throws Exception {
    Path file = database.scratch().resolve("copied.parquet");
    database.db().execute("CREATE TABLE c (id INT PRIMARY KEY, v TEXT COMPRESSION none)");
    database.db().execute("INSERT INTO c SELECT g, 'v' || g FROM generate_series(1, 10) g");
    database.db().execute("COPY c TO '" + file + "'");
    assertThat(codecs(file)).containsEntry("id", "ZSTD").containsEntry("v", "ZSTD");
  }

  @Test
  void compression_whereItDoesNotFit_isRefusedAtItsPlace(TestDatabase database) {
    try (Session session = database.db().session()) {
      session.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
      session.execute(
          "CREATE NAMESPACE n; CREATE STREAM TABLE n.s (v TEXT) WITH (TTL_SECONDS = 60)");
      KalamException unknown =
          refused(
              "22023",
              () -> session.execute("CREATE TABLE u (id INT PRIMARY KEY COMPRESSION lz4)"));
      assertThat(unknown).hasMessageContaining("\"lz4\", expected zstd, snappy or none");
      assertThat(unknown.line() + ":" + unknown.column()).isEqualTo("1:48");
      unknown =
          refused("22023", () -> session.execute("ALTER TABLE t ALTER v SET COMPRESSION 'pglz'"));
      assertThat(unknown.line() + ":" + unknown.column()).isEqualTo("1:39");
      refused("42601", () -> session.execute("ALTER TABLE t ALTER v SET COMPRESSION"));
      refused(
          "42601",
          () -> session.execute("CREATE TABLE u (id INT COMPRESSION none COMPRESSION none)"));
      refused("42703", () -> session.execute("ALTER TABLE t ALTER w SET COMPRESSION none"));
      refused(
          "42P16",
          () ->
              session.execute(
                  "CREATE STREAM TABLE n.s2 (v TEXT COMPRESSION none) WITH (TTL_SECONDS = 60)"));
      refused("42P16", () -> session.execute("ALTER TABLE n.s ALTER v SET COMPRESSION none"));
      refused("42P16", () -> session.execute("ALTER TABLE n.s ADD w TEXT COMPRESSION none"));
      assertThat((String) session.query("SHOW CREATE TABLE t").single().get(1))
          .doesNotContain("COMPRESSION");
    }
  }

  /** The filter of a column in the only segment: bytes with the filter's header. */
  private static Map<String, Long> blooms(Path segment) throws SQLException {
    Map<String, Long> blooms = new TreeMap<>();
    for (ParquetChunks.Chunk chunk : ParquetChunks.of(segment)) {
      blooms.merge(chunk.column(), chunk.bloomBytes(), Long::sum);
    }
    return blooms;
  }

  @Test
  void bloomOptions_ofIndexes_sizeTheFiltersInTheFile(TestDatabase database) throws Exception {
    KalamDB db = database.reopen(BY_HAND);
    db.execute(
        """
        CREATE TABLE t (id INT PRIMARY KEY, usual TEXT, few TEXT, exact TEXT, roomy TEXT, later TEXT, none TEXT,
          INDEX (usual) USING BLOOM, INDEX (few) USING BLOOM, INDEX (exact) USING BLOOM (fpp = 0.000001),
          INDEX (roomy) USING BLOOM (num_items = 500000, fpp = 0.05))""");
    db.execute(
        "INSERT INTO t SELECT g, 'v' || g, 'v' || g % 10, 'v' || g, 'v' || g, 'v' || g, 'v' || g"
            + " FROM generate_series(1, 20000) g");
    db.execute("STORAGE FLUSH TABLE t");
    Map<String, Long> blooms = blooms(onlySegment(database));
    // 10 to 20 bits for each of 20,000 distinct values at 1 %, as sizes are powers of two.
    assertThat(blooms.get("usual")).isBetween(32_768L, 32_768L + 64);
    assertThat(blooms.get("id")).isEqualTo(blooms.get("usual"));
    assertThat(blooms.get("few")).as("sized for ten values").isBetween(32L, 32L + 64);
    assertThat(blooms.get("exact")).isGreaterThanOrEqualTo(2 * 32_768);
    assertThat(blooms.get("roomy")).isGreaterThanOrEqualTo(262_144);
    assertThat(blooms.get("later")).isZero();
    assertThat(blooms.get("none")).isZero();

    db.execute("CREATE INDEX ON t (later) USING BLOOM (num_items = 100000)");
    db.execute("UPDATE t SET none = 'w' WHERE id = 1; STORAGE FLUSH TABLE t");
    db.execute("STORAGE COMPACT TABLE t");
    database.reopen();
    Map<String, Long> compacted = blooms(newest(database));
    assertThat(compacted.get("later")).isGreaterThanOrEqualTo(4 * 32_768);
    assertThat(compacted.get("exact")).isEqualTo(blooms.get("exact"));
    try (Session session = database.db().session()) {
      String sql = (String) session.query("SHOW CREATE TABLE t").single().get(1);
      assertThat(sql)
          .contains(
              "(usual) USING BLOOM,",
              "(exact) USING BLOOM (fpp = 0.000001)",
              "(roomy) USING BLOOM (fpp = 0.05, num_items = 500000)");
      session.execute("DROP TABLE t");
      session.execute(sql);
      assertThat(session.query("SHOW CREATE TABLE t").single().get(1)).isEqualTo(sql);
    }
  }

  /** The segment that was written last: their names begin with rising numbers. */
  private static Path newest(TestDatabase database) {
    List<Path> segments = database.filesEndingWith(".parquet");
    return segments.get(segments.size() - 1);
  }

  @Test
  void setCompression_inATransaction_comesAndGoesWithIt(TestDatabase database) {
    try (Session session = database.db().session()) {
      session.execute("CREATE TABLE t (id INT PRIMARY KEY, v TEXT)");
      session.execute("BEGIN; ALTER TABLE t ALTER v SET COMPRESSION none; ROLLBACK");
      assertThat((String) session.query("SHOW CREATE TABLE t").single().get(1))
          .doesNotContain("COMPRESSION");
      session.execute("BEGIN; ALTER TABLE t ALTER v SET COMPRESSION none; COMMIT");
      assertThat((String) session.query("SHOW CREATE TABLE t").single().get(1))
          .contains("v TEXT COMPRESSION none");
    }
  }
}
