package org.kalamdb.jdbc;

import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.Calendar;
import java.util.Locale;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/**
 * Conversions between the times of SQL, of {@code java.time} and of {@code java.sql}.
 *
 * <p>Between a local time and an instant stands the time zone of the JVM, or of the calendar given,
 * as JDBC has it. A value with a zone of its own keeps its wall clock as a local time.
 */
final class Temporals {
  private static final DateTimeFormatter TEXT =
      new DateTimeFormatterBuilder()
          .parseLenient()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendOffset("+HH:mm:ss", "Z")
          .toFormatter(Locale.ROOT);
  private static final int DATE_LENGTH = 10;

  private Temporals() {}

  static ZoneId zone(@Nullable Calendar calendar) {
    return calendar == null ? ZoneId.systemDefault() : calendar.getTimeZone().toZoneId();
  }

  static LocalDateTime toLocalDateTime(Object value, @Nullable Calendar calendar)
      throws SQLException {
    if (value instanceof LocalDateTime local) {
      return local;
    } else if (value instanceof LocalDate date) {
      return date.atStartOfDay();
    } else if (value instanceof Instant instant) {
      return LocalDateTime.ofInstant(instant, zone(calendar));
    } else if (value instanceof ZonedDateTime zoned) {
      return zoned.toLocalDateTime();
    } else if (value instanceof String text) {
      return toLocalDateTime(parse(text), calendar);
    }
    throw Conversions.impossible(value, "TIMESTAMP");
  }

  static LocalDate toLocalDate(Object value, @Nullable Calendar calendar) throws SQLException {
    if (value instanceof LocalTime) {
      throw Conversions.impossible(value, "DATE");
    }
    return toLocalDateTime(value, calendar).toLocalDate();
  }

  static LocalTime toLocalTime(Object value, @Nullable Calendar calendar) throws SQLException {
    if (value instanceof LocalTime time) {
      return time;
    } else if (value instanceof LocalDate) {
      throw Conversions.impossible(value, "TIME");
    } else if (value instanceof String text
        && text.indexOf(':') < DATE_LENGTH
        && text.indexOf('-') < 0) {
      try {
        return LocalTime.parse(text.strip());
      } catch (DateTimeException e) {
        throw badText(text, e);
      }
    }
    return toLocalDateTime(value, calendar).toLocalTime();
  }

  static ZonedDateTime toZoned(Object value, @Nullable Calendar calendar) throws SQLException {
    if (value instanceof ZonedDateTime zoned) {
      return zoned;
    } else if (value instanceof Instant instant) {
      return instant.atZone(ZoneOffset.UTC);
    } else if (value instanceof String text && parse(text) instanceof ZonedDateTime zoned) {
      return zoned;
    }
    return toLocalDateTime(value, calendar).atZone(zone(calendar));
  }

  static Instant toInstant(Object value, @Nullable Calendar calendar) throws SQLException {
    return toZoned(value, calendar).toInstant();
  }

  static java.sql.Date toSqlDate(Object value, @Nullable Calendar calendar) throws SQLException {
    LocalDate date = toLocalDate(value, calendar);
    return calendar == null
        ? java.sql.Date.valueOf(date)
        : new java.sql.Date(millis(date.atStartOfDay(), calendar));
  }

  static java.sql.Time toSqlTime(Object value, @Nullable Calendar calendar) throws SQLException {
    LocalDateTime onFirstDay = toLocalTime(value, calendar).atDate(LocalDate.EPOCH);
    return new java.sql.Time(
        calendar == null
            ? java.sql.Timestamp.valueOf(onFirstDay).getTime()
            : millis(onFirstDay, calendar) + onFirstDay.getNano() / 1_000_000);
  }

  static java.sql.Timestamp toSqlTimestamp(Object value, @Nullable Calendar calendar)
      throws SQLException {
    if (value instanceof Instant || value instanceof ZonedDateTime) {
      return java.sql.Timestamp.from(toInstant(value, calendar));
    } else if (value instanceof String text && parse(text) instanceof ZonedDateTime zoned) {
      return java.sql.Timestamp.from(zoned.toInstant());
    } else if (value instanceof LocalTime time) {
      return toSqlTimestamp(time.atDate(LocalDate.EPOCH), calendar);
    }
    LocalDateTime local = toLocalDateTime(value, calendar);
    if (calendar == null) {
      return java.sql.Timestamp.valueOf(local);
    }
    java.sql.Timestamp timestamp = new java.sql.Timestamp(millis(local, calendar));
    timestamp.setNanos(local.getNano());
    return timestamp;
  }

  /** A {@code java.sql} or {@code java.util} time as the local time it shows. */
  static LocalDateTime local(java.util.Date date, @Nullable Calendar calendar) {
    int nanos =
        date instanceof java.sql.Timestamp timestamp
            ? timestamp.getNanos()
            : (int) Math.floorMod(date.getTime(), 1000L) * 1_000_000;
    Calendar fields =
        calendar == null
            ? Calendar.getInstance(TimeZone.getDefault(), Locale.ROOT)
            : (Calendar) calendar.clone();
    fields.setTimeInMillis(date.getTime());
    return LocalDateTime.of(
        fields.get(Calendar.YEAR),
        fields.get(Calendar.MONTH) + 1,
        fields.get(Calendar.DAY_OF_MONTH),
        fields.get(Calendar.HOUR_OF_DAY),
        fields.get(Calendar.MINUTE),
        fields.get(Calendar.SECOND),
        nanos);
  }

  private static long millis(LocalDateTime local, Calendar calendar) {
    Calendar fields = (Calendar) calendar.clone();
    fields.clear();
    fields.set(
        local.getYear(),
        local.getMonthValue() - 1,
        local.getDayOfMonth(),
        local.getHour(),
        local.getMinute(),
        local.getSecond());
    return fields.getTimeInMillis();
  }

  /**
   * {@code 2026-01-31}, {@code 2026-01-31 10:00[:00[.5]]} or with an offset; LocalDateTime or
   * ZonedDateTime.
   */
  private static Object parse(String text) throws SQLException {
    String stripped = text.strip();
    String iso =
        stripped.length() > DATE_LENGTH && stripped.charAt(DATE_LENGTH) == ' '
            ? stripped.substring(0, DATE_LENGTH) + "T" + stripped.substring(DATE_LENGTH + 1)
            : stripped;
    try {
      TemporalAccessor parsed =
          TEXT.parseBest(iso, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
      if (parsed instanceof OffsetDateTime offset) {
        return offset.toZonedDateTime();
      }
      return parsed instanceof LocalDate date ? date.atStartOfDay() : parsed;
    } catch (DateTimeException e) {
      throw badText(text, e);
    }
  }

  private static SQLException badText(String text, DateTimeException cause) {
    return SqlErrors.of(
        ErrorCode.INVALID_DATETIME_FORMAT, "invalid date or time: \"" + text + "\"", cause);
  }
}
