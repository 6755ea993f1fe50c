package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Session;
import org.kalamdb.test.TestDatabase;

/** UNIQUE and secondary indexes over hot and cold rows. */
class IndexTest {
  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database = TestDatabase.create();
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  private void reopen() {
    s.close();
    s = database.reopen().session();
  }

  private void flush() {
    s.execute("STORAGE FLUSH TABLE t");
  }

  private String explain(String sql) {
    return String.join("\n", rows(s, "EXPLAIN " + sql));
  }

  private String analyze(String sql) {
    return String.join("\n", rows(s, "EXPLAIN ANALYZE " + sql));
  }

  @Test
  void unique_overHotAndCold_isHeld() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE, b TEXT, c INT, UNIQUE (b, c))");
    s.execute("INSERT INTO t VALUES (1, 10, 'x', 1), (2, 20, 'x', 2), (3, NULL, NULL, 1)");
    flush();
    assertThat(refused("23505", () -> s.execute("INSERT INTO t VALUES (4, 10, 'q', 1)")).reason())
        .isEqualTo(
            "duplicate key value violates unique constraint \"t_a_key\": key (a)=(10) already exists");
    assertThat(refused("23505", () -> s.execute("UPDATE t SET c = 1 WHERE id = 2")).reason())
        .contains("\"t_b_c_key\": key (b, c)=(x, 1)");
    s.execute(
        "INSERT INTO t VALUES (5, NULL, NULL, 1), (6, NULL, 'x', NULL), (7, NULL, 'x', NULL)");
    refused("23505", () -> s.execute("INSERT INTO t VALUES (8, 8, 'n', 1), (9, 8, 'm', 1)"));
    s.execute("DELETE FROM t WHERE id = 1");
    reopen();
    s.execute("INSERT INTO t VALUES (4, 10, 'x', 1)");
    flush();
    refused("23505", () -> s.execute("INSERT INTO t VALUES (1, 10, 'z', 9)"));
    reopen();
    refused("23505", () -> s.execute("UPDATE t SET a = 10 WHERE id = 2"));
    assertThat(rows(s, "SELECT id FROM t ORDER BY id"))
        .containsExactly("2", "3", "4", "5", "6", "7");
  }

  @Test
  void unique_valuesMovedTogether_mayChangePlaces() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE)");
    s.execute("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    flush();
    s.execute("UPDATE t SET a = a + 1");
    s.execute("UPDATE t SET a = 6 - a");
    assertThat(rows(s, "SELECT a FROM t ORDER BY id")).containsExactly("4", "3", "2");
    assertThat(rows(s, "SELECT id FROM t WHERE a = 4")).containsExactly("1");
    refused("23505", () -> s.execute("UPDATE t SET a = 7"));
    s.execute("UPDATE t SET id = id + 1");
    assertThat(rows(s, "SELECT id FROM t WHERE a = 4")).containsExactly("2");
  }

  @Test
  void unique_inTransaction_countsOwnWrites() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2)");
    s.execute("BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, 1)");
    assertThat(rows(s, "SELECT id FROM t WHERE a = 1")).containsExactly("3");
    refused("23505", () -> s.execute("INSERT INTO t VALUES (4, 1)"));
    s.execute("ROLLBACK; BEGIN; UPDATE t SET a = 5 WHERE id = 1; INSERT INTO t VALUES (4, 1)");
    s.execute("UPDATE t SET a = 6 WHERE id = 4; INSERT INTO t VALUES (5, 1); COMMIT");
    assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("1|5", "2|2", "4|6", "5|1");
    for (int a : List.of(1, 2, 5, 6)) {
      refused("23505", () -> s.execute("INSERT INTO t VALUES (9, ?)", a));
    }
  }

  @Test
  void unique_ofTwoTransactions_firstCommitterWins() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE)");
    try (Session other = database.db().session()) {
      s.execute("BEGIN; INSERT INTO t VALUES (1, 7)");
      other.execute("BEGIN; INSERT INTO t VALUES (2, 7); INSERT INTO t VALUES (3, 8)");
      s.execute("COMMIT");
      refused("40001", () -> other.execute("COMMIT"));
      refused("23505", () -> other.execute("INSERT INTO t VALUES (2, 7)"));
      other.execute("BEGIN; INSERT INTO t VALUES (2, 9)");
      s.execute("DELETE FROM t WHERE id = 1");
      other.execute("COMMIT");
    }
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("2|9");
  }

  @Test
  void onConflict_ofUniqueColumns_updatesItsRow() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT UNIQUE, b INT UNIQUE, n INT DEFAULT 0)");
    s.execute("INSERT INTO t VALUES (1, 10, 100)");
    flush();
    s.execute("INSERT INTO t VALUES (2, 10, 200) ON CONFLICT (a) DO UPDATE SET n = t.n + 1");
    s.execute("INSERT INTO t VALUES (2, 10, 200) ON CONFLICT DO NOTHING");
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|10|100|1");
    refused(
        "23505", () -> s.execute("INSERT INTO t VALUES (2, 11, 100) ON CONFLICT (a) DO NOTHING"));
    refused(
        "23505", () -> s.execute("INSERT INTO t VALUES (1, 11, 101) ON CONFLICT (a) DO NOTHING"));
    refused("42P10", () -> s.execute("INSERT INTO t VALUES (1, 1, 1) ON CONFLICT (n) DO NOTHING"));
    s.execute("INSERT INTO t VALUES (2, 10, 200) ON CONFLICT (a) DO UPDATE SET a = 12, b = 300");
    assertThat(rows(s, "SELECT * FROM t")).containsExactly("1|12|300|1");
    s.execute("INSERT INTO t VALUES (2, 10, 100)");
  }

  @Test
  void unique_onUserTable_holdsForEachUser() {
    s.execute("CREATE NAMESPACE u; CREATE USER TABLE u.t (id INT PRIMARY KEY, a INT UNIQUE)");
    try (Session alice = database.db().session("alice");
        Session bob = database.db().session("bob")) {
      alice.execute("INSERT INTO u.t VALUES (1, 1)");
      bob.execute("INSERT INTO u.t VALUES (1, 1)");
      s.execute("STORAGE FLUSH TABLE u.t");
      refused("23505", () -> alice.execute("INSERT INTO u.t VALUES (2, 1)"));
      alice.execute("DELETE FROM u.t");
      alice.execute("INSERT INTO u.t VALUES (2, 1)");
      refused("23505", () -> bob.execute("INSERT INTO u.t VALUES (2, 1)"));
      assertThat(rows(bob, "SELECT id FROM u.t WHERE a = 1")).containsExactly("1");
    }
  }

  private void fill() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT, b TEXT, c DOUBLE)");
    s.execute(
        "INSERT INTO t SELECT x.n + 100 * y.n, (x.n * 7 + y.n) % 50, 'b' || ((x.n + y.n) % 90),"
            + " CASE WHEN x.n % 10 = 0 THEN NULL ELSE x.n - y.n / 2.0 END"
            + " FROM "
            + numbers(100, "x")
            + ", "
            + numbers(20, "y"));
  }

  private static String numbers(int count, String alias) {
    StringBuilder values = new StringBuilder("(VALUES (0)");
    for (int i = 1; i < count; i++) {
      values.append(", (").append(i).append(')');
    }
    return values + ") AS " + alias + "(n)";
  }

  private static final List<String> QUERIES =
      List.of(
          "SELECT id FROM t WHERE a = 7 ORDER BY id",
          "SELECT id FROM t WHERE a = 7 AND b = 'b7' ORDER BY id",
          "SELECT id FROM t WHERE a IN (3, 5, 99, 3) AND c > 2 ORDER BY id",
          "SELECT id, c FROM t WHERE c > 97.5 ORDER BY id",
          "SELECT id, c FROM t WHERE c < -8 ORDER BY id",
          "SELECT id FROM t WHERE c >= 5 AND c <= 5 ORDER BY id",
          "SELECT id, a, b FROM t WHERE b >= 'b88' AND b < 'b9' ORDER BY id",
          "SELECT c FROM t ORDER BY c LIMIT 5",
          "SELECT c FROM t ORDER BY c DESC LIMIT 5 OFFSET 3",
          "SELECT c FROM t ORDER BY c DESC NULLS LAST LIMIT 5",
          "SELECT a, b FROM t WHERE a = 49 ORDER BY b DESC LIMIT 3",
          "SELECT a, b FROM t ORDER BY a, b LIMIT 7",
          "SELECT count(*) FROM t WHERE a = 5",
          "SELECT sum(id) FROM t WHERE a > 10");

  @Test
  void indexScan_anyCondition_givesTheRowsOfAFullScan() {
    fill();
    List<List<String>> expected = QUERIES.stream().map(sql -> rows(s, sql)).toList();
    s.execute("CREATE INDEX ON t (a, b)");
    s.execute("CREATE INDEX t_b ON t (b DESC); CREATE INDEX IF NOT EXISTS t_b ON t (a)");
    flush();
    s.execute("CREATE INDEX t_c ON t (c) USING SORTED");
    for (int i = 0; i < QUERIES.size(); i++) {
      assertThat(rows(s, QUERIES.get(i))).as(QUERIES.get(i)).isEqualTo(expected.get(i));
    }
    s.execute("UPDATE t SET a = a + 0, b = b WHERE id < 300");
    s.execute("BEGIN; UPDATE t SET c = -c WHERE id % 3 = 0; DELETE FROM t WHERE id % 7 = 0");
    s.execute("INSERT INTO t VALUES (-1, 7, 'b7', 1000)");
    List<List<String>> within = QUERIES.stream().map(sql -> rows(s, sql)).toList();
    s.execute("COMMIT");
    reopen();
    List<List<String>> after = QUERIES.stream().map(sql -> rows(s, sql)).toList();
    assertThat(after).isEqualTo(within);
    s.execute("DROP INDEX t_b, t_c, t_a_b_idx");
    for (int i = 0; i < QUERIES.size(); i++) {
      assertThat(rows(s, QUERIES.get(i))).as(QUERIES.get(i)).isEqualTo(after.get(i));
    }
  }

  @Test
  void index_whereItIsLessWork_isUsed() {
    fill();
    s.execute("CREATE INDEX t_a ON t (a); CREATE INDEX t_c ON t (c)");
    assertThat(explain("SELECT * FROM t WHERE a = 7 AND c > 1")).contains("index: t_a where a = 7");
    assertThat(explain("SELECT * FROM t ORDER BY c DESC LIMIT 3")).contains("index: t_c, last 3");
    assertThat(explain("SELECT * FROM t WHERE id = 7 AND a = 1")).doesNotContain("index:");
    assertThat(analyze("SELECT * FROM t WHERE a = 7")).contains("by index, entries: 40");
    assertThat(analyze("SELECT * FROM t WHERE a > 7")).doesNotContain("by index");
    assertThat(analyze("SELECT * FROM t ORDER BY c LIMIT 3")).contains("by index, entries: 3");
    assertThat(analyze("SELECT * FROM t ORDER BY c LIMIT 1000")).doesNotContain("by index");
    flush();
    assertThat(rows(s, "UPDATE t SET b = 'new' WHERE a = 7 AND id < 200 RETURNING a")).hasSize(4);
    assertThat(rows(s, "SELECT id FROM t WHERE a = 7 AND b = 'new'")).hasSize(4);
    assertThat(rows(s, "DELETE FROM t WHERE a = 7 RETURNING 1")).hasSize(40);
    assertThat(rows(s, "SELECT id FROM t WHERE a = 7")).isEmpty();
  }

  @Test
  void createUniqueIndex_overDuplicates_isRefusedAndLeavesNothing() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 1), (2, 1), (3, 2)");
    flush();
    refused("23505", () -> s.execute("CREATE UNIQUE INDEX u ON t (a)"));
    assertThat(rows(s, "SHOW INDEXES FROM t")).hasSize(1);
    s.execute("INSERT INTO t VALUES (4, 2); DELETE FROM t WHERE id IN (2, 4)");
    s.execute("CREATE UNIQUE INDEX u ON t (a)");
    refused("23505", () -> s.execute("INSERT INTO t VALUES (5, 2)"));
    refused("42P07", () -> s.execute("CREATE INDEX u ON t (a)"));
    refused("42703", () -> s.execute("CREATE INDEX ON t (nope)"));
    refused("42P01", () -> s.execute("CREATE INDEX ON nope (a)"));
    refused("42704", () -> s.execute("DROP INDEX nope"));
    s.execute("DROP INDEX IF EXISTS nope; DROP INDEX u; INSERT INTO t VALUES (5, 2)");
  }

  @Test
  void index_ofConstraint_isNotDropped() {
    s.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT CONSTRAINT one UNIQUE, INDEX (a) USING BLOOM)");
    refused("2BP01", () -> s.execute("DROP INDEX one"));
    assertThat(rows(s, "SHOW INDEXES"))
        .containsExactly(
            "default.t|t_pkey|(id)|SORTED|true|true|PRIMARY KEY",
            "default.t|one|(a)|SORTED|true|false|UNIQUE CONSTRAINT",
            "default.t|t_a_idx|(a)|BLOOM|false|false|STATEMENT");
  }

  @Test
  void bloomIndex_equality_skipsSegments() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT); CREATE INDEX b ON t (a) USING BLOOM");
    s.execute("INSERT INTO t SELECT n, n * 2 FROM " + numbers(500, "x"));
    flush();
    assertThat(analyze("SELECT * FROM t WHERE a = 501")).contains("row groups: 0 read, 1 skipped");
    assertThat(rows(s, "SELECT * FROM t WHERE a = 500")).containsExactly("250|500");
  }
}
