package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** The forms of INSERT, UPDATE and DELETE beyond one table and plain values. */
class WriteFormsTest {
  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, name TEXT DEFAULT 'none', n INT);"
            + "CREATE TABLE u (id INT, t INT, n INT);"
            + "INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 30);"
            + "INSERT INTO u VALUES (1, 1, 100), (2, 2, 200), (3, 9, 900)");
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  @Test
  void insert_subqueriesAndDefaultsInValues_areComputed() {
    assertThat(
            s.execute(
                "INSERT INTO t (id, name, n) VALUES"
                    + " ((SELECT max(id) + 1 FROM t), DEFAULT, (SELECT sum(n) FROM u)),"
                    + " (5, 'e', DEFAULT), (6, (SELECT name FROM t WHERE id = 2), 6)"))
        .isEqualTo(3);
    assertThat(rows(s, "SELECT * FROM t WHERE id > 3 ORDER BY id"))
        .containsExactly("4|none|1200", "5|e|null", "6|b|6");
  }

  @Test
  void insert_subqueryOfSeveralRows_is21000AndChangesNothing() {
    refused(
        "21000", () -> s.execute("INSERT INTO t VALUES (7, 'x', 1), (8, 'y', (SELECT n FROM t))"));
    assertThat(Sql.count(s, "t")).isEqualTo(3);
  }

  @Test
  void insert_selectFromTheTableItself_seesTheRowsBefore() {
    assertThat(s.execute("INSERT INTO t SELECT id + 10, name, n FROM t")).isEqualTo(3);
    s.execute("BEGIN; INSERT INTO t VALUES (4, 'd', 40)");
    assertThat(s.execute("INSERT INTO t SELECT id + 100, name, n FROM t")).isEqualTo(7);
    s.execute("COMMIT");
    assertThat(Sql.count(s, "t")).isEqualTo(14);
  }

  @Test
  void insert_columnsInAnotherOrder_goWhereTheyAreNamed() {
    s.execute("INSERT INTO t (n, id) SELECT n, id + 10 FROM u; INSERT INTO u DEFAULT VALUES");
    assertThat(rows(s, "SELECT * FROM t WHERE id > 10 ORDER BY id"))
        .containsExactly("11|none|100", "12|none|200", "13|none|900");
    assertThat(rows(s, "SELECT * FROM u WHERE id IS NULL")).containsExactly("null|null|null");
  }

  @Test
  void returning_subqueries_areComputedForEachRow() {
    assertThat(
            rows(
                s,
                "INSERT INTO t VALUES (4, 'd', 40), (5, 'e', 50)"
                    + " RETURNING *, (SELECT count(*) FROM t), n IN (SELECT n / 5 FROM u) AS hit"))
        .containsExactly("4|d|40|3|true", "5|e|50|3|false");
    assertThat(rows(s, "DELETE FROM t WHERE id = 4 RETURNING id, EXISTS (SELECT 1 FROM u)"))
        .containsExactly("4|true");
  }

  @Test
  void onConflict_everyClause_seesBothRows() {
    assertThat(
            rows(
                s,
                "INSERT INTO t AS old VALUES (1, 'x', 1), (2, 'y', 2), (4, 'z', 4)"
                    + " ON CONFLICT (id) DO UPDATE SET (name, n) ="
                    + " ROW(old.name || excluded.name, (SELECT max(n) FROM u) + excluded.n)"
                    + " WHERE old.n < 15 RETURNING id, name, n"))
        .containsExactly("1|ax|901", "4|z|4");
    assertThat(s.execute("INSERT INTO t VALUES (1, 'q', 0), (7, 'q', 0) ON CONFLICT DO NOTHING"))
        .isEqualTo(1);
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|ax|901", "2|b|20", "3|c|30", "4|z|4", "7|q|0");
  }

  @Test
  void onConflict_rowsOfTheStatementItself_are21000ToUpdateAndSkippedToDoNothing() {
    refused(
        "21000",
        () ->
            s.execute(
                "INSERT INTO t VALUES (1, 'x', 1), (1, 'y', 2)"
                    + " ON CONFLICT (id) DO UPDATE SET n = excluded.n"));
    refused(
        "21000",
        () ->
            s.execute(
                "INSERT INTO t VALUES (8, 'x', 1), (8, 'y', 2)"
                    + " ON CONFLICT (id) DO UPDATE SET n = excluded.n"));
    assertThat(
            s.execute("INSERT INTO t VALUES (8, 'x', 1), (8, 'y', 2) ON CONFLICT (id) DO NOTHING"))
        .isEqualTo(1);
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|a|10", "2|b|20", "3|c|30", "8|x|1");
  }

  @Test
  void update_from_joinsAndReturnsTheSourcesColumns() {
    assertThat(
            rows(
                s,
                "UPDATE t AS x SET n = x.n + u.n, name = v.w FROM u JOIN (VALUES (1, 'one'), (2, 'two'))"
                    + " AS v(k, w) ON v.k = u.id WHERE u.t = x.id RETURNING x.*, u.n AS un, v.w, *"))
        .containsExactlyInAnyOrder(
            "1|one|110|100|one|1|one|110|1|1|100|1|one",
            "2|two|220|200|two|2|two|220|2|2|200|2|two");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|one|110", "2|two|220", "3|c|30");
  }

  @Test
  void update_rowMatchedSeveralTimes_isUpdatedOnce() {
    s.execute("INSERT INTO u VALUES (4, 1, 100)");
    assertThat(s.execute("UPDATE t SET n = t.n + u.n FROM u WHERE u.t = t.id")).isEqualTo(2);
    assertThat(rows(s, "SELECT id, n FROM t ORDER BY id"))
        .containsExactly("1|110", "2|220", "3|30");
  }

  @Test
  void update_severalColumnsAtOnce_fromRowsAndSubqueries() {
    s.execute("UPDATE t SET (name, n) = (SELECT 'max', max(n) FROM u) WHERE id = 1");
    s.execute("UPDATE t SET (n, name) = ROW(n + 1, DEFAULT) WHERE id = 2");
    s.execute(
        "UPDATE t SET (n, name) = (SELECT n, 'no' FROM u WHERE id = 77), id = 33 WHERE id = 3");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|max|900", "2|none|21", "33|null|null");
    refused("42601", () -> s.execute("UPDATE t SET (n, name) = (SELECT 1)"));
    refused("21000", () -> s.execute("UPDATE t SET (n, name) = (SELECT n, 'x' FROM u)"));
    refused("42601", () -> s.execute("UPDATE t SET n = 1, (name, n) = ROW('x', 2)"));
  }

  @Test
  void update_keysOfADenseRange_moveTogether() {
    assertThat(s.execute("UPDATE t SET id = id + 1")).isEqualTo(3);
    assertThat(s.execute("UPDATE t SET id = 6 - id")).isEqualTo(3);
    assertThat(rows(s, "SELECT id, name FROM t ORDER BY id")).containsExactly("2|c", "3|b", "4|a");
    refused("23505", () -> s.execute("UPDATE t SET id = 3 WHERE id = 2"));
    refused("23505", () -> s.execute("UPDATE t SET id = 7"));
    s.execute("BEGIN; UPDATE t SET id = id - 1; UPDATE t SET id = id + 1; COMMIT");
    assertThat(rows(s, "SELECT id, name FROM t ORDER BY id")).containsExactly("2|c", "3|b", "4|a");
  }

  @Test
  void delete_using_deletesEachMatchedRowOnce() {
    s.execute("INSERT INTO u VALUES (4, 1, 100)");
    assertThat(rows(s, "DELETE FROM t USING u WHERE u.t = t.id AND t.id = 2 RETURNING t.name, u.n"))
        .containsExactly("b|200");
    assertThat(s.execute("DELETE FROM t x USING u, u AS w WHERE u.t = x.id AND w.id = u.id"))
        .isEqualTo(1);
    assertThat(rows(s, "SELECT id FROM t")).containsExactly("3");
    refused("42712", () -> s.execute("DELETE FROM t USING t WHERE true"));
  }

  @Test
  void with_beforeWrites_namesSources() {
    s.execute("WITH w AS (SELECT id + 10 AS id FROM t) INSERT INTO t (id) SELECT id FROM w");
    assertThat(
            s.execute(
                "WITH w AS (SELECT 11 AS k) UPDATE t SET n = (SELECT k FROM w) FROM w WHERE id = k"))
        .isEqualTo(1);
    assertThat(s.execute("WITH w AS (SELECT 12 AS k) DELETE FROM t USING w WHERE id = k"))
        .isEqualTo(1);
    assertThat(
            rows(
                s,
                "WITH w AS (SELECT 5 AS k) INSERT INTO t SELECT k, 'x', 1 FROM w"
                    + " RETURNING (SELECT k FROM w) + id"))
        .containsExactly("10");
    assertThat(rows(s, "SELECT id, n FROM t WHERE id > 3 ORDER BY id"))
        .isEqualTo(List.of("5|1", "11|11", "13|null"));
  }
}
