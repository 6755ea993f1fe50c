package org.kalamdb.internal.expr;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * to_date and to_timestamp. Blanks of the text are skipped before a field, text between fields
 * stands for any characters, and what the template does not name is 0001-01-01 00:00:00.
 */
final class DateTimeReader {
  private static final List<String> MONTHS =
      List.of(
          "january",
          "february",
          "march",
          "april",
          "may",
          "june",
          "july",
          "august",
          "september",
          "october",
          "november",
          "december");
  private static final List<String> DAYS =
      List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");

  private final String text;
  private int at;
  private @Nullable Integer year;
  private int month = 1;
  private int day = 1;
  private int dayOfYear;
  private int isoWeek;
  private int isoDay = 1;
  private boolean isoYear;
  private int hour;
  private int minute;
  private int second;
  private long micros;
  private long secondsOfDay = -1;
  private @Nullable Boolean afternoon;
  private boolean twelve;
  private boolean bc;
  private int century;
  private long julian = -1;
  private int zoneSign = 1;
  private @Nullable Integer zoneHours;
  private int zoneMinutes;
  private @Nullable ZoneId zone;

  private DateTimeReader(String text) {
    this.text = text;
  }

  static DateTimeReader read(String text, List<DateTimePattern.Part> parts) {
    DateTimeReader reader = new DateTimeReader(text);
    for (int i = 0; i < parts.size() && reader.at < text.length(); i++) {
      DateTimePattern.Part part = parts.get(i);
      if (part.isText()) {
        reader.skipText(part.text());
      } else {
        boolean limited = i + 1 < parts.size() && isNumber(parts.get(i + 1));
        reader.skipBlanks();
        reader.field(part.field(), limited || !part.fill() && limited);
        if (!part.ordinal().isEmpty()) {
          reader.at = Math.min(text.length(), reader.at + 2);
        }
      }
    }
    return reader;
  }

