package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.storage.ScanRequest.Order;
import org.kalamdb.schema.DataType;

/** Joins of sorted tables by merging, against the same joins by hash. */
class MergeJoinProperties {
  private static final DataType[] KEY_TYPES = {
    DataType.INTEGER, DataType.TEXT, DataType.decimal(10, 2)
  };

  @Property(tries = 100)
  void mergeJoin_randomTables_equalsHashJoin(
      @ForAll JoinType type, @ForAll boolean residual, @ForAll long seed) {
    if (type == JoinType.SINGLE || type == JoinType.MARK) {
      return;
    }
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed).withoutOptimizer()) {
      DataType keyType = KEY_TYPES[random.nextInt(KEY_TYPES.length)];
      int values = new int[] {3, 50, 1000}[random.nextInt(3)];
      int keys = 1 + random.nextInt(3);
      Join hash =
          join(
              type,
              filled(bed, "l", keyType, values, random),
              filled(bed, "r", keyType, values, random),
              keyType,
              keys,
              residual);
      List<List<@Nullable Object>> expected = bed.run(hash, List.of(), CancelToken.create());
      bed.memoryLimit(new long[] {64 << 20, 8 << 20, 3 << 20}[random.nextInt(3)]);

      // With the key of all three columns the rows are sorted by the first one or two of them.
      List<List<@Nullable Object>> rows =
          bed.run(merging(hash, 1 + random.nextInt(Math.min(2, keys))), List.of(), cancel());

      assertThat(counted(rows)).isEqualTo(counted(expected));
      if (type == JoinType.INNER || type == JoinType.SEMI || type == JoinType.ANTI) {
        assertThat(rows).isSortedAccordingTo((a, b) -> Values.compare(value(a), value(b), keyType));
      }
    }
  }

  @Example
  void mergeJoin_oneKeyLargerThanMemory_spillsAndFindsAllPairs() {
    try (TestBed bed = new TestBed(1).withoutOptimizer().memoryLimit(3 << 20)) {
      TableDefinition left = table(bed, "l", DataType.INTEGER);
      TableDefinition right = table(bed, "r", DataType.INTEGER);
      for (int i = 0; i < 10; i++) {
        bed.reader().insert(left, null, i / 4, 0, i, "left");
      }
      String text = "x".repeat(50);
      for (int i = 0; i < 20_000; i++) {
        bed.reader().insert(right, null, i < 100 ? 0 : i < 19_900 ? 1 : 2, 0, i, text);
      }
      Join join = merging(join(JoinType.INNER, left, right, DataType.INTEGER, 1, false), 1);

      List<List<@Nullable Object>> rows = bed.run(join, List.of(), cancel());

      assertThat(rows).hasSize(4 * 100 + 4 * 19_800 + 2 * 100).doesNotHaveDuplicates();
      assertThat(rows).isSortedAccordingTo((a, b) -> Values.compare(value(a), value(b), INT));
      assertThat(bed.spillFiles().writtenBytes()).isPositive();
    }
  }

  @Example
  void arrange_heldSideLargerThanMemory_merges() {
    String sql = "SELECT l.t, r.t FROM l JOIN r ON l.m = r.m AND l.k = r.k";
    try (TestBed bed = new TestBed(1)) {
      filled(bed, "l", INT, 50, new Random(1));
      filled(bed, "r", INT, 50, new Random(2));
      assertThat(arranged(bed, sql)).contains("Inner hash join");
      bed.memoryLimit(32 << 10);
      assertThat(arranged(bed, sql))
          .containsSubsequence("Inner merge join", "keys: r.k = l.k AND r.m = l.m")
          .doesNotContain("hash");
      assertThat(arranged(bed, sql.replace("l.k = r.k", "l.id = r.id"))).contains("hash join");
      assertThat(arranged(bed, sql.replace("l.k = r.k", "l.t = r.t"))).contains("hash join");
      assertThat(arranged(bed.without("UseMergeJoin"), sql)).contains("Inner hash join");
    }
  }

  private static String arranged(TestBed bed, String sql) {
    try (ExecutionContext context = bed.context(List.of(), cancel())) {
      return String.join("\n", Explain.plan(bed.arranged(sql, context)));
    }
  }

  private static final DataType INT = DataType.INTEGER;

  @Example
  void mergeJoin_closedFailedOrCancelled_leavesNothing() {
    for (int at = 0; at < 2; at++) {
      try (TestBed bed = new TestBed(at).withoutOptimizer().memoryLimit(3 << 20)) {
        Random random = new Random(at);
        Join join =
            merging(
                join(
                    JoinType.LEFT,
                    filled(bed, "l", INT, 50, random),
                    filled(bed, "r", INT, 50, random),
                    INT,
                    1,
                    true),
                1);
        try (ExecutionContext context = bed.context(List.of(), cancel());
            Operator operator = PhysicalPlanner.plan(join, context)) {
          Objects.requireNonNull(operator.next()).close();
        }
        CancelToken cancelled = CancelToken.create();
        cancelled.cancel();
        assertThatThrownBy(() -> bed.run(join, List.of(), cancelled))
            .isInstanceOf(KalamException.class);
        bed.reader().failAtBatch(at);
        assertThatThrownBy(() -> bed.run(join, List.of(), cancel()))
            .isInstanceOf(KalamException.class)
            .hasMessageContaining("on fire");
      }
    }
  }

  private static CancelToken cancel() {
    return CancelToken.create();
  }

  private static Map<List<@Nullable Object>, Long> counted(List<List<@Nullable Object>> rows) {
    return rows.stream().collect(Collectors.groupingBy(row -> row, Collectors.counting()));
  }

  private static Object value(List<@Nullable Object> row) {
    return Objects.requireNonNull(row.get(0));
  }

  private static TableDefinition table(TestBed bed, String name, DataType keyType) {
    return bed.shared(
        name, List.of(0, 1, 2), "k", keyType, "m", INT, "id", INT, "t", DataType.TEXT);
  }

  private static TableDefinition filled(
      TestBed bed, String name, DataType keyType, int values, Random random) {
    TableDefinition table = table(bed, name, keyType);
    int rows = random.nextInt(8) == 0 ? 0 : 100 + random.nextInt(values < 50 ? 300 : 800);
    for (int i = 0; i < rows; i++) {
      Object key = key(random.nextInt(values) - values / 2, keyType);
      String text = random.nextInt(5) == 0 ? null : "text number " + random.nextInt(3);
      bed.reader().insert(table, null, key, random.nextInt(3), i, text);
    }
    return table;
  }

  private static Object key(int number, DataType type) {
    return switch (type.kind()) {
      case TEXT -> (number % 2 == 0 ? "\uD83D\uDE00" : "\uFF5E") + number;
      case DECIMAL -> BigDecimal.valueOf(number, 2);
      default -> number;
    };
  }

  private static Join join(
      JoinType type,
      TableDefinition left,
      TableDefinition right,
      DataType keyType,
      int keys,
      boolean residual) {
    List<Join.EquiKey> equal = new ArrayList<>();
    DataType[] types = {keyType, INT, DataType.TEXT};
    int[] positions = {0, 1, 3};
    for (int i = 0; i < keys; i++) {
      Column column = new Column(positions[i], types[i], "c" + i);
      equal.add(new Join.EquiKey(column, column));
    }
    Expression condition =
        residual
            ? new Comparison(
                ComparisonOperator.LESS, new Column(2, INT, "id"), new Column(6, INT, "id"))
            : null;
    return new Join(
        type, scan(0, left), scan(1, right), equal, condition, type.marks() ? "mark" : "");
  }

  private static LogicalPlan scan(int relation, TableDefinition table) {
    return Scan.of(relation, table, table.id().name(), List.of(0, 1, 2, 3));
  }

  private static Join merging(Join join, int keys) {
    return join.merging(
        ((Scan) join.left()).withOrder(Order.ASCENDING),
        ((Scan) join.right()).withOrder(Order.ASCENDING),
        join.keys(),
        keys);
  }
}
