package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Golden plans. */
class ExplainTest {
  private final TestBed bed = ChatTables.open();

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  @Test
  void explain_keyEquality_isKeyScan() {
    assertThat(bed.explain("SELECT name FROM users WHERE id = ?"))
        .isEqualTo(
            """
            Scan default.users
                keys: id = $1
                columns: name""");
  }

  @Test
  void explain_newestOfConversation_isOrderedScanWithLimit() {
    assertThat(
            bed.explain(
                "SELECT id, content FROM messages WHERE conversation = ? ORDER BY id DESC LIMIT 50"))
        .isEqualTo(
            """
            Limit 50
              Scan default.messages, in key order backwards
                  keys: conversation = $1
                  at most: 50
                  columns: id, content""");
  }

  @Test
  void explain_rangeAndFilter_keepsFilterAndSkips() {
    assertThat(
            bed.explain(
                "SELECT content FROM messages WHERE conversation IN ('a', 'b') AND id > 5 AND id <= 9 AND"
                    + " content <> 'x' AND content LIKE 'y%'"))
        .isEqualTo(
            """
            Filter content <> 'x' AND content LIKE 'y%'
              Scan default.messages
                  keys: conversation IN ('a', 'b') AND id > 5 AND id <= 9
                  skips by: content <> 'x' AND content >= 'y' AND content < 'z'
                  columns: content""");
  }

  @Test
  void explain_joinWithFilters_pushesThemToTheScans() {
    assertThat(
            bed.explain(
                "SELECT u.name, sum(o.amount) FROM users u LEFT JOIN orders o ON o.user_id = u.id"
                    + " WHERE o.amount > 2 AND u.id < 100 GROUP BY u.name ORDER BY 2 DESC LIMIT 3"))
        .isEqualTo(
            """
            TopN 3 by sum DESC
              Aggregate by u.name
                  computes: sum(o.amount)
                Inner hash join
                    keys: u.id = o.user_id
                  Scan default.users as u
                      keys: id < 100
                      columns: id, name
                  Filter o.amount > 2
                    Scan default.orders as o
                        skips by: amount > 2
                        columns: user_id, amount""");
  }

  @Test
  void explain_semiJoin_comesFromIn() {
    assertThat(bed.explain("SELECT count(*) FROM users WHERE id IN (SELECT user_id FROM orders)"))
        .isEqualTo(
            """
            Aggregate
                computes: count(*)
              Semi hash join
                  keys: id = user_id
                Scan default.users
                    columns: id
                Scan default.orders
                    columns: user_id""");
  }

  @Test
  void explain_passSwitchedOff_showsInPlan() {
    assertThat(bed.without("UseKeyOrder").explain("SELECT id FROM users ORDER BY id LIMIT 1"))
        .startsWith("TopN 1 by id");
  }

  @Test
  void explain_falseCondition_readsNothing() {
    assertThat(bed.explain("SELECT id FROM users WHERE 1 = 2")).isEqualTo("Values 0 rows");
  }

  @Test
  void analyze_query_countsRowsAndScans() {
    List<String> lines;
    try (ExecutionContext context = bed.context(List.of(), CancelToken.create())) {
      lines =
          Explain.analyze(bed.optimized("SELECT name FROM users WHERE age > 26").plan(), context)
              .text();
    }
    assertThat(lines.get(2)).matches("    rows: 1, batches: \\d+, time: \\d+\\.\\d{3} ms");
    assertThat(lines).contains("        hot rows: 3, cold rows: 0, superseded rows: 0");
  }
}
