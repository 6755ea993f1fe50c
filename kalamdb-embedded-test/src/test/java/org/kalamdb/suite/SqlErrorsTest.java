package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.KalamException;

/** Bad statements: the SQLSTATE and the place each is blamed on. */
class SqlErrorsTest {
  private static KalamDB db;
  private static Session s;

  @BeforeAll
  static void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT NOT NULL, n INT CHECK (n > 0), d DATE);"
            + "CREATE TABLE u (id BIGINT PRIMARY KEY, t BIGINT);"
            + "CREATE NAMESPACE app;"
            + "CREATE USER TABLE app.mine (id BIGINT PRIMARY KEY);"
            + "CREATE STREAM TABLE app.events (id BIGINT, x INT) WITH (TTL_SECONDS = 60);"
            + "INSERT INTO t VALUES (1, 'a', 1, NULL)");
  }

  @AfterAll
  static void close() {
    s.close();
    db.close();
  }

  /**
   * A statement, the SQLSTATE, and where: {@code line:column}, or empty if the text is not to
   * blame.
   */
  record Bad(String sql, String sqlState, String place) {}

  static Stream<Bad> statements() {
    return Stream.of(
        // Sets of rows, ranks, counts of rows, recursive views, a CHECK's own table.
        new Bad("SELECT regexp_matches('a')", "42883", "*"),
        new Bad("SELECT regexp_split_to_table('a', 'b', 'g')", "22023", "*"),
        new Bad("SELECT regexp_split_to_table('a', '(')", "2201B", "*"),
        new Bad("SELECT json_object('{a,b,c}')", "2202E", "*"),
        new Bad("SELECT json_object('{NULL,1}')", "22004", "*"),
        new Bad("SELECT json_object('a,1')", "22P02", "*"),
        new Bad("SELECT json_object('{{a,1},{b,2}}')", "0A000", "*"),
        new Bad("SELECT rank(1, 2) WITHIN GROUP (ORDER BY n) FROM t", "42883", "*"),
        new Bad("SELECT rank('x') WITHIN GROUP (ORDER BY d) FROM t", "22007", "*"),
        new Bad("SELECT rank(1) WITHIN GROUP (ORDER BY n) OVER () FROM t", "0A000", "*"),
        new Bad("SELECT rank(1) FROM t", "42809", "*"),
        new Bad("SELECT id FROM t LIMIT (SELECT -1)", "2201W", "*"),
        new Bad("SELECT id FROM t OFFSET (SELECT -1)", "2201X", "*"),
        new Bad("SELECT id FROM t LIMIT (SELECT 'ab')", "42804", "*"),
        new Bad("SELECT id FROM u LIMIT (SELECT x FROM (VALUES (1), (2)) AS v(x))", "21000", "*"),
        new Bad("SELECT id FROM t LIMIT (SELECT u.id FROM u WHERE u.id = t.id)", "42P01", "*"),
        new Bad("CREATE RECURSIVE VIEW v AS SELECT 1", "42601", "*"),
        new Bad("CREATE RECURSIVE VIEW v (a, b) AS SELECT 1", "42P10", "*"),
        new Bad("CREATE TABLE v (i INT CHECK (t.n > 1))", "42P01", "*"),
        // Names.
        new Bad("SELECT nope FROM t", "42703", "1:8"),
        new Bad("SELECT id,\n  t.nope\nFROM t", "42703", "2:3"),
        new Bad("SELECT id FROM t WHERE nope = 1", "42703", "1:24"),
        new Bad("SELECT id FROM nope", "42P01", "1:16"),
        new Bad("SELECT id FROM t\n ORDER BY nope", "42703", "2:11"),
        new Bad("SELECT x.id FROM t", "42P01", "1:8"),
        new Bad("SELECT id FROM other.t", "", "1:16"),
        new Bad("SELECT id FROM t, u", "42702", "1:8"),
        new Bad("SELECT 1 FROM t JOIN t ON true", "42712", "1:22"),
        new Bad("SELECT nope(1)", "42883", "1:8"),
        new Bad("SELECT upper(1, 2, 3)", "42883", "1:8"),
        new Bad("INSERT INTO t (id, nope) VALUES (2, 'x')", "42703", "1:20"),
        new Bad("INSERT INTO nope VALUES (1)", "42P01", "1:13"),
        new Bad("INSERT INTO t (id, id) VALUES (2, 3)", "42701", "1:20"),
        new Bad("UPDATE t SET nope = 1", "42703", "1:14"),
        new Bad("UPDATE nope SET a = 1", "42P01", "1:8"),
        new Bad("DELETE FROM nope", "42P01", "1:13"),
        new Bad("DROP TABLE nope", "42P01", "1:12"),
        new Bad("USE nope", "3F000", "*"),
        new Bad("CREATE TABLE t (id INT PRIMARY KEY)", "42P07", "1:14"),
        new Bad("CREATE TABLE nope.x (id INT PRIMARY KEY)", "3F000", "1:14"),
        new Bad("CREATE TABLE x (id INT PRIMARY KEY, id INT)", "42701", "1:37"),
        new Bad("CREATE TABLE x (id NOTATYPE PRIMARY KEY)", "42704", "1:20"),
        new Bad("CREATE NAMESPACE app", "42P06", "1:18"),
        new Bad("CREATE NAMESPACE system", "42939", "1:18"),
        new Bad("CREATE TABLE x (_seq INT PRIMARY KEY)", "42939", "1:17"),
        new Bad("CREATE TABLE \"\" (id INT)", "42601", "*"),
        new Bad("CREATE TABLE \"a\u0007b\" (id INT)", "42602", "1:14"),
        new Bad("CREATE NAMESPACE pg_mine", "42939", "1:18"),
        new Bad("CREATE USER TABLE app.x (a INT)", "42P16", "*"),
        new Bad("CREATE USER TABLE x (a INT PRIMARY KEY)", "42P16", "1:19"),
        new Bad("CREATE STREAM TABLE app.x (a INT)", "42P16", "*"),
        new Bad("CREATE TABLE x (id INT PRIMARY KEY) WITH (nonsense = 1)", "", "1:43"),
        new Bad("DROP NAMESPACE app", "2BP01", "1:16"),
        new Bad("DROP USER TABLE t", "42809", "1:17"),
        // Syntax.
        new Bad("SELEC 1", "42601", "1:1"),
        new Bad("SELECT FROM WHERE", "42601", "*"),
        new Bad("SELECT 1 +", "42601", "*"),
        new Bad("SELECT (1", "42601", "*"),
        new Bad("SELECT 'abc", "42601", "1:8"),
        new Bad("SELECT /* never closed", "42601", "1:8"),
        new Bad("SELECT id FROM t WHERE", "42601", "*"),
        new Bad("SELECT 1 2", "42601", "*"),
        new Bad("INSERT INTO t VALUES (1", "42601", "*"),
        new Bad("SELECT id FROM t LIMIT 1 LIMIT 2", "", "*"),
        new Bad("", "42601", ""),
        new Bad("SELECT 1 / 0 garbage here", "42601", "1:22"),
        // Types and values.
        new Bad("SELECT 1 + 'x'", "22P02", "1:10"),
        new Bad("SELECT name + 1 FROM t", "42883", "1:13"),
        new Bad("SELECT id FROM t WHERE name", "42804", "1:24"),
        new Bad("SELECT id FROM t WHERE name = 1", "42883", "1:24"),
        new Bad("SELECT CAST('x' AS INT)", "22P02", "*"),
        new Bad("SELECT CAST(TRUE AS DATE)", "42846", "1:13"),
        new Bad("SELECT CASE WHEN true THEN 1 ELSE 'x' END", "22P02", "1:35"),
        new Bad("INSERT INTO t (id, name, n) VALUES (2, 'b', 'many')", "22P02", "1:45"),
        new Bad("INSERT INTO t (id, name, d) VALUES (2, 'b', '2026-13-01')", "22008", "1:45"),
        new Bad("INSERT INTO t (id, name, d) VALUES (2, 'b', 'soon')", "22007", "1:45"),
        new Bad("INSERT INTO t (id, name, d) VALUES (2, 'b', 5)", "42804", "1:45"),
        new Bad("INSERT INTO t (id, name) VALUES (2, 'b', 3)", "42601", "*"),
        new Bad("INSERT INTO t (id, name) VALUES (2)", "42601", "*"),
        new Bad("VALUES (1), (1, 2)", "42601", "*"),
        new Bad("SELECT 1 / 0", "22012", "*"),
        new Bad("SELECT n / (n - n) FROM t", "22012", "*"),
        new Bad("SELECT 1 % 0", "22012", "*"),
        new Bad("SELECT 2147483647 + 1", "22003", "*"),
        new Bad("SELECT n + 2147483647 FROM t", "22003", "*"),
        new Bad("SELECT 9223372036854775807 * 2", "22003", "*"),
        new Bad("SELECT -(-9223372036854775807 - 1)", "22003", "*"),
        new Bad("SELECT CAST(40000 AS SMALLINT)", "22003", "*"),
        new Bad("SELECT ARRAY[1]", "0A000", "*"),
        // Grouping and places.
        new Bad("SELECT id, count(*) FROM t", "42803", "1:8"),
        new Bad("SELECT name FROM t GROUP BY n", "42803", "1:8"),
        new Bad("SELECT id FROM t WHERE count(*) > 1", "42803", "1:24"),
        new Bad("SELECT sum(count(*)) FROM t", "42803", "1:12"),
        new Bad("SELECT id FROM t ORDER BY 2", "42P10", "1:27"),
        new Bad("SELECT id FROM t UNION SELECT id, n FROM t", "42601", "*"),
        new Bad("SELECT (SELECT id, n FROM t)", "42601", "*"),
        // Constraints.
        new Bad("INSERT INTO t VALUES (1, 'again', 1, NULL)", "23505", "*"),
        new Bad("INSERT INTO t VALUES (2, 'b', 1, NULL), (2, 'c', 1, NULL)", "23505", "*"),
        new Bad("INSERT INTO t VALUES (2, NULL, 1, NULL)", "23502", "*"),
        new Bad("INSERT INTO t VALUES (NULL, 'x', 1, NULL)", "23502", "*"),
        new Bad("INSERT INTO t (id) VALUES (2)", "23502", "*"),
        new Bad("UPDATE t SET name = NULL", "23502", "*"),
        new Bad("INSERT INTO t VALUES (2, 'b', 0, NULL)", "23514", "*"),
        new Bad("UPDATE t SET n = -1", "23514", "*"),
        new Bad("UPDATE t SET _seq = 1", "", "1:14"),
        // Transactions and tenancy.
        new Bad("COMMIT", "25P01", "1:1"),
        new Bad("SAVEPOINT a", "25P01", "1:1"),
        new Bad("ROLLBACK", "25P01", "1:1"),
        new Bad("STORAGE FLUSH TABLE app.events", "42809", "*"),
        new Bad("STORAGE FLUSH TABLE t FOR USER 'x'", "42809", "*"),
        // Not supported, never ignored.
        new Bad("MERGE INTO t USING t ON true WHEN MATCHED THEN DELETE", "42712", "1:20"),
        new Bad("ALTER TABLE t ADD PRIMARY KEY (n)", "42P16", "*"),
        new Bad("CREATE VIEW v AS SELECT ?", "42P02", "*"),
        new Bad("SELECT id FROM t FOR UPDATE", "0A000", "*"),
        new Bad("SELECT id FROM t TABLESAMPLE SYSTEM (10)", "0A000", "*"),
        new Bad("BACKUP DATABASE TO 'x'", "0A000", "*"),
        new Bad("DROP USER bob", "42704", "1:1"),
        new Bad("CREATE TABLE x (id INT PRIMARY KEY, u INT REFERENCES t (n))", "42830", "1:43"),
        new Bad("CREATE USER TABLE app.x AS SELECT 1 AS id", "0A000", "*"));
  }

  @ParameterizedTest
  @MethodSource("statements")
  void badStatement_isRefusedWithStateAndPlace(Bad bad) {
    Throwable thrown = catchThrowable(() -> s.query(bad.sql()).list());
    assertThat(thrown).isInstanceOf(KalamException.class);
    KalamException error = (KalamException) thrown;
    if (!bad.sqlState().isEmpty()) {
      assertThat(error.sqlState()).as(error.getMessage()).isEqualTo(bad.sqlState());
    }
    assertThat(error.sqlState()).as(error.getMessage()).doesNotStartWith("XX");
    if (!bad.place().equals("*")) {
      String place = error.line() == 0 ? "" : error.line() + ":" + error.column();
      assertThat(place).as(error.getMessage()).isEqualTo(bad.place());
    }
    assertThat(Sql.rows(s, "SELECT * FROM t")).containsExactly("1|a|1|null");
  }

  @Test
  void limits_belowZero_areRefused() {
    Sql.refused("2201W", () -> s.query("SELECT id FROM t LIMIT ?", -1).list());
    Sql.refused("2201X", () -> s.query("SELECT id FROM t OFFSET ?", -1).list());
  }

  @Test
  void severalStatements_withParameters_areRefused() {
    Sql.refused("42601", () -> s.execute("DELETE FROM t WHERE id = ?; SELECT 1", 1));
    Sql.refused("42601", () -> s.query("SELECT 1; SELECT 2"));
    assertThat(Sql.count(s, "t")).isEqualTo(1);
  }

  @Test
  void errorInLaterStatement_isBlamedOnItsOwnLine() {
    KalamException error =
        Sql.refused("42703", () -> s.execute("SELECT 1;\nSELECT id FROM t;\nSELECT nope FROM t"));
    assertThat(error.line()).isEqualTo(3);
    assertThat(error.column()).isEqualTo(8);
  }

  @Test
  void duplicateKey_namesTheKeyAndConstraint() {
    KalamException error =
        Sql.refused("23505", () -> s.execute("INSERT INTO t VALUES (1, 'secret', 1, NULL)"));
    assertThat(error.getMessage())
        .contains("t")
        .contains("id")
        .contains("1")
        .doesNotContain("secret");
  }

  @Test
  void misspelledColumn_isHinted() {
    KalamException error = Sql.refused("42703", () -> s.query("SELECT nam FROM t"));
    assertThat(error.hint()).contains("name");
  }

  @Test
  void hostileTexts_failQuicklyWithALimit() {
    String deep = "SELECT " + "(".repeat(5000) + "1" + ")".repeat(5000);
    assertThat(catchThrowable(() -> s.query(deep))).isInstanceOf(KalamException.class);
    String nots = "SELECT " + "NOT ".repeat(20_000) + "TRUE";
    assertThat(catchThrowable(() -> s.query(nots).list())).isInstanceOf(KalamException.class);
    String cases = "SELECT " + "CASE WHEN true THEN ".repeat(3000) + "1" + " END".repeat(3000);
    assertThat(catchThrowable(() -> s.query(cases).list())).isInstanceOf(KalamException.class);
    assertThat(catchThrowable(() -> s.query("SELECT '" + "x".repeat(40_000_000) + "'")))
        .isInstanceOf(KalamException.class);
    assertThat(Sql.rows(s, "SELECT 1")).containsExactly("1");
  }

  @Test
  void javaMisuse_isIllegalStateOrNull() {
    Session closed = db.session();
    closed.close();
    assertThatThrownBy(() -> closed.query("SELECT 1")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> s.query("SELECT * FROM t WHERE id > 100").single())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> db.session("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> db.session("x".repeat(257)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> db.session("\uD800")).isInstanceOf(IllegalArgumentException.class);
    Sql.refused("42804", () -> s.query("SELECT * FROM t WHERE id = ?", true));
  }
}
