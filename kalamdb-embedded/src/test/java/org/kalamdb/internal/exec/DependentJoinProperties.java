package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.DataType;

/**
 * Queries that refer to the queries around them give the same rows as joins and row by row, over
 * random tables with NULLs and without rows.
 */
class DependentJoinProperties {
  private static final List<String> QUERIES =
      List.of(
          "SELECT id, (SELECT sum(b) FROM r WHERE r.a = l.a) FROM l",
          "SELECT id, (SELECT count(*) FROM r WHERE r.a = l.a AND r.b > l.b) FROM l",
          "SELECT id, (SELECT count(*) + 10 * l.a FROM r WHERE r.a < l.a) FROM l",
          "SELECT id, (SELECT max(r.b + l.b) FROM r WHERE r.a = l.a) FROM l",
          "SELECT id, (SELECT count(*) FROM r WHERE r.a = l.a HAVING count(*) > 1) FROM l",
          "SELECT id FROM l WHERE EXISTS (SELECT 1 FROM r WHERE r.a = l.a AND r.b <> l.b)",
          "SELECT id FROM l WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.a = l.a)",
          "SELECT id, EXISTS (SELECT 1 FROM r WHERE r.a = l.a AND r.b < l.b) FROM l",
          "SELECT id, b IN (SELECT r.b FROM r WHERE r.a = l.a) FROM l",
          "SELECT id, b IN (SELECT r.b FROM r WHERE r.a < l.a) FROM l",
          "SELECT id FROM l WHERE b NOT IN (SELECT r.b FROM r WHERE r.a = l.a)",
          "SELECT id FROM l WHERE b NOT IN (SELECT r.b FROM r WHERE r.a <> l.a)",
          "SELECT id FROM l WHERE b > ALL (SELECT r.b FROM r WHERE r.a = l.a)",
          "SELECT id FROM l WHERE (a, b) IN (SELECT r.a, r.b FROM r WHERE r.id > l.id)",
          "SELECT id FROM l WHERE b = (SELECT min(r.b) FROM r, r s WHERE r.a = s.a AND s.id = l.id)",
          "SELECT id, (SELECT count(DISTINCT r.b) FROM r WHERE r.a IS NOT DISTINCT FROM l.a) FROM l",
          "SELECT id, x FROM l, LATERAL (SELECT r.b + l.b AS x FROM r WHERE r.a = l.a) s",
          "SELECT id, x FROM l LEFT JOIN LATERAL (SELECT sum(b) AS x FROM r WHERE r.a > l.a) s"
              + " ON s.x > l.b",
          "SELECT id, x FROM l LEFT JOIN LATERAL (SELECT DISTINCT b AS x FROM r WHERE r.a = l.a) s"
              + " ON true",
          "SELECT id, x FROM l, LATERAL (SELECT id AS x FROM r WHERE r.a = l.a ORDER BY id LIMIT 2) s",
          "SELECT id, x FROM l, LATERAL (SELECT b AS x FROM r WHERE r.a = l.a"
              + " UNION ALL SELECT l.b UNION ALL SELECT id FROM r WHERE id < l.id) s",
          "SELECT id, x FROM l, LATERAL (SELECT r.b AS x FROM r LEFT JOIN r s ON s.a = r.b AND s.b = l.b"
              + " WHERE r.a = l.a) s",
          "SELECT id, g FROM l, generate_series(a, b) g",
          "SELECT id, g FROM l LEFT JOIN LATERAL generate_series(l.a, 3) g ON g <> l.b",
          "SELECT id, (SELECT count(*) FROM r WHERE r.a = l.a AND r.b > (SELECT min(s.b) FROM r s"
              + " WHERE s.a = r.a AND s.id <> l.id)) FROM l",
          "SELECT id, (SELECT sum(x) FROM (SELECT a, sum(b) + l.id AS x FROM r GROUP BY a) s"
              + " WHERE s.a = l.a) FROM l",
          "SELECT id, x FROM l, LATERAL (SELECT rank() OVER (ORDER BY b) AS x FROM r WHERE r.a = l.a) s",
          "SELECT a, (SELECT count(*) FROM r WHERE r.a = l.a), sum(b) FROM l GROUP BY a",
          "SELECT (SELECT sum(l.b) + count(r.b) FROM r WHERE r.a = l.a) FROM l GROUP BY a",
          "SELECT id, CASE WHEN a > 1 THEN (SELECT max(b) FROM r WHERE r.a = l.a) ELSE 0 END FROM l",
          "SELECT l.id, r.id FROM l LEFT JOIN r ON r.a = l.a AND EXISTS (SELECT 1 FROM r s"
              + " WHERE s.b = l.b AND s.id <> r.id)",
          "SELECT l.id, r.id FROM r RIGHT JOIN l ON r.a = l.a AND r.b = (SELECT max(s.b) FROM r s"
              + " WHERE s.a = l.a)",
          "WITH w AS (SELECT a, count(*) AS n FROM r GROUP BY a) SELECT id, (SELECT max(x.n + y.n)"
              + " FROM w x, w y WHERE x.a = l.a AND y.a <> l.a) FROM l");

  @Property(tries = 25)
  void query_randomTables_sameAsRowByRow(@ForAll long seed) {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      fill(bed, "l", random);
      fill(bed, "r", random);
      for (String sql : QUERIES) {
        assertThat(bed.withOptimizer().query(sql))
            .as(sql + "\n" + bed.explain(sql))
            .containsExactlyInAnyOrderElementsOf(bed.without("DecorrelateSubqueries").query(sql));
      }
    }
  }

  private static TableDefinition fill(TestBed bed, String name, Random random) {
    TableDefinition table =
        bed.shared(
            name, List.of(0), "id", DataType.INTEGER, "a", DataType.INTEGER, "b", DataType.INTEGER);
    int rows = random.nextInt(6) == 0 ? 0 : random.nextInt(25);
    for (int i = 0; i < rows; i++) {
      Integer a = random.nextInt(6) == 0 ? null : random.nextInt(4);
      Integer b = random.nextInt(6) == 0 ? null : random.nextInt(5);
      bed.reader().insert(table, null, i, a, b);
    }
    return table;
  }

  @Test
  void plan_ofEachQuery_hasNoDependentJoin() {
    try (TestBed bed = new TestBed(1)) {
      fill(bed, "l", new Random(1));
      fill(bed, "r", new Random(2));
      for (String sql : QUERIES) {
        assertThat(bed.withOptimizer().explain(sql)).as(sql).doesNotContain(" apply");
      }
    }
  }

  @Test
  void guardedDivision_staysDependent() {
    try (TestBed bed = new TestBed(1)) {
      fill(bed, "l", new Random(1));
      fill(bed, "r", new Random(2));
      String sql =
          "SELECT id, CASE WHEN a <> 0 THEN (SELECT max(r.b / l.a) FROM r WHERE r.a = l.a) END FROM l";

      assertThat(bed.explain(sql)).contains("Single apply");
      assertThat(bed.query(sql)).hasSameSizeAs(bed.query("SELECT id FROM l"));
    }
  }
}
