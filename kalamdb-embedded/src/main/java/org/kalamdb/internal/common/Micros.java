package org.kalamdb.internal.common;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Dates and times as the numbers they are stored by: days or microseconds since 1970-01-01. Digits
 * below a microsecond are cut off towards the past. Microseconds in 64 bits end in the year 294247,
 * 29 years before PostgreSQL's limit; what lies beyond is refused with 22008.
 */
public final class Micros {
  private static final long PER_SECOND = 1_000_000;

  private Micros() {}

  public static long of(Instant instant) {
    return join(instant.getEpochSecond(), instant.getNano(), instant);
  }

  public static long of(LocalDateTime timestamp) {
    return join(timestamp.toEpochSecond(ZoneOffset.UTC), timestamp.getNano(), timestamp);
  }

  /** Microseconds since midnight. */
  public static long of(LocalTime time) {
    return time.toNanoOfDay() / 1000;
  }

  public static int epochDay(LocalDate date) {
    long day = date.toEpochDay();
    if (day != (int) day) {
      throw outOfRange(date);
    }
    return (int) day;
  }

  public static Instant toInstant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1000);
  }

  public static LocalDateTime toTimestamp(long micros) {
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(micros, PER_SECOND),
        (int) Math.floorMod(micros, PER_SECOND) * 1000,
        ZoneOffset.UTC);
  }

  /** Throws {@link java.time.DateTimeException} for what is no time of day. */
  public static LocalTime toTime(long micros) {
    return LocalTime.ofNanoOfDay(Math.multiplyExact(micros, 1000));
  }

  private static long join(long seconds, int nanos, Object value) {
    long max = Long.MAX_VALUE / PER_SECOND;
    if (seconds > max - 1 || seconds < -max) {
      throw outOfRange(value);
    }
    return seconds * PER_SECOND + nanos / 1000;
  }

  private static KalamException outOfRange(Object value) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW, "Date or time out of range: " + value);
  }
}
