package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/** Long and deep statements run, or are refused with 54000 or 54001: never a stack overflow. */
class NestingTest {
  private static KalamDB db;
  private static Session s;

  @BeforeAll
  static void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, a INT);"
            + "INSERT INTO t VALUES (1, 1), (2, NULL), (3, 3)");
  }

  @AfterAll
  static void close() {
    s.close();
    db.close();
  }

  /** A name, and a statement of so many parts. */
  record Shape(String name, Text text, int works) {
    interface Text {
      String of(int parts);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Shape> shapes() {
    return Stream.of(
        new Shape(
            "AND", n -> "SELECT count(*) FROM t WHERE a = 1" + " AND id > 0".repeat(n), 10_000),
        new Shape("OR", n -> "SELECT count(*) FROM t WHERE a = 1" + " OR id = 9".repeat(n), 10_000),
        new Shape(
            "IN", n -> "SELECT count(*) FROM t WHERE a IN (1" + ", 7".repeat(n) + ")", 10_000),
        new Shape(
            "VALUES",
            n -> "SELECT count(*) FROM (VALUES (1)" + ", (2)".repeat(n) + ") v(x)",
            10_000),
        new Shape("+", n -> "SELECT 1" + " + 1".repeat(n), 400),
        new Shape("+ of a column", n -> "SELECT a" + " + 1".repeat(n) + " FROM t", 400),
        new Shape("||", n -> "SELECT 'a'" + " || 'b'".repeat(n), 400),
        new Shape("::", n -> "SELECT 1" + "::bigint::int".repeat(n / 2), 400),
        new Shape("IS NULL", n -> "SELECT 1" + " IS NULL".repeat(n), 400),
        new Shape("UNION", n -> "SELECT 1" + " UNION SELECT 1".repeat(n), 200),
        new Shape("UNION ALL", n -> "SELECT 1" + " UNION ALL SELECT a FROM t".repeat(n), 200),
        new Shape("EXCEPT", n -> "SELECT 1" + " EXCEPT SELECT 2".repeat(n), 200),
        new Shape("parentheses", n -> "SELECT " + "(".repeat(n) + "1" + ")".repeat(n), 90),
        new Shape("NOT", n -> "SELECT " + "NOT ".repeat(n) + "true", 90),
        new Shape("-", n -> "SELECT " + "- ".repeat(n) + "a FROM t", 90),
        new Shape(
            "CASE", n -> "SELECT " + "CASE WHEN true THEN ".repeat(n) + "1" + " END".repeat(n), 90),
        new Shape("abs", n -> "SELECT " + "abs(".repeat(n) + "1" + ")".repeat(n), 90),
        new Shape(
            "scalar subqueries", n -> "SELECT " + "(SELECT ".repeat(n) + "1" + ")".repeat(n), 50),
        new Shape(
            "subqueries in FROM",
            n -> "SELECT * FROM " + "(SELECT * FROM ".repeat(n) + "t" + ") x".repeat(n),
            50),
        new Shape(
            "subqueries in WHERE",
            n ->
                "SELECT id FROM t WHERE id IN ".concat("(SELECT id FROM t WHERE id IN ".repeat(n))
                    + "(1)"
                    + ")".repeat(n),
            20),
        new Shape(
            "WITH in WITH",
            n -> "WITH x AS (".repeat(n) + "SELECT 1" + ") SELECT * FROM x".repeat(n),
            50),
        new Shape("CROSS JOIN", n -> "SELECT 1 FROM (SELECT 1) a" + joins(n), 20),
        new Shape(
            "CREATE TABLE CHECK",
            n -> "CREATE TABLE c" + n + " (a INT CHECK (a > 0" + " + 1".repeat(n) + "))",
            300));
  }

  private static String joins(int n) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < n; i++) {
      text.append(" CROSS JOIN (SELECT 1) x").append(i);
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void query_partsWithinLimits_runs(Shape shape) throws InterruptedException {
    assertThat(outcome(shape.text().of(shape.works()))).isEqualTo("runs");
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void query_tenThousandParts_runsOrIsRefused(Shape shape) throws InterruptedException {
    assertThat(outcome(shape.text().of(10_000))).isIn("runs", "54001", "54000", "54011");
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void query_partsUpToTheLimit_runsOrIsRefused(Shape shape) throws InterruptedException {
    for (int parts : new int[] {99, 100, 249, 250, 251, 499, 500, 501}) {
      assertThat(outcome(shape.text().of(parts))).as(parts + " parts").isIn("runs", "54001");
    }
  }

  @Test
  void query_longText_isRefused() throws InterruptedException {
    assertThat(outcome("SELECT '" + "x".repeat(1 << 20) + "'")).isEqualTo("54000");
  }

  /** In a thread with the stack that most threads have. */
  private static String outcome(String sql) throws InterruptedException {
    AtomicReference<String> outcome = new AtomicReference<>("hangs");
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                s.query(sql).list();
                outcome.set("runs");
              } catch (KalamException e) {
                outcome.set(e.code().sqlState().startsWith("54") ? e.sqlState() : e.toString());
              } catch (Throwable e) {
                outcome.set(e.toString());
              }
            },
            "nesting",
            1 << 20);
    thread.start();
    thread.join(60_000);
    return outcome.get();
  }
}
