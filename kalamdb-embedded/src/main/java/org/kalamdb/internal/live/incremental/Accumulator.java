package org.kalamdb.internal.live.incremental;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType;

/** One aggregate of one group, which can take a value back that it was given before. */
abstract class Accumulator {
  private static final int SMALL = 48;

  abstract void add(@Nullable Object value);

  abstract void remove(@Nullable Object value);

  /** The aggregate of what is in now. */
  abstract @Nullable Object value();

  /** Estimated heap. */
  long bytes() {
    return SMALL;
  }

  /** Whether there is an accumulator for the function; it takes at most one argument. */
  static boolean supports(AggregateFunction function) {
    if (function.arguments().size() > 1 || !function.order().isEmpty()) {
      return false;
    }
    return switch (function.name()) {
      case "count", "bool_and", "bool_or", "every" -> true;
      case "min", "max" -> true;
      case "sum", "avg" ->
          switch (function.arguments().get(0).kind()) {
            case SMALLINT, INTEGER, BIGINT, DECIMAL, REAL, DOUBLE -> true;
            default -> false;
          };
      default -> false;
    };
  }

  static Accumulator of(AggregateFunction function) {
    Accumulator plain = plain(function);
    return function.distinctMatters() && !function.arguments().isEmpty()
        ? new OfDistinct(plain, function.arguments().get(0))
        : plain;
  }

  private static Accumulator plain(AggregateFunction function) {
    return switch (function.name()) {
      case "count" -> new Count(function.arguments().isEmpty());
      case "bool_and", "every" -> new Truth(true);
      case "bool_or" -> new Truth(false);
      case "min" -> new Extreme(function.arguments().get(0), false);
      case "max" -> new Extreme(function.arguments().get(0), true);
      default ->
          switch (function.arguments().get(0).kind()) {
            case REAL, DOUBLE -> new FloatingSum(function);
            default -> new ExactSum(function);
          };
    };
  }

  private static final class Count extends Accumulator {
    private final boolean rows;
    private long count;

    private Count(boolean rows) {
      this.rows = rows;
    }

    @Override
    void add(@Nullable Object value) {
      count += rows || value != null ? 1 : 0;
    }

    @Override
    void remove(@Nullable Object value) {
      count -= rows || value != null ? 1 : 0;
    }

    @Override
    Object value() {
      return count;
    }
  }

  private static final class Truth extends Accumulator {
    private final boolean all;
    private long trues;
    private long falses;

    private Truth(boolean all) {
      this.all = all;
    }

    private void count(@Nullable Object value, int by) {
      if (value != null && (Boolean) value) {
        trues += by;
      } else if (value != null) {
        falses += by;
      }
    }

    @Override
    void add(@Nullable Object value) {
      count(value, 1);
    }

    @Override
    void remove(@Nullable Object value) {
      count(value, -1);
    }

    @Override
    @Nullable Object value() {
      if (trues + falses == 0) {
        return null;
      }
      return all ? falses == 0 : trues > 0;
    }
  }

  /** min and max: every value that is in, in order. */
  private static final class Extreme extends Accumulator {
    private final boolean largest;
    private final TreeMap<Object, Long> counts;

    private Extreme(DataType type, boolean largest) {
      this.largest = largest;
      this.counts = new TreeMap<>((a, b) -> Values.compare(a, b, type));
    }

    @Override
    void add(@Nullable Object value) {
      if (value != null) {
        counts.merge(value, 1L, Long::sum);
      }
    }

    @Override
    void remove(@Nullable Object value) {
      if (value != null) {
        counts.compute(value, (v, count) -> count == null || count == 1 ? null : count - 1);
      }
    }

    @Override
    @Nullable Object value() {
      return counts.isEmpty() ? null : largest ? counts.lastKey() : counts.firstKey();
    }

    @Override
    long bytes() {
      return SMALL + counts.size() * (long) (IncrementalOperator.ENTRY_BYTES + 32);
    }
  }

  /** sum and avg of whole and decimal numbers. */
  private static final class ExactSum extends Accumulator {
    private final DataType type;
    private final boolean average;
    private final boolean whole;
    private BigDecimal sum = BigDecimal.ZERO;
    private long count;

