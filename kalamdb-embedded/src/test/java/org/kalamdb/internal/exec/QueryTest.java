package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.internal.exec.TestBed.row;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** SQL in, rows out; each query is run with all optimizer passes and with none. */
class QueryTest {
  private final TestBed bed = ChatTables.open();

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  private void assertRows(String sql, List<?>... rows) {
    assertThat(bed.withOptimizer().query(sql))
        .as("optimized")
        .containsExactlyInAnyOrder(cast(rows));
    assertThat(bed.withoutOptimizer().query(sql))
        .as("as bound")
        .containsExactlyInAnyOrder(cast(rows));
  }

  private void assertOrdered(String sql, List<?>... rows) {
    assertThat(bed.withOptimizer().query(sql)).as("optimized").containsExactly(cast(rows));
    assertThat(bed.withoutOptimizer().query(sql)).as("as bound").containsExactly(cast(rows));
  }

  @SuppressWarnings("unchecked")
  private static List<@Nullable Object>[] cast(List<?>[] rows) {
    return (List<@Nullable Object>[]) rows;
  }

  private static BigDecimal decimal(String text) {
    return new BigDecimal(text);
  }

  @Test
  void select_star_leavesSystemColumnsOut() {
    assertRows(
        "SELECT * FROM users",
        row(1, "ann", (short) 31),
        row(2, "ben", (short) 25),
        row(3, "cy", null));
  }

  @Test
  void select_systemColumnsByName_areThere() {
    assertRows("SELECT id, _seq, _deleted FROM users WHERE id = 2", row(2, 2L, false));
  }

  @Test
  void select_deletedInWhere_seesTombstones() {
    assertRows("SELECT id FROM users WHERE _deleted", row(4));
    assertRows("SELECT count(*) FROM users WHERE id > 0 OR _deleted", row(4L));
    assertRows("SELECT count(*) FROM users", row(3L));
  }

  @Test
  void select_withoutFrom_isOneRow() {
    assertRows("SELECT 1 AS one, 'x', NULL", row(1, "x", null));
    assertRows("SELECT 1 WHERE false");
  }

  @Test
  void select_userTable_seesOwnPartitionOnly() {
    assertRows("SELECT content FROM messages WHERE id = 2", row("alice 2"));
    bed.user(TestBed.BOB);
    assertRows("SELECT content FROM messages", row("bob 2"));
  }

  @Test
  void where_comparisonsAndNulls_followThreeValuedLogic() {
    assertRows("SELECT id FROM users WHERE age > 26", row(1));
    assertRows("SELECT id FROM users WHERE NOT (age > 26)", row(2));
    assertRows("SELECT id FROM users WHERE age IS NULL", row(3));
    assertRows("SELECT id FROM users WHERE age IS DISTINCT FROM 25", row(1), row(3));
    assertRows("SELECT id FROM users WHERE (age > 26) IS NOT TRUE", row(2), row(3));
    assertRows("SELECT id FROM users WHERE age NOT IN (25, NULL)");
    assertRows("SELECT id FROM users WHERE name BETWEEN 'b' AND 'c'", row(2));
  }

  @Test
  void where_keyOutOfRangeOfItsType_findsNothing() {
    assertRows("SELECT id FROM users WHERE id = 5000000000");
    assertRows("SELECT id FROM users WHERE id < 5000000000", row(1), row(2), row(3));
    assertRows("SELECT id FROM users WHERE id = 1.5");
    assertRows("SELECT id FROM users WHERE id > 1.5", row(2), row(3));
    assertRows("SELECT id FROM users WHERE id IN (3, 1, 1, NULL, 7)", row(1), row(3));
    assertRows("SELECT id FROM users WHERE id = NULL");
    assertRows("SELECT id FROM users WHERE id > 1 AND id > 2 AND id < 9", row(3));
    assertRows("SELECT id FROM users WHERE id IN (1, 2) AND id = 2 AND id >= 2", row(2));
    assertRows("SELECT id FROM users WHERE id > 2 AND id < 2");
  }

  @Test
  void where_rowValues_compareInOrder() {
    assertOrdered(
        "SELECT id FROM messages WHERE (conversation, id) > ('even', 4) ORDER BY conversation, id",
        row(6L),
        row(1L),
        row(3L),
        row(5L));
    assertRows(
        "SELECT id FROM messages WHERE (conversation, id) IN (('even', 2), ('odd', 2))", row(2L));
  }

  @Test
  void parameters_takeTypesFromContext() {
    assertThat(bed.withOptimizer().query("SELECT name FROM users WHERE id = ?", 2L))
        .containsExactly(row("ben"));
    assertThat(bed.query("SELECT name FROM users WHERE id = $1 AND age = $2", "2", 25))
        .containsExactly(row("ben"));
    assertThat(
            bed.query(
                "SELECT id FROM messages WHERE conversation = ? ORDER BY id DESC LIMIT ? OFFSET ?",
                "odd",
                1,
                1))
        .containsExactly(row(3L));
    assertThat(bed.query("SELECT ?", "text")).containsExactly(row("text"));
  }

