package org.kalamdb.internal.expr;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * Dates, times and intervals added, subtracted and scaled. An interval adds its months first, then
 * its days, both on the calendar of the session's zone, then its microseconds.
 */
final class DateTimeArithmetic {
  private DateTimeArithmetic() {}

  static void register(Registrar r) {
    r.kernel("+", DataType.DATE, DateTimeArithmetic::addDays, Kind.DATE, Kind.INTEGER);
    r.kernel("+", DataType.DATE, DateTimeArithmetic::addDaysFirst, Kind.INTEGER, Kind.DATE);
    r.kernel("-", DataType.DATE, DateTimeArithmetic::subtractDays, Kind.DATE, Kind.INTEGER);
    r.kernel("-", DataType.INTEGER, DateTimeArithmetic::daysBetween, Kind.DATE, Kind.DATE);
    plusInterval(r, Kind.DATE, DataType.TIMESTAMP);
    plusInterval(r, Kind.TIMESTAMP, DataType.TIMESTAMP);
    plusInterval(r, Kind.TIMESTAMPTZ, DataType.TIMESTAMPTZ);
    plusInterval(r, Kind.ZONED_TIMESTAMP, DataType.ZONED_TIMESTAMP);
    plusInterval(r, Kind.TIME, DataType.TIME);
    r.value(
        "+",
        DataType.INTERVAL,
        (a, c) -> IntervalFormat.add(interval(a[0]), interval(a[1])),
        Kind.INTERVAL,
        Kind.INTERVAL);
    r.value(
        "-",
        DataType.INTERVAL,
        (a, c) -> IntervalFormat.add(interval(a[0]), IntervalFormat.negate(interval(a[1]))),
        Kind.INTERVAL,
        Kind.INTERVAL);
    r.value("-", DataType.INTERVAL, (a, c) -> IntervalFormat.negate(interval(a[0])), Kind.INTERVAL);
    for (Kind kind : new Kind[] {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}) {
      r.kernel("-", DataType.INTERVAL, DateTimeArithmetic::timestampsBetween, kind, kind);
    }
    r.value(
        "-",
        DataType.INTERVAL,
        (a, c) ->
            new Interval(
                0,
                0,
                Micros.of((LocalTime) Objects.requireNonNull(a[0]))
                    - Micros.of((LocalTime) Objects.requireNonNull(a[1]))),
        Kind.TIME,
        Kind.TIME);
    r.kernel(
        "+",
        DataType.TIMESTAMP,
        (in, out, rows, n, c) -> addTime(in[0], in[1], out, rows, n),
        Kind.DATE,
        Kind.TIME);
    r.kernel(
        "+",
        DataType.TIMESTAMP,
        (in, out, rows, n, c) -> addTime(in[1], in[0], out, rows, n),
        Kind.TIME,
        Kind.DATE);
    r.value(
        "*",
        DataType.INTERVAL,
        (a, c) -> IntervalFormat.multiply(interval(a[0]), (Double) Objects.requireNonNull(a[1])),
        Kind.INTERVAL,
        Kind.DOUBLE);
    r.value(
        "*",
        DataType.INTERVAL,
        (a, c) -> IntervalFormat.multiply(interval(a[1]), (Double) Objects.requireNonNull(a[0])),
        Kind.DOUBLE,
        Kind.INTERVAL);
    r.value(
        "/",
        DataType.INTERVAL,
        (a, c) -> divide(interval(a[0]), (Double) Objects.requireNonNull(a[1])),
        Kind.INTERVAL,
        Kind.DOUBLE);
  }

  /** Both orders of the operands, and minus. */
  private static void plusInterval(Registrar r, Kind kind, DataType result) {
    boolean zoned = kind == Kind.TIMESTAMPTZ;
    Volatility volatility = zoned ? Volatility.STABLE : Volatility.IMMUTABLE;
    r.value(
        "+",
        volatility,
        result,
        (a, c) -> plus(known(a[0]), interval(a[1]), kind, c),
        kind,
        Kind.INTERVAL);
    r.value(
        "+",
        volatility,
        result,
        (a, c) -> plus(known(a[1]), interval(a[0]), kind, c),
        Kind.INTERVAL,
        kind);
    r.value(
        "-",
        volatility,
        result,
        (a, c) -> plus(known(a[0]), IntervalFormat.negate(interval(a[1])), kind, c),
        kind,
        Kind.INTERVAL);
  }

  private static Object known(@Nullable Object value) {
    return Objects.requireNonNull(value);
  }

  static Interval interval(@Nullable Object value) {
    return (Interval) Objects.requireNonNull(value);
  }

  /** A value of the type moved by the interval. */
  static Object plus(Object value, Interval interval, DataType type, EvaluationContext context) {
    return plus(value, interval, type.kind(), context);
  }

