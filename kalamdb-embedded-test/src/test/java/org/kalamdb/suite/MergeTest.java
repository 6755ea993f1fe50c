package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import org.junit.jupiter.api.Test;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;

/** MERGE beyond what PostgreSQL 15 and so the SQL files know: BY SOURCE and RETURNING. */
class MergeTest {
  @Test
  void merge_bySource_changesRowsWithoutAPartner() {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
      assertThat(
              rows(
                  s,
                  "MERGE INTO t USING (VALUES (2, 20), (4, 40)) AS v(k, m) ON t.id = v.k"
                      + " WHEN MATCHED THEN UPDATE SET n = m"
                      + " WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (k, m)"
                      + " WHEN NOT MATCHED BY SOURCE AND id = 1 THEN DELETE"
                      + " WHEN NOT MATCHED BY SOURCE THEN UPDATE SET n = -n"
                      + " RETURNING merge_action(), *, (SELECT count(*) FROM t) AS c"))
          .containsExactlyInAnyOrder(
              "UPDATE|2|20|2|20|3",
              "INSERT|4|40|4|40|3",
              "DELETE|null|null|1|1|3",
              "UPDATE|null|null|3|-3|3");
      assertThat(rows(s, "SELECT * FROM t ORDER BY id")).containsExactly("2|20", "3|-3", "4|40");
    }
  }

  @Test
  void merge_inTransaction_seesItsOwnRowsHotAndCold() {
    try (KalamDB db = KalamDB.openInMemory();
        Session s = db.session()) {
      s.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 1), (2, 2);"
              + "STORAGE FLUSH TABLE t; BEGIN; INSERT INTO t VALUES (3, 3)");
      assertThat(
              s.execute(
                  "MERGE INTO t USING (VALUES (2), (3), (4)) AS v(k) ON t.id = v.k"
                      + " WHEN MATCHED THEN UPDATE SET n = n * 10"
                      + " WHEN NOT MATCHED THEN INSERT VALUES (k, ?)",
                  44))
          .isEqualTo(3);
      s.execute("COMMIT");
      assertThat(rows(s, "SELECT * FROM t ORDER BY id"))
          .containsExactly("1|1", "2|20", "3|30", "4|44");
    }
  }
}
