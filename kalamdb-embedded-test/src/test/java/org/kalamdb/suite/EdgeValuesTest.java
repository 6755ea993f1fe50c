package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.Durability;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;
import org.kalamdb.test.TestDatabase;

/**
 * Values at the limits of their types, as keys and as values whose bounds prune: whatever is asked,
 * the answer is the same with rows hot, cold in several segments, mixed, compacted and reopened.
 */
@ExtendWith(TemporaryDatabase.class)
class EdgeValuesTest {
  private static final KalamOptions BY_HAND =
      KalamOptions.builder().durability(Durability.NONE).backgroundCompaction(false).build();

  /**
   * A type and literals of it, ascending and all different.
   *
   * @param key whether it can be a key
   */
  record Edges(String type, boolean key, List<String> literals) {
    @Override
    public String toString() {
      return type;
    }
  }

  private static Edges keys(String type, String... literals) {
    return new Edges(type, true, List.of(literals));
  }

  private static String text(String start, String repeated, int times, String end) {
    return "'" + start + "' || repeat('" + repeated + "', " + times + ") || '" + end + "'";
  }

  static Stream<Edges> edges() {
    return Stream.of(
        keys("BOOLEAN", "false", "true"),
        keys("SMALLINT", "-32768", "-32767", "-1", "0", "1", "32767"),
        keys("INT", "-2147483648", "-1", "0", "1", "255", "256", "2147483647"),
        keys(
            "BIGINT",
            "-9223372036854775808",
            "-9223372036854775807",
            "-1",
            "0",
            "1",
            "9223372036854775806",
            "9223372036854775807"),
        keys(
            "DECIMAL(38,0)",
            "-" + "9".repeat(38),
            "-9223372036854775809",
            "-1",
            "0",
            "1",
            "18446744073709551616",
            "9".repeat(38)),
        keys("DECIMAL(9,2)", "-9999999.99", "-0.01", "0", "0.01", "9999999.99"),
        keys("DECIMAL(18,9)", "-999999999.999999999", "0", "0.000000001", "999999999.999999999"),
        keys(
            "DECIMAL(38,38)",
            "-0." + "9".repeat(38),
            "0",
            "0." + "0".repeat(37) + "1",
            "0." + "9".repeat(38)),
        keys(
            "DATE",
            "'-infinity'",
            "'4713-01-01 BC'",
            "'0001-01-01 BC'",
            "'0001-01-01'",
            "'1969-12-31'",
            "'1970-01-01'",
            "'9999-12-31'",
            "'infinity'"),
        keys("TIME", "'00:00'", "'00:00:00.000001'", "'12:00'", "'23:59:59.999999'"),
        keys(
            "TIMESTAMP",
            "'-infinity'",
            "'0001-01-01 00:00 BC'",
            "'1969-12-31 23:59:59.999999'",
            "'1970-01-01'",
            "'9999-12-31 23:59:59.999999'",
            "'infinity'"),
        keys(
            "TIMESTAMPTZ",
            "'-infinity'",
            "'0001-01-01 00:00+00'",
            "'1969-12-31 23:59:59.999999+00'",
            "'1970-01-01 00:00+00'",
            "'9999-12-31 23:59:59.999999+00'",
            "'infinity'"),
        keys(
            "UUID",
            "'00000000-0000-0000-0000-000000000000'",
            "'00000000-0000-0000-0000-000000000001'",
            "'7fffffff-ffff-ffff-ffff-ffffffffffff'",
            "'80000000-0000-0000-0000-000000000000'",
            "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
        keys(
            "REAL",
            "'-Infinity'",
            "-3.4028235e38",
            "-1.4e-45",
            "'0'",
            "1.4e-45",
            "0.1",
            "3.4028235e38",
            "'Infinity'",
            "'NaN'"),
        keys(
            "DOUBLE PRECISION",
            "'-Infinity'",
            "-1.7976931348623157e308",
            "-4.9e-324",
            "'0'",
            "4.9e-324",
            "0.1",
            "1.7976931348623157e308",
            "'Infinity'",
            "'NaN'"),
        keys(
            "TEXT",
            "''",
            "U&'\\0001'",
            "U&'\\0001\\0001'",
            "' '",
            "'A'",
            "'a'",
            "U&'a\\0001'",
            "'a '",
            "'aa'",
            text("", "m", 63, ""),
            text("", "m", 64, ""),
            text("", "m", 64, "a"),
            text("", "m", 65, ""),
            text("", "m", 300, "1"),
            text("", "m", 300, "2"),
            text("", "ö", 80, "1"),
            text("", "ö", 80, "2"),
            "U&'\\FFFF'",
            "U&'\\+01F600'",
            "repeat(U&'\\+10FFFF', 20)",
            "repeat(U&'\\+10FFFF', 20) || 'x'"),
        keys("VARCHAR(3)", "''", "'a'", "'a  '", "'abc'", "'ÿÿÿ'"),
        keys(
            "BYTES",
            "'\\x'",
            "'\\x00'",
            "'\\x0000'",
            "'\\x0001'",
            "'\\x01'",
            "'\\x7f'",
            "'\\x80'",
            "'\\xff'",
            "'\\xff00'",
            "'\\xffff'",
            "('\\x' || repeat('ff', 64))::bytes",
            "('\\x' || repeat('ff', 64) || '00')::bytes",
            "('\\x' || repeat('ff', 300))::bytes",
            "('\\x' || repeat('ff', 2000))::bytes"),
        new Edges(
            "DECIMAL(76,0)",
            false,
            List.of("-" + "9".repeat(76), "-1", "0", "9".repeat(39), "9".repeat(76))));
  }

  @ParameterizedTest
  @MethodSource("edges")
  void keys_inEveryPosition_neverCollapse(Edges edges, TestDatabase database) {
    if (!edges.key()) {
      refused(
          "0A000",
          () -> database.db().execute("CREATE TABLE t (k " + edges.type() + " PRIMARY KEY)"));
      return;
    }
    List<String> columns =
        List.of(
            "k %s PRIMARY KEY, n INT, v TEXT",
            "n INT, v TEXT, k %s, PRIMARY KEY (n, k)", "v TEXT, k %s, n INT, PRIMARY KEY (k, n)");
    database.reopen(BY_HAND);
    for (int i = 0; i < columns.size(); i++) {
      String typed = String.format(columns.get(i), edges.type());
      database.db().execute("CREATE TABLE t" + i + " (" + typed + ")");
    }
    run(database, edges, IntStream.range(0, columns.size()).mapToObj(i -> "t" + i).toList());
  }

  @ParameterizedTest
  @MethodSource("edges")
  void values_withBounds_areFoundEverywhere(Edges edges, TestDatabase database) {
    database
        .reopen(BY_HAND)
        .execute(
            "CREATE TABLE t (n INT PRIMARY KEY, k "
                + edges.type()
                + ", v TEXT"
                + (edges.key() ? ", INDEX (k) USING BLOOM)" : ")"));
    run(database, edges, List.of("t"));
  }

  /** Fills the tables, and asks the same again and again while their rows move. */
  private static void run(TestDatabase database, Edges edges, List<String> tables) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < edges.literals().size(); i++) {
      numbers.add(i);
    }
    Collections.shuffle(numbers, new Random(edges.type().hashCode()));
    List<String> ascending = numbers.stream().sorted().map(String::valueOf).toList();
    int third = numbers.size() / 3;
    Map<String, List<List<String>>> expected = new HashMap<>();
    try (Session s = database.db().session()) {
      for (String table : tables) {
        insert(s, table, edges, numbers);
        assertThat(rows(s, "SELECT n FROM " + table + " ORDER BY k, n")).isEqualTo(ascending);
        expected.put(table, answers(s, table, edges));
        s.execute("DELETE FROM " + table);
      }
      // A third in each of three segments, then one segment, then some hot again.
      s.execute("STORAGE FLUSH ALL");
      tables.forEach(table -> insert(s, table, edges, numbers.subList(0, third)));
      s.execute("STORAGE FLUSH ALL");
      tables.forEach(table -> insert(s, table, edges, numbers.subList(third, 2 * third)));
      s.execute("STORAGE FLUSH ALL");
      tables.forEach(table -> insert(s, table, edges, numbers.subList(2 * third, numbers.size())));
    }
    for (String step : List.of("SELECT 1", "STORAGE FLUSH ALL", "STORAGE COMPACT ALL", "UPDATE")) {
      if (step.equals("UPDATE")) {
        database.reopen();
        for (String table : tables) {
          database.db().execute("UPDATE " + table + " SET v = v || '' WHERE n % 2 = 0");
        }
      } else {
        database.db().execute(step);
      }
      try (Session s = database.db().session()) {
        for (String table : tables) {
          assertThat(answers(s, table, edges))
              .as("%s after %s", table, step)
              .isEqualTo(expected.get(table));
        }
      }
    }
  }

  private static void insert(Session s, String table, Edges edges, List<Integer> numbers) {
    for (int n : numbers) {
      s.execute(
          "INSERT INTO "
              + table
              + " (k, n, v) VALUES (CAST("
              + edges.literals().get(n)
              + " AS "
              + edges.type()
              + "), "
              + n
              + ", 'v"
              + n
              + "')");
    }
  }

  private static List<List<String>> answers(Session s, String table, Edges edges) {
    List<List<String>> answers = new ArrayList<>();
    String from = " FROM " + table;
    answers.add(rows(s, "SELECT k, n, v" + from + " ORDER BY k, n"));
    answers.add(rows(s, "SELECT count(*), count(k)" + from));
    if (!edges.type().equals("BOOLEAN") && !edges.type().equals("UUID")) {
      answers.add(rows(s, "SELECT min(k), max(k)" + from));
    }
    for (int n = 0; n < edges.literals().size(); n++) {
      String literal = "CAST(" + edges.literals().get(n) + " AS " + edges.type() + ")";
      assertThat(rows(s, "SELECT n, v" + from + " WHERE k = " + literal))
          .as("k = %s", literal)
          .containsExactly(n + "|v" + n);
      for (String operator : List.of("<", "<>")) {
        answers.add(
            rows(s, "SELECT n" + from + " WHERE k " + operator + " " + literal + " ORDER BY n"));
      }
      assertThat(rows(s, "SELECT count(*)" + from + " WHERE k <= " + literal))
          .as("k <= %s", literal)
          .containsExactly(String.valueOf(n + 1));
      answers.add(rows(s, "SELECT v" + from + " WHERE k > " + literal + " ORDER BY k DESC"));
      answers.add(rows(s, "SELECT v" + from + " WHERE k = " + literal + " AND n = " + n));
    }
    return answers;
  }

  @Test
  void text_withNul_isRefused(TestDatabase database) {
    KalamDB db = database.db();
    db.execute("CREATE TABLE t (k TEXT PRIMARY KEY)");
    refused("22021", () -> db.execute("INSERT INTO t VALUES (?)", "a\0b"));
    assertThat(db.query("SELECT * FROM t").list()).isEmpty();
  }
}
