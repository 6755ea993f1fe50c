package org.kalamdb.slt;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.SignStyle;
import java.time.temporal.ChronoField;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.Interval;

/** Values of results as the texts that stand in files. */
final class ValueText {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .toFormatter(Locale.ROOT);
  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .appendValue(ChronoField.YEAR_OF_ERA, 4, 9, SignStyle.NORMAL)
          .appendPattern("-MM-dd ")
          .append(TIME)
          .toFormatter(Locale.ROOT);

  private static final Pattern INTEGER = Pattern.compile("\\s*([+-]?\\d+)");

  private ValueText() {}

  /** The text in the canonical form. */
  static String canonical(@Nullable Object value) {
    String text = plain(value);
    if (text.isEmpty()) {
      return "(empty)";
    }
    return text.replace("\n", "\\n").replace("\t", "\\t");
  }

  /** The text in SQLite's form, for a column of a type letter. */
  static String sqlite(char type, @Nullable Object value) {
    if (value == null) {
      return "NULL";
    }
    if (type == 'I' && value instanceof Boolean bool) {
      return bool ? "1" : "0";
    }
    if (type == 'I' && value instanceof Number) {
      return decimal(value).setScale(0, RoundingMode.DOWN).toPlainString();
    }
    if (type == 'I' && value instanceof String text) {
      return leadingInteger(text);
    }
    if (type == 'R' && value instanceof Number number) {
      return String.format(Locale.ROOT, "%.3f", number.doubleValue());
    }
    String text = plain(value);
    return text.isEmpty() ? "(empty)" : text.replaceAll("[^ -~]", "@");
  }

  /** As SQLite turns text into a number: the digits it begins with, 0 without any. */
  private static String leadingInteger(String text) {
    Matcher digits = INTEGER.matcher(text);
    return digits.lookingAt() ? new BigInteger(digits.group(1)).toString() : "0";
  }

  private static BigDecimal decimal(Object number) {
    return number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
  }

  private static String plain(@Nullable Object value) {
    if (value == null) {
      return "NULL";
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    }
    if (value instanceof LocalDateTime stamp) {
      return TIMESTAMP.format(stamp);
    }
    if (value instanceof Instant instant) {
      return TIMESTAMP.format(instant.atOffset(ZoneOffset.UTC)) + "+00";
    }
    if (value instanceof ZonedDateTime zoned) {
      return TIMESTAMP.format(zoned);
    }
    if (value instanceof LocalTime time) {
      return TIME.format(time);
    }
    if (value instanceof Interval interval) {
      return interval(interval);
    }
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof float[] floats) {
      return Arrays.toString(floats);
    }
    return value.toString();
  }

  /** PostgreSQL's default style: {@code 1 year 2 mons -3 days +04:05:06}. */
  private static String interval(Interval interval) {
    StringBuilder text = new StringBuilder();
    boolean negative = unit(text, interval.months() / 12, "year", false);
    negative = unit(text, interval.months() % 12, "mon", negative);
    negative = unit(text, interval.days(), "day", negative);
    if (interval.micros() != 0 || text.isEmpty()) {
      text.append(text.isEmpty() ? "" : " ");
      text.append(interval.micros() < 0 ? "-" : negative ? "+" : "");
      BigDecimal seconds = BigDecimal.valueOf(interval.micros(), 6).abs();
      BigDecimal[] minutes = seconds.divideAndRemainder(BigDecimal.valueOf(60));
      long whole = minutes[0].longValue();
      String fraction = minutes[1].stripTrailingZeros().toPlainString();
      text.append(String.format(Locale.ROOT, "%02d:%02d:", whole / 60, whole % 60));
      text.append(minutes[1].compareTo(BigDecimal.TEN) < 0 ? "0" : "");
      text.append(fraction);
    }
    return text.toString();
  }

  /** Appends one unit and tells whether the last one written is negative. */
  private static boolean unit(StringBuilder text, int count, String name, boolean negative) {
    if (count == 0) {
      return negative;
    }
    text.append(text.isEmpty() ? "" : " ").append(negative && count > 0 ? "+" : "");
    text.append(count).append(' ').append(name).append(count == 1 ? "" : "s");
    return count < 0;
  }
}
