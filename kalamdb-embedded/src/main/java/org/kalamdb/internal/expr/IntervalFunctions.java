package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.DateTimeArithmetic.interval;

import java.math.BigDecimal;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/** Intervals made of numbers, and brought to whole days and months; spans that overlap. */
final class IntervalFunctions {
  private static final int DAYS_PER_MONTH = 30;

  private IntervalFunctions() {}

  static void register(Registrar r) {
    Kind[] fields = new Kind[7];
    Arrays.fill(fields, Kind.INTEGER);
    fields[6] = Kind.DOUBLE;
    for (int count = 0; count <= fields.length; count++) {
      r.value("make_interval", DataType.INTERVAL, (a, c) -> make(a), Arrays.copyOf(fields, count));
    }
    r.value(
        "justify_hours", DataType.INTERVAL, (a, c) -> justifyHours(interval(a[0])), Kind.INTERVAL);
    r.value(
        "justify_days", DataType.INTERVAL, (a, c) -> justifyDays(interval(a[0])), Kind.INTERVAL);
    r.value(
        "justify_interval", DataType.INTERVAL, (a, c) -> justify(interval(a[0])), Kind.INTERVAL);
    overlaps(r);
  }

  /** Years, months, weeks, days, hours, minutes and seconds, as many as are given. */
  private static Interval make(@Nullable Object[] a) {
    long[] whole = new long[6];
    for (int i = 0; i < Math.min(a.length, whole.length); i++) {
      whole[i] = TextFunctions.number(a[i]);
    }
    double seconds = a.length == 7 ? MathFunctions.number(a[6]) : 0;
    if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
      throw IntervalFormat.outOfRange();
    }
    BigDecimal micros =
        BigDecimal.valueOf(whole[4] * 60 + whole[5])
            .multiply(BigDecimal.valueOf(60_000_000))
            .add(BigDecimal.valueOf(Math.rint(seconds * 1e6)));
    try {
      return new Interval(
          Math.toIntExact(whole[0] * 12 + whole[1]),
          Math.toIntExact(whole[2] * 7 + whole[3]),
          micros.longValueExact());
    } catch (ArithmeticException e) {
      throw IntervalFormat.outOfRange();
    }
  }

  private static Interval checked(long months, long days, long micros) {
    if (months != (int) months || days != (int) days) {
      throw IntervalFormat.outOfRange();
    }
    return new Interval((int) months, (int) days, micros);
  }

  /** Whole days of the time become days; both then have one sign. */
  private static Interval justifyHours(Interval value) {
    long days = value.days() + value.micros() / DateTimeFormats.MICROS_PER_DAY;
    long micros = value.micros() % DateTimeFormats.MICROS_PER_DAY;
    if (days > 0 && micros < 0) {
      micros += DateTimeFormats.MICROS_PER_DAY;
      days--;
    } else if (days < 0 && micros > 0) {
      micros -= DateTimeFormats.MICROS_PER_DAY;
      days++;
    }
    return checked(value.months(), days, micros);
  }

  /** Whole 30 days become months; both then have one sign. */
  private static Interval justifyDays(Interval value) {
    long months = value.months() + (long) value.days() / DAYS_PER_MONTH;
    long days = value.days() % DAYS_PER_MONTH;
    if (months > 0 && days < 0) {
      days += DAYS_PER_MONTH;
      months--;
    } else if (months < 0 && days > 0) {
      days -= DAYS_PER_MONTH;
      months++;
    }
    return checked(months, days, value.micros());
  }

  /** All three parts get one sign. */
  private static Interval justify(Interval value) {
    long days = value.days() + value.micros() / DateTimeFormats.MICROS_PER_DAY;
    long micros = value.micros() % DateTimeFormats.MICROS_PER_DAY;
    long months = value.months() + days / DAYS_PER_MONTH;
    days %= DAYS_PER_MONTH;
    if (months > 0 && (days < 0 || days == 0 && micros < 0)) {
      days += DAYS_PER_MONTH;
      months--;
    } else if (months < 0 && (days > 0 || days == 0 && micros > 0)) {
      days -= DAYS_PER_MONTH;
      months++;
    }
    if (days > 0 && micros < 0) {
      micros += DateTimeFormats.MICROS_PER_DAY;
      days--;
    } else if (days < 0 && micros > 0) {
      micros -= DateTimeFormats.MICROS_PER_DAY;
      days++;
    }
    return checked(months, days, micros);
  }

  /** {@code (a, b) OVERLAPS (c, d)}, where b and d are ends or lengths. */
  private static void overlaps(Registrar r) {
    for (DataType type : new DataType[] {DataType.TIME, DataType.TIMESTAMP, DataType.TIMESTAMPTZ}) {
      for (Kind first : new Kind[] {type.kind(), Kind.INTERVAL}) {
        for (Kind second : new Kind[] {type.kind(), Kind.INTERVAL}) {
          r.add(
              "overlaps",
              in -> DataType.BOOLEAN,
              Volatility.STABLE,
              false,
              (in, result) ->
                  Registrar.loop(
                      (a, c) ->
                          overlap(
                              a[0], end(a[0], a[1], type, c), a[2], end(a[2], a[3], type, c), type),
                      4),
              type.kind(),
              first,
              type.kind(),
              second);
        }
      }
    }
  }

  private static @Nullable Object end(
      @Nullable Object start, @Nullable Object end, DataType type, EvaluationContext context) {
    return end instanceof Interval length && start != null
        ? DateTimeArithmetic.plus(start, length, type, context)
        : end instanceof Interval ? null : end;
  }

  /** Whether spans without their ends have a time in common; an end that is NULL is unknown. */
  private static @Nullable Boolean overlap(
      @Nullable Object start1,
      @Nullable Object end1,
      @Nullable Object start2,
      @Nullable Object end2,
      DataType type) {
    Object from1 = earlier(start1, end1, type);
    Object from2 = earlier(start2, end2, type);
    if (from1 == null || from2 == null) {
      return null;
    }
    Object to1 = later(start1, end1, type);
    Object to2 = later(start2, end2, type);
    int order = Values.compare(from1, from2, type);
    if (order == 0) {
      return to1 == null || to2 == null ? null : Boolean.TRUE;
    }
    Object laterFrom = order > 0 ? from1 : from2;
    Object earlierTo = order > 0 ? to2 : to1;
    if (earlierTo == null) {
      return null;
    }
    if (Values.compare(laterFrom, earlierTo, type) < 0) {
      return true;
    }
    return (order > 0 ? to1 : to2) == null ? null : Boolean.FALSE;
  }

  private static @Nullable Object earlier(
      @Nullable Object start, @Nullable Object end, DataType type) {
    if (start == null || end == null) {
      return start == null ? end : start;
    }
    return Values.compare(start, end, type) > 0 ? end : start;
  }

  private static @Nullable Object later(
      @Nullable Object start, @Nullable Object end, DataType type) {
    if (start == null || end == null) {
      return null;
    }
    return Values.compare(start, end, type) > 0 ? start : end;
  }
}
