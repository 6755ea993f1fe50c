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
 *
 * <p>The first and the last number stand for -infinity and infinity; their Java values are {@code
 * MIN} and {@code MAX} of the class.
 */
public final class Micros {
  private static final long PER_SECOND = 1_000_000;

  private Micros() {}

  public static boolean isFinite(long micros) {
    return micros != Long.MAX_VALUE && micros != Long.MIN_VALUE;
  }

  public static boolean isFiniteDay(int day) {
    return day != Integer.MAX_VALUE && day != Integer.MIN_VALUE;
  }

  public static long of(Instant instant) {
    if (instant.equals(Instant.MAX)) {
      return Long.MAX_VALUE;
    }
    if (instant.equals(Instant.MIN)) {
      return Long.MIN_VALUE;
    }
    return join(instant.getEpochSecond(), instant.getNano(), instant);
  }

  public static long of(LocalDateTime timestamp) {
    if (timestamp.equals(LocalDateTime.MAX)) {
      return Long.MAX_VALUE;
    }
    if (timestamp.equals(LocalDateTime.MIN)) {
      return Long.MIN_VALUE;
    }
    return join(timestamp.toEpochSecond(ZoneOffset.UTC), timestamp.getNano(), timestamp);
  }

  /** Microseconds since midnight. */
  public static long of(LocalTime time) {
    return time.toNanoOfDay() / 1000;
  }

  public static int epochDay(LocalDate date) {
    if (date.equals(LocalDate.MAX)) {
      return Integer.MAX_VALUE;
    }
    if (date.equals(LocalDate.MIN)) {
      return Integer.MIN_VALUE;
    }
    long day = date.toEpochDay();
    if (day != (int) day || !isFiniteDay((int) day)) {
      throw outOfRange(date);
    }
    return (int) day;
  }

  public static LocalDate toDate(int day) {
    if (isFiniteDay(day)) {
      return LocalDate.ofEpochDay(day);
    }
    return day > 0 ? LocalDate.MAX : LocalDate.MIN;
  }

  public static Instant toInstant(long micros) {
    if (!isFinite(micros)) {
      return micros > 0 ? Instant.MAX : Instant.MIN;
    }
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1000);
  }

  public static LocalDateTime toTimestamp(long micros) {
    if (!isFinite(micros)) {
      return micros > 0 ? LocalDateTime.MAX : LocalDateTime.MIN;
    }
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
    long high = Math.multiplyHigh(seconds, PER_SECOND);
    long whole = seconds * PER_SECOND;
    long micros = whole + nanos / 1000;
    if (high != whole >> 63 || whole > 0 && micros < 0 || !isFinite(micros)) {
      throw outOfRange(value);
    }
    return micros;
  }

  private static KalamException outOfRange(Object value) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW, "Date or time out of range: " + value);
  }
}