  @Test
  void orderBy_ordinalsAliasesExpressionsNulls_sort() {
    assertOrdered("SELECT id FROM users ORDER BY age", row(2), row(1), row(3));
    assertOrdered("SELECT id FROM users ORDER BY age DESC", row(3), row(1), row(2));
    assertOrdered("SELECT id FROM users ORDER BY age DESC NULLS LAST", row(1), row(2), row(3));
    assertOrdered(
        "SELECT id, -id AS minus FROM users ORDER BY minus LIMIT 2", row(3, -3), row(2, -2));
    assertOrdered("SELECT name FROM users ORDER BY 1 DESC", row("cy"), row("ben"), row("ann"));
    assertOrdered("SELECT name FROM users ORDER BY id * -1 LIMIT 1", row("cy"));
    assertOrdered("SELECT id FROM users ORDER BY id DESC LIMIT 1 OFFSET 1", row(2));
    assertOrdered("SELECT id FROM users ORDER BY id LIMIT 0");
  }

  @Test
  void orderBy_keyPrefixWithEquality_usesKeyOrder() {
    assertOrdered(
        "SELECT id FROM messages WHERE conversation = 'odd' ORDER BY id DESC LIMIT 2",
        row(5L),
        row(3L));
    assertOrdered(
        "SELECT id FROM messages WHERE conversation IN ('odd', 'even') ORDER BY id DESC LIMIT 3",
        row(6L),
        row(5L),
        row(4L));
    assertOrdered(
        "SELECT id FROM messages ORDER BY conversation DESC, id DESC LIMIT 4",
        row(5L),
        row(3L),
        row(1L),
        row(6L));
    assertOrdered(
        "SELECT id FROM messages ORDER BY conversation, id DESC LIMIT 2", row(6L), row(4L));
  }

  @Test
  void aggregate_withoutGroups_isOneRow() {
    assertRows(
        "SELECT count(*), count(age), sum(age), min(name), max(age) FROM users",
        row(3L, 2L, 56L, "ann", (short) 31));
    assertRows("SELECT count(*), sum(age) FROM users WHERE false", row(0L, null));
    assertRows("SELECT sum(amount) FROM orders", row(decimal("13.75")));
  }

  @Test
  void aggregate_groups_byNameOrdinalExpressionAlias() {
    assertRows(
        "SELECT user_id, count(*), sum(amount) FROM orders GROUP BY user_id",
        row(1, 2L, decimal("12.50")),
        row(2, 1L, decimal("1.25")),
        row(9, 1L, null));
    assertRows("SELECT id % 2, count(*) FROM orders GROUP BY 1", row(0L, 2L), row(1L, 2L));
    assertRows("SELECT id % 2 AS odd, count(*) FROM orders GROUP BY odd", row(0L, 2L), row(1L, 2L));
    assertRows("SELECT id % 2 + 1 FROM orders GROUP BY id % 2", row(1L), row(2L));
    assertRows("SELECT user_id FROM orders GROUP BY user_id HAVING count(*) > 1", row(1));
    assertOrdered(
        "SELECT user_id FROM orders GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 2",
        row(1),
        row(2));
  }

  @Test
  void aggregate_distinctAndFilter_countWhatTheySay() {
    assertRows(
        "SELECT count(DISTINCT user_id), count(*) FILTER (WHERE amount > 2), sum(amount) FILTER (WHERE user_id = 1) FROM orders",
        row(3L, 2L, decimal("12.50")));
  }

  @Test
  void distinct_rows_onceEach() {
    assertRows("SELECT DISTINCT conversation FROM messages", row("even"), row("odd"));
    assertOrdered(
        "SELECT DISTINCT conversation FROM messages ORDER BY conversation DESC",
        row("odd"),
        row("even"));
  }

  @Test
  void join_allTypes_keepWhatTheySay() {
    assertRows(
        "SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.id",
        row("ann", 10L),
        row("ann", 11L),
        row("ben", 12L));
    assertRows(
        "SELECT u.name, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id AND o.amount > 6",
        row("ann", 11L),
        row("ben", null),
        row("cy", null));
    assertRows(
        "SELECT u.name, o.id FROM users u RIGHT JOIN orders o ON o.user_id = u.id WHERE o.id > 11",
        row("ben", 12L),
        row(null, 13L));
    assertRows(
        "SELECT u.name, o.id FROM users u FULL JOIN orders o ON o.user_id = u.id",
        row("ann", 10L),
        row("ann", 11L),
        row("ben", 12L),
        row("cy", null),
        row(null, 13L));
    assertRows("SELECT count(*) FROM users CROSS JOIN orders", row(12L));
    assertRows("SELECT count(*) FROM users, orders WHERE users.id = user_id", row(3L));
    assertRows(
        "SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL",
        row(3));
  }

