package org.kalamdb.internal.sql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.KalamException;

class SqlParserTest {
  @Test
  void parse_severalStatements_givesRangesAndParametersOfEach() {
    String sql = " SELECT ? ;\n-- a ; b\nUPDATE t SET a = $2 ; ";
    List<ParsedStatement> statements = SqlParser.parse(sql);

    assertThat(statements)
        .extracting(ParsedStatement::sql)
        .containsExactly("SELECT ?", "UPDATE t SET a = $2");
    assertThat(statements).extracting(ParsedStatement::parameterCount).containsExactly(1, 2);
    for (ParsedStatement s : statements) {
      assertThat(sql.substring(s.start(), s.end())).isEqualTo(s.sql());
    }
    assertThat(statements.get(1).statement().position()).isEqualTo(new Position(3, 1));
  }

  @Test
  void parse_blanksAndComments_givesNothing() {
    assertThat(SqlParser.parse("")).isEmpty();
    assertThat(SqlParser.parse(" ; -- x\n /* ; */ ;")).isEmpty();
  }

  @Test
  void parse_positions_countLinesAndColumnsOfTheOriginalText() {
    Query query = query("SELECT\n\ta,\r\n  max( b )  ||  c -- d\n FROM   ns . t  AS x");
    QueryBody.Select select = (QueryBody.Select) query.body();

    assertThat(select.items().get(0).value().position()).isEqualTo(new Position(2, 2));
    ParsedExpression.Binary binary = (ParsedExpression.Binary) select.items().get(1).value();
    assertThat(binary.position()).isEqualTo(new Position(3, 3));
    assertThat(binary.operatorPosition()).isEqualTo(new Position(3, 13));
    assertThat(binary.right().position()).isEqualTo(new Position(3, 17));
    FromItem.Table table = (FromItem.Table) select.from().get(0);
    assertThat(table.position()).isEqualTo(new Position(4, 9));
    assertThat(table.alias().name().position()).isEqualTo(new Position(4, 20));
  }

  private static Query query(String sql) {
    return ((SelectStatement) SqlParser.parse(sql).get(0).statement()).query();
  }

  @Test
  void parse_storedExpressions_keepTheirTextAndParseAgain() {
    CatalogStatement.CreateTable table =
        (CatalogStatement.CreateTable)
            SqlParser.parse("CREATE TABLE t (a INT DEFAULT  1 + /* x */ f(',', 2)  CHECK ( a>1 ))")
                .get(0)
                .statement();
    ColumnDefinition column = table.columns().get(0);

    assertThat(column.defaultValue().sql()).isEqualTo("1 + /* x */ f(',', 2)");
    assertThat(TreePrinter.print(SqlParser.parseExpression(column.defaultValue().sql())))
        .isEqualTo(TreePrinter.print(column.defaultValue().expression()))
        .isEqualTo("(1 + f(',', 2))");
    assertThat(column.checks().get(0).condition().sql()).isEqualTo("a>1");
  }

  @Test
  void parseExpression_notOneExpression_isRefused() {
    for (String sql : new String[] {"", "a, b", "a FROM t", "1; 2", "a) + (b", "SELECT 1"}) {
      assertError("42601", () -> SqlParser.parseExpression(sql));
    }
  }

  @Test
  void parse_limits_areRefusedBeforeParsing() {
    ParserLimits limits = new ParserLimits(1000, 10);
    assertError("54000", () -> SqlParser.parse("SELECT '" + "x".repeat(1000) + "'", limits));
    assertError(
        "54001", () -> SqlParser.parse("SELECT " + "(".repeat(11) + "1" + ")".repeat(11), limits));
    assertError(
        "54001",
        () ->
            SqlParser.parse(
                "SELECT " + "CASE WHEN a THEN ".repeat(11) + "1" + " END".repeat(11), limits));
    assertError("54001", () -> SqlParser.parse("SELECT " + "NOT ".repeat(12) + "a", limits));
    assertError("54001", () -> SqlParser.parse("SELECT 1" + " + 1".repeat(501)));
    assertError("54001", () -> SqlParser.parse("SELECT 1" + " UNION SELECT 1".repeat(501)));
    assertError("54001", () -> SqlParser.parse("SELECT a" + "::int".repeat(600)));
  }

  @Test
  void parse_longButFlatOrDeepWithinLimits_isTaken() {
    assertThat(query("SELECT 1 FROM t WHERE a = 1" + " OR a = 1".repeat(3000)).body()).isNotNull();
    assertThat(query("SELECT " + "(".repeat(99) + "1" + ")".repeat(99)).body()).isNotNull();
    assertThat(query("SELECT " + "f(".repeat(99) + "1" + ")".repeat(99)).body()).isNotNull();
    assertThat(query("SELECT 1 FROM t WHERE a IN (1" + ", 1".repeat(50_000) + ")").body())
        .isNotNull();
  }

  @Test
  void parse_manyRows_areReadWithoutTheDoor() {
    String sql = "INSERT INTO t VALUES (0, 'x', ?)" + ", (1, 'a''b', ?)".repeat(999);
    ParsedStatement parsed = SqlParser.parse(sql).get(0);
    InsertStatement insert = (InsertStatement) parsed.statement();

    assertThat(parsed.parameterCount()).isEqualTo(1000);
    List<List<ParsedExpression>> rows = ((QueryBody.Values) insert.source().body()).rows();
    assertThat(rows).hasSize(1000);
    assertThat(((ParsedExpression.Parameter) rows.get(999).get(2)).index()).isEqualTo(999);
  }

