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
 * Reads one date, time or timestamp as PostgreSQL does with DateStyle ISO, MDY: fields in nearly
 * any order, known by their shape. A number of three digits or more is a year, one before a month
 * and a day a month; two-digit years are 1970 to 2069.
 */
final class DateTimeParser {
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
  private static final List<String> MONTH_NAMES =
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
      List.of(
          "sun",
          "sunday",
          "mon",
          "monday",
          "tue",
          "tues",
          "tuesday",
          "wed",
          "weds",
          "wednesday",
          "thu",
          "thur",
          "thurs",
          "thursday",
          "fri",
          "friday",
          "sat",
          "saturday");

  /** What the text says instead of a date. */
  enum Special {
    NONE,
    EPOCH,
    INFINITY,
    MINUS_INFINITY
  }

  private final String text;
  private final String type;
  private final String lower;
  private int at;

  private Special special = Special.NONE;
  private int year = -1;
  private int month = -1;
  private int day = -1;
  private boolean textMonth;
  private boolean shortYear;
  private int dayOfYear = -1;
  private long julian = -1;
  private boolean bc;
  private boolean era;

  /** Microseconds of the day, up to 24:00:00; -1 if there is no time. */
  private long time = -1;

  private int hourOfTime;
  private boolean meridiem;
  private @Nullable ZoneOffset offset;
  private @Nullable ZoneId region;

  private DateTimeParser(String text, String type) {
    this.text = text;
    this.type = type;
    this.lower = text.toLowerCase(Locale.ROOT);
  }

  /** The text read as a date with an optional time. */
  static DateTimeParser parse(String text, String type) {
    DateTimeParser parser = new DateTimeParser(text, type);
    parser.read(false);
    return parser;
  }

  /** The text read as a time, with a date before it that does not count. */
  static DateTimeParser parseTime(String text) {
    DateTimeParser parser = new DateTimeParser(text, "time");
    parser.read(true);
    return parser;
  }

  Special special() {
    return special;
  }

  @Nullable ZoneOffset offset() {
    return offset;
  }

  @Nullable ZoneId region() {
    return region;
  }

  /** Microseconds of the day. */
  long time() {
    return Math.max(time, 0);
  }

  /** Date and time without their zone. */
  LocalDateTime local() {
    LocalDate date = date();
    try {
      return date.atStartOfDay().plusNanos(time() * 1000);
    } catch (DateTimeException e) {
      throw outOfRange(e);
    }
  }

  LocalDate date() {
    try {
      if (julian >= 0) {
        return LocalDate.ofEpochDay(julian - CivilDay.julian(0));
      }
      int full = fullYear();
      return dayOfYear > 0 ? LocalDate.ofYearDay(full, dayOfYear) : LocalDate.of(full, month, day);
    } catch (DateTimeException e) {
      throw outOfRange(e);
    }
  }

  private int fullYear() {
    if (bc) {
      if (year <= 0) {
        throw outOfRange(null);
      }
      return 1 - year;
    }
    if (shortYear) {
      return year < 70 ? year + 2000 : year < 100 ? year + 1900 : year;
    }
    if (year == 0) {
      throw outOfRange(null);
    }
    return year;
  }

  private KalamException invalid() {
    return new KalamException(
        ErrorCode.INVALID_DATETIME_FORMAT,
        "invalid input syntax for type " + type + ": \"" + TextFormats.shown(text) + "\"");
  }

