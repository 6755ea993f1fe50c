package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Row;
import org.kalamdb.schema.Interval;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Every type of the dialect keeps NULL and its extremes exactly: by literal and by parameter, hot,
 * after a flush and after opening again.
 */
@ExtendWith(TemporaryDatabase.class)
class TypesTest {
  /** A type and values of it, each with the literal that writes it (null: by parameter alone). */
  record Type(String sql, List<Object> values, List<String> literals) {
    @Override
    public String toString() {
      return sql;
    }
  }

  private static final class Values {
    private final String sql;
    private final List<Object> values = new ArrayList<>();
    private final List<String> literals = new ArrayList<>();

    Values(String sql) {
      this.sql = sql;
    }

    Values add(String literal, Object value) {
      literals.add(literal);
      values.add(value);
      return this;
    }

    Values parameter(Object value) {
      return add(null, value);
    }

    Type type() {
      return new Type(sql, values, literals);
    }
  }

  private static final List<String> UNUSABLE_AS_KEY =
      List.of("JSON", "EMBEDDING(3)", "ZONED_TIMESTAMP");

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  static Stream<Type> types() {
    String nines = "9".repeat(38);
    String emoji = "😀 ́e \uFFFF\uD83D\uDC68\u200D\uD83D\uDC69";
    byte[] allBytes = new byte[256];
    for (int i = 0; i < 256; i++) {
      allBytes[i] = (byte) i;
    }
    float[] wide = new float[3];
    wide[0] = Float.MAX_VALUE;
    wide[1] = Float.MIN_VALUE;
    wide[2] = -0.0f;
    return Stream.of(
            new Values("BOOLEAN").add("TRUE", true).add("FALSE", false).add("'t'", true),
            new Values("SMALLINT")
                .add("-32768", Short.MIN_VALUE)
                .add("32767", Short.MAX_VALUE)
                .add("0", (short) 0),
            new Values("INTEGER")
                .add("-2147483648", Integer.MIN_VALUE)
                .add("2147483647", Integer.MAX_VALUE)
                .add("-1", -1),
            new Values("BIGINT")
                .add("-9223372036854775808", Long.MIN_VALUE)
                .add("9223372036854775807", Long.MAX_VALUE)
                .add("4294967296", 1L << 32),
            new Values("REAL")
                .add("3.4028235e38", Float.MAX_VALUE)
                .add("'1.4E-45'", Float.MIN_VALUE)
                .add("'NaN'", Float.NaN)
                .add("'-Infinity'", Float.NEGATIVE_INFINITY)
                .add("0.1", 0.1f)
                .parameter(-0.0f),
            new Values("DOUBLE PRECISION")
                .add("1.7976931348623157e308", Double.MAX_VALUE)
                .add("'4.9E-324'", Double.MIN_VALUE)
                .add("'NaN'", Double.NaN)
                .add("'Infinity'", Double.POSITIVE_INFINITY)
                .add("0.1", 0.1)
                .parameter(-0.0),
            new Values("DECIMAL(9,4)")
                .add("12345.6789", decimal("12345.6789"))
                .add("-99999.9999", decimal("-99999.9999"))
                .add("1", decimal("1.0000")),
            new Values("DECIMAL(18,0)")
                .add("-999999999999999999", decimal("-999999999999999999"))
                .add("7", decimal("7")),
            new Values("DECIMAL(38,0)")
                .add(nines, decimal(nines))
                .add("-" + nines, decimal("-" + nines))
                .add("0", decimal("0")),
            new Values("NUMERIC(38,38)")
                .add("0." + nines, decimal("0." + nines))
                .add("-0." + nines, decimal("-0." + nines))
                .add("0", new BigDecimal(BigInteger.ZERO, 38)),
            new Values("TEXT")
                .add("''", "")
                .add("'it''s \\n ; -- no comment'", "it's \\n ; -- no comment")
                .add("'" + emoji + "'", emoji)
                .add("'a\n\tb'", "a\n\tb")
                .parameter("\u0001\u007f\u0080\uE000")
                .parameter("x".repeat(200_000)),
            new Values("VARCHAR(5)")
                .add("'12345'", "12345")
                .add("'😀😀😀😀😀'", "😀😀😀😀😀")
                .add("''", ""),
            new Values("CHAR(3)").add("'abc'", "abc").add("'äöü'", "äöü"),
            new Values("BYTES")
                .add("'\\x'", new byte[0])
                .add("'\\x00ff80'", new byte[] {0, -1, -128})
                .parameter(allBytes),
            new Values("DATE")
                .add("'0001-01-01'", LocalDate.of(1, 1, 1))
                .add("DATE '9999-12-31'", LocalDate.of(9999, 12, 31))
                .add("'1582-10-10'", LocalDate.of(1582, 10, 10))
                .add("'1970-01-01'", LocalDate.EPOCH),
            new Values("TIME")
                .add("'00:00:00'", LocalTime.MIDNIGHT)
                .add("TIME '23:59:59.999999'", LocalTime.of(23, 59, 59, 999_999_000)),
            new Values("TIMESTAMP")
                .add("'0001-01-01 00:00:00'", LocalDateTime.of(1, 1, 1, 0, 0))
                .add(
                    "TIMESTAMP '9999-12-31 23:59:59.999999'",
                    LocalDateTime.of(9999, 12, 31, 23, 59, 59, 999_999_000))
                .add(
                    "'1969-12-31 23:59:59.999999'",
                    LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000)),
            new Values("TIMESTAMPTZ")
                .add("'2026-11-21 10:00:00+02:00'", Instant.parse("2026-11-21T08:00:00Z"))
                .add("'1969-12-31 23:59:59.999999Z'", Instant.parse("1969-12-31T23:59:59.999999Z"))
                .parameter(Instant.parse("9999-12-31T23:59:59.999999Z"))
                .parameter(Instant.parse("0001-01-01T00:00:00Z")),
            new Values("ZONED_TIMESTAMP")
                .parameter(ZonedDateTime.parse("2026-10-25T02:30:00+02:00[Europe/Berlin]"))
                .parameter(ZonedDateTime.parse("2026-10-25T02:30:00+01:00[Europe/Berlin]"))
                .parameter(ZonedDateTime.parse("1900-01-01T00:00:00.000001-11:30"))
                .add(
                    "'2026-11-21 10:00:00+05:30'",
                    ZonedDateTime.parse("2026-11-21T10:00:00+05:30")),
            new Values("UUID")
                .add("'00000000-0000-0000-0000-000000000000'", new UUID(0, 0))
                .add("'ffffffff-ffff-ffff-ffff-ffffffffffff'", new UUID(-1, -1))
                .add(
                    "UUID '80000000-0000-0000-7fff-ffffffffffff'",
                    new UUID(Long.MIN_VALUE, Long.MAX_VALUE)),
            new Values("JSON")
                .add("'{\"a\": [1, null, \"x\"]}'", "{\"a\": [1, null, \"x\"]}")
                .add("'null'", "null")
                .add("'\"é😀\"'", "\"é😀\""),
            new Values("EMBEDDING(3)")
                .add("'[1, -2.5, 0]'", new float[] {1, -2.5f, 0})
                .parameter(wide))
        .map(Values::type);
  }

  @ParameterizedTest
  @MethodSource("types")
  void values_literalAndParameter_readBackHotColdAndReopened(Type type, TestDatabase database) {
    List<Object> expected = new ArrayList<>();
    try (Session s = database.db().session()) {
      s.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v " + type.sql() + ")");
      try (PreparedQuery insert = s.prepare("INSERT INTO t VALUES (?, ?)")) {
        for (Object value : type.values()) {
          insert.execute((long) expected.size(), value);
          expected.add(value);
        }
        insert.execute((long) expected.size(), null);
        expected.add(null);
      }
      for (int i = 0; i < type.values().size(); i++) {
        if (type.literals().get(i) != null) {
          s.execute(
              "INSERT INTO t VALUES (" + expected.size() + ", " + type.literals().get(i) + ")");
          expected.add(type.values().get(i));
        }
      }
      s.execute("INSERT INTO t VALUES (" + expected.size() + ", NULL)");
      expected.add(null);
      check("hot", s, expected);
      s.execute("STORAGE FLUSH TABLE t");
      check("cold", s, expected);
    }
    try (Session s = database.reopen().session()) {
      check("reopened", s, expected);
      // Rows of both tiers, the cold ones moved by an update that does not name the value.
      s.execute("UPDATE t SET id = id + 1000 WHERE id < 2");
      List<Row> rows = s.query("SELECT v FROM t ORDER BY id DESC LIMIT 2").list();
      checkValues("moved", rows.get(0), expected.get(1));
      checkValues("moved", rows.get(1), expected.get(0));
    }
  }

  private static void check(String where, Session s, List<Object> expected) {
    List<Row> rows = s.query("SELECT id, v FROM t ORDER BY id").list();
    assertThat(rows).as(where).hasSize(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      checkValues(where + ", row " + i, rows.get(i), (long) i, expected.get(i));
      Row byKey = s.query("SELECT id, v FROM t WHERE id = ?", i).single();
      checkValues(where + ", by key " + i, byKey, (long) i, expected.get(i));
    }
    assertThat(rows.get(0).columns().get(1).type().kind().javaType())
        .isEqualTo(
            expected.get(0).getClass().equals(float[].class)
                ? float[].class
                : expected.get(0).getClass());
    long nulls = expected.stream().filter(v -> v == null).count();
    assertThat(Sql.value(s, "SELECT count(*) FROM t WHERE v IS NULL")).as(where).isEqualTo(nulls);
    assertThat(Sql.value(s, "SELECT count(v) FROM t")).as(where).isEqualTo(expected.size() - nulls);
  }

  /** Equal, arrays by content, classes too: a Float is no Double, -0.0 no 0.0. */
  private static void checkValues(String where, Row row, Object... expected) {
    if (!Arrays.deepEquals(row.toArray(), expected)) {
      String want = Arrays.deepToString(expected);
      org.assertj.core.api.Assertions.fail(where + ": " + row + " instead of " + want);
    }
  }

  @Test
  void interval_storedOrRefused_isExact(KalamDB db) {
    try (Session s = db.session()) {
      assertThat(Sql.value(s, "SELECT INTERVAL '1 year 2 days 3 hours'"))
          .isEqualTo(new Interval(12, 2, 10_800_000_000L));
      assertThat(Sql.value(s, "SELECT CAST(? AS INTERVAL)", new Interval(-1, 40, -7)))
          .isEqualTo(new Interval(-1, 40, -7));
    }
  }

  @Test
  void values_outOfRange_areRefusedAndNothingIsStored(KalamDB db) {
    try (Session s = db.session()) {
      s.execute(
          "CREATE TABLE t (id BIGINT PRIMARY KEY, small SMALLINT, i INT, d DECIMAL(4,2), v VARCHAR(2),"
              + " u UUID, j JSON, e EMBEDDING(2), at TIMESTAMP, r REAL)");
      refused("22003", () -> s.execute("INSERT INTO t (id, small) VALUES (1, 32768)"));
      refused("22003", () -> s.execute("INSERT INTO t (id, small) VALUES (1, ?)", 40_000));
      refused("22003", () -> s.execute("INSERT INTO t (id, i) VALUES (1, ?)", 1L << 31));
      refused("22003", () -> s.execute("INSERT INTO t (id, d) VALUES (1, 100)"));
      refused("22003", () -> s.execute("INSERT INTO t (id, d) VALUES (1, ?)", decimal("99.995")));
      refused("22003", () -> s.execute("INSERT INTO t (id, r) VALUES (1, 1e39)"));
      refused("22003", () -> s.execute("INSERT INTO t (id) VALUES (9223372036854775808)"));
      refused("22001", () -> s.execute("INSERT INTO t (id, v) VALUES (1, 'abc')"));
      refused("22001", () -> s.execute("INSERT INTO t (id, v) VALUES (1, ?)", "abc"));
      refused("22P02", () -> s.execute("INSERT INTO t (id, u) VALUES (1, 'no uuid')"));
      refused("22P02", () -> s.execute("INSERT INTO t (id, u) VALUES (1, ?)", "no uuid"));
      refused("22P02", () -> s.execute("INSERT INTO t (id, j) VALUES (1, '{')"));
      refused("22021", () -> s.execute("INSERT INTO t (id, v) VALUES (1, ?)", "\0"));
      refused("22021", () -> s.execute("INSERT INTO t (id, v) VALUES (1, ?)", "\uD800"));
      assertThat(Arrays.asList("22007", "22008"))
          .contains(
              refusedState(
                  () -> s.execute("INSERT INTO t (id, at) VALUES (1, '2026-02-30 00:00:00')")));
      assertThat(refusedState(() -> s.execute("INSERT INTO t (id, e) VALUES (1, '[1, 2, 3]')")))
          .startsWith("22");
      assertThat(Sql.count(s, "t")).isZero();
    }
  }

  private static String refusedState(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return org.assertj.core.api.Assertions.catchThrowableOfType(
            org.kalamdb.error.KalamException.class, call)
        .sqlState();
  }

  @Test
  void decimals_roundToTheColumnsScale(KalamDB db) {
    try (Session s = db.session()) {
      s.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, d DECIMAL(6,2))");
      s.execute("INSERT INTO t VALUES (1, 1.005), (2, -1.005), (3, 1.004999)");
      s.execute("INSERT INTO t VALUES (4, ?)", decimal("2.675"));
      assertThat(Sql.rows(s, "SELECT d FROM t ORDER BY id"))
          .containsExactly("1.01", "-1.01", "1.00", "2.68");
    }
  }

  @Test
  void keysOfEachType_findTheirRows(KalamDB db) {
    try (Session s = db.session()) {
      types()
          .filter(type -> !UNUSABLE_AS_KEY.contains(type.sql()))
          .forEach(
              type -> {
                s.execute("CREATE TABLE k (n INT, k " + type.sql() + " PRIMARY KEY)");
                int n = 0;
                List<Object> keys = new ArrayList<>();
                for (Object key : type.values()) {
                  if (keys.stream().noneMatch(other -> java.util.Objects.deepEquals(other, key))
                      && !(key instanceof String text && text.length() > 1000)) {
                    s.execute("INSERT INTO k VALUES (?, ?)", n++, key);
                    keys.add(key);
                    refused("23505", () -> s.execute("INSERT INTO k VALUES (-1, ?)", key));
                  }
                }
                for (int round = 0; round < 2; round++) {
                  for (int i = 0; i < keys.size(); i++) {
                    assertThat(Sql.value(s, "SELECT n FROM k WHERE k = ?", keys.get(i)))
                        .as(type.sql() + " " + keys.get(i))
                        .isEqualTo(i);
                    refuseAgain(s, keys.get(i));
                  }
                  s.execute("STORAGE FLUSH TABLE k");
                }
                s.execute("DROP TABLE k");
              });
    }
  }

  @Test
  void keysWithoutAnOrder_areRefused(KalamDB db) {
    for (String type : UNUSABLE_AS_KEY) {
      refused("0A000", () -> db.execute("CREATE TABLE k (k " + type + " PRIMARY KEY)"));
    }
  }

  private static void refuseAgain(Session s, Object key) {
    refused("23505", () -> s.execute("INSERT INTO k VALUES (-1, ?)", key));
  }

  @Test
  void text_ordersByCodePoint(KalamDB db) {
    try (Session s = db.session()) {
      s.execute("CREATE TABLE t (k TEXT PRIMARY KEY)");
      List<String> texts = List.of("", "A", "Z", "a", "a\u0001", "aa", "é", "\uFFFD", "😀");
      List<String> shuffled = new ArrayList<>(texts);
      java.util.Collections.shuffle(shuffled, new java.util.Random(7));
      shuffled.forEach(text -> s.execute("INSERT INTO t VALUES (?)", text));
      assertThat(s.query("SELECT k FROM t ORDER BY k").list().stream().map(r -> (String) r.get(0)))
          .containsExactlyElementsOf(texts);
      s.execute("STORAGE FLUSH TABLE t");
      assertThat(s.query("SELECT k FROM t ORDER BY k").list().stream().map(r -> (String) r.get(0)))
          .containsExactlyElementsOf(texts);
      assertThat(Sql.rows(s, "SELECT k FROM t WHERE k > 'aa' AND k < ? ORDER BY k DESC", "😀"))
          .containsExactly("\uFFFD", "é");
      assertThat("é".getBytes(StandardCharsets.UTF_8)).hasSize(2);
    }
  }
}
