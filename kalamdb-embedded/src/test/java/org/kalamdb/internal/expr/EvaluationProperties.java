package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.vector.BatchBuilder;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/** One evaluator, two ways in: batches with NULLs and selections agree with row by row. */
class EvaluationProperties {
  private static final List<DataType> TYPES =
      List.of(
          DataType.INTEGER,
          DataType.BIGINT,
          DataType.DOUBLE,
          DataType.decimal(12, 2),
          DataType.TEXT,
          DataType.BOOLEAN,
          DataType.TIMESTAMP,
          DataType.SMALLINT,
          DataType.REAL,
          DataType.varchar(5));

  private static Column column(int index) {
    return new Column(index, TYPES.get(index), "c" + index);
  }

  private static @Nullable Object random(DataType type, Random random) {
    if (random.nextInt(5) == 0) {
      return null;
    }
    int small = random.nextInt(7) - 3;
    return switch (type.kind()) {
      case INTEGER -> small;
      case BIGINT -> random.nextInt(20) == 0 ? random.nextLong() : (long) small;
      case DOUBLE -> random.nextInt(10) == 0 ? Double.NaN : small / 2.0;
      case REAL -> small / 2f;
      case SMALLINT -> (short) small;
      case DECIMAL -> BigDecimal.valueOf(random.nextInt(2000) - 1000, 2);
      case TEXT, VARCHAR -> List.of("", "a", "ab", "Äb", "abc%", "b").get(random.nextInt(6));
      case BOOLEAN -> random.nextBoolean();
      default -> java.time.LocalDateTime.of(2024, 1, 1 + random.nextInt(3), 0, 0);
    };
  }

  /** A random BOOLEAN expression that fails only where it must not look. */
  private static Expression predicate(Random random, int depth) {
    if (depth > 0) {
      switch (random.nextInt(4)) {
        case 0:
          return new Logical(
              Connective.AND, List.of(predicate(random, depth - 1), predicate(random, depth - 1)));
        case 1:
          return new Logical(
              Connective.OR,
              List.of(
                  predicate(random, depth - 1),
                  predicate(random, depth - 1),
                  predicate(random, depth - 1)));
        case 2:
          return new Expression.Not(predicate(random, depth - 1));
        default:
          return new Expression.Case(
              List.of(
                  new Expression.When(predicate(random, depth - 1), predicate(random, depth - 1))),
              predicate(random, depth - 1),
              DataType.BOOLEAN);
      }
    }
    ComparisonOperator operator = ComparisonOperator.values()[random.nextInt(8)];
    switch (random.nextInt(9)) {
      case 0:
        return compare(operator, column(random.nextInt(2)), column(7));
      case 1:
        return compare(
            operator, Evaluating.op(column(0), "*", column(7)), Evaluating.of(random.nextInt(5)));
      case 2:
        return compare(operator, column(2), column(3));
      case 3:
        return compare(operator, column(4), column(9));
      case 4:
        return new Expression.IsNull(column(random.nextInt(10)), random.nextBoolean());
      case 5:
        return Evaluating.op(
            column(4),
            random.nextBoolean() ? "LIKE" : "ILIKE",
            List.of("a%", "_B", "%b%").get(random.nextInt(3)));
      case 6:
        return new Expression.In(
            column(0),
            List.of(
                Evaluating.of(1),
                Evaluating.of(2),
                random.nextBoolean() ? column(0) : Evaluating.of(3)),
            random.nextBoolean());
      case 7:
        // 10 / c0 must be looked at only where c0 is not 0.
        return new Logical(
            Connective.AND,
            List.of(
                compare(ComparisonOperator.NOT_EQUAL, column(0), Evaluating.of(0)),
                compare(operator, Evaluating.op(10, "/", column(0)), Evaluating.of(3))));
      default:
        return new Expression.Coalesce(
            List.of(column(5), compare(operator, column(6), column(6))), DataType.BOOLEAN);
    }
  }

  private static Expression compare(
      ComparisonOperator operator, Expression left, Expression right) {
    return FunctionRegistry.instance().resolveComparison(operator, left, right);
  }

  @Property(tries = 300)
  void evaluate_batchAndSingleRow_agree(@ForAll long seed) {
    Random random = new Random(seed);
    Expression expression = predicate(random, random.nextInt(3));
    int size = random.nextInt(70) + 1;
    Object[][] rows = new Object[size][];
    try (BufferAllocator allocator = new RootAllocator()) {
      try (BatchBuilder builder = new BatchBuilder(TYPES, allocator);
          ExpressionEvaluator evaluator = ExpressionEvaluator.compile(expression, allocator)) {
        for (int round = 0; round < 2; round++) {
          for (int i = 0; i < size; i++) {
            rows[i] = TYPES.stream().map(type -> random(type, random)).toArray();
            builder.appendRow(rows[i]);
          }
          int[] selected = random.ints(0, size).limit(size / 2 + 1).sorted().distinct().toArray();
          try (RecordBatch batch = builder.takeBatch()) {
            batch.select(SelectionVector.of(selected, selected.length));
            check(evaluator, batch, selected, rows);
          }
        }
      }
      assertThat(allocator.getAllocatedMemory()).isZero();
    }
  }

