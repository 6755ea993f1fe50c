package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * date_trunc, extract and date_part, age, and what makes dates of numbers. {@code EXTRACT(f FROM
 * x)} is bound as {@code extract('f', x)}, a DECIMAL; {@code date_part} gives DOUBLE.
 */
final class DateTimeFunctions {
  private static final DataType EXTRACTED = DataType.decimal(24, 6);

  private DateTimeFunctions() {}

  static void register(Registrar r) {
    truncation(r);
    for (Kind kind :
        List.of(
            Kind.DATE,
            Kind.TIME,
            Kind.TIMESTAMP,
            Kind.TIMESTAMPTZ,
            Kind.ZONED_TIMESTAMP,
            Kind.INTERVAL)) {
      r.add(
          "extract",
          new ExtractedType(),
          Volatility.STABLE,
          true,
          (in, type) ->
              Registrar.loop(
                  (a, c) ->
                      extract(TextFunctions.string(a[0]), Objects.requireNonNull(a[1]), c)
                          .setScale(type.scale(), RoundingMode.DOWN),
                  2),
          Kind.TEXT,
          kind);
      r.value(
          "date_part",
          Volatility.STABLE,
          DataType.DOUBLE,
          (a, c) ->
              extract(TextFunctions.string(a[0]), Objects.requireNonNull(a[1]), c).doubleValue(),
          Kind.TEXT,
          kind);
    }
    r.value(
        "to_timestamp",
        DataType.TIMESTAMPTZ,
        (a, c) -> fromEpoch(MathFunctions.number(a[0])),
        Kind.DOUBLE);
    r.value(
        "make_date",
        DataType.DATE,
        (a, c) ->
            makeDate(
                TextFunctions.number(a[0]), TextFunctions.number(a[1]), TextFunctions.number(a[2])),
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.INTEGER);
    r.value(
        "make_timestamp",
        DataType.TIMESTAMP,
        (a, c) -> makeTimestamp(a),
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.INTEGER,
        Kind.DOUBLE);
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
        (a, c) ->
            age(
                ((Instant) Objects.requireNonNull(a[0])).atZone(c.zone()).toLocalDateTime(),
                ((Instant) Objects.requireNonNull(a[1])).atZone(c.zone()).toLocalDateTime()),
        Kind.TIMESTAMPTZ,
        Kind.TIMESTAMPTZ);
    r.value(
        "age",
        Volatility.STABLE,
        DataType.INTERVAL,
        (a, c) -> age(today(c).atStartOfDay(), timestamp(a[0])),
        Kind.TIMESTAMP);
    r.value(
        "timezone",
        DataType.TIMESTAMP,
        (a, c) ->
            LocalDateTime.ofInstant(
                (Instant) Objects.requireNonNull(a[1]), zone(TextFunctions.string(a[0]))),
        Kind.TEXT,
        Kind.TIMESTAMPTZ);
    r.value(
        "timezone",
        DataType.TIMESTAMPTZ,
        (a, c) -> timestamp(a[1]).atZone(zone(TextFunctions.string(a[0]))).toInstant(),
        Kind.TEXT,
        Kind.TIMESTAMP);
  }

  /**
   * Only fields with fractions of a second have digits after the point, where the field is a
   * literal.
   */
  private static final class ExtractedType implements ResultType {
    @Override
    public DataType of(List<DataType> arguments) {
      return EXTRACTED;
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      if (arguments.get(0) instanceof Expression.Literal literal
          && literal.value() instanceof String field) {
        return switch (unit(field)) {
          case "epoch", "second" -> EXTRACTED;
          case "milliseconds" -> DataType.decimal(24, 3);
          default -> DataType.decimal(19, 0);
        };
      }
      return EXTRACTED;
    }
  }

  static LocalDate today(EvaluationContext context) {
    return LocalDate.ofInstant(context.statementTime(), context.zone());
  }

  private static LocalDateTime timestamp(@Nullable Object value) {
    return (LocalDateTime) Objects.requireNonNull(value);
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE, "time zone \"" + name + "\" not recognized", e);
    }
  }

  private static void truncation(Registrar r) {
    r.value(
        "date_trunc",
        DataType.TIMESTAMP,
        (a, c) -> truncate(TextFunctions.string(a[0]), timestamp(a[1])),
        Kind.TEXT,
        Kind.TIMESTAMP);
    r.value(
        "date_trunc",
        Volatility.STABLE,
        DataType.TIMESTAMPTZ,
        (a, c) ->
            truncate(
                    TextFunctions.string(a[0]),
                    ((Instant) Objects.requireNonNull(a[1])).atZone(c.zone()))
                .toInstant(),
        Kind.TEXT,
        Kind.TIMESTAMPTZ);
    r.value(
        "date_trunc",
        DataType.ZONED_TIMESTAMP,
        (a, c) ->
            truncate(TextFunctions.string(a[0]), (ZonedDateTime) Objects.requireNonNull(a[1])),
        Kind.TEXT,
        Kind.ZONED_TIMESTAMP);
    r.value(
        "date_trunc",
        DataType.INTERVAL,
        (a, c) -> truncate(TextFunctions.string(a[0]), DateTimeArithmetic.interval(a[1])),
        Kind.TEXT,
        Kind.INTERVAL);
  }

  private static ZonedDateTime truncate(String field, ZonedDateTime time) {
    return truncate(field, time.toLocalDateTime()).atZone(time.getZone());
  }

  private static LocalDateTime truncate(String field, LocalDateTime time) {
    LocalDateTime day = time.truncatedTo(ChronoUnit.DAYS);
    int year = time.getYear();
    return switch (unit(field)) {
      case "microseconds" -> time;
      case "milliseconds" -> time.truncatedTo(ChronoUnit.MILLIS);
      case "second" -> time.truncatedTo(ChronoUnit.SECONDS);
      case "minute" -> time.truncatedTo(ChronoUnit.MINUTES);
      case "hour" -> time.truncatedTo(ChronoUnit.HOURS);
      case "day" -> day;
      case "week" -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case "month" -> day.withDayOfMonth(1);
      case "quarter" -> day.withDayOfMonth(1).withMonth((time.getMonthValue() - 1) / 3 * 3 + 1);
      case "year" -> day.withDayOfYear(1);
      case "decade" -> day.withDayOfYear(1).withYear(Math.floorDiv(year, 10) * 10);
      case "century" -> day.withDayOfYear(1).withYear(Math.floorDiv(year - 1, 100) * 100 + 1);
      case "millennium" -> day.withDayOfYear(1).withYear(Math.floorDiv(year - 1, 1000) * 1000 + 1);
      default -> throw unknownUnit(field, "timestamp without time zone");
    };
  }

  private static Interval truncate(String field, Interval value) {
    int months = value.months();
    int days = value.days();
    long micros = value.micros();
    return switch (unit(field)) {
      case "microseconds" -> value;
      case "milliseconds" -> new Interval(months, days, micros / 1000 * 1000);
      case "second" -> new Interval(months, days, micros / 1_000_000 * 1_000_000);
      case "minute" -> new Interval(months, days, micros / 60_000_000 * 60_000_000);
      case "hour" ->
          new Interval(
              months,
              days,
              micros / IntervalFormat.MICROS_PER_HOUR * IntervalFormat.MICROS_PER_HOUR);
      case "day" -> new Interval(months, days, 0);
      case "month" -> new Interval(months, 0, 0);
      case "quarter" -> new Interval(months / 3 * 3, 0, 0);
      case "year" -> new Interval(months / 12 * 12, 0, 0);
      case "decade" -> new Interval(months / 120 * 120, 0, 0);
      case "century" -> new Interval(months / 1200 * 1200, 0, 0);
      case "millennium" -> new Interval(months / 12_000 * 12_000, 0, 0);
      default -> throw unknownUnit(field, "interval");
    };
  }

  /** The unit's long name, from its plural or its short form. */
  private static String unit(String field) {
    String name = field.toLowerCase(Locale.ROOT);
    return switch (name) {
      case "us", "usec", "microsecond", "microseconds" -> "microseconds";
      case "ms", "msec", "millisecond", "milliseconds" -> "milliseconds";
      case "s", "sec", "secs", "seconds" -> "second";
      case "m", "min", "mins", "minutes" -> "minute";
      case "h", "hr", "hours" -> "hour";
      case "d", "days" -> "day";
      case "w", "weeks" -> "week";
      case "mon", "mons", "months" -> "month";
      case "qtr", "quarters" -> "quarter";
      case "y", "yr", "years" -> "year";
      case "decades" -> "decade";
      case "c", "cent", "centuries" -> "century";
      case "millennia" -> "millennium";
      default -> name;
    };
  }

  private static KalamException unknownUnit(String field, String type) {
    return new KalamException(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "unit \"" + field + "\" not recognized for type " + type);
  }

  private static BigDecimal extract(String field, Object value, EvaluationContext context) {
    String unit = unit(field);
    if (value instanceof Interval interval) {
      return extractInterval(unit, interval);
    }
    if (value instanceof LocalTime time) {
      return unit.equals("epoch")
          ? BigDecimal.valueOf(time.toNanoOfDay() / 1000, 6)
          : extractTime(unit, time, "time without time zone");
    }
    ZonedDateTime time = zoned(value, context);
    switch (unit) {
      case "epoch":
        Instant instant = time.toInstant();
        return BigDecimal.valueOf(instant.getEpochSecond())
            .add(BigDecimal.valueOf(instant.getNano() / 1000, 6));
      case "timezone":
      case "timezone_hour":
      case "timezone_minute":
        if (value instanceof Instant || value instanceof ZonedDateTime) {
          return extractOffset(unit, time.getOffset());
        }
        throw unknownUnit(field, "timestamp without time zone");
      default:
        break;
    }
    BigDecimal ofDate = extractDate(unit, time.toLocalDate());
    if (ofDate != null) {
      return ofDate;
    }
    if (value instanceof LocalDate) {
      throw unknownUnit(field, "date");
    }
    return extractTime(unit, time.toLocalTime(), "timestamp without time zone");
  }

  private static ZonedDateTime zoned(Object value, EvaluationContext context) {
    if (value instanceof LocalDate date) {
      return date.atStartOfDay(ZoneOffset.UTC);
    } else if (value instanceof LocalDateTime time) {
      return time.atZone(ZoneOffset.UTC);
    } else if (value instanceof Instant instant) {
      return instant.atZone(context.zone());
    }
    return (ZonedDateTime) value;
  }

  private static BigDecimal extractOffset(String unit, ZoneOffset offset) {
    int seconds = offset.getTotalSeconds();
    return BigDecimal.valueOf(
        unit.equals("timezone")
            ? seconds
            : unit.equals("timezone_hour") ? seconds / 3600 : seconds / 60 % 60);
  }

  private static @Nullable BigDecimal extractDate(String unit, LocalDate date) {
    int year = date.getYear();
    int shown = year > 0 ? year : year - 1;
    Integer field =
        switch (unit) {
          case "day" -> date.getDayOfMonth();
          case "month" -> date.getMonthValue();
          case "year" -> shown;
          case "quarter" -> date.get(IsoFields.QUARTER_OF_YEAR);
          case "dow" -> date.getDayOfWeek().getValue() % 7;
          case "isodow" -> date.getDayOfWeek().getValue();
          case "doy" -> date.getDayOfYear();
          case "week" -> date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
          case "isoyear" -> date.get(IsoFields.WEEK_BASED_YEAR);
          case "decade" -> Math.floorDiv(year, 10);
          case "century" -> year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
          case "millennium" -> year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
          case "julian" -> Math.toIntExact(date.toEpochDay() + 2_440_588);
          default -> null;
        };
    return field == null ? null : BigDecimal.valueOf(field);
  }

  private static BigDecimal extractTime(String unit, LocalTime time, String type) {
    long micros = time.getSecond() * 1_000_000L + time.getNano() / 1000;
    return switch (unit) {
      case "hour" -> BigDecimal.valueOf(time.getHour());
      case "minute" -> BigDecimal.valueOf(time.getMinute());
      case "second" -> BigDecimal.valueOf(micros, 6);
      case "milliseconds" -> BigDecimal.valueOf(micros, 3);
      case "microseconds" -> BigDecimal.valueOf(micros);
      default -> throw unknownUnit(unit, type);
    };
  }

  private static BigDecimal extractInterval(String unit, Interval value) {
    int months = value.months();
    long micros = value.micros() % 60_000_000;
    return switch (unit) {
      case "epoch" -> DateTimeArithmetic.seconds(value);
      case "millennium" -> BigDecimal.valueOf(months / 12_000);
      case "century" -> BigDecimal.valueOf(months / 1200);
      case "decade" -> BigDecimal.valueOf(months / 120);
      case "year" -> BigDecimal.valueOf(months / 12);
      case "quarter" -> BigDecimal.valueOf(months % 12 / 3 + 1);
      case "month" -> BigDecimal.valueOf(months % 12);
      case "day" -> BigDecimal.valueOf(value.days());
      case "hour" -> BigDecimal.valueOf(value.micros() / IntervalFormat.MICROS_PER_HOUR);
      case "minute" -> BigDecimal.valueOf(value.micros() / 60_000_000 % 60);
      case "second" -> BigDecimal.valueOf(micros, 6);
      case "milliseconds" -> BigDecimal.valueOf(micros, 3);
      case "microseconds" -> BigDecimal.valueOf(micros);
      default -> throw unknownUnit(unit, "interval");
    };
  }

  private static Instant fromEpoch(double seconds) {
    if (Double.isNaN(seconds) || Math.abs(seconds) > 9.2e12) {
      throw new KalamException(
          ErrorCode.DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"" + seconds + "\"");
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
      throw fieldOutOfRange("date", year, month, day, e);
    }
    throw fieldOutOfRange("date", year, month, day, null);
  }

  private static KalamException fieldOutOfRange(
      String type, int year, int month, int day, @Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        type + " field value out of range: " + year + "-" + month + "-" + day,
        cause);
  }

  private static LocalDateTime makeTimestamp(@Nullable Object[] a) {
    LocalDate date =
        makeDate(
            TextFunctions.number(a[0]), TextFunctions.number(a[1]), TextFunctions.number(a[2]));
    int hour = TextFunctions.number(a[3]);
    int minute = TextFunctions.number(a[4]);
    double second = MathFunctions.number(a[5]);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second < 60)) {
      throw new KalamException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "time field value out of range: "
              + hour
              + ":"
              + minute
              + ":"
              + TextFormats.formatDouble(second));
    }
    return date.atTime(hour, minute).plus(Math.round(second * 1e6), ChronoUnit.MICROS);
  }

  /** The difference field by field; a day borrowed is one of the earlier date's month. */
  private static Interval age(LocalDateTime later, LocalDateTime earlier) {
    if (later.isBefore(earlier)) {
      return IntervalFormat.negate(age(earlier, later));
    }
    int months =
        (later.getYear() - earlier.getYear()) * 12
            + later.getMonthValue()
            - earlier.getMonthValue();
    int days = later.getDayOfMonth() - earlier.getDayOfMonth();
    long micros = (later.toLocalTime().toNanoOfDay() - earlier.toLocalTime().toNanoOfDay()) / 1000;
    if (micros < 0) {
      micros += DateTimeFormats.MICROS_PER_DAY;
      days--;
    }
    if (days < 0) {
      days += earlier.toLocalDate().lengthOfMonth();
      months--;
    }
    return new Interval(months, days, micros);
  }
}
