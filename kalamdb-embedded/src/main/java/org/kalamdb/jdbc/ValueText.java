package org.kalamdb.jdbc;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.StringJoiner;
import org.kalamdb.schema.Interval;

/** The text of a value, as PostgreSQL prints it (but {@code true} and {@code false} in full). */
final class ValueText {
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .toFormatter(java.util.Locale.ROOT);
  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral(' ')
          .append(TIME)
          .toFormatter(java.util.Locale.ROOT);
  private static final DateTimeFormatter TIMESTAMP_WITH_OFFSET =
      new DateTimeFormatterBuilder()
          .append(TIMESTAMP)
          .appendOffset("+HH:mm", "+00")
          .toFormatter(java.util.Locale.ROOT);
  private static final int MICROS_PER_SECOND = 1_000_000;

  /** Digits from which PostgreSQL writes an exponent: float4 and float8. */
  private static final int REAL_DIGITS = 6;

  private static final int DOUBLE_DIGITS = 15;

  private ValueText() {}

  static String of(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal.toPlainString();
    } else if (value instanceof Double number) {
      return floating(number.toString(), DOUBLE_DIGITS);
    } else if (value instanceof Float number) {
      return floating(number.toString(), REAL_DIGITS);
    } else if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    } else if (value instanceof float[] vector) {
      return embedding(vector);
    } else if (value instanceof LocalTime time) {
      return TIME.format(time);
    } else if (value instanceof LocalDateTime timestamp) {
      return TIMESTAMP.format(timestamp);
    } else if (value instanceof Instant instant) {
      return TIMESTAMP_WITH_OFFSET.format(instant.atOffset(ZoneOffset.UTC));
    } else if (value instanceof ZonedDateTime zoned) {
      return zoned.getZone() instanceof ZoneOffset
          ? TIMESTAMP_WITH_OFFSET.format(zoned)
          : TIMESTAMP.format(zoned) + " " + zoned.getZone();
    } else if (value instanceof Interval interval) {
      return interval(interval);
    }
    return value.toString();
  }

  /** Java's shortest digits in PostgreSQL's layout: {@code 1}, {@code 0.5}, {@code 1e+20}. */
  private static String floating(String java, int digits) {
    char first = java.charAt(java.charAt(0) == '-' ? 1 : 0);
    if (!Character.isDigit(first)) {
      return java; // NaN, Infinity
    }
    BigDecimal value = new BigDecimal(java).stripTrailingZeros();
    int exponent = value.precision() - value.scale() - 1;
    if (value.signum() == 0) {
      return java.startsWith("-") ? "-0" : "0";
    }
    if (exponent >= -4 && exponent < digits) {
      return value.toPlainString();
    }
    String mantissa = value.scaleByPowerOfTen(-exponent).toPlainString();
    return mantissa
        + "e"
        + (exponent < 0 ? "-" : "+")
        + (Math.abs(exponent) < 10 ? "0" : "")
        + Math.abs(exponent);
  }

  private static String embedding(float[] vector) {
    StringJoiner text = new StringJoiner(",", "[", "]");
    for (float component : vector) {
      text.add(floating(Float.toString(component), REAL_DIGITS));
    }
    return text.toString();
  }

  private static String interval(Interval interval) {
    StringJoiner text = new StringJoiner(" ");
    unit(text, interval.months() / 12, "year");
    unit(text, interval.months() % 12, "mon");
    unit(text, interval.days(), "day");
    if (interval.micros() != 0 || text.length() == 0) {
      long seconds = interval.micros() / MICROS_PER_SECOND;
      long micros = Math.abs(interval.micros() % MICROS_PER_SECOND);
      String clock =
          String.format(
              java.util.Locale.ROOT,
              "%s%02d:%02d:%02d",
              interval.micros() < 0 ? "-" : "",
              Math.abs(seconds / 3600),
              Math.abs(seconds / 60 % 60),
              Math.abs(seconds % 60));
      text.add(
          micros == 0
              ? clock
              : clock + stripZeros(String.format(java.util.Locale.ROOT, ".%06d", micros)));
    }
    return text.toString();
  }

  private static String stripZeros(String fraction) {
    int end = fraction.length();
    while (fraction.charAt(end - 1) == '0') {
      end--;
    }
    return fraction.substring(0, end);
  }

  private static void unit(StringJoiner text, int count, String name) {
    if (count != 0) {
      text.add(count + " " + name + (count == 1 ? "" : "s"));
    }
  }
}
