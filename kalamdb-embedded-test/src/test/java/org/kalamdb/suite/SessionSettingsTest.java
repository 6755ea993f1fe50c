package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.refused;
import static org.kalamdb.suite.Sql.rows;
import static org.kalamdb.suite.Sql.value;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.test.TemporaryDatabase;

/** SET, RESET, SHOW of settings, the optimizer's passes and EXPLAIN in JSON. */
@ExtendWith(TemporaryDatabase.class)
class SessionSettingsTest {
  private Session s;

  @BeforeEach
  void open(KalamDB db) {
    s = db.session();
    s.execute("CREATE TABLE t (id INT PRIMARY KEY, a INT); INSERT INTO t VALUES (1, 10), (2, 20)");
  }

  @AfterEach
  void close() {
    s.close();
  }

  private String plan(String sql) {
    return String.join("\n", rows(s, "EXPLAIN " + sql));
  }

  @Test
  void showOptimizerPasses_listsAllInOrderAndWhetherTheyRun() {
    List<String> passes = rows(s, "SHOW OPTIMIZER PASSES");
    assertThat(passes.get(0)).contains("1").contains("FoldConstants").contains("true");
    assertThat(passes).anyMatch(row -> row.contains("OrderJoins"));
    s.execute("SET disabled_optimizer_passes = 'OrderJoins, UseKeyOrder'");
    assertThat(rows(s, "SHOW OPTIMIZER PASSES"))
        .anyMatch(row -> row.contains("OrderJoins") && row.contains("false"));
  }

  @Test
  void disabledPass_changesThePlanAndNotTheRows() {
    String sql = "SELECT id FROM t ORDER BY id DESC";
    assertThat(plan(sql)).contains("in key order backwards");
    s.execute("SET disabled_optimizer_passes = UseKeyOrder");
    assertThat(plan(sql)).contains("Sort by id DESC");
    assertThat(rows(s, sql)).isEqualTo(List.of("2", "1"));
    s.execute("RESET disabled_optimizer_passes");
    assertThat(plan(sql)).contains("in key order backwards");
  }

  @Test
  void disabledPass_ofSizes_leavesJoinsAsWritten() {
    String sql = "SELECT x.id FROM t x JOIN t y ON x.id = y.a WHERE x.id = 1";
    s.execute("SET disabled_optimizer_passes TO 'OrderJoins'");
    assertThat(plan(sql)).contains("keys: x.id = y.a");
    s.execute("RESET ALL");
    assertThat(value(s, "SHOW disabled_optimizer_passes")).isEqualTo("");
  }

  @Test
  void badSettings_areRefusedWithTheirPlace() {
    refused("22023", () -> s.execute("SET disabled_optimizer_passes = 'Nonsense'"));
    refused("42704", () -> s.execute("SET no_such_setting = 1"));
    refused("42704", () -> s.query("SHOW no_such_setting"));
    refused("42704", () -> s.execute("RESET no_such_setting"));
  }

  @Test
  void explainJson_hasPostgresShape() {
    String json = (String) value(s, "EXPLAIN (FORMAT JSON) SELECT a FROM t WHERE a > 10");
    assertThat(json)
        .contains("\"Plan\"")
        .contains("\"Node Type\" : \"Filter\"")
        .contains("\"Node Type\" : \"Scan\"")
        .contains("\"Plan Rows\"")
        .doesNotContain("Actual");
    assertThat((String) value(s, "EXPLAIN (ANALYZE, FORMAT JSON) SELECT a FROM t WHERE a > 10"))
        .contains("\"Actual Rows\" : 1")
        .contains("\"Hot Rows\" : 2")
        .contains("\"Execution Time\"");
  }

  @Test
  void explain_withoutValuesForParameters_showsThePlan() {
    assertThat(plan("SELECT a FROM t WHERE id = $1")).contains("keys: id = $1");
  }
}
