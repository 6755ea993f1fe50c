package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.vector.BatchBuilder;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Aggregates over two groups: the even rows and the odd; a third group has no rows. */
class AggregatorTest {
  private static List<@Nullable Object> aggregate(
      String name, boolean distinct, DataType type, @Nullable Object... values) {
    List<Expression> arguments = new ArrayList<>();
    if (!name.equals("count(*)")) {
      arguments.add(new Column(0, type, "x"));
    }
    if (name.equals("string_agg")) {
      arguments.add(new Column(1, DataType.TEXT, "delimiter"));
    }
    AggregateFunction function =
        AggregateRegistry.resolve(name.equals("count(*)") ? "count" : name, arguments, distinct)
            .function();
    try (BufferAllocator allocator = new RootAllocator()) {
      List<@Nullable Object> results = new ArrayList<>();
      try (BatchBuilder builder = new BatchBuilder(List.of(type, DataType.TEXT), allocator)) {
        for (Object value : values) {
          builder.appendRow(new Object[] {value, ","});
        }
        try (RecordBatch batch = builder.takeBatch();
            Aggregator first = function.createAggregator(allocator);
            Aggregator second = function.createAggregator(allocator);
            ColumnWriter out = new ColumnWriter(function.type(), allocator)) {
          ColumnView[] all = {
            ColumnView.of(batch.column(0), type), ColumnView.of(batch.column(1), DataType.TEXT)
          };
          ColumnView[] columns = Arrays.copyOf(all, arguments.size());
          // The second half arrives by merging, with its groups numbered the other way round.
          int half = values.length / 2;
          feed(first, columns, 0, half, false);
          feed(second, columns, half, values.length, true);
          first.merge(second, new int[] {1, 0}, 2);
          out.begin(3);
          first.finish(out, 0, 3);
          ColumnView view = out.finish(3);
          for (int group = 0; group < 3; group++) {
            results.add(view.getObject(group));
          }
        }
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
      return results;
    }
  }

  private static void feed(
      Aggregator aggregator, ColumnView[] columns, int from, int to, boolean swap) {
    int[] rows = new int[to - from];
    int[] groups = new int[to - from];
    for (int i = from; i < to; i++) {
      rows[i - from] = i;
      groups[i - from] = swap ? 1 - i % 2 : i % 2;
    }
    aggregator.ensureGroups(3);
    aggregator.update(columns, groups, rows, rows.length);
  }

  @Test
  void aggregates_groupsAndMerge_giveResultsOfPostgresTypes() {
    assertThat(aggregate("count(*)", false, DataType.INTEGER, 1, null, 3, 4))
        .containsExactly(2L, 2L, 0L);
    assertThat(aggregate("count", false, DataType.INTEGER, 1, null, 3, 4))
        .containsExactly(2L, 1L, 0L);
    assertThat(aggregate("sum", false, DataType.INTEGER, 1, null, 3, 4))
        .containsExactly(4L, 4L, null);
    assertThat(aggregate("sum", false, DataType.BIGINT, Long.MAX_VALUE, 1L, Long.MAX_VALUE, 2L))
        .containsExactly(new BigDecimal("18446744073709551614"), new BigDecimal("3"), null);
    assertThat(aggregate("avg", false, DataType.INTEGER, 1, 5, 2, 5))
        .containsExactly(
            new BigDecimal("1.5000000000000000"), new BigDecimal("5.0000000000000000"), null);
    assertThat(
            aggregate(
                "sum",
                false,
                DataType.decimal(5, 2),
                new BigDecimal("1.10"),
                null,
                new BigDecimal("2.20"),
                null))
        .containsExactly(new BigDecimal("3.30"), null, null);
    assertThat(aggregate("avg", false, DataType.DOUBLE, 1.0, 2.0, 2.0, 4.0))
        .containsExactly(1.5, 3.0, null);
    assertThat(aggregate("max", false, DataType.DOUBLE, 1.0, -2.0, Double.NaN, -4.0))
        .containsExactly(Double.NaN, -2.0, null);
    assertThat(aggregate("min", false, DataType.TEXT, "b", "z", "a", "\uD83D\uDE00"))
        .containsExactly("a", "z", null);
    assertThat(aggregate("max", false, DataType.TEXT, "b", "\uFFFD", "a", "\uD83D\uDE00"))
        .containsExactly("b", "\uD83D\uDE00", null);
    assertThat(aggregate("bool_and", false, DataType.BOOLEAN, true, true, false, null))
        .containsExactly(false, true, null);
    assertThat(aggregate("bool_or", false, DataType.BOOLEAN, true, false, false, null))
        .containsExactly(true, false, null);
    assertThat(aggregate("string_agg", false, DataType.TEXT, "a", "x", "b", null))
        .containsExactly("a,b", "x", null);
  }

  @Test
  void updateSingle_extremesOfBigint_agreesWithUpdate() {
    Random random = new Random(9);
    Column column = new Column(0, DataType.BIGINT, "x");
    for (String name : List.of("sum", "avg", "count")) {
      AggregateFunction function =
          AggregateRegistry.resolve(name, List.of(column), false).function();
      try (BufferAllocator allocator = new RootAllocator();
          BatchBuilder builder = new BatchBuilder(List.of(DataType.BIGINT), allocator);
          Aggregator single = function.createAggregator(allocator);
          Aggregator grouped = function.createAggregator(allocator)) {
        single.ensureGroups(1);
        grouped.ensureGroups(1);
        for (int block = 0; block < 40; block++) {
          for (int i = 0; i < 50; i++) {
            long value =
                switch (random.nextInt(4)) {
                  case 0 -> Long.MIN_VALUE;
                  case 1 -> Long.MAX_VALUE;
                  case 2 -> -1;
                  default -> random.nextLong();
                };
            builder.appendRow(new Object[] {value});
          }
          try (RecordBatch batch = builder.takeBatch()) {
            ColumnView[] views = {ColumnView.of(batch.column(0), DataType.BIGINT)};
            int[] rows = batch.selection().viewRows();
            single.updateSingle(views, new int[50], rows, 50);
            grouped.update(views, new int[50], rows, 50);
          }
          assertThat(result(single, function, allocator))
              .isEqualTo(result(grouped, function, allocator));
        }
      }
    }
  }

  private static @Nullable Object result(
      Aggregator aggregator, AggregateFunction function, BufferAllocator allocator) {
    try (ColumnWriter out = new ColumnWriter(function.type(), allocator)) {
      out.begin(1);
      aggregator.finish(out, 0, 1);
      return out.finish(1).getObject(0);
    }
  }

  @Test
  void aggregates_distinct_countEachValueOnceAcrossMerge() {
    assertThat(aggregate("count", true, DataType.TEXT, "a", "x", "a", "y"))
        .containsExactly(1L, 2L, 0L);
    assertThat(aggregate("sum", true, DataType.INTEGER, 1, 2, 1, null))
        .containsExactly(1L, 2L, null);
    Object[] many = new Object[2000];
    Arrays.setAll(many, i -> (long) (i % 600));
    assertThat(aggregate("count", true, DataType.BIGINT, many)).containsExactly(300L, 300L, 0L);
  }

  @Test
  void resolve_wrongType_isUndefinedFunction() {
    assertThatThrownBy(
            () ->
                AggregateRegistry.resolve("sum", List.of(new Column(0, DataType.TEXT, "x")), false))
        .hasMessageContaining("function sum(text) does not exist");
  }
}
