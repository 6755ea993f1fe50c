package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/** COPY with Parquet files: our own, DuckDB's, and ones that nobody should have written. */
class ParquetCopyTest {
  @TempDir private Path directory;
  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory(KalamOptions.builder().queryMemoryBytes(64L << 20).build());
    s = db.session();
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  private String file(String name) {
    return "'" + directory.resolve(name) + "'";
  }

  private List<String> duck(String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      if (!statement.execute(sql)) {
        return lines;
      }
      try (ResultSet rows = statement.getResultSet()) {
        while (rows.next()) {
          List<String> values = new ArrayList<>();
          for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            values.add(String.valueOf(rows.getObject(i)));
          }
          lines.add(String.join("|", values));
        }
      }
    }
    return lines;
  }

  static Stream<TypesTest.Type> types() {
    return TypesTest.types().filter(type -> !type.sql().equals("INTERVAL"));
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyType_writtenAndReadBack_keepsItsValues(TypesTest.Type type) throws Exception {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, v " + type.sql() + ")");
    List<Object> values = new ArrayList<>(type.values());
    values.add(null);
    for (int i = 0; i < values.size(); i++) {
      s.execute("INSERT INTO t VALUES (?, ?)", i, values.get(i));
    }
    assertThat(s.execute("COPY t TO " + file("t.parquet"))).isEqualTo(values.size());
    s.execute("CREATE TABLE u (id INT PRIMARY KEY, v " + type.sql() + ")");
    assertThat(s.execute("COPY u FROM " + file("t.parquet"))).isEqualTo(values.size());
    assertThat(rows(s, "SELECT * FROM u ORDER BY id"))
        .isEqualTo(rows(s, "SELECT * FROM t ORDER BY id"));
    assertThat(duck("SELECT count(*), count(v) FROM read_parquet(" + file("t.parquet") + ")"))
        .containsExactly(values.size() + "|" + (values.size() - 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "COMPRESSION snappy", "COMPRESSION none", "ROW_GROUP_SIZE 1000", "CODEC ZSTD"})
  void writtenFile_readByDuckDb_isTheQuery(String options) throws Exception {
    s.execute(
        "CREATE TABLE t AS SELECT i AS id, i % 7 AS few, 'text ' || i AS name, i * 1.5 AS price,"
            + " i % 2 = 0 AS even, DATE '2024-01-01' + i AS day, CASE WHEN i % 3 > 0 THEN i END AS"
            + " gaps FROM generate_series(1, 5000) AS g (i)");
    String with = options.isEmpty() ? "" : " WITH (FORMAT PARQUET, " + options + ")";
    String query = "SELECT * FROM t WHERE id > 10 ORDER BY id";
    assertThat(s.execute("COPY (" + query + ") TO " + file("q.parquet") + with)).isEqualTo(4990);
    assertThat(
            duck(
                "SELECT count(*), sum(id), sum(few), min(name), max(name), sum(price), "
                    + "count(*) FILTER (even), max(day), count(gaps), sum(gaps) FROM "
                    + file("q.parquet")))
        .isEqualTo(
            rows(
                s,
                "SELECT count(*), sum(id), sum(few), min(name), max(name), sum(price),"
                    + " count(*) FILTER (WHERE even), max(day), count(gaps), sum(gaps) FROM t"
                    + " WHERE id > 10"));
    s.execute("CREATE TABLE u AS SELECT * FROM t WITH NO DATA");
    assertThat(s.execute("COPY u FROM " + file("q.parquet"))).isEqualTo(4990);
    assertThat(rows(s, "SELECT * FROM u EXCEPT SELECT * FROM t")).isEmpty();
    if (options.startsWith("ROW")) {
      assertThat(duck("SELECT max(row_group_id) FROM parquet_metadata(" + file("q.parquet") + ")"))
          .containsExactly("4");
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(Path::getFileName).map(Path::toString)).containsExactly("q.parquet");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "COMPRESSION snappy",
        "COMPRESSION zstd, ROW_GROUP_SIZE 2048",
        "COMPRESSION gzip",
        "COMPRESSION uncompressed, PARQUET_VERSION v1",
        "COMPRESSION zstd, PARQUET_VERSION v2",
        "COMPRESSION snappy, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1",
        "COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1"
      })
  void fileOfDuckDb_isReadAsDuckDbReadsIt(String options) throws Exception {
    duck(
        "COPY (SELECT i::INTEGER AS i, i::BIGINT * 1000000007 AS l, (i % 100)::TINYINT AS tiny,"
            + " (i % 200)::UTINYINT AS utiny, (i % 60000)::USMALLINT AS us, i::UINTEGER AS ui,"
            + " i::UBIGINT AS ul, i * 0.5::FLOAT AS f, sqrt(i) AS d, i % 3 = 0 AS b,"
            + " (i / 100.0)::DECIMAL(9, 2) AS dec4, (i / 100.0)::DECIMAL(18, 2) AS dec8,"
            + " (i / 100.0)::DECIMAL(38, 2) AS dec16, 'name ' || (i % 50) AS few,"
            + " 'common beginning ' || i AS many, CASE WHEN i % 5 > 0 THEN 'x' || i END AS gaps,"
            + " encode('b' || i) AS bytes, DATE '2000-01-01' + (i % 9000)::INTEGER AS day,"
            + " TIME '00:00:01' + INTERVAL (i) SECOND AS t,"
            + " TIMESTAMP '1999-12-31 23:59:59.123456' + INTERVAL (i) MINUTE AS ts,"
            + " (TIMESTAMP '1999-12-31 23:59:59' + INTERVAL (i) MINUTE)::TIMESTAMP_NS AS tn,"
            + " (TIMESTAMP '1999-12-31 23:59:59' + INTERVAL (i) MINUTE)::TIMESTAMP_MS AS tm,"
            + " uuid() AS u, ('{\"a\":' || i || '}')::JSON AS j, NULL::INTEGER AS nothing"
            + " FROM range(1, 10001) AS r (i)) TO "
            + file("duck.parquet")
            + " (FORMAT PARQUET, "
            + options
            + ")");
    s.execute(
        "CREATE TABLE t (i INT PRIMARY KEY, l BIGINT, tiny SMALLINT, utiny SMALLINT, us INT,"
            + " ui BIGINT, ul DECIMAL(20,0), f DOUBLE, d DOUBLE, b BOOLEAN, dec4 DECIMAL(9,2),"
            + " dec8 DECIMAL(18,2), dec16 DECIMAL(38,2), few TEXT, many TEXT, gaps TEXT,"
            + " bytes BYTES, day DATE, t TIME, ts TIMESTAMP, tn TIMESTAMP, tm TIMESTAMP, u UUID,"
            + " j JSON, nothing INT)");
    assertThat(s.execute("COPY t FROM " + file("duck.parquet"))).isEqualTo(10_000);
    String sums =
        "SELECT count(*), sum(i), sum(l), sum(tiny), sum(utiny), sum(us), sum(ui), sum(ul), "
            + "sum(f)::BIGINT, sum(d)::BIGINT, %s, sum(dec4), sum(dec8), sum(dec16),"
            + " sum(length(few)), sum(length(many)), min(many), count(gaps), max(gaps),"
            + " min(day), max(day), max(CAST(t AS VARCHAR)), count(nothing), sum(length(u::VARCHAR))"
            + " FROM ";
    assertThat(rows(s, String.format(sums, "count(*) FILTER (WHERE b)") + "t"))
        .isEqualTo(duck(String.format(sums, "count(*) FILTER (b)") + file("duck.parquet")));
    assertThat(rows(s, "SELECT many, gaps, ts, tn, tm, bytes, j->>'a', u::TEXT FROM t WHERE i = 7"))
        .isEqualTo(
            List.of(
                "common beginning 7|x7|2000-01-01T00:06:59.123456|2000-01-01T00:06:59"
                    + "|2000-01-01T00:06:59|[98, 55]|7|"
                    + duck("SELECT u FROM " + file("duck.parquet") + " WHERE i = 7").get(0)));
  }

  @Test
  void columns_goByNameAndTakeDefaultsAndAssignmentCasts() throws Exception {
    s.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT DEFAULT 'none', n SMALLINT,"
            + " twice INT GENERATED ALWAYS AS (n * 2) STORED)");
    duck("COPY (SELECT 5 AS N, 1 AS id) TO " + file("a.parquet"));
    duck("COPY (SELECT '6' AS n, '2' AS id, 'b' AS name) TO " + file("b.parquet"));
    duck("COPY (SELECT 'c' AS name, 3 AS id) TO " + file("c.parquet"));
    assertThat(s.execute("COPY t FROM " + file("a.parquet"))).isEqualTo(1);
    assertThat(s.execute("COPY t FROM " + file("b.parquet"))).isEqualTo(1);
    assertThat(s.execute("COPY t (id, name) FROM " + file("c.parquet"))).isEqualTo(1);
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|none|5|10", "2|b|6|12", "3|c|null|null");
    duck("COPY (SELECT 4 AS id, 1 AS other) TO " + file("d.parquet"));
    assertThat(copy("d.parquet", "42703")).contains("\"other\"");
    duck("COPY (SELECT 4 AS id, 1 AS twice) TO " + file("e.parquet"));
    copy("e.parquet", "42703");
    duck(
        "COPY (SELECT i AS id, 30000 + i * 1000 AS n FROM range(4, 9) AS r (i)) TO "
            + file("f.parquet"));
    assertThat(copy("f.parquet", "22003")).contains("row 1", "column n");
    duck("COPY (SELECT * FROM (VALUES (7, '1'), (8, 'x')) AS v (id, n)) TO " + file("g.parquet"));
    assertThat(copy("g.parquet", "22P02")).contains("row 2", "column n");
    duck("COPY (SELECT * FROM (VALUES (7), (8), (1)) AS v (id)) TO " + file("h.parquet"));
    assertThat(copy("h.parquet", "23505")).contains("row 3");
    duck("COPY (SELECT 7 AS id, DATE '2024-01-01' AS n) TO " + file("i.parquet"));
    copy("i.parquet", "42804");
    assertThat(Sql.count(s, "t")).isEqualTo(3);
  }

  private String copy(String name, String state) {
    return refused(state, () -> s.execute("COPY t FROM " + file(name))).getMessage();
  }

  @Test
  void whatIsNotRead_isRefused() throws Exception {
    s.execute("CREATE TABLE t (id INT, a TEXT)");
    duck("COPY (SELECT 1 AS id, [1, 2] AS a) TO " + file("list.parquet"));
    duck("COPY (SELECT 1 AS id, {'x': 1} AS a) TO " + file("struct.parquet"));
    duck("COPY (SELECT 1 AS id, 'x' AS a) TO " + file("lz4.parquet") + " (COMPRESSION lz4_raw)");
    duck("COPY (SELECT 1 AS id, 'x' AS a) TO " + file("brotli.parquet") + " (COMPRESSION brotli)");
    assertThat(copy("list.parquet", "0A000")).contains("\"a\"", "nested");
    assertThat(copy("struct.parquet", "0A000")).contains("\"a\"", "nested");
    assertThat(copy("lz4.parquet", "0A000")).contains("LZ4_RAW");
    assertThat(copy("brotli.parquet", "0A000")).contains("BROTLI");
    refused("42701", () -> s.execute("COPY (SELECT 1 AS a, 2 AS a) TO " + file("twice.parquet")));
    refused("22023", () -> s.execute("COPY t TO " + file("x.parquet") + " (COMPRESSION lzo)"));
    refused("22023", () -> s.execute("COPY t TO " + file("x.parquet") + " (ROW_GROUP_SIZE 0)"));
    refused("22023", () -> s.execute("COPY t FROM " + file("lz4.parquet") + " (COMPRESSION zstd)"));
    refused("22012", () -> s.execute("COPY (SELECT 1 / 0 AS a) TO " + file("zero.parquet")));
    assertThat(directory.resolve("zero.parquet")).doesNotExist();
  }

  @Test
  void emptyQuery_isAFileWithoutRows() throws Exception {
    s.execute("CREATE TABLE t (id INT, a TEXT)");
    assertThat(s.execute("COPY t TO " + file("none.parquet"))).isZero();
    assertThat(s.execute("COPY t FROM " + file("none.parquet"))).isZero();
    assertThat(duck("SELECT count(*) FROM " + file("none.parquet"))).containsExactly("0");
  }

  /**
   * Whatever is changed in a file, there are rows or an error with a SQLSTATE, and nothing else.
   */
  @ParameterizedTest
  @ValueSource(strings = {"own", "duck v1", "duck v2"})
  void damagedFile_givesAnErrorOrRows(String writer) throws Exception {
    long seed = 20_240_601;
    s.execute("CREATE TABLE t (i INT, name TEXT, d DOUBLE, b BOOLEAN, n DECIMAL(30, 2))");
    String select =
        "SELECT CAST(i AS INT) AS i, 'n' || (i %% 9) AS name, i * 0.5 AS d, i %% 2 = 0 AS b,"
            + " CASE WHEN i %% 3 > 0 THEN CAST(i AS DECIMAL(30, 2)) END AS n FROM %s";
    Path good = directory.resolve("good.parquet");
    if (writer.equals("own")) {
      s.execute(
          "COPY ("
              + String.format(select, "generate_series(1, 300) AS g (i)")
              + ") TO "
              + file("good.parquet"));
    } else {
      duck(
          "COPY ("
              + String.format(select, "range(1, 301) AS g (i)")
              + ") TO "
              + file("good.parquet")
              + " (PARQUET_VERSION "
              + writer.substring(5)
              + ")");
    }
    byte[] bytes = Files.readAllBytes(good);
    assertThat(s.execute("COPY t FROM " + file("good.parquet"))).isEqualTo(300);
    Random random = new Random(seed);
    for (int length = 0; length < bytes.length; length += 1 + random.nextInt(60)) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThat(read(cut, "cut at " + length)).as("cut at " + length).isNegative();
    }
    for (int i = 0; i < 400; i++) {
      byte[] flipped = bytes.clone();
      StringBuilder what = new StringBuilder("seed " + seed + ", round " + i + ":");
      for (int n = random.nextInt(3); n >= 0; n--) {
        // More often in the footer, where the numbers are.
        int at =
            random.nextBoolean()
                ? random.nextInt(bytes.length)
                : bytes.length - 1 - random.nextInt(Math.min(bytes.length, 600));
        flipped[at] = (byte) (random.nextBoolean() ? random.nextInt() : flipped[at] ^ 0x80);
        what.append(' ').append(at).append('=').append(flipped[at]);
      }
      read(flipped, what.toString());
    }
  }

  /** The rows read; -1 for an error. */
  private long read(byte[] bytes, String what) throws IOException {
    Files.write(directory.resolve("bad.parquet"), bytes);
    s.execute("BEGIN");
    try {
      return s.execute("COPY t FROM " + file("bad.parquet"));
    } catch (KalamException e) {
      assertThat(e.sqlState())
          .as(what + ": " + e.getMessage())
          .isIn("22P04", "0A000", "42703", "42804", "53200", "22003", "22021", "58030", "22008");
      return -1;
    } finally {
      s.execute("ROLLBACK");
    }
  }
}
