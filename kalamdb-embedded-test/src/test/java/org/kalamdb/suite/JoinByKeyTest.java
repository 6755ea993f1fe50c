package org.kalamdb.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.suite.Sql.rows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.test.TemporaryDatabase;

/** Joins of a few rows with a large table, which is then read by key, hot and cold. */
@ExtendWith(TemporaryDatabase.class)
class JoinByKeyTest {
  private static final int ITEMS = 20_000;

  private Session s;

  @BeforeEach
  void open(KalamDB db) {
    s = db.session();
    s.execute(
        "CREATE TABLE orders (id INT PRIMARY KEY, note TEXT);"
            + "CREATE TABLE item (order_id INT, line INT, amount INT, PRIMARY KEY (order_id, line));"
            + "INSERT INTO orders VALUES (7, 'a'), (100, 'b'), (9000, 'c'), (1000000, 'none')");
    try (PreparedQuery insert = s.prepare("INSERT INTO item VALUES (?, ?, ?)")) {
      List<Object[]> rows = new ArrayList<>();
      for (int i = 0; i < ITEMS; i++) {
        rows.add(new Object[] {i / 2, i % 2, i});
      }
      insert.executeBatch(rows);
    }
  }

  @AfterEach
  void close() {
    s.close();
  }

  private void check(String join, String... expected) {
    String sql = "SELECT o.note, i.amount FROM " + join + " ORDER BY 1, 2";
    assertThat(rows(s, sql)).containsExactly(expected);
  }

  private String analyzed(String sql) {
    return String.join("\n", rows(s, "EXPLAIN ANALYZE " + sql));
  }

  @Test
  void innerJoin_readsTheLargeTableByKey() {
    String sql = "SELECT o.note, i.amount FROM orders o JOIN item i ON i.order_id = o.id";
    String join = "orders o JOIN item i ON i.order_id = o.id";
    check(join, "a|14", "a|15", "b|200", "b|201", "c|18000", "c|18001");
    assertThat(analyzed(sql)).contains("hot rows: 6, cold rows: 0");
    s.execute("STORAGE FLUSH TABLE item");
    check(join, "a|14", "a|15", "b|200", "b|201", "c|18000", "c|18001");
    s.execute(
        "INSERT INTO item VALUES (7, 2, -1); UPDATE item SET amount = 0 WHERE order_id = 100");
    check(join, "a|-1", "a|14", "a|15", "b|0", "b|0", "c|18000", "c|18001");
  }

  @Test
  void outerAndSemiJoins_keepTheirRows() {
    check(
        "item i RIGHT JOIN orders o ON i.order_id = o.id WHERE i.line IS NULL OR i.line = 1",
        "a|15",
        "b|201",
        "c|18001",
        "none|null");
    assertThat(
            rows(
                s,
                "SELECT count(*), sum(amount) FROM item WHERE order_id IN (SELECT id FROM orders)"))
        .containsExactly("6|36431");
    assertThat(rows(s, "SELECT count(*) FROM item WHERE order_id NOT IN (SELECT id FROM orders)"))
        .containsExactly(String.valueOf(ITEMS - 6));
    assertThat(
            rows(
                s,
                "SELECT count(*) FROM item i LEFT JOIN orders o ON i.order_id = o.id WHERE i.order_id < 10"))
        .containsExactly("20");
  }

  @Test
  void joins_throughOtherJoins_andOfOneTableTwice() {
    assertThat(
            rows(
                s,
                "SELECT o.note, a.amount, b.amount FROM orders o JOIN item a ON a.order_id = o.id"
                    + " JOIN item b ON b.order_id = a.order_id AND b.line = a.line + 1 ORDER BY 1"))
        .containsExactly("a|14|15", "b|200|201", "c|18000|18001");
    assertThat(
            rows(
                s,
                "WITH t AS (SELECT * FROM item WHERE amount < 30) SELECT count(*) FROM t x"
                    + " JOIN orders o ON o.id = x.order_id JOIN t y ON y.line = x.line"))
        .containsExactly("30");
  }

  @Test
  void emptyHeldSide_readsNothing() {
    assertThat(
            analyzed(
                "SELECT i.amount FROM item i JOIN orders o ON o.id = i.order_id WHERE o.note = 'x'"))
        .doesNotContain("hot rows: 20000");
  }
}
