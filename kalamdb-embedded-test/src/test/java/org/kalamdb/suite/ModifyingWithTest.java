package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.ResultColumn;

/** Statements under WITH that write: each runs once and all of them see the rows from before. */
class ModifyingWithTest {
  private KalamDB db;
  private Session s;

  @BeforeEach
  void open() {
    db = KalamDB.openInMemory();
    s = db.session();
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, n INT); CREATE TABLE log (id INT, n INT, what TEXT);"
            + "INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)");
  }

  @AfterEach
  void close() {
    s.close();
    db.close();
  }

  @Test
  void delete_readByInsert_movesRows() {
    assertThat(
            s.execute(
                "WITH gone AS (DELETE FROM t WHERE n >= ? RETURNING *)"
                    + " INSERT INTO log SELECT id, n, ? FROM gone",
                20,
                "moved"))
        .isEqualTo(2);
    assertThat(rows(s, "SELECT * FROM log ORDER BY id"))
        .containsExactly("2|20|moved", "3|30|moved");
    assertThat(rows(s, "SELECT id FROM t")).containsExactly("1");
  }

  @Test
  void select_overWrites_givesTheirReturningAndCommits() {
    assertThat(
            rows(
                s,
                "WITH a (x, y) AS (INSERT INTO t VALUES (4, 40), (5, 50) RETURNING id, n),"
                    + " b AS (UPDATE t SET n = n + 1 WHERE id < 3 RETURNING id, n)"
                    + " SELECT x, y, (SELECT count(*) FROM t) FROM a UNION ALL SELECT id, n, 0 FROM b"
                    + " ORDER BY 1"))
        .containsExactly("1|11|0", "2|21|0", "4|40|3", "5|50|3");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|11", "2|21", "3|30", "4|40", "5|50");
  }

  @Test
  void unreadWrites_runToTheirEnd() {
    assertThat(
            rows(
                s,
                "WITH a AS (DELETE FROM t WHERE id = 1), b AS (INSERT INTO log VALUES (1, 2, 'x')"
                    + " RETURNING 1 / (id - 1 + 1)), c AS (SELECT 1 / 0) SELECT 7"))
        .containsExactly("7");
    assertThat(Sql.count(s, "t")).isEqualTo(2);
    assertThat(Sql.count(s, "log")).isEqualTo(1);
    // A LIMIT of the reader does not stop the write.
    assertThat(
            rows(
                s,
                "WITH a AS (UPDATE t SET n = 0 RETURNING id) SELECT id FROM a ORDER BY id LIMIT 1"))
        .containsExactly("2");
    assertThat(rows(s, "SELECT n FROM t")).containsExactly("0", "0");
  }

  @Test
  void parts_inATransaction_seeEarlierStatementsButNotEachOther() {
    s.execute("BEGIN; UPDATE t SET n = 100 WHERE id = 1; INSERT INTO t VALUES (9, 90)");
    assertThat(
            rows(
                s,
                "WITH a AS (DELETE FROM t WHERE id = 9 RETURNING n),"
                    + " b AS (INSERT INTO t SELECT id + 10, n FROM t WHERE id IN (1, 9))"
                    + " SELECT sum(n), (SELECT max(n) FROM a) FROM t"))
        .containsExactly("240|90");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
        .containsExactly("1|100", "2|20", "3|30", "11|100", "19|90");
    s.execute("COMMIT");
    assertThat(Sql.count(s, "t")).isEqualTo(5);
  }

  @Test
  void volatileQuery_isRunOnceForAllParts() {
    s.execute("CREATE TABLE p (id BIGINT PRIMARY KEY); CREATE TABLE c (p BIGINT REFERENCES p)");
    s.execute(
        "WITH new AS (SELECT SNOWFLAKE_ID() AS id FROM generate_series(1, 3)),"
            + " parents AS (INSERT INTO p SELECT id FROM new)"
            + " INSERT INTO c SELECT id FROM new");
    assertThat(rows(s, "SELECT count(*) FROM p JOIN c ON c.p = p.id")).containsExactly("3");
  }

  @Test
  void foreignKeys_areCheckedAtTheEndOfTheWhole() {
    s.execute(
        "CREATE TABLE p (id INT PRIMARY KEY); CREATE TABLE c (p INT REFERENCES p);"
            + "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)");
    s.execute("WITH c1 AS (INSERT INTO c VALUES (2)) INSERT INTO p VALUES (2)");
    s.execute("WITH p1 AS (DELETE FROM p WHERE id = 1) DELETE FROM c WHERE p = 1");
    refused("23503", () -> s.execute("WITH c1 AS (INSERT INTO c VALUES (3)) SELECT 1"));
    assertThat(rows(s, "SELECT p FROM c")).containsExactly("2");
    assertThat(rows(s, "SELECT id FROM p")).containsExactly("2");
  }

  @Test
  void rowChangedByTwoParts_is21000AndNothingHappens() {
    for (String statement :
        List.of(
            "WITH a AS (UPDATE t SET n = 0 WHERE id = 1) UPDATE t SET n = 1 WHERE id = 1",
            "WITH a AS (UPDATE t SET n = 0 WHERE id = 1) DELETE FROM t",
            "WITH a AS (DELETE FROM t WHERE id = 2) UPDATE t SET n = 1 WHERE id = 2",
            "WITH a AS (DELETE FROM t), b AS (DELETE FROM t WHERE id = 1) SELECT 1",
            "WITH a AS (INSERT INTO t VALUES (4, 4)) INSERT INTO t VALUES (4, 5)"
                + " ON CONFLICT (id) DO UPDATE SET n = 6")) {
      refused("21000", () -> s.execute(statement));
      assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
          .as(statement)
          .containsExactly("1|10", "2|20", "3|30");
    }
    refused(
        "23505",
        () -> s.execute("WITH a AS (INSERT INTO t VALUES (4, 4)) INSERT INTO t VALUES (4, 5)"));
    // A place that one part has left may be taken by another.
    s.execute(
        "WITH a AS (DELETE FROM t WHERE id < 3 RETURNING *) INSERT INTO t SELECT 3 - id, n FROM a");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("1|20", "2|10", "3|30");
  }

  @Test
  void mergeAndConflictClauses_areParts() {
    assertThat(
            rows(
                s,
                "WITH src AS (SELECT 1 AS id, 5 AS v UNION ALL SELECT 8, 80),"
                    + " m AS (MERGE INTO t USING src ON t.id = src.id WHEN MATCHED THEN UPDATE SET"
                    + " n = v WHEN NOT MATCHED THEN INSERT VALUES (src.id, v)"
                    + " RETURNING merge_action() AS what, t.id, n),"
                    + " k AS (INSERT INTO log SELECT id, n, what FROM m RETURNING id)"
                    + " SELECT what, m.id, n FROM m JOIN k ON k.id = m.id ORDER BY 2"))
        .containsExactly("UPDATE|1|5", "INSERT|8|80");
    assertThat(rows(s, "SELECT * FROM log ORDER BY id"))
        .containsExactly("1|5|UPDATE", "8|80|INSERT");
  }

  @Test
  void jdbcBatch_runsPartsForEachRow() throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:kalamdb:mem:modifying-with")) {
      try (Statement create = c.createStatement()) {
        create.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT)");
        create.execute("CREATE TABLE log (id INT)");
        create.execute("INSERT INTO t VALUES (1, 10), (2, 20)");
      }
      try (PreparedStatement p =
          c.prepareStatement(
              "WITH a AS (INSERT INTO log VALUES (?) RETURNING id)"
                  + " UPDATE t SET n = n + 1 FROM a WHERE t.id = a.id")) {
        for (int id : new int[] {1, 1, 2}) {
          p.setInt(1, id);
          p.addBatch();
        }
        assertThat(p.executeBatch()).containsExactly(1, 1, 1);
      }
      try (Statement read = c.createStatement();
          ResultSet sums = read.executeQuery("SELECT sum(n), (SELECT count(*) FROM log) FROM t")) {
        assertThat(sums.next()).isTrue();
        assertThat(sums.getInt(1)).isEqualTo(33);
        assertThat(sums.getInt(2)).isEqualTo(3);
      }
    }
  }

  @Test
  void preparedQuery_ofParts_tellsItsColumnsAndTakesBatches() {
    try (PreparedQuery moved =
        s.prepare(
            "WITH gone AS (DELETE FROM t WHERE id = $2 RETURNING id)"
                + " SELECT id, $1 AS word FROM gone WHERE id < $3")) {
      assertThat(moved.columns()).extracting(ResultColumn::name).containsExactly("id", "word");
      assertThat(moved.parameterTypes()).hasSize(3);
      assertThat(moved.query("w", 2, 9).single().get(1)).isEqualTo("w");
    }
    try (PreparedQuery logged =
        s.prepare("WITH a AS (INSERT INTO log VALUES (?, 1, 'x') RETURNING id) SELECT id FROM a")) {
      logged.executeBatch(List.of(new Object[] {1}, new Object[] {2}));
    }
    assertThat(rows(s, "SELECT id FROM log ORDER BY id")).containsExactly("1", "2");
    try (PreparedQuery read = s.prepare("SELECT ?::INT")) {
      refused("0A000", () -> read.executeBatch(List.<Object[]>of(new Object[] {1})));
    }
  }

  @Test
  void misuse_isRefused() {
    refused("0A000", () -> s.query("SELECT * FROM (WITH a AS (DELETE FROM t) SELECT 1) AS x"));
    refused("0A000", () -> s.query("WITH a AS (WITH b AS (DELETE FROM t) SELECT 1) SELECT 1"));
    refused("0A000", () -> s.execute("CREATE VIEW v AS WITH a AS (DELETE FROM t) SELECT 1"));
    refused("0A000", () -> s.execute("INSERT INTO t WITH a AS (DELETE FROM log) SELECT 8, 8"));
    refused("0A000", () -> s.query("WITH a AS (DELETE FROM t) SELECT * FROM a"));
    refused(
        "42P19",
        () ->
            s.query(
                "WITH RECURSIVE a AS (INSERT INTO t SELECT id, n FROM a RETURNING *) SELECT 1"));
    refused("42601", () -> s.query("WITH a AS (DELETE FROM t RETURNING * SELECT 1"));
    s.execute("BEGIN READ ONLY");
    refused("25006", () -> s.query("WITH a AS (DELETE FROM t) SELECT 1"));
    s.execute("ROLLBACK");
    assertThat(Sql.count(s, "t")).isEqualTo(3);
  }
}