    private ExactSum(AggregateFunction function) {
      this.type = function.type();
      this.average = function.name().equals("avg");
      this.whole = type.kind() == DataType.Kind.BIGINT;
    }

    private static BigDecimal decimal(Object value) {
      return value instanceof BigDecimal decimal
          ? decimal
          : BigDecimal.valueOf(((Number) value).longValue());
    }

    @Override
    void add(@Nullable Object value) {
      if (value != null) {
        sum = sum.add(decimal(value));
        count++;
      }
    }

    @Override
    void remove(@Nullable Object value) {
      if (value != null) {
        sum = sum.subtract(decimal(value));
        count--;
      }
    }

    @Override
    @Nullable Object value() {
      if (count == 0) {
        return null;
      }
      if (average) {
        return sum.divide(BigDecimal.valueOf(count), type.scale(), RoundingMode.HALF_UP);
      }
      if (!whole) {
        BigDecimal scaled = sum.setScale(type.scale(), RoundingMode.HALF_UP);
        if (scaled.precision() > type.length()) {
          throw new KalamException(
              ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "a sum does not fit " + type);
        }
        return scaled;
      }
      try {
        return sum.longValueExact();
      } catch (ArithmeticException e) {
        throw new KalamException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range", e);
      }
    }
  }

  /**
   * sum and avg of floating-point numbers. The sum is kept exactly (every finite double is a
   * decimal number) and rounded once, so that it does not depend on what came and went before.
   */
  private static final class FloatingSum extends Accumulator {
    private final boolean average;
    private final boolean single;
    private BigDecimal sum = BigDecimal.ZERO;
    private long count;
    private long nans;
    private long positive;
    private long negative;

    private FloatingSum(AggregateFunction function) {
      this.average = function.name().equals("avg");
      this.single = function.type().kind() == DataType.Kind.REAL;
    }

    private void count(@Nullable Object given, int by) {
      if (given == null) {
        return;
      }
      double value = ((Number) given).doubleValue();
      count += by;
      if (Double.isNaN(value)) {
        nans += by;
      } else if (value == Double.POSITIVE_INFINITY) {
        positive += by;
      } else if (value == Double.NEGATIVE_INFINITY) {
        negative += by;
      } else {
        BigDecimal exact = new BigDecimal(value);
        sum = by > 0 ? sum.add(exact) : sum.subtract(exact);
        if (sum.signum() == 0) {
          sum = BigDecimal.ZERO;
        }
      }
    }

    @Override
    void add(@Nullable Object value) {
      count(value, 1);
    }

    @Override
    void remove(@Nullable Object value) {
      count(value, -1);
    }

    @Override
    @Nullable Object value() {
      if (count == 0) {
        return null;
      }
      double total;
      if (nans > 0 || (positive > 0 && negative > 0)) {
        total = Double.NaN;
      } else if (positive > 0 || negative > 0) {
        total = positive > 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
      } else {
        total = sum.doubleValue();
      }
      double result = average ? total / count : total;
      return single ? (Object) (float) result : (Object) result;
    }
  }

  /** Each distinct value once. */
  private static final class OfDistinct extends Accumulator {
    private final Accumulator inner;
    private final DataType type;
    private final Map<Object, Long> counts = new HashMap<>();

    private OfDistinct(Accumulator inner, DataType type) {
      this.inner = inner;
      this.type = type;
    }

    @Override
    void add(@Nullable Object value) {
      if (value != null && counts.merge(ValueKeys.of(value, type), 1L, Long::sum) == 1) {
        inner.add(value);
      }
    }

    @Override
    void remove(@Nullable Object value) {
      if (value != null
          && counts.compute(
                  ValueKeys.of(value, type),
                  (v, count) -> count == null || count == 1 ? null : count - 1)
              == null) {
        inner.remove(value);
      }
    }

    @Override
    @Nullable Object value() {
      return inner.value();
    }

    @Override
    long bytes() {
      return inner.bytes() + counts.size() * (long) (IncrementalOperator.ENTRY_BYTES + 32);
    }
  }
}
