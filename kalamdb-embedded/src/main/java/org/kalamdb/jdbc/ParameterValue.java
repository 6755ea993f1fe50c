package org.kalamdb.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.Calendar;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * Turns what a program sets into the Java values a session takes. What the session converts itself
 * (numbers among each other, text to anything) is left to it.
 */
final class ParameterValue {
  private static final long NANOS_PER_MICRO = 1000;

  private ParameterValue() {}

  /**
   * The value for a parameter of the type.
   *
   * @param type what the statement asks for; UNKNOWN if anything will do
   * @param calendar the zone of {@code java.sql} times; null for the JVM's
   */
  static @Nullable Object of(@Nullable Object value, DataType type, @Nullable Calendar calendar)
      throws SQLException {
    if (value == null || passesUnchanged(value)) {
      return value;
    } else if (value instanceof byte[] bytes) {
      return bytes.clone();
    } else if (value instanceof float[] vector) {
      return vector.clone();
    } else if (value instanceof double[] vector) {
      return toFloats(vector);
    } else if (value instanceof Byte number) {
      return number.shortValue();
    } else if (value instanceof BigInteger number) {
      return new BigDecimal(number);
    } else if (value instanceof Character character) {
      return character.toString();
    } else if (value instanceof Period period) {
      return new Interval(Math.toIntExact(period.toTotalMonths()), period.getDays(), 0);
    } else if (value instanceof Duration duration) {
      return new Interval(
          0, 0, duration.toSeconds() * 1_000_000 + duration.getNano() / NANOS_PER_MICRO);
    }
    Object time = time(value, calendar);
    if (time == null) {
      throw SqlErrors.of(
          ErrorCode.FEATURE_NOT_SUPPORTED,
          "A parameter cannot be a " + value.getClass().getTypeName());
    }
    return fitTime(time, type.kind(), calendar);
  }

  private static boolean passesUnchanged(Object value) {
    return value instanceof String
        || value instanceof Integer
        || value instanceof Long
        || value instanceof Short
        || value instanceof Boolean
        || value instanceof Double
        || value instanceof Float
        || value instanceof BigDecimal
        || value instanceof UUID
        || value instanceof Interval;
  }

  private static float[] toFloats(double[] vector) {
    float[] floats = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      floats[i] = (float) vector[i];
    }
    return floats;
  }

  /** The value as a type of {@code java.time} that sessions take; null if it is no time. */
  private static @Nullable Object time(Object value, @Nullable Calendar calendar) {
    if (value instanceof LocalDate
        || value instanceof LocalTime
        || value instanceof LocalDateTime
        || value instanceof Instant
        || value instanceof ZonedDateTime) {
      return value;
    } else if (value instanceof OffsetDateTime offset) {
      return offset.toZonedDateTime();
    } else if (value instanceof java.sql.Date date) {
      return Temporals.local(date, calendar).toLocalDate();
    } else if (value instanceof java.sql.Time sqlTime) {
      return Temporals.local(sqlTime, calendar).toLocalTime();
    } else if (value instanceof java.util.Date date) {
      return date;
    } else if (value instanceof Calendar moment) {
      return moment.toInstant().atZone(moment.getTimeZone().toZoneId());
    }
    return null;
  }

  /** Settles by the parameter's type whether a time is meant as an instant or as a local time. */
  private static Object fitTime(Object time, Kind kind, @Nullable Calendar calendar)
      throws SQLException {
    Object value = time;
    if (time instanceof java.util.Date moment) {
      boolean takesInstant = kind == Kind.TIMESTAMPTZ || kind == Kind.ZONED_TIMESTAMP;
      value = takesInstant ? instant(moment) : Temporals.local(moment, calendar);
    }
    return switch (kind) {
      case DATE -> Temporals.toLocalDate(value, calendar);
      case TIME -> Temporals.toLocalTime(value, calendar);
      case TIMESTAMP -> Temporals.toLocalDateTime(value, calendar);
      case TIMESTAMPTZ -> Temporals.toInstant(value, calendar);
      case ZONED_TIMESTAMP -> Temporals.toZoned(value, calendar);
      default -> value;
    };
  }

  private static Instant instant(java.util.Date moment) {
    return moment instanceof java.sql.Timestamp timestamp
        ? timestamp.toInstant()
        : Instant.ofEpochMilli(moment.getTime());
  }
}
