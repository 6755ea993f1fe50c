package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
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
    plusInterval(
        r, Kind.DATE, DataType.TIMESTAMP, (v, i, c) -> plus(((LocalDate) v).atStartOfDay(), i));
    plusInterval(r, Kind.TIMESTAMP, DataType.TIMESTAMP, (v, i, c) -> plus((LocalDateTime) v, i));
    plusInterval(
        r,
        Kind.TIMESTAMPTZ,
        DataType.TIMESTAMPTZ,
        (v, i, c) -> plus(((Instant) v).atZone(c.zone()), i).toInstant());
    plusInterval(
        r, Kind.ZONED_TIMESTAMP, DataType.ZONED_TIMESTAMP, (v, i, c) -> plus((ZonedDateTime) v, i));
    plusInterval(r, Kind.TIME, DataType.TIME, (v, i, c) -> plus((LocalTime) v, i));
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
    r.value(
        "-",
        DataType.INTERVAL,
        (a, c) ->
            between(
                (LocalDateTime) Objects.requireNonNull(a[1]),
                (LocalDateTime) Objects.requireNonNull(a[0])),
        Kind.TIMESTAMP,
        Kind.TIMESTAMP);
    r.value(
        "-",
        DataType.INTERVAL,
        (a, c) ->
            days(
                ChronoUnit.MICROS.between(
                    (Instant) Objects.requireNonNull(a[1]),
                    (Instant) Objects.requireNonNull(a[0]))),
        Kind.TIMESTAMPTZ,
        Kind.TIMESTAMPTZ);
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
    r.value(
        "+",
        DataType.TIMESTAMP,
        (a, c) ->
            ((LocalDate) Objects.requireNonNull(a[0]))
                .atTime((LocalTime) Objects.requireNonNull(a[1])),
        Kind.DATE,
        Kind.TIME);
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

  /** A point in time moved by an interval. */
  @FunctionalInterface
  private interface Move {
    Object apply(Object value, Interval interval, EvaluationContext context);
  }

  private static void plusInterval(Registrar r, Kind kind, DataType result, Move move) {
    r.value("+", result, (a, c) -> moved(move, a[0], interval(a[1]), c), kind, Kind.INTERVAL);
    r.value("+", result, (a, c) -> moved(move, a[1], interval(a[0]), c), Kind.INTERVAL, kind);
    r.value(
        "-",
        result,
        (a, c) -> moved(move, a[0], IntervalFormat.negate(interval(a[1])), c),
        kind,
        Kind.INTERVAL);
  }

  private static Object moved(
      Move move, @Nullable Object value, Interval interval, EvaluationContext context) {
    try {
      return move.apply(Objects.requireNonNull(value), interval, context);
    } catch (DateTimeException | ArithmeticException e) {
      throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range", e);
    }
  }

  static Interval interval(@Nullable Object value) {
    return (Interval) Objects.requireNonNull(value);
  }

  static LocalDateTime plus(LocalDateTime time, Interval interval) {
    return time.plusMonths(interval.months())
        .plusDays(interval.days())
        .plus(interval.micros(), ChronoUnit.MICROS);
  }

  static ZonedDateTime plus(ZonedDateTime time, Interval interval) {
    return time.plusMonths(interval.months())
        .plusDays(interval.days())
        .plus(interval.micros(), ChronoUnit.MICROS);
  }

  private static LocalTime plus(LocalTime time, Interval interval) {
    return time.plus(interval.micros() % DateTimeFormats.MICROS_PER_DAY, ChronoUnit.MICROS);
  }

  private static Interval between(LocalDateTime from, LocalDateTime to) {
    return days(ChronoUnit.MICROS.between(from, to));
  }

  /** Whole days and the rest, as the difference of timestamps is given. */
  private static Interval days(long micros) {
    return new Interval(
        0,
        (int) (micros / DateTimeFormats.MICROS_PER_DAY),
        micros % DateTimeFormats.MICROS_PER_DAY);
  }

  private static Interval divide(Interval interval, double divisor) {
    if (divisor == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return IntervalFormat.multiply(interval, 1 / divisor);
  }

  /** The interval's length in seconds, a month of 30 days and a year of 365.25. */
  static BigDecimal seconds(Interval interval) {
    long years = interval.months() / 12;
    long days = (interval.months() % 12) * 30L + interval.days();
    return BigDecimal.valueOf(years)
        .multiply(BigDecimal.valueOf(31_557_600))
        .add(BigDecimal.valueOf(days).multiply(BigDecimal.valueOf(Duration.ofDays(1).toSeconds())))
        .add(BigDecimal.valueOf(interval.micros(), 6));
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
      long day = dates.getInt(row) + (long) sign * days.getInt(row);
      if (day != (int) day) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "date out of range");
      }
      out.setInt(row, (int) day);
    }
  }

  private static void daysBetween(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], Math.subtractExact(in[0].getInt(rows[i]), in[1].getInt(rows[i])));
    }
  }
}
