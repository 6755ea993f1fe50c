package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.schema.DataType;

/** Grouping against maps over lists. */
class AggregateOperatorProperties {
  private static final List<DataType> TYPES =
      List.of(DataType.INTEGER, DataType.BIGINT, DataType.TEXT, DataType.DOUBLE, DataType.BOOLEAN);

  @Property(tries = 30)
  void aggregate_randomGroups_equalsMaps(@ForAll long seed) {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      TableDefinition table = table(bed, random);
      List<Integer> groups = new ArrayList<>();
      for (int c = 1; c <= 3; c++) {
        if (random.nextBoolean()) {
          groups.add(c);
        }
      }
      Map<List<@Nullable Object>, Sums> expected = new LinkedHashMap<>();
      if (groups.isEmpty()) {
        expected.put(List.of(), new Sums());
      }
      for (@Nullable Object[] row : bed.reader().rows(table)) {
        List<@Nullable Object> key = new ArrayList<>();
        groups.forEach(c -> key.add(canonical(row[c])));
        expected.computeIfAbsent(key, k -> new Sums()).add(row);
      }
      List<List<@Nullable Object>> wanted = new ArrayList<>();
      expected.forEach((key, sums) -> wanted.add(sums.row(key)));

      List<List<@Nullable Object>> rows =
          bed.run(aggregate(table, groups), List.of(), CancelToken.create());

      rows.forEach(row -> row.replaceAll(AggregateOperatorProperties::canonical));
      assertThat(rows).containsExactlyInAnyOrderElementsOf(wanted);
    }
  }

  @Property(tries = 15)
  void distinct_randomRows_equalsSet(@ForAll long seed) {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      TableDefinition table = table(bed, random);
      Set<List<@Nullable Object>> expected = new HashSet<>();
      for (@Nullable Object[] row : bed.reader().rows(table)) {
        expected.add(TestBed.row(row[1], row[2], canonical(row[3])));
      }

      List<List<@Nullable Object>> rows =
          bed.run(
              new Distinct(Project.ofColumns(scan(table), List.of(1, 2, 3))),
              List.of(),
              CancelToken.create());

      rows.forEach(row -> row.replaceAll(AggregateOperatorProperties::canonical));
      assertThat(rows).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  /** What a group shows of its equal values is any of them. */
  private static @Nullable Object canonical(@Nullable Object value) {
    return value instanceof Double d && d == 0.0 ? Double.valueOf(0.0) : value;
  }

  /** count(*), count(distinct text), sum(bigint) filter (where flag) of one group. */
  private static final class Sums {
    private long count;
    private final Set<Object> texts = new HashSet<>();
    private @Nullable BigDecimal sum;

    void add(@Nullable Object[] row) {
      count++;
      if (row[2] != null) {
        texts.add(row[2]);
      }
      if (Boolean.TRUE.equals(row[4]) && row[1] != null) {
        BigDecimal value = BigDecimal.valueOf((Long) row[1]);
        sum = sum == null ? value : sum.add(value);
      }
    }

    List<@Nullable Object> row(List<@Nullable Object> key) {
      List<@Nullable Object> row = new ArrayList<>(key);
      row.add(count);
      row.add((long) texts.size());
      row.add(sum);
      return row;
    }
  }

  private static TableDefinition table(TestBed bed, Random random) {
    TableDefinition table =
        bed.shared(
            "t",
            List.of(0),
            "id",
            TYPES.get(0),
            "b",
            TYPES.get(1),
            "t",
            TYPES.get(2),
            "d",
            TYPES.get(3),
            "f",
            TYPES.get(4));
    int rows = random.nextInt(4) == 0 ? 0 : random.nextInt(5000);
    int variety = random.nextBoolean() ? 3 : 5000;
    for (int i = 0; i < rows; i++) {
      bed.reader()
          .insert(
              table,
              null,
              i,
              random.nextInt(9) == 0 ? null : (Object) (long) random.nextInt(variety),
              random.nextInt(9) == 0 ? null : "a longer text, number " + random.nextInt(variety),
              random.nextInt(9) == 0
                  ? null
                  : List.of(0.0, -0.0, Double.NaN, 2.5).get(random.nextInt(4)),
              random.nextInt(3) == 0 ? null : random.nextBoolean());
    }
    return table;
  }

  private static Scan scan(TableDefinition table) {
    return Scan.of(0, table, "t", List.of(0, 1, 2, 3, 4));
  }

  private static Aggregate aggregate(TableDefinition table, List<Integer> groups) {
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int group : groups) {
      expressions.add(column(group));
      columns.add(PlanColumn.computed("g", TYPES.get(group)));
    }
    List<AggregateCall> calls =
        List.of(
            call("count", List.of(), false, null),
            call("count", List.of(column(2)), true, null),
            call("sum", List.of(column(1)), false, column(4)));
    calls.forEach(call -> columns.add(PlanColumn.computed("c", call.type())));
    return new Aggregate(scan(table), expressions, calls, columns);
  }

  private static AggregateCall call(
      String name, List<Expression> arguments, boolean distinct, @Nullable Expression filter) {
    AggregateRegistry.Resolved resolved = AggregateRegistry.resolve(name, arguments, distinct);
    return new AggregateCall(resolved.function(), resolved.arguments(), filter);
  }

  private static Column column(int index) {
    return new Column(index, TYPES.get(index), "c" + index);
  }
}
