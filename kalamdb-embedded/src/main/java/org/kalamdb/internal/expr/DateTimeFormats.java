package org.kalamdb.internal.expr;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;

/**
 * Text forms of dates and times: read by {@link DateTimeParser}, written in PostgreSQL's ISO style.
 * An infinite one is {@code infinity} or {@code -infinity}.
 */
final class DateTimeFormats {
  static final long MICROS_PER_DAY = 86_400_000_000L;

  private DateTimeFormats() {}

  static LocalDate parseDate(String text) {
    DateTimeParser parsed = DateTimeParser.parse(text, "date");
    return switch (parsed.special()) {
      case NONE -> parsed.date();
      case EPOCH -> LocalDate.EPOCH;
      case INFINITY -> LocalDate.MAX;
      case MINUS_INFINITY -> LocalDate.MIN;
    };
  }

  static LocalTime parseTime(String text) {
    DateTimeParser parsed = DateTimeParser.parseTime(text);
    if (parsed.time() >= MICROS_PER_DAY) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "the time 24:00:00 is not supported");
    }
    return Micros.toTime(parsed.time());
  }

  /** A zone in the text is read and ignored, as PostgreSQL does. */
  static LocalDateTime parseTimestamp(String text) {
    DateTimeParser parsed = DateTimeParser.parse(text, "timestamp");
    return switch (parsed.special()) {
      case NONE -> parsed.local();
      case EPOCH -> LocalDate.EPOCH.atStartOfDay();
      case INFINITY -> LocalDateTime.MAX;
      case MINUS_INFINITY -> LocalDateTime.MIN;
    };
  }

  static Instant parseInstant(String text, ZoneId zone) {
    DateTimeParser parsed = DateTimeParser.parse(text, "timestamp with time zone");
    return switch (parsed.special()) {
      case NONE -> zoned(parsed, zone).toInstant();
      case EPOCH -> Instant.EPOCH;
      case INFINITY -> Instant.MAX;
      case MINUS_INFINITY -> Instant.MIN;
    };
  }

  static ZonedDateTime parseZoned(String text, ZoneId zone) {
    DateTimeParser parsed = DateTimeParser.parse(text, "zoned_timestamp");
    if (parsed.special() == DateTimeParser.Special.EPOCH) {
      return Instant.EPOCH.atZone(ZoneOffset.UTC);
    }
    if (parsed.special() != DateTimeParser.Special.NONE) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "a zoned_timestamp cannot be infinite");
    }
    return zoned(parsed, zone);
  }

  private static ZonedDateTime zoned(DateTimeParser parsed, ZoneId zone) {
    LocalDateTime local = parsed.local();
    ZoneId region = parsed.region();
    ZoneOffset offset = parsed.offset();
    if (region != null && offset != null) {
      return ZonedDateTime.ofInstant(local, offset, region);
    }
    ZoneId named = region != null ? region : offset;
    return local.atZone(named == null ? zone : named);
  }

  /** Whether the text is a timestamp whose value no session's zone can change. */
  static boolean namesZone(String text) {
    try {
      DateTimeParser parsed = DateTimeParser.parse(text, "timestamp with time zone");
      return parsed.offset() != null
          || parsed.region() != null
          || parsed.special() != DateTimeParser.Special.NONE;
    } catch (KalamException e) {
      // Whoever reads the value reports what is wrong with it.
      return false;
    }
  }

  static String format(LocalDate date) {
    if (!Micros.isFiniteDay(Micros.epochDay(date))) {
      return infinity(date.equals(LocalDate.MAX));
    }
    StringBuilder text = new StringBuilder(10);
    appendDate(text, date);
    return text.append(era(date)).toString();
  }

  static String format(LocalTime time) {
    StringBuilder text = new StringBuilder(15);
    appendTime(text, time);
    return text.toString();
  }

  private static String infinity(boolean positive) {
    return positive ? "infinity" : "-infinity";
  }

  static String format(LocalDateTime timestamp) {
    if (!Micros.isFinite(Micros.of(timestamp))) {
      return infinity(timestamp.equals(LocalDateTime.MAX));
    }
    StringBuilder text = new StringBuilder(26);
    appendDate(text, timestamp.toLocalDate());
    appendTime(text.append(' '), timestamp.toLocalTime());
    return text.append(era(timestamp.toLocalDate())).toString();
  }

  static String format(Instant instant, ZoneId zone) {
    if (!Micros.isFinite(Micros.of(instant))) {
      return infinity(instant.equals(Instant.MAX));
    }
    ZonedDateTime zoned = instant.atZone(zone);
    return format(zoned, zoned.getOffset());
  }

  /** The time, its offset, and the region if it has one. */
  static String format(ZonedDateTime value) {
    String text = format(value, value.getOffset());
    return value.getZone() instanceof ZoneOffset ? text : text + " " + value.getZone().getId();
  }

  private static String format(ZonedDateTime value, ZoneOffset offset) {
    StringBuilder text = new StringBuilder(32);
    appendDate(text, value.toLocalDate());
    appendTime(text.append(' '), value.toLocalTime());
    int seconds = offset.getTotalSeconds();
    int size = Math.abs(seconds);
    pad(text.append(seconds < 0 ? '-' : '+'), size / 3600, 2);
    if (size % 3600 != 0) {
      pad(text.append(':'), size / 60 % 60, 2);
      if (size % 60 != 0) {
        pad(text.append(':'), size % 60, 2);
      }
    }
    return text.append(era(value.toLocalDate())).toString();
  }

  private static String era(LocalDate date) {
    return date.getYear() <= 0 ? " BC" : "";
  }

  private static void appendDate(StringBuilder text, LocalDate date) {
    int year = date.getYear();
    pad(text, year > 0 ? year : 1 - year, 4);
    pad(text.append('-'), date.getMonthValue(), 2);
    pad(text.append('-'), date.getDayOfMonth(), 2);
  }

  private static void appendTime(StringBuilder text, LocalTime time) {
    pad(text, time.getHour(), 2);
    pad(text.append(':'), time.getMinute(), 2);
    pad(text.append(':'), time.getSecond(), 2);
    appendFraction(text, time.getNano() / 1000);
  }

  /** {@code .123} for 123000 microseconds, nothing for 0. */
  static void appendFraction(StringBuilder text, int micros) {
    if (micros != 0) {
      pad(text.append('.'), micros, 6);
      while (text.charAt(text.length() - 1) == '0') {
        text.setLength(text.length() - 1);
      }
    }
  }

  static void pad(StringBuilder text, long value, int width) {
    String digits = Long.toString(value);
    for (int i = digits.length(); i < width; i++) {
      text.append('0');
    }
    text.append(digits);
  }
}