  private static boolean isNumber(DateTimePattern.Part part) {
    return !part.isText()
        && !List.of("MONTH", "MON", "DAY", "DY", "AM", "PM", "AD", "BC", "TZ", "RM")
            .contains(part.field().toUpperCase(Locale.ROOT));
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  /** Separators of the template match any separators of the text, or none. */
  private void skipText(String pattern) {
    for (int i = 0; i < pattern.length() && at < text.length(); i++) {
      char wanted = pattern.charAt(i);
      if (Character.isLetterOrDigit(wanted)) {
        at++;
      } else {
        skipBlanks();
        if (at < text.length() && !Character.isLetterOrDigit(text.charAt(at))) {
          boolean sign = (text.charAt(at) == '-' || text.charAt(at) == '+') && wanted == ' ';
          at += sign ? 0 : 1;
        }
      }
    }
  }

  private KalamException invalid(String field) {
    int end = Math.min(text.length(), at + 4);
    return new KalamException(
        ErrorCode.INVALID_DATETIME_FORMAT,
        "invalid value \"" + text.substring(at, end) + "\" for \"" + field + "\"");
  }

  private int number(String field, int width, boolean limited) {
    int start = at;
    boolean negative = at < text.length() && text.charAt(at) == '-';
    if (at < text.length() && (negative || text.charAt(at) == '+')) {
      at++;
    }
    int first = at;
    long value = 0;
    while (at < text.length()
        && Character.digit(text.charAt(at), 10) >= 0
        && (!limited || at - first < width)
        && at - first < 9) {
      value = value * 10 + Character.digit(text.charAt(at), 10);
      at++;
    }
    if (at == first) {
      at = start;
      throw invalid(field);
    }
    return (int) (negative ? -value : value);
  }

  private void field(String field, boolean limited) {
    switch (field) {
      case "YYYY" -> year = number(field, 4, limited);
      case "IYYY" -> {
        year = number(field, 4, limited);
        isoYear = true;
      }
      case "Y,YYY" -> {
        int thousands = number(field, 3, true);
        at += at < text.length() && text.charAt(at) == ',' ? 1 : 0;
        year = thousands * 1000 + number(field, 3, true);
      }
      case "YYY", "IYY" -> year = nearest(number(field, 3, limited), 3);
      case "YY", "IY" -> year = nearest(number(field, 2, limited), 2);
      case "Y", "I" -> year = nearest(number(field, 1, limited), 1);
      case "MM" -> month = number(field, 2, limited);
      case "DD" -> day = number(field, 2, limited);
      case "DDD" -> dayOfYear = number(field, 3, limited);
      case "HH24" -> hour = number(field, 2, limited);
      case "HH", "HH12" -> {
        hour = number(field, 2, limited);
        twelve = true;
        if (hour < 1 || hour > 12) {
          throw new KalamException(
                  ErrorCode.INVALID_DATETIME_FORMAT,
                  "hour \"" + hour + "\" is invalid for the 12-hour clock")
              .withHint("Use the 24-hour clock, or give an hour between 1 and 12.");
        }
      }
      case "MI" -> minute = number(field, 2, limited);
      case "SS" -> second = number(field, 2, limited);
      case "SSSS", "SSSSS" -> secondsOfDay = number(field, 5, limited);
      case "MS" -> micros += fraction(field, 3);
      case "US" -> micros += fraction(field, 6);
      case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6" ->
          micros += fraction(field, field.charAt(2) - '0');
      case "IW" -> isoWeek = number(field, 2, limited);
      case "ID" -> isoDay = number(field, 1, true);
      case "CC" -> century = number(field, 2, limited);
      case "J" -> julian = number(field, 9, limited);
      case "Q", "W", "WW", "D", "IDDD" -> number(field, 2, limited);
      case "TZH" -> {
        zoneSign = at < text.length() && text.charAt(at) == '-' ? -1 : 1;
        zoneHours = Math.abs(number(field, 2, true));
      }
      case "TZM" -> zoneMinutes = number(field, 2, true);
      case "TZ", "tz", "OF" -> zone();
      default -> word(field);
    }
  }

  /** The digits after a point, so many of them. */
  private long fraction(String field, int digits) {
    int start = at;
    long value = Math.abs(number(field, digits, true));
    for (int i = at - start; i < 6; i++) {
      value *= 10;
    }
    return value;
  }

  /** The year with those last digits that is nearest to 2020. */
  private static int nearest(int value, int digits) {
    if (value < 0) {
      return value;
    }
    return switch (digits) {
      case 1 -> value + 2020;
      case 2 -> value < 70 ? value + 2000 : value < 100 ? value + 1900 : value;
      default -> value < 520 ? value + 2000 : value < 1000 ? value + 1000 : value;
    };
  }

  private void word(String field) {
    String rest = text.substring(at).toLowerCase(Locale.ROOT);
    switch (field.toUpperCase(Locale.ROOT)) {
      case "AM", "PM", "A.M.", "P.M." -> {
        boolean dotted = rest.startsWith("a.m.") || rest.startsWith("p.m.");
        if (!dotted && !rest.startsWith("am") && !rest.startsWith("pm")) {
          throw invalid(field);
        }
        afternoon = rest.charAt(0) == 'p';
        twelve = true;
        at += dotted ? 4 : 2;
      }
      case "AD", "BC", "A.D.", "B.C." -> {
        boolean dotted = rest.startsWith("a.d.") || rest.startsWith("b.c.");
        if (!dotted && !rest.startsWith("ad") && !rest.startsWith("bc")) {
          throw invalid(field);
        }
        bc = rest.charAt(0) == 'b';
        at += dotted ? 4 : 2;
      }
      case "MONTH" -> month = name(MONTHS, rest, 0, field) + 1;
      case "MON" -> month = name(MONTHS, rest, 3, field) + 1;
      case "DAY" -> name(DAYS, rest, 0, field);
      case "DY" -> name(DAYS, rest, 3, field);
      case "RM" -> month = roman(rest, field);
      default -> throw invalid(field);
    }
  }

  private int name(List<String> names, String rest, int length, String field) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      String wanted = length == 0 ? name : name.substring(0, length);
      if (rest.startsWith(wanted)) {
        at += wanted.length();
        return i;
      }
    }
    throw invalid(field);
  }

  private int roman(String rest, String field) {
    for (int i = 12; i >= 1; i--) {
      for (int number : new int[] {8, 7, 3, 12, 4, 6, 9, 11, 2, 1, 5, 10}) {
        String digits = NumberPattern.romanDigits(number).toLowerCase(Locale.ROOT);
        if (digits.length() == i && rest.startsWith(digits)) {
          at += digits.length();
          return number;
        }
      }
    }
    throw invalid(field);
  }

  private void zone() {
    int start = at;
    while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    String name = text.substring(start, at);
    boolean offset = name.startsWith("+") || name.startsWith("-");
    ZoneId found = offset ? null : TimeZones.findNamed(name);
    if (found == null) {
      at = start;
      if (!offset) {
        throw invalid("TZ");
      }
      zoneSign = name.charAt(0) == '-' ? -1 : 1;
      zoneHours = Math.abs(number("TZ", 2, true));
      if (at < text.length() && text.charAt(at) == ':') {
        at++;
        zoneMinutes = number("TZ", 2, true);
      }
    }
    zone = found;
  }

  LocalDate date() {
    try {
      if (julian >= 0) {
        return LocalDate.ofEpochDay(julian - CivilDay.julian(0));
      }
      int full = fullYear();
      if (isoYear && isoWeek > 0) {
        return LocalDate.of(full, 1, 4)
            .with(java.time.temporal.IsoFields.WEEK_OF_WEEK_BASED_YEAR, isoWeek)
            .with(java.time.DayOfWeek.of(isoDay));
      }
      return dayOfYear > 0 ? LocalDate.ofYearDay(full, dayOfYear) : LocalDate.of(full, month, day);
    } catch (DateTimeException e) {
      throw outOfRange(e);
    }
  }

  private int fullYear() {
    Integer given = year;
    if (given == null) {
      return century > 0 ? (century - 1) * 100 + 1 : bc ? 0 : 1;
    }
    if (century > 0 && given < 100) {
      return (century - 1) * 100 + given;
    }
    if (bc) {
      return 1 - given;
    }
    return given < 0 ? given + 1 : given == 0 ? 0 : given;
  }

  private KalamException outOfRange(@Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        "date/time field value out of range: \"" + TextFormats.shown(text) + "\"",
        cause);
  }

  LocalDateTime timestamp() {
    int clock = hour;
    if (twelve && afternoon != null) {
      clock = hour % 12 + (afternoon ? 12 : 0);
    } else if (twelve && hour == 12) {
      clock = 0;
    }
    if (clock < 0 || clock > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) {
      throw outOfRange(null);
    }
    long seconds = secondsOfDay >= 0 ? secondsOfDay : (clock * 60L + minute) * 60 + second;
    return date().atStartOfDay().plusSeconds(seconds).plusNanos(micros * 1000);
  }

  /** The zone of the text, else the session's. */
  ZoneId zoneOr(ZoneId session) {
    Integer hours = zoneHours;
    if (hours != null) {
      return ZoneOffset.ofTotalSeconds(zoneSign * (hours * 3600 + zoneMinutes * 60));
    }
    ZoneId named = zone;
    return named == null ? session : named;
  }
}
