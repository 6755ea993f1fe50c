package org.kalamdb.internal.expr;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Text forms of dates and times, PostgreSQL's ISO style in and out. Read are {@code 2024-02-29},
 * {@code 2024/2/29}, {@code 20240229}; a time {@code 13:05[:06[.123456]]} with AM or PM, after a
 * blank or T; a zone {@code Z}, {@code +05:30}, {@code +0530}, {@code UTC} or {@code
 * Europe/Berlin}; and BC. Infinity and the words now, today, tomorrow, yesterday are refused.
 */
final class DateTimeFormats {
  static final long MICROS_PER_DAY = 86_400_000_000L;

  private DateTimeFormats() {}

  static LocalDate parseDate(String text) {
    Parser parser = new Parser(text, "date");
    return parser.parse().toLocalDate();
  }

  static LocalTime parseTime(String text) {
    Parser parser = new Parser(text, "time");
    parser.skipBlanks();
    LocalDateTime time = parser.looksLikeDate() ? parser.parse() : parser.parseTimeOnly();
    return time.toLocalTime();
  }

  /** A zone in the text is read and ignored, as PostgreSQL does. */
  static LocalDateTime parseTimestamp(String text) {
    return new Parser(text, "timestamp").parse();
  }

  static Instant parseInstant(String text, ZoneId zone) {
    return parseZoned(text, zone, "timestamp with time zone").toInstant();
  }

  static ZonedDateTime parseZoned(String text, ZoneId zone) {
    return parseZoned(text, zone, "zoned_timestamp");
  }

  private static ZonedDateTime parseZoned(String text, ZoneId zone, String type) {
    Parser parser = new Parser(text, type);
    LocalDateTime local = parser.parse();
    if (parser.region != null && parser.offset != null) {
      return ZonedDateTime.ofInstant(local, parser.offset, parser.region);
    }
    ZoneId named = parser.region != null ? parser.region : parser.offset;
    return local.atZone(named == null ? zone : named);
  }

  /** Whether the text is a timestamp that says its zone or offset. */
  static boolean namesZone(String text) {
    Parser parser = new Parser(text, "timestamp with time zone");
    try {
      parser.parse();
    } catch (KalamException e) {
      // Whoever reads the value reports what is wrong with it.
      return false;
    }
    return parser.offset != null || parser.region != null;
  }

  static String format(LocalDate date) {
    StringBuilder text = new StringBuilder(10);
    appendDate(text, date);
    return text.append(era(date)).toString();
  }

  static String format(LocalTime time) {
    StringBuilder text = new StringBuilder(15);
    appendTime(text, time);
    return text.toString();
  }

  static String format(LocalDateTime timestamp) {
    StringBuilder text = new StringBuilder(26);
    appendDate(text, timestamp.toLocalDate());
    appendTime(text.append(' '), timestamp.toLocalTime());
    return text.append(era(timestamp.toLocalDate())).toString();
  }