  private static Object plus(
      Object value, Interval interval, Kind kind, EvaluationContext context) {
    try {
      return switch (kind) {
        case DATE -> plus(midnight((LocalDate) value), interval);
        case TIMESTAMP -> plus((LocalDateTime) value, interval);
        case TIME ->
            ((LocalTime) value)
                .plus(interval.micros() % DateTimeFormats.MICROS_PER_DAY, ChronoUnit.MICROS);
        case TIMESTAMPTZ -> plus((Instant) value, interval, context.zone());
        default -> plus((ZonedDateTime) value, interval);
      };
    } catch (DateTimeException | ArithmeticException e) {
      throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range", e);
    }
  }

  /** The timestamp of the day's start; infinite days have infinite ones. */
  static LocalDateTime midnight(LocalDate date) {
    if (date.equals(LocalDate.MAX)) {
      return LocalDateTime.MAX;
    }
    return date.equals(LocalDate.MIN) ? LocalDateTime.MIN : date.atStartOfDay();
  }

  private static LocalDateTime plus(LocalDateTime time, Interval interval) {
    if (time.equals(LocalDateTime.MAX) || time.equals(LocalDateTime.MIN)) {
      return time;
    }
    return time.plusMonths(interval.months())
        .plusDays(interval.days())
        .plus(interval.micros(), ChronoUnit.MICROS);
  }

  private static Instant plus(Instant time, Interval interval, ZoneId zone) {
    return time.equals(Instant.MAX) || time.equals(Instant.MIN)
        ? time
        : plus(time.atZone(zone), interval).toInstant();
  }

  private static ZonedDateTime plus(ZonedDateTime time, Interval interval) {
    return time.plusMonths(interval.months())
        .plusDays(interval.days())
        .plus(interval.micros(), ChronoUnit.MICROS);
  }

  /** Whole days and the rest. */
  private static void timestampsBetween(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long a = in[0].getLong(row);
      long b = in[1].getLong(row);
      if (!Micros.isFinite(a) || !Micros.isFinite(b)) {
        throw new KalamException(
            ErrorCode.DATETIME_FIELD_OVERFLOW, "cannot subtract infinite timestamps");
      }
      long micros = a - b;
      if (((a ^ b) & (a ^ micros)) < 0) {
        throw IntervalFormat.outOfRange();
      }
      out.setInterval(
          row,
          new Interval(
              0,
              (int) (micros / DateTimeFormats.MICROS_PER_DAY),
              micros % DateTimeFormats.MICROS_PER_DAY));
    }
  }

  private static void addTime(
      ColumnView dates, ColumnView times, ColumnWriter out, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int day = dates.getInt(row);
      if (!Micros.isFiniteDay(day)) {
        out.setLong(row, day > 0 ? Long.MAX_VALUE : Long.MIN_VALUE);
        continue;
      }
      long high = Math.multiplyHigh(day, DateTimeFormats.MICROS_PER_DAY);
      long micros = day * DateTimeFormats.MICROS_PER_DAY;
      if (high != micros >> 63) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range");
      }
      out.setLong(row, micros + times.getLong(row));
    }
  }

  private static Interval divide(Interval interval, double divisor) {
    if (divisor == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return IntervalFormat.divide(interval, divisor);
  }

  /** The interval's length in microseconds, a month of 30 days and a year of 365.25. */
  static long microsOf(Interval interval) {
    long days = interval.months() % 12 * 30L + interval.days();
    long yearMicros = 31_557_600L * 1_000_000;
    try {
      return Math.addExact(
          Math.addExact(
              Math.multiplyExact(interval.months() / 12, yearMicros),
              Math.multiplyExact(days, DateTimeFormats.MICROS_PER_DAY)),
          interval.micros());
    } catch (ArithmeticException e) {
      throw IntervalFormat.outOfRange();
    }
  }

  private static void addDays(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    moveDays(in[0], in[1], 1, out, rows, n);
  }

  private static void addDaysFirst(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    moveDays(in[1], in[0], 1, out, rows, n);
  }

  private static void subtractDays(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    moveDays(in[0], in[1], -1, out, rows, n);
  }

  private static void moveDays(
      ColumnView dates, ColumnView days, int sign, ColumnWriter out, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int from = dates.getInt(row);
      if (!Micros.isFiniteDay(from)) {
        out.setInt(row, from);
        continue;
      }
      long day = from + (long) sign * days.getInt(row);
      if (day != (int) day || !Micros.isFiniteDay((int) day)) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range");
      }
      out.setInt(row, (int) day);
    }
  }

  private static void daysBetween(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int a = in[0].getInt(row);
      int b = in[1].getInt(row);
      if (!Micros.isFiniteDay(a) || !Micros.isFiniteDay(b)) {
        throw new KalamException(
            ErrorCode.DATETIME_FIELD_OVERFLOW, "cannot subtract infinite dates");
      }
      int days = a - b;
      if (((a ^ b) & (a ^ days)) < 0) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range");
      }
      out.setInt(row, days);
    }
  }
}