  @Test
  void parse_smallStack_endsInAnErrorAndNotInStackOverflow() throws InterruptedException {
    String sql = "SELECT " + "(SELECT CASE WHEN (".repeat(33) + "1" + ") THEN 1 END)".repeat(33);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            null,
            () -> {
              try {
                SqlParser.parse(sql);
              } catch (Throwable e) {
                thrown.set(e);
              }
            },
            "small stack",
            180 * 1024);
    thread.start();
    thread.join(20_000);
    assertThat(thread.isAlive()).isFalse();
    if (thrown.get() != null) {
      assertThat(thrown.get()).isInstanceOf(KalamException.class);
    }
  }

  @Test
  void parse_textWithNulOrLoneSurrogate_isRefused() {
    assertError("22021", () -> SqlParser.parse("SELECT 'a\0b'"));
    assertError("22021", () -> SqlParser.parse("SELECT '\ud800'"));
    assertThat(SqlParser.parse("SELECT '\ud83c\udf89'")).hasSize(1);
  }

  @Test
  void parse_password_staysOutOfText() {
    assertThat(
            SqlParser.parse("CREATE USER u WITH PASSWORD 'hunter2'").get(0).statement().toString())
        .doesNotContain("hunter2");
  }

  private static void assertError(
      String state, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.sqlState()).isEqualTo(state));
  }

  private static final String[] SEEDS = {
    "SELECT a, count(*) FILTER (WHERE b > 1) AS n FROM ns.t x JOIN u USING (id) WHERE a = ? AND b IN (1, 2)"
        + " GROUP BY ROLLUP(a), b HAVING sum(c) > 1 ORDER BY 1 DESC NULLS LAST LIMIT 5 OFFSET 2",
    "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT DISTINCT ON (n) n::text FROM r",
    "SELECT sum(x) OVER (w PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t WINDOW w AS ()",
    "SELECT CASE a WHEN 1 THEN 'x''y' ELSE E'\\n' END, EXTRACT(day FROM d), TRIM(BOTH 'a' FROM b), -1 - - 2 || $q$z$q$",
    "INSERT INTO ns.t (a, b) VALUES (1, 'x'), (-2.5, DEFAULT) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING *",
    "UPDATE t AS x SET a = 1, (b, c) = (SELECT 1, 2) FROM u WHERE x.a = u.a RETURNING x.a AS z",
    "DELETE FROM t USING u, v WHERE t.a = u.a AND EXISTS (SELECT 1 FROM w WHERE w.a IS NOT DISTINCT FROM t.a)",
    "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED AND t.b THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1)",
    "CREATE USER TABLE n.t (a INT PRIMARY KEY DEFAULT 1 + 2, b TEXT NOT NULL CHECK (b <> ')'), INDEX i (a)) WITH (compression = 'zstd')",
    "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'x', ALTER COLUMN d SET DATA TYPE bigint",
    "SUBSCRIBE TO ns.t WHERE a = 1 OPTIONS (last_rows = 10)",
    "EXECUTE AS USER 'u' (SELECT 1); STORAGE FLUSH TABLE n.t FOR USER 'u'; SHOW TABLES IN n; BEGIN READ ONLY",
  };

  private static final String[] PIECES = {
    "(",
    ")",
    ",",
    ".",
    ";",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    "*/",
    "::",
    "->",
    "?",
    "$1",
    "*",
    "-",
    "+",
    "~",
    "=",
    "[",
    "]",
    " SELECT ",
    " FROM ",
    " WHERE ",
    " CASE ",
    " END ",
    " NOT ",
    " NULL ",
    " IN ",
    " AS ",
    " ON ",
    " OVER ",
    " VALUES ",
    " UNION ",
    " GROUP BY ",
    " LIMIT ",
    " JOIN ",
    " 1 ",
    " a ",
    " INTERVAL ",
    "\n/\n",
    "\ngo\n",
    "\0",
    "\ud800",
    "é",
    " && ",
    "@",
    "#",
    "{",
    "1e",
    "E'\\",
  };

  @Test
  void parse_mutatedStatements_givesTreesOrErrorsOnly() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int trees = 0;
    for (int i = 0; i < 5_000; i++) {
      String sql = mutate(SEEDS[random.nextInt(SEEDS.length)], random);
      try {
        SqlParser.parse(sql);
        trees++;
      } catch (KalamException e) {
        assertThat(e.line()).as("place of an error in, seed %s: %s", seed, sql).isPositive();
        assertThat(e.code().sqlState()).as("seed %s: %s", seed, sql).isNotEqualTo("XX000");
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + sql, e);
      }
    }
    assertThat(trees).as("mutations that are still statements").isBetween(100, 4_500);
  }

  private static String mutate(String sql, Random random) {
    StringBuilder text = new StringBuilder(sql);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes && text.length() > 2; i++) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(5)) {
        case 0 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(8)));
        case 1 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
        case 2 -> text.setLength(at + 1);
        case 3 -> {
          int to = Math.min(text.length(), at + random.nextInt(20));
          text.insert(random.nextInt(text.length()), text.substring(at, to));
        }
        default -> {
          String[] words = text.toString().split(" ");
          int a = random.nextInt(words.length);
          int b = random.nextInt(words.length);
          String word = words[a];
          words[a] = words[b];
          words[b] = word;
          text = new StringBuilder(String.join(" ", words));
        }
      }
    }
    return text.toString();
  }
}
