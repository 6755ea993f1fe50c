package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/** Sort and TopN against a stable sort of a list. */
class SortOperatorProperties {
  private static final List<DataType> TYPES =
      List.of(
          DataType.INTEGER,
          DataType.BIGINT,
          DataType.DOUBLE,
          DataType.TEXT,
          DataType.decimal(38, 2),
          DataType.BOOLEAN);

  @Property(tries = 30)
  void sort_randomRows_equalsListSort(@ForAll long seed) {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      TableDefinition table = table(bed, random, random.nextInt(3000));
      List<SortKey> keys = keys(random);
      List<List<@Nullable Object>> expected = new ArrayList<>();
      bed.reader().rows(table).forEach(row -> expected.add(TestBed.row(row)));
      expected.sort(order(keys));

      List<List<@Nullable Object>> rows =
          bed.run(new Sort(scan(table), keys), List.of(), CancelToken.create());

      assertThat(rows).isEqualTo(expected);
    }
  }

  @Property(tries = 30)
  void topN_randomLimit_equalsStartOfSort(@ForAll long seed) {
    Random random = new Random(seed);
    try (TestBed bed = new TestBed(seed)) {
      TableDefinition table = table(bed, random, random.nextInt(25_000));
      List<SortKey> keys = keys(random);
      RowLimit limit =
          new RowLimit(
              literal(random.nextInt(random.nextBoolean() ? 20 : 9000)),
              random.nextBoolean() ? null : literal(random.nextInt(50)));
      List<List<@Nullable Object>> sorted =
          bed.run(new Limit(new Sort(scan(table), keys), limit), List.of(), CancelToken.create());

      List<List<@Nullable Object>> rows =
          bed.run(new TopN(scan(table), keys, limit), List.of(), CancelToken.create());

      assertThat(rows).isEqualTo(sorted);
    }
  }

  private static Literal literal(long value) {
    return new Literal(value, DataType.BIGINT);
  }

  /** The id is the last sort key and decides, as the scan comes in any order. */
  private static TableDefinition table(TestBed bed, Random random, int rows) {
    TableDefinition table =
        bed.shared(
            "t",
            List.of(0),
            "id",
            TYPES.get(0),
            "b",
            TYPES.get(1),
            "d",
            TYPES.get(2),
            "t",
            TYPES.get(3),
            "n",
            TYPES.get(4),
            "f",
            TYPES.get(5));
    for (int i = 0; i < rows; i++) {
      @Nullable Object[] row = {
        i,
        (long) random.nextInt(5) - 2,
        List.of(Double.NaN, -1.5, -0.0, 0.0, Double.NEGATIVE_INFINITY, 7e300)
            .get(random.nextInt(6)),
        "prefix".repeat(random.nextInt(3)) + (char) (0xD0 + random.nextInt(3)),
        new BigDecimal(random.nextInt(9) - 4).scaleByPowerOfTen(random.nextInt(2) * 30).setScale(2),
        random.nextBoolean()
      };
      for (int c = 1; c < row.length; c++) {
        row[c] = random.nextInt(7) == 0 ? null : row[c];
      }
      bed.reader().insert(table, null, row);
    }
    return table;
  }

  private static LogicalPlan scan(TableDefinition table) {
    return Scan.of(0, table, "t", List.of(0, 1, 2, 3, 4, 5));
  }

  private static List<SortKey> keys(Random random) {
    List<SortKey> keys = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      keys.add(key(1 + random.nextInt(5), random));
    }
    keys.add(key(0, random));
    return keys;
  }

  private static SortKey key(int column, Random random) {
    return new SortKey(
        new Column(column, TYPES.get(column), "c"), random.nextBoolean(), random.nextBoolean());
  }

  private static Comparator<List<@Nullable Object>> order(List<SortKey> keys) {
    return (a, b) -> {
      for (SortKey key : keys) {
        int column = ((Column) key.expression()).index();
        Object x = a.get(column);
        Object y = b.get(column);
        int order =
            x == null || y == null
                ? x == y ? 0 : (x == null) == key.nullsFirst() ? -1 : 1
                : Values.compare(x, y, TYPES.get(column)) * (key.descending() ? -1 : 1);
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }
}