  private KalamException outOfRange(@Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        "date/time field value out of range: \"" + TextFormats.shown(text) + "\"",
        cause);
  }

  private void read(boolean timeOnly) {
    while (at < lower.length()) {
      char c = lower.charAt(at);
      if (isDigit(c)) {
        numeric(timeOnly);
      } else if (c >= 'a' && c <= 'z') {
        word();
      } else if (c == '+' || c == '-') {
        sign();
      } else if (c == '.' || c > 127) {
        throw invalid();
      } else {
        at++;
      }
    }
    if (special != Special.NONE) {
      if (year >= 0 || time >= 0 || timeOnly && special != Special.EPOCH) {
        throw invalid();
      }
      return;
    }
    if (timeOnly && time < 0) {
      throw invalid();
    }
    boolean date = julian >= 0 || year >= 0 && (dayOfYear > 0 || month >= 0 && day >= 0);
    if (!timeOnly && !date) {
      throw invalid();
    }
    if (!date && (year >= 0 || month >= 0 || day >= 0)) {
      throw invalid();
    }
    if (meridiem) {
      if (time < 0) {
        throw invalid();
      }
      if (hourOfTime < 0) {
        throw outOfRange(null);
      }
    }
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private char peek(int ahead) {
    return at + ahead < lower.length() ? lower.charAt(at + ahead) : 0;
  }

  /** A time, a date with separators, or a number whose meaning its length tells. */
  private void numeric(boolean timeOnly) {
    int end = at;
    while (end < lower.length() && isDigit(lower.charAt(end))) {
      end++;
    }
    char next = end < lower.length() ? lower.charAt(end) : 0;
    char after = end + 1 < lower.length() ? lower.charAt(end + 1) : 0;
    if (next == ':') {
      clock();
    } else if ((next == '-' || next == '/' || next == '.')
        && !(next == '-' && year >= 0 && month >= 0 && day >= 0)
        && (isDigit(after) || after >= 'a' && after <= 'z' && next != '.')) {
      separated(next);
    } else {
      String digits = lower.substring(at, end);
      at = end;
      if (timeOnly && year < 0 && (digits.length() == 6 || digits.length() == 4)) {
        compactTime(digits);
      } else if (digits.length() > 4) {
        compact(digits);
      } else if (year >= 0 && month >= 0 && day >= 0) {
        compactTime(digits);
      } else {
        dateNumber(digits);
      }
    }
  }

  /** {@code hh:mm[:ss[.ffffff]]}. */
  private void clock() {
    if (time >= 0) {
      throw invalid();
    }
    int hour = field(3);
    expect(':');
    int minute = field(2);
    int second = 0;
    long micros = 0;
    if (peek(0) == ':') {
      at++;
      second = field(2);
      micros = fraction();
    }
    set(hour, minute, second, micros);
  }

  private long fraction() {
    if (peek(0) != '.') {
      return 0;
    }
    at++;
    long micros = 0;
    long unit = 100_000;
    boolean up = false;
    for (int i = 0; isDigit(peek(0)); i++, at++) {
      int digit = peek(0) - '0';
      if (i == 6) {
        up = digit >= 5;
      }
      micros += digit * unit;
      unit /= 10;
    }
    return up ? micros + 1 : micros;
  }

  private void set(int hour, int minute, int second, long micros) {
    boolean endOfDay = hour == 24 && minute == 0 && second == 0 && micros == 0;
    if (hour > 23 && !endOfDay || minute > 59 || second > 60) {
      throw outOfRange(null);
    }
    hourOfTime = hour;
    time = ((hour * 60L + minute) * 60 + second) * 1_000_000 + micros;
  }

  private int field(int most) {
    int start = at;
    int value = 0;
    while (isDigit(peek(0)) && at - start < most) {
      value = value * 10 + (peek(0) - '0');
      at++;
    }
    if (at == start || isDigit(peek(0))) {
      throw invalid();
    }
    return value;
  }

  private void expect(char c) {
    if (peek(0) != c) {
      throw invalid();
    }
    at++;
  }

  /** {@code 2024-02-29}, {@code 29-Feb-2024}, {@code 2/29/2024}, {@code 2024.060}. */
  private void separated(char separator) {
    int start = at;
    int separators = 0;
    while (at < lower.length()
        && (isDigit(peek(0))
            || peek(0) == separator && separators < 2 && isAlphanumeric(peek(1))
            || separators == 1 && isLetter(peek(0)) && separator != '.')) {
      separators += peek(0) == separator ? 1 : 0;
      at++;
    }
    String[] parts =
        lower.substring(start, at).split(java.util.regex.Pattern.quote("" + separator));
    if (parts.length == 2 && (peek(0) == '/' || peek(0) == '-')) {
      throw invalid();
    }
    if (separator == '.' && parts.length == 2) {
      if (parts[0].length() == 4 && parts[1].length() == 3 && year < 0) {
        year = Integer.parseInt(parts[0]);
        dayOfYear = Integer.parseInt(parts[1]);
        return;
      }
      throw invalid();
    }
    for (String part : parts) {
      if (isLetter(part.charAt(0))) {
        month(part);
      }
    }
    for (String part : parts) {
      if (!isLetter(part.charAt(0))) {
        dateNumber(part);
      }
    }
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isAlphanumeric(char c) {
    return isLetter(c) || isDigit(c);
  }

  /** A number of a date, by what is known already. */
  private void dateNumber(String digits) {
    if (digits.length() > 9 || julian >= 0 || dayOfYear >= 0) {
      throw invalid();
    }
    int value = Integer.parseInt(digits);
    boolean longNumber = digits.length() >= 3;
    if (digits.length() == 3 && year >= 0 && month < 0 && day < 0 && value >= 1 && value <= 366) {
      dayOfYear = value;
    } else if (year < 0
        && (longNumber && (month < 0 || day >= 0 || textMonth) || month >= 0 && day >= 0)) {
      year = value;
      shortYear = digits.length() <= 2;
    } else if (month < 0) {
      month = value;
    } else if (day < 0) {
      if (textMonth && longNumber && year >= 0 && shortYear) {
        // The number taken for a year before the month's name was the day.
        day = year;
        year = value;
        shortYear = false;
      } else {
        day = value;
      }
    } else {
      throw invalid();
    }
  }

  /** {@code 20240229} or {@code 240229} of a date, then {@code 130506} of a time. */
  private void compact(String digits) {
    if (year < 0 && month < 0 && day < 0 && julian < 0) {
      int n = digits.length();
      if (n < 6 || n > 12) {
        throw invalid();
      }
      day = Integer.parseInt(digits.substring(n - 2));
      month = Integer.parseInt(digits.substring(n - 4, n - 2));
      year = Integer.parseInt(digits.substring(0, n - 4));
      shortYear = n == 6;
    } else if (year < 0 && month >= 0 && day >= 0) {
      dateNumber(digits);
    } else {
      compactTime(digits);
    }
  }

  private void compactTime(String digits) {
    if (time >= 0 || digits.length() != 4 && digits.length() != 6) {
      throw invalid();
    }
    set(
        Integer.parseInt(digits.substring(0, 2)),
        Integer.parseInt(digits.substring(2, 4)),
        digits.length() == 6 ? Integer.parseInt(digits.substring(4)) : 0,
        fraction());
  }

  private void month(String name) {
    int index = MONTHS.indexOf(name.equals("sept") ? "sep" : name);
    if (index < 0) {
      index = MONTH_NAMES.indexOf(name);
    }
    if (index < 0) {
      throw invalid();
    }
    if (month >= 0) {
      if (textMonth || day >= 0) {
        throw invalid();
      }
      // The number before the name was the day.
      day = month;
    }
    month = index + 1;
    textMonth = true;
  }

  private void word() {
    int start = at;
    while (isLetter(peek(0))) {
      at++;
    }
    String word = lower.substring(start, at);
    if (MONTHS.contains(word) || MONTH_NAMES.contains(word) || word.equals("sept")) {
      month(word);
      if ((peek(0) == '-' || peek(0) == '/') && isDigit(peek(1))) {
        at++;
        separatedAfterMonth();
      }
      return;
    }
    switch (word) {
      case "t" -> {
        if (!isDigit(peek(0)) && peek(0) != ' ') {
          throw invalid();
        }
      }
      case "am", "pm" -> meridiem(word.equals("pm"));
      case "ad", "bc" -> {
        if (era) {
          throw invalid();
        }
        era = true;
        bc = word.equals("bc");
      }
      case "epoch" -> special(Special.EPOCH);
      case "infinity", "inf" -> special(Special.INFINITY);
      case "now", "today", "tomorrow", "yesterday" ->
          throw new KalamException(
                  ErrorCode.FEATURE_NOT_SUPPORTED,
                  "the date \"" + text.strip() + "\" is not supported")
              .withHint("Use CURRENT_DATE or NOW().");
      case "allballs" -> set(0, 0, 0, 0);
      case "at", "on" -> {}
      case "j", "jd", "julian" -> julian();
      default -> {
        if (!DAYS.contains(word)) {
          zone(start);
        }
      }
    }
  }

  /** {@code Jan-08-1999}: the rest after the month's name. */
  private void separatedAfterMonth() {
    char separator = lower.charAt(at - 1);
    String first = Integer.toString(field(9));
    dateNumber(first.length() == 1 ? "0" + first : first);
    if (peek(0) == separator && isDigit(peek(1))) {
      at++;
      int start = at;
      field(9);
      dateNumber(lower.substring(start, at));
    }
  }

  private void special(Special value) {
    if (special != Special.NONE) {
      throw invalid();
    }
    special = value;
  }

  private void julian() {
    int start = at;
    while (isDigit(peek(0))) {
      at++;
    }
    if (at == start || at - start > 9 || year >= 0) {
      throw invalid();
    }
    julian = Long.parseLong(lower.substring(start, at));
  }

  private void meridiem(boolean pm) {
    if (time < 0 || meridiem) {
      throw invalid();
    }
    meridiem = true;
    if (hourOfTime > 12 || hourOfTime == 0 && pm) {
      throw outOfRange(null);
    }
    if (pm && hourOfTime < 12) {
      time += 12 * IntervalFormat.MICROS_PER_HOUR;
    } else if (!pm && hourOfTime == 12) {
      time -= 12 * IntervalFormat.MICROS_PER_HOUR;
    }
  }

  /** A region or an abbreviation, with the offset of POSIX's form behind it. */
  private void zone(int start) {
    while (at < lower.length()
        && (isAlphanumeric(peek(0))
            || peek(0) == '/'
            || peek(0) == '_'
            || (peek(0) == '+' || peek(0) == '-') && isDigit(peek(1))
            || peek(0) == '-' && isLetter(peek(1))
            || peek(0) == ':' && isDigit(peek(1)))) {
      at++;
    }
    String name = text.substring(start, at);
    if (region != null) {
      throw invalid();
    }
    ZoneId found = TimeZones.findNamed(name);
    if (found == null) {
      boolean shaped = name.indexOf('/') > 0 || name.indexOf('+') > 0 || name.indexOf('-') > 0;
      if (!shaped) {
        throw invalid();
      }
      found = TimeZones.of(name);
    }
    region = found;
  }

  private void sign() {
    if (lower.startsWith("-infinity", at) || lower.startsWith("-inf", at)) {
      at += lower.startsWith("-infinity", at) ? 9 : 4;
      special(Special.MINUS_INFINITY);
      return;
    }
    if (lower.startsWith("+inf", at)) {
      at++;
      return;
    }
    if (!isDigit(peek(1)) || offset != null || time < 0 && year < 0) {
      throw invalid();
    }
    boolean negative = peek(0) == '-';
    at++;
    int start = at;
    int hours = field(6);
    int digits = at - start;
    int minutes = 0;
    int seconds = 0;
    if (digits > 4) {
      seconds = hours % 100;
      minutes = hours / 100 % 100;
      hours /= 10_000;
    } else if (digits > 2) {
      minutes = hours % 100;
      hours /= 100;
    } else if (peek(0) == ':') {
      at++;
      minutes = field(2);
      if (peek(0) == ':') {
        at++;
        seconds = field(2);
      }
    }
    if (hours > 15 || minutes > 59 || seconds > 59) {
      throw new KalamException(
          ErrorCode.INVALID_TIME_ZONE_DISPLACEMENT,
          "time zone displacement out of range: \"" + TextFormats.shown(text) + "\"");
    }
    int total = hours * 3600 + minutes * 60 + seconds;
    offset = ZoneOffset.ofTotalSeconds(negative ? -total : total);
  }
}
