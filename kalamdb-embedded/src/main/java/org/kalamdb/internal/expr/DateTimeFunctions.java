package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.number;
import static org.kalamdb.internal.expr.TextFunctions.string;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/** Dates and times made of numbers, moved between zones, and compared by calendar. */
final class DateTimeFunctions {
  private DateTimeFunctions() {}

  static void register(Registrar r) {
    making(r);
    ages(r);
    zones(r);
    r.kernel(
        "isfinite",
        DataType.BOOLEAN,
        (in, out, rows, n, c) -> {
          for (int i = 0; i < n; i++) {
            out.setBoolean(rows[i], Micros.isFiniteDay(in[0].getInt(rows[i])));
          }
        },
        Kind.DATE);
    for (Kind kind : new Kind[] {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}) {
      r.kernel(
          "isfinite",
          DataType.BOOLEAN,
          (in, out, rows, n, c) -> {
            for (int i = 0; i < n; i++) {
              out.setBoolean(rows[i], Micros.isFinite(in[0].getLong(rows[i])));
            }
          },
          kind);
    }
    r.value("isfinite", DataType.BOOLEAN, (a, c) -> true, Kind.INTERVAL);
  }

  static LocalDate today(EvaluationContext context) {
    return LocalDate.ofInstant(context.statementTime(), context.zone());
  }

  static LocalDateTime timestamp(@Nullable Object value) {
    return (LocalDateTime) Objects.requireNonNull(value);
  }

  static Instant instant(@Nullable Object value) {
    return (Instant) Objects.requireNonNull(value);
  }

  private static void making(Registrar r) {
    Kind i = Kind.INTEGER;
    r.value(
        "make_date",
        DataType.DATE,
        (a, c) -> makeDate(number(a[0]), number(a[1]), number(a[2])),
        i,
        i,
        i);
    r.value(
        "make_time",
        DataType.TIME,
        (a, c) -> makeTime(number(a[0]), number(a[1]), MathFunctions.number(a[2])),
        i,
        i,
        Kind.DOUBLE);
    r.value(
        "make_timestamp",
        DataType.TIMESTAMP,
        (a, c) -> makeTimestamp(a),
        i,
        i,
        i,
        i,
        i,
        Kind.DOUBLE);
    r.value(
        "make_timestamptz",
        Volatility.STABLE,
        DataType.TIMESTAMPTZ,
        (a, c) -> makeTimestamp(a).atZone(c.zone()).toInstant(),
        i,
        i,
        i,
        i,
        i,
        Kind.DOUBLE);
    r.value(
        "make_timestamptz",
        DataType.TIMESTAMPTZ,
        (a, c) -> makeTimestamp(a).atZone(TimeZones.of(string(a[6]))).toInstant(),
        i,
        i,
        i,
        i,
        i,
        Kind.DOUBLE,
        Kind.TEXT);
    r.value(
        "to_timestamp",
        DataType.TIMESTAMPTZ,
        (a, c) -> fromEpoch(MathFunctions.number(a[0])),
        Kind.DOUBLE);
  }