  @Test
  void join_using_mergesColumns() {
    assertRows(
        "SELECT id, a.name, b.name FROM users a JOIN users b USING (id) WHERE id = 1",
        row(1, "ann", "ann"));
    assertRows(
        "SELECT * FROM (SELECT id FROM users) a NATURAL JOIN (SELECT id, name FROM users) b WHERE id < 2",
        row(1, "ann"));
    assertRows(
        "SELECT id FROM (SELECT id FROM users WHERE id < 3) a FULL JOIN (SELECT id FROM users WHERE id > 1) b USING (id)",
        row(1),
        row(2),
        row(3));
  }

  @Test
  void join_threeTables_works() {
    assertRows(
        "SELECT u.name, m.content FROM users u JOIN orders o ON o.user_id = u.id JOIN messages m ON m.id = o.user_id WHERE o.note = 'x'",
        row("ben", "alice 2"));
  }

  @Test
  void subquery_inFrom_bindsAlias() {
    assertRows("SELECT s.n FROM (SELECT count(*) AS n FROM users) s", row(3L));
    assertRows("SELECT a FROM (VALUES (1, 'x'), (2, 'y')) AS t(a, b) WHERE b = 'y'", row(2));
    assertRows(
        "WITH big AS (SELECT * FROM orders WHERE amount > 2) SELECT count(*) FROM big a JOIN big b USING (id)",
        row(2L));
  }

  @Test
  void subquery_scalar_isItsValueOrNull() {
    assertRows("SELECT (SELECT max(age) FROM users)", row((short) 31));
    assertRows("SELECT id FROM users WHERE age = (SELECT max(age) FROM users)", row(1));
    assertRows("SELECT (SELECT id FROM users WHERE id = 77)", row((Object) null));
    assertRows("SELECT count(*) + (SELECT count(*) FROM orders) FROM users", row(7L));
    assertRows(
        "SELECT id FROM users GROUP BY id HAVING count(*) < (SELECT count(*) FROM orders) AND id > 2",
        row(3));
  }

  @Test
  void subquery_inAndExists_followNullRules() {
    assertRows("SELECT id FROM users WHERE id IN (SELECT user_id FROM orders)", row(1), row(2));
    assertRows("SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders)", row(3));
    assertRows("SELECT id FROM users WHERE id NOT IN (SELECT age FROM users)");
    assertRows(
        "SELECT id, age IN (SELECT age FROM users WHERE id < 3) FROM users",
        row(1, true),
        row(2, true),
        row(3, null));
    assertRows(
        "SELECT count(*) FROM users WHERE EXISTS (SELECT 1 FROM orders WHERE amount > 7)", row(3L));
    assertRows(
        "SELECT count(*) FROM users WHERE NOT EXISTS (SELECT 1 FROM orders WHERE amount > 8)",
        row(3L));
    assertRows(
        "SELECT id FROM users WHERE id > ALL (SELECT user_id FROM orders WHERE user_id < 3)",
        row(3));
    assertRows("SELECT id FROM users WHERE id = ANY (SELECT user_id FROM orders)", row(1), row(2));
    assertRows(
        "SELECT id FROM orders WHERE (user_id, id) IN (SELECT 1, id FROM orders)",
        row(10L),
        row(11L));
  }

  @Test
  void setOperations_treatNullsAsEqual() {
    assertRows(
        "SELECT age FROM users UNION SELECT age FROM users",
        row((short) 31),
        row((short) 25),
        row((Object) null));
    assertRows("SELECT 1 UNION ALL SELECT 1", row(1), row(1));
    assertRows("SELECT 1 UNION SELECT 2.5", row(decimal("1.0")), row(decimal("2.5")));
    assertRows("SELECT id FROM users INTERSECT SELECT user_id FROM orders", row(1), row(2));
    assertRows(
        "SELECT age FROM users EXCEPT SELECT 31::smallint", row((short) 25), row((Object) null));
    assertOrdered(
        "SELECT id FROM users UNION ALL SELECT 7 ORDER BY id DESC LIMIT 2", row(7), row(3));
  }

  @Test
  void values_query_bringsColumnsToOneType() {
    assertRows("VALUES (1, 'a'), (2.5, NULL)", row(decimal("1.0"), "a"), row(decimal("2.5"), null));
  }

  @Test
  void expressions_caseCoalesceLike_work() {
    assertRows(
        "SELECT CASE WHEN age > 26 THEN 'old' WHEN age IS NULL THEN 'unknown' ELSE 'young' END FROM users",
        row("old"),
        row("young"),
        row("unknown"));
    assertRows(
        "SELECT CASE name WHEN 'ann' THEN 1 ELSE 2 END FROM users WHERE id < 3", row(1), row(2));
    assertRows("SELECT coalesce(age, -1) FROM users WHERE id = 3", row(-1));
    assertRows("SELECT id FROM users WHERE name LIKE '%n%'", row(1), row(2));
    assertRows("SELECT upper(name) || '!' FROM users WHERE id = 1", row("ANN!"));
  }
}
