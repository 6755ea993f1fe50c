package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlScriptTest {
  private static List<String> texts(String sql) {
    return SqlScript.split(sql).stream().map(statement -> statement.text().strip()).toList();
  }

  @Test
  void split_semicolonsInsideTokens_doNotCut() {
    assertThat(
            texts(
                "SELECT ';', \";\", $$;$$, $t$;$$;$t$, E'\\';' /* ; /* ; */ ; */ -- ;\n, 1; SELECT 'it''s;'"))
        .containsExactly(
            "SELECT ';', \";\", $$;$$, $t$;$$;$t$, E'\\';' /* ; /* ; */ ; */ -- ;\n, 1",
            "SELECT 'it''s;'");
  }

  @Test
  void split_parametersByNumber_areNoDollarQuotes() {
    assertThat(texts("SELECT $1; SELECT $2, a$b$ FROM t; SELECT 3")).hasSize(3);
  }

  @Test
  void split_emptyStatements_areDropped() {
    assertThat(texts(";; SELECT 1; -- end\n;")).containsExactly("SELECT 1");
  }

  @Test
  void split_nothing_isLeftToTheParser() {
    assertThat(texts(" -- nothing\n")).containsExactly("-- nothing");
  }

  @Test
  void split_laterStatement_keepsItsPlace() {
    assertThat(SqlScript.split("SELECT 1;\n  SELECT 2").get(1).text())
        .isEqualTo("         \n  SELECT 2");
    assertThat(SqlScript.split("A\nB; C").get(1).text()).isEqualTo("\n   C");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select 1 | SELECT | false | false",
        "/* x -- y */(SELECT 1) | SELECT | false | false",
        "WITH a AS (SELECT 1) SELECT * FROM a | SELECT | false | false",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT 1 | INSERT | true | false",
        "WITH a AS (DELETE FROM t) SELECT 1 | SELECT | true | false",
        "SELECT 1 FROM t FOR UPDATE | SELECT | false | false",
        "INSERT INTO t VALUES (1) RETURNING id | INSERT | true | true",
        "INSERT INTO t VALUES ('returning') | INSERT | true | false",
        "EXPLAIN ANALYZE DELETE FROM t | DELETE | true | false",
        "CREATE TABLE t (a INT) | CREATE | true | false",
        "SHOW TABLES | SHOW | false | false",
        "STORAGE FLUSH ALL | STORAGE | true | false",
      })
  void of_statement_knowsWhatItDoes(String sql, String verb, boolean writes, boolean returning) {
    SqlStatement statement = SqlStatement.of(sql);

    assertThat(statement.verb()).isEqualTo(verb);
    assertThat(statement.writes()).isEqualTo(writes);
    assertThat(statement.returning()).isEqualTo(returning);
  }

  @Test
  void of_explainedChange_returnsRows() {
    assertThat(SqlStatement.of("EXPLAIN INSERT INTO t VALUES (1)").returnsNoRows()).isFalse();
    assertThat(SqlStatement.of("INSERT INTO t VALUES (1)").returnsNoRows()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT {d '2026-01-01'} | SELECT DATE '2026-01-01'",
        "SELECT {ts '2026-01-01 10:00:00'} | SELECT TIMESTAMP '2026-01-01 10:00:00'",
        "SELECT { t '10:00:00' } | SELECT TIME '10:00:00'",
        "SELECT {fn lower({fn upper(x)})} | SELECT lower( upper(x))",
        "a LIKE 'x' {escape '!'} | a LIKE 'x' ESCAPE '!'",
        "SELECT '{d}', \"{x}\" | SELECT '{d}', \"{x}\"",
        "SELECT 1 {limit 5 offset 2} | SELECT 1 LIMIT 5 offset 2",
      })
  void translate_escape_isTheDialect(String sql, String expected) throws SQLException {
    assertThat(EscapeSyntax.translate(sql).replaceAll("\\s+", " ").strip()).isEqualTo(expected);
  }

  @Test
  void translate_badEscape_isRefused() {
    assertThatThrownBy(() -> EscapeSyntax.translate("{call p()}"))
        .isInstanceOf(SQLFeatureNotSupportedException.class);
    assertThatThrownBy(() -> EscapeSyntax.translate("{? = call p()}"))
        .isInstanceOf(SQLFeatureNotSupportedException.class);
    assertThatThrownBy(() -> EscapeSyntax.translate("{foo 1}")).hasMessageContaining("{foo");
    assertThatThrownBy(() -> EscapeSyntax.translate("{d '2026-01-01'")).hasMessageContaining("'}'");
  }

  @ParameterizedTest
  @CsvSource({
    "a%, abc, true",
    "a_c, abc, true",
    "a\\_c, abc, false",
    "a\\_c, a_c, true",
    "%b%c, abbc, true",
    "%b, abc, false",
    "%, '', true",
    "a%b%c%, aXbYc, true",
    "abc, ab, false",
    "ab, abc, false",
  })
  void matches_pattern_asJdbcSays(String pattern, String name, boolean expected) {
    assertThat(new NamePattern(pattern).matches(name)).isEqualTo(expected);
  }
}
