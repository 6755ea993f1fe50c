package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.Durability;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.test.TestDatabase;

/**
 * Queries that go by dictionaries' numbers and that read columns late answer as they do over hot
 * rows: several segments with dictionaries of their own, rows replaced since, rows still hot.
 */
class DictionaryQueriesTest {
  private static final int ROWS = 9_000;

  private static final List<String> QUERIES =
      List.of(
          "SELECT a, COUNT(*), SUM(n) FROM %s GROUP BY a ORDER BY a",
          "SELECT a, b, COUNT(*), MIN(b), MAX(c) FROM %s GROUP BY a, b ORDER BY a, b",
          "SELECT c, SUM(n) FROM %s GROUP BY c ORDER BY c LIMIT 50",
          "SELECT COUNT(DISTINCT a), COUNT(DISTINCT c) FROM %s WHERE b <> 'b2'",
          "SELECT b, a FROM %s WHERE a = 'a3' AND b LIKE '%%1' ORDER BY id",
          "SELECT COUNT(*) FROM %s WHERE a IS NULL OR a IN ('a1', 'a5') AND NOT b = 'b0'",
          "SELECT COUNT(*) FROM %s WHERE COALESCE(a, 'none') = 'none'",
          "SELECT COUNT(*) FROM %s WHERE CASE WHEN a > 'a3' THEN b = 'b1' ELSE a < 'a2' END",
          "SELECT COUNT(*), SUM(n) FROM %s WHERE c LIKE '%%77%%'",
          "SELECT id, a, c FROM %s WHERE n %% 997 = 5 ORDER BY id",
          "SELECT id, a, b, c FROM %s ORDER BY id DESC LIMIT 100",
          "SELECT x.a, COUNT(*) FROM %1$s x JOIN %1$s y ON x.id = y.n AND x.a = y.a GROUP BY 1 ORDER BY 1",
          "SELECT upper(a) || b, SUM(n) FROM %s WHERE n > 100 GROUP BY 1 ORDER BY 1",
          "SELECT a, n, sum(n) OVER (PARTITION BY a ORDER BY id) FROM %s WHERE id < 300 ORDER BY id",
          "SELECT id FROM %s WHERE a = b OR a || 'x' = 'a2x' ORDER BY id LIMIT 200 OFFSET 20");

  private TestDatabase database;
  private Session s;

  @BeforeEach
  void open() {
    database =
        TestDatabase.create(
            KalamOptions.builder()
                .durability(Durability.NONE)
                .backgroundCompaction(false)
                .queryThreads(2)
                .build());
    s = database.db().session();
  }

  @AfterEach
  void close() {
    s.close();
    database.close();
  }

  private void fill(String table, boolean flush) {
    s.execute(
        "CREATE TABLE "
            + table
            + " (id BIGINT PRIMARY KEY, a TEXT, b VARCHAR(9) NOT NULL, c TEXT, n BIGINT NOT NULL)"
            + " WITH (FLUSH_POLICY = 'rows:10000000')");
    Random random = new Random(31);
    for (int segment = 0; segment < 3; segment++) {
      List<@Nullable Object[]> batch = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        String a = random.nextInt(6) == 0 ? null : "a" + random.nextInt(4 + 2 * segment);
        String c = random.nextInt(9) == 0 ? null : "c" + random.nextInt(2_000);
        long id = (long) segment * ROWS + i;
        batch.add(new Object[] {id, a, "b" + random.nextInt(3), c, random.nextLong(2L * ROWS)});
      }
      try (PreparedQuery insert = s.prepare("INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?)")) {
        insert.executeBatch(batch);
      }
      if (flush) {
        s.execute("STORAGE FLUSH TABLE " + table);
      }
    }
    s.execute("UPDATE " + table + " SET a = 'new', c = NULL WHERE id % 50 = 7");
    s.execute("DELETE FROM " + table + " WHERE id % 40 = 9");
  }

  @Test
  void queries_overColdRows_answerAsOverHotOnes() {
    fill("hot", false);
    fill("cold", true);
    for (String query : QUERIES) {
      List<String> expected = rows(s, String.format(query, "hot"));
      assertThat(expected).as(query).isNotEmpty();
      assertThat(rows(s, String.format(query, "cold"))).as(query).isEqualTo(expected);
    }
    s.execute("STORAGE FLUSH TABLE cold");
    s.execute("STORAGE COMPACT TABLE cold");
    s.execute("ALTER TABLE cold ADD COLUMN late TEXT DEFAULT 'x'");
    s.execute("ALTER TABLE cold ALTER COLUMN b TYPE TEXT");
    for (String query : QUERIES) {
      assertThat(rows(s, String.format(query, "cold")))
          .as(query)
          .isEqualTo(rows(s, String.format(query, "hot")));
    }
    assertThat(rows(s, "SELECT late, COUNT(*) FROM cold GROUP BY late")).hasSize(1);
  }

  @Test
  void filter_parameterChangesBetweenExecutions_isComputedAnew() {
    fill("t", true);
    try (PreparedQuery query = s.prepare("SELECT COUNT(*) FROM t WHERE a LIKE ?")) {
      for (String pattern : List.of("a1", "%2", "zzz", "%")) {
        long expected =
            rows(s, "SELECT a FROM t").stream()
                .filter(a -> !a.equals("null") && a.matches(pattern.replace("%", ".*")))
                .count();
        assertThat(query.query(pattern).single().getLong(0)).as(pattern).isEqualTo(expected);
      }
    }
  }

  @Test
  void filter_failsForAValueOfNoActiveRow_doesNotFail() {
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a TEXT, n INT)");
    List<@Nullable Object[]> batch = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      batch.add(new Object[] {i, i % 10 == 0 ? "no number" : "" + i % 10, i});
    }
    try (PreparedQuery insert = s.prepare("INSERT INTO t VALUES (?, ?, ?)")) {
      insert.executeBatch(batch);
    }
    s.execute("STORAGE FLUSH TABLE t");
    assertThat(rows(s, "SELECT COUNT(*) FROM t WHERE n % 10 > 0 AND CAST(a AS INT) > 4"))
        .containsExactly("500");
    refused("22P02", () -> rows(s, "SELECT COUNT(*) FROM t WHERE CAST(a AS INT) > 4"));
  }
}