  private static void check(
      ExpressionEvaluator evaluator, RecordBatch batch, int[] selected, Object[][] rows) {
    ColumnView view = evaluator.evaluate(batch, batch.selection(), Evaluating.CONTEXT);
    List<Object> values = new ArrayList<>();
    List<Integer> kept = new ArrayList<>();
    for (int row : selected) {
      values.add(view.getObject(row));
      if (Boolean.TRUE.equals(view.getObject(row))) {
        kept.add(row);
      }
    }
    SelectionVector filtered = evaluator.filter(batch, Evaluating.CONTEXT);
    List<Integer> passed = new ArrayList<>();
    for (int i = 0; i < filtered.size(); i++) {
      passed.add(filtered.get(i));
    }
    assertThat(passed).isEqualTo(kept);
    for (int i = 0; i < selected.length; i++) {
      Object[] row = rows[selected[i]];
      assertThat(evaluator.evaluateRow(row, Evaluating.CONTEXT)).isEqualTo(values.get(i));
      assertThat(evaluator.isTrue(row, Evaluating.CONTEXT))
          .isEqualTo(Boolean.TRUE.equals(values.get(i)));
    }
  }

  @Property(tries = 500)
  void decimalArithmetic_agreesWithBigDecimal(
      @ForAll @BigRange(min = "-99999999999999999999", max = "99999999999999999999") @Scale(6)
          BigDecimal a,
      @ForAll @BigRange(min = "-99999999", max = "99999999") @Scale(4) BigDecimal b) {
    agrees("+", a, b, BigDecimal::add);
    agrees("-", a, b, BigDecimal::subtract);
    agrees("*", a, b, BigDecimal::multiply);
    if (b.signum() != 0) {
      agrees("%", a, b, BigDecimal::remainder);
    }
  }

  private static void agrees(
      String operator, BigDecimal a, BigDecimal b, BinaryOperator<BigDecimal> oracle) {
    Expression expression = Evaluating.op(a, operator, b);
    BigDecimal expected =
        oracle.apply(a, b).setScale(expression.type().scale(), RoundingMode.HALF_UP);
    assertThat(Evaluating.value(expression)).isEqualTo(expected);
  }

  @Property(tries = 500)
  void bigintArithmetic_isExactOrRefused(
      @ForAll long a, @ForAll long b, @ForAll @IntRange(max = 4) int which) {
    String operator = List.of("+", "-", "*", "/", "%").get(which);
    BigDecimal left = BigDecimal.valueOf(a);
    BigDecimal right = BigDecimal.valueOf(b);
    try {
      Object value = Evaluating.knownValue(Evaluating.op(a, operator, b));
      BigDecimal expected =
          switch (operator) {
            case "+" -> left.add(right);
            case "-" -> left.subtract(right);
            case "*" -> left.multiply(right);
            case "/" -> left.divideToIntegralValue(right);
            default -> left.remainder(right);
          };
      assertThat(BigDecimal.valueOf((Long) value)).isEqualByComparingTo(expected);
    } catch (KalamException e) {
      if (b == 0) {
        assertThat(e.sqlState()).isIn("22012", "22003");
      } else {
        assertThat(e.sqlState()).isEqualTo("22003");
      }
    }
  }

  @Property(tries = 1000)
  void doubleText_readsBackEqualAndIsShort(@ForAll double value) {
    String text = TextFormats.formatDouble(value);
    assertThat(TextFormats.parseDouble(text)).isEqualTo(value);
    assertThat(text.length()).isLessThanOrEqualTo(24);
  }

  @Property(tries = 300)
  void intervalText_readsBackEqual(@ForAll int months, @ForAll int days, @ForAll long micros) {
    org.kalamdb.schema.Interval interval = new org.kalamdb.schema.Interval(months, days, micros);
    assertThat(IntervalFormat.parse(IntervalFormat.format(interval))).isEqualTo(interval);
  }

  @Property(tries = 300)
  void like_agreesWithRegularExpression(@ForAll long seed) {
    Random random = new Random(seed);
    String pattern = word(random, "ab%_ä");
    String text = word(random, "abbä");
    String regex = pattern.replace("%", ".*").replace("_", ".");
    assertThat(Evaluating.value(Evaluating.op(text, "LIKE", pattern)))
        .isEqualTo(text.matches(regex));
  }

  private static String word(Random random, String alphabet) {
    char[] word = new char[random.nextInt(8)];
    for (int i = 0; i < word.length; i++) {
      word[i] = alphabet.charAt(random.nextInt(alphabet.length()));
    }
    return new String(word);
  }

  @Property(tries = 50)
  void snowflakeIds_riseWhateverTheClockDoes(@ForAll long seed) {
    Random random = new Random(seed);
    long[] now = {1_800_000_000_000L};
    org.kalamdb.internal.common.SnowflakeIds ids =
        new org.kalamdb.internal.common.SnowflakeIds(7, () -> now[0] += random.nextInt(5) - 2);
    long[] made = new long[10_000];
    Arrays.setAll(made, i -> ids.next());
    for (int i = 1; i < made.length; i++) {
      assertThat(made[i]).isGreaterThan(made[i - 1]);
    }
  }
}