  private static Instant fromEpoch(double seconds) {
    if (Double.isInfinite(seconds)) {
      return seconds > 0 ? Instant.MAX : Instant.MIN;
    }
    if (Double.isNaN(seconds)) {
      throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "timestamp cannot be NaN");
    }
    if (Math.abs(seconds) > 9.2e12) {
      throw new KalamException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "timestamp out of range: \"" + TextFormats.formatDouble(seconds) + "\"");
    }
    BigDecimal micros = new BigDecimal(seconds, MathContext.DECIMAL64).movePointRight(6);
    return Instant.EPOCH.plus(
        micros.setScale(0, RoundingMode.HALF_EVEN).longValue(), ChronoUnit.MICROS);
  }

  /** A negative year is BC. */
  private static LocalDate makeDate(int year, int month, int day) {
    try {
      if (year != 0) {
        return LocalDate.of(year < 0 ? year + 1 : year, month, day);
      }
    } catch (DateTimeException e) {
      throw dateOutOfRange(year, month, day, e);
    }
    throw dateOutOfRange(year, month, day, null);
  }

  private static KalamException dateOutOfRange(
      int year, int month, int day, @Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        String.format("date field value out of range: %d-%02d-%02d", year, month, day),
        cause);
  }

  private static LocalTime makeTime(int hour, int minute, double second) {
    long micros = Math.round(second * 1e6);
    boolean endOfDay = hour == 24 && minute == 0 && micros == 0;
    if (hour < 0
        || hour > 23 && !endOfDay
        || minute < 0
        || minute > 59
        || !(second >= 0 && second <= 60)) {
      throw new KalamException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          String.format("time field value out of range: %d:%02d:", hour, minute)
              + TextFormats.formatDouble(second));
    }
    if (endOfDay) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "the time 24:00:00 is not supported");
    }
    return LocalTime.of(hour, minute).plus(micros, ChronoUnit.MICROS);
  }

  private static LocalDateTime makeTimestamp(@Nullable Object[] a) {
    LocalDate date = makeDate(number(a[0]), number(a[1]), number(a[2]));
    double second = MathFunctions.number(a[5]);
    LocalTime minute = makeTime(number(a[3]), number(a[4]), 0);
    makeTime(number(a[3]), number(a[4]), second);
    return date.atTime(minute).plus(Math.round(second * 1e6), ChronoUnit.MICROS);
  }

  private static void ages(Registrar r) {
    r.value(
        "age",
        DataType.INTERVAL,
        (a, c) -> age(timestamp(a[0]), timestamp(a[1])),
        Kind.TIMESTAMP,
        Kind.TIMESTAMP);
    r.value(
        "age",
        Volatility.STABLE,
        DataType.INTERVAL,
        (a, c) -> age(local(instant(a[0]), c), local(instant(a[1]), c)),
        Kind.TIMESTAMPTZ,
        Kind.TIMESTAMPTZ);
    r.value(
        "age",
        Volatility.STABLE,
        DataType.INTERVAL,
        (a, c) -> age(today(c).atStartOfDay(), timestamp(a[0])),
        Kind.TIMESTAMP);
    r.value(
        "age",
        Volatility.STABLE,
        DataType.INTERVAL,
        (a, c) -> age(today(c).atStartOfDay(), local(instant(a[0]), c)),
        Kind.TIMESTAMPTZ);
  }

  private static LocalDateTime local(Instant instant, EvaluationContext context) {
    return Micros.isFinite(Micros.of(instant))
        ? LocalDateTime.ofInstant(instant, context.zone())
        : LocalDateTime.MAX;
  }

  /** The difference field by field; days borrowed are those of the earlier date's month. */
  private static Interval age(LocalDateTime later, LocalDateTime earlier) {
    for (LocalDateTime time : new LocalDateTime[] {later, earlier}) {
      if (!Micros.isFinite(Micros.of(time))) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range");
      }
    }
    if (later.isBefore(earlier)) {
      return IntervalFormat.negate(age(earlier, later));
    }
    int months =
        (later.getYear() - earlier.getYear()) * 12
            + later.getMonthValue()
            - earlier.getMonthValue();
    int days = later.getDayOfMonth() - earlier.getDayOfMonth();
    long micros = Micros.of(later.toLocalTime()) - Micros.of(earlier.toLocalTime());
    if (micros < 0) {
      micros += DateTimeFormats.MICROS_PER_DAY;
      days--;
    }
    while (days < 0) {
      days += earlier.toLocalDate().lengthOfMonth();
      months--;
    }
    return new Interval(months, days, micros);
  }

  /** {@code x AT TIME ZONE z} is {@code timezone(z, x)}. */
  private static void zones(Registrar r) {
    for (Kind kind : new Kind[] {Kind.TEXT, Kind.INTERVAL}) {
      r.value(
          "timezone",
          DataType.TIMESTAMP,
          (a, c) -> toLocal(instant(a[1]), zone(a[0])),
          kind,
          Kind.TIMESTAMPTZ);
      r.value(
          "timezone",
          DataType.TIMESTAMPTZ,
          (a, c) -> toInstant(timestamp(a[1]), zone(a[0])),
          kind,
          Kind.TIMESTAMP);
    }
  }

  private static ZoneId zone(@Nullable Object value) {
    return value instanceof Interval offset ? TimeZones.of(offset) : TimeZones.of(string(value));
  }

  static LocalDateTime toLocal(Instant instant, ZoneId zone) {
    if (instant.equals(Instant.MAX)) {
      return LocalDateTime.MAX;
    }
    return instant.equals(Instant.MIN) ? LocalDateTime.MIN : LocalDateTime.ofInstant(instant, zone);
  }

  static Instant toInstant(LocalDateTime time, ZoneId zone) {
    if (time.equals(LocalDateTime.MAX)) {
      return Instant.MAX;
    }
    return time.equals(LocalDateTime.MIN) ? Instant.MIN : time.atZone(zone).toInstant();
  }
}