  static String format(Instant instant, ZoneId zone) {
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

  /** One pass over one text. */
  private static final class Parser {
    private final String text;
    private final String type;
    private int at;
    @Nullable ZoneOffset offset;
    @Nullable ZoneId region;

    Parser(String text, String type) {
      this.text = text;
      this.type = type;
    }

    KalamException invalid() {
      return new KalamException(
          ErrorCode.INVALID_DATETIME_FORMAT,
          "invalid input syntax for type " + type + ": \"" + TextFormats.shown(text) + "\"");
    }

    KalamException outOfRange(@Nullable Throwable cause) {
      return new KalamException(
          ErrorCode.DATETIME_FIELD_OVERFLOW,
          "date/time field value out of range: \"" + TextFormats.shown(text) + "\"",
          cause);
    }

    boolean looksLikeDate() {
      int colon = text.indexOf(':');
      int separator = Math.max(text.indexOf('-', at + 1), text.indexOf('/'));
      return separator > 0
          && (colon < 0 || text.indexOf('-', at + 1) < colon && text.indexOf('-') > 0);
    }

    LocalDateTime parse() {
      skipBlanks();
      if (at < text.length() && !isDigit()) {
        refuseWord();
      }
      int start = at;
      long first = number(9);
      int digits = at - start;
      long year;
      long month;
      long day;
      if (at < text.length() && (peek() == '-' || peek() == '/') && digits >= 3) {
        char separator = next();
        year = first;
        month = number(2);
        expect(separator);
        day = number(2);
      } else if (digits == 8) {
        year = first / 10_000;
        month = first / 100 % 100;
        day = first % 100;
      } else {
        throw invalid();
      }
      Time time = new Time();
      if (at < text.length()
          && (peek() == 'T' || peek() == 't')
          && at + 1 < text.length()
          && isDigitAt(at + 1)) {
        at++;
        time.parse();
      } else {
        skipBlanks();
        if (at < text.length() && isDigit()) {
          time.parse();
        }
      }
      zone();
      boolean bc = era();
      skipBlanks();
      if (at < text.length()) {
        throw invalid();
      }
      if (year == 0) {
        throw outOfRange(null);
      }
      try {
        LocalDate date = LocalDate.of((int) (bc ? 1 - year : year), (int) month, (int) day);
        return time.on(date);
      } catch (DateTimeException e) {
        throw outOfRange(e);
      }
    }

    LocalDateTime parseTimeOnly() {
      Time time = new Time();
      if (at >= text.length() || !isDigit()) {
        throw invalid();
      }
      time.parse();
      zone();
      skipBlanks();
      if (at < text.length()) {
        throw invalid();
      }
      LocalDateTime result = time.on(LocalDate.EPOCH);
      if (!result.toLocalDate().equals(LocalDate.EPOCH)) {
        throw outOfRange(null);
      }
      return result;
    }

    private void refuseWord() {
      switch (text.strip().toLowerCase(Locale.ROOT)) {
        case "infinity", "-infinity", "+infinity" ->
            throw new KalamException(
                ErrorCode.FEATURE_NOT_SUPPORTED, "infinite dates and timestamps are not supported");
        case "now", "today", "tomorrow", "yesterday" ->
            throw new KalamException(
                    ErrorCode.FEATURE_NOT_SUPPORTED,
                    "the date \"" + text.strip() + "\" is not supported")
                .withHint("Use CURRENT_DATE or NOW().");
        default -> throw invalid();
      }
    }

    /** Hours, minutes, seconds and microseconds, rounded from more digits. */
    private final class Time {
      private long hour;
      private long minute;
      private long second;
      private long micros;

      void parse() {
        hour = number(2);
        expect(':');
        minute = number(2);
        if (at < text.length() && peek() == ':') {
          at++;
          second = number(2);
          if (at < text.length() && peek() == '.') {
            at++;
            fraction();
          }
        }
        meridiem();
      }

      private void fraction() {
        int start = at;
        long unit = 100_000;
        while (at < text.length() && isDigit()) {
          int digit = next() - '0';
          if (at - start == 7 && digit >= 5) {
            micros++;
          }
          micros += digit * unit;
          unit /= 10;
        }
      }

      private void meridiem() {
        int mark = at;
        skipBlanks();
        boolean am = text.regionMatches(true, at, "am", 0, 2);
        boolean pm = text.regionMatches(true, at, "pm", 0, 2);
        if (!am && !pm) {
          at = mark;
          return;
        }
        at += 2;
        if (hour < 1 || hour > 12) {
          throw outOfRange(null);
        }
        hour = hour % 12 + (pm ? 12 : 0);
      }

      LocalDateTime on(LocalDate date) {
        boolean endOfDay = hour == 24 && minute == 0 && second == 0 && micros == 0;
        if (hour > 23 && !endOfDay || minute > 59 || second > 59) {
          throw outOfRange(null);
        }
        return date.atStartOfDay()
            .plusHours(hour)
            .plusMinutes(minute)
            .plusSeconds(second)
            .plusNanos(micros * 1000);
      }
    }

    private void zone() {
      skipBlanks();
      if (at < text.length() && (peek() == '+' || peek() == '-')) {
        offset();
        skipBlanks();
      }
      if (at < text.length() && Character.isLetter(peek()) && !atEra()) {
        int start = at;
        while (at < text.length() && !Character.isWhitespace(peek())) {
          at++;
        }
        String name = text.substring(start, at);
        try {
          if (name.equalsIgnoreCase("z")
              || name.equalsIgnoreCase("utc")
              || name.equalsIgnoreCase("gmt")) {
            region = ZoneOffset.UTC;
          } else {
            region = ZoneId.of(name);
          }
        } catch (DateTimeException e) {
          throw name.indexOf('/') > 0
              ? new KalamException(
                  ErrorCode.INVALID_PARAMETER_VALUE, "time zone \"" + name + "\" not recognized", e)
              : invalid();
        }
      }
    }

    private void offset() {
      boolean negative = next() == '-';
      int start = at;
      long hours = number(4);
      long minutes = 0;
      long seconds = 0;
      if (at - start > 2) {
        minutes = hours % 100;
        hours /= 100;
      } else if (at < text.length() && peek() == ':') {
        at++;
        minutes = number(2);
        if (at < text.length() && peek() == ':') {
          at++;
          seconds = number(2);
        }
      }
      if (hours > 15 || minutes > 59 || seconds > 59) {
        throw new KalamException(
            ErrorCode.DATETIME_FIELD_OVERFLOW,
            "time zone displacement out of range: \"" + TextFormats.shown(text) + "\"");
      }
      int total = (int) (hours * 3600 + minutes * 60 + seconds);
      offset = ZoneOffset.ofTotalSeconds(negative ? -total : total);
    }

    private boolean atEra() {
      return (text.regionMatches(true, at, "bc", 0, 2) || text.regionMatches(true, at, "ad", 0, 2))
          && (at + 2 == text.length() || Character.isWhitespace(text.charAt(at + 2)));
    }

    private boolean era() {
      skipBlanks();
      if (at < text.length() && atEra()) {
        boolean bc = text.regionMatches(true, at, "bc", 0, 2);
        at += 2;
        return bc;
      }
      return false;
    }

    private long number(int most) {
      int start = at;
      long value = 0;
      while (at < text.length() && isDigit() && at - start < most) {
        value = value * 10 + (next() - '0');
      }
      if (at == start || at < text.length() && isDigit()) {
        throw invalid();
      }
      return value;
    }

    private void expect(char c) {
      if (at >= text.length() || next() != c) {
        throw invalid();
      }
    }

    void skipBlanks() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private char peek() {
      return text.charAt(at);
    }

    private char next() {
      return text.charAt(at++);
    }

    private boolean isDigit() {
      return isDigitAt(at);
    }

    private boolean isDigitAt(int index) {
      char c = text.charAt(index);
      return c >= '0' && c <= '9';
    }
  }
}
