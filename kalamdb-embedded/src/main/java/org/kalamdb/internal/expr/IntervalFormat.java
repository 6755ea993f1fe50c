package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.Interval;

/**
 * Intervals in PostgreSQL's style ({@code 1 year 2 mons 3 days 04:05:06.7}) out; that, ISO 8601
 * ({@code P1Y2M3DT4H5M6.7S}), {@code 1-2} (years and months) and {@code 4:05:06} in. Also their
 * arithmetic: a month counts as 30 days and a day as 24 hours where intervals are compared or
 * multiplied.
 */
final class IntervalFormat {
  static final long MICROS_PER_SECOND = 1_000_000L;
  static final long MICROS_PER_HOUR = 3_600_000_000L;
  private static final long DAYS_PER_MONTH = 30;

  private IntervalFormat() {}

  static String format(Interval interval) {
    StringBuilder text = new StringBuilder();
    boolean negative = false;
    negative = appendPart(text, interval.months() / 12, "year", negative);
    negative = appendPart(text, interval.months() % 12, "mon", negative);
    negative = appendPart(text, interval.days(), "day", negative);
    long micros = interval.micros();
    if (micros != 0 || text.length() == 0) {
      if (text.length() > 0) {
        text.append(' ');
      }
      text.append(micros < 0 ? "-" : negative ? "+" : "");
      // Long.MIN_VALUE has no positive twin; its parts do.
      DateTimeFormats.pad(text, Math.abs(micros / MICROS_PER_HOUR), 2);
      DateTimeFormats.pad(text.append(':'), Math.abs(micros / (60 * MICROS_PER_SECOND) % 60), 2);
      DateTimeFormats.pad(text.append(':'), Math.abs(micros / MICROS_PER_SECOND % 60), 2);
      DateTimeFormats.appendFraction(text, (int) Math.abs(micros % MICROS_PER_SECOND));
    }
    return text.toString();
  }

  private static boolean appendPart(
      StringBuilder text, int value, String unit, boolean afterNegative) {
    if (value == 0) {
      return afterNegative;
    }
    text.append(text.length() == 0 ? "" : " ")
        .append(afterNegative && value > 0 ? "+" : "")
        .append(value);
    text.append(' ').append(unit).append(value == 1 ? "" : "s");
    return value < 0;
  }

  static Interval parse(String text) {
    return parse(text, "");
  }

  /**
   * As {@code INTERVAL 'text' fields}: a number without a unit is of the last field, and what is
   * smaller than it is cut off.
   *
   * @param fields such as {@code year to month}, empty for all
   */
  static Interval parse(String text, String fields) {
    String last = fields.substring(fields.lastIndexOf(' ') + 1);
    Sum sum = new Sum(text);
    sum.unit = last.isEmpty() ? "second" : last;
    sum.minutesFirst = fields.equals("minute to second");
    read(text, sum);
    Interval value = sum.toInterval();
    return switch (last) {
      case "year" -> new Interval(value.months() / 12 * 12, 0, 0);
      case "month" -> new Interval(value.months(), 0, 0);
      case "day" -> new Interval(value.months(), value.days(), 0);
      case "hour" -> cut(value, MICROS_PER_HOUR);
      case "minute" -> cut(value, 60 * MICROS_PER_SECOND);
      default -> value;
    };
  }

  private static Interval cut(Interval value, long unit) {
    return new Interval(value.months(), value.days(), value.micros() / unit * unit);
  }

  private static void read(String text, Sum sum) {
    String source = text.strip().toLowerCase(Locale.ROOT);
    if (source.isEmpty()) {
      throw invalid(text);
    }
    String unsigned =
        source.startsWith("-") || source.startsWith("+") ? source.substring(1) : source;
    if (unsigned.startsWith("p") && unsigned.length() > 1) {
      parseIso(unsigned.substring(1), source.charAt(0) == '-', sum, text);
    } else {
      parseWords(source, sum, text);
    }
  }

  private static KalamException invalid(String text) {
    return new KalamException(
        ErrorCode.INVALID_DATETIME_FORMAT,
        "invalid input syntax for type interval: \"" + TextFormats.shown(text) + "\"");
  }

  private static KalamException outOfRange(String text) {
    return new KalamException(
        ErrorCode.DATETIME_FIELD_OVERFLOW,
        "interval field value out of range: \"" + TextFormats.shown(text) + "\"");
  }

  private static void parseIso(String source, boolean negative, Sum sum, String text) {
    boolean time = false;
    int at = 0;
    if (source.equals("t")) {
      throw invalid(text);
    }
    while (at < source.length()) {
      if (source.charAt(at) == 't' && !time) {
        time = true;
        at++;
        continue;
      }
      int start = at;
      while (at < source.length()
          && (Character.isDigit(source.charAt(at)) || "+-.".indexOf(source.charAt(at)) >= 0)) {
        at++;
      }
      if (at == start || at == source.length()) {
        throw invalid(text);
      }
      BigDecimal value = number(source.substring(start, at), text);
      String unit =
          switch (source.charAt(at)) {
            case 'y' -> time ? "" : "year";
            case 'm' -> time ? "minute" : "month";
            case 'w' -> time ? "" : "week";
            case 'd' -> time ? "" : "day";
            case 'h' -> time ? "hour" : "";
            case 's' -> time ? "second" : "";
            default -> "";
          };
      at++;
      sum.add(negative ? value.negate() : value, unit);
    }
  }

  private static void parseWords(String source, Sum sum, String text) {
    String[] words = source.replaceFirst("^@", "").strip().split("\\s+");
    boolean ago = words[words.length - 1].equals("ago");
    int end = ago ? words.length - 1 : words.length;
    for (int i = 0; i < end; i++) {
      String word = words[i];
      if (word.indexOf(':') > 0) {
        sum.addTime(word);
        continue;
      }
      int split = 0;
      while (split < word.length() && !Character.isLetter(word.charAt(split))) {
        split++;
      }
      String digits = word.substring(0, split);
      int dash = digits.indexOf('-', 1);
      if (dash > 0 && split == word.length()) {
        boolean minus = digits.startsWith("-");
        BigDecimal years = number(digits.substring(minus ? 1 : 0, dash), text);
        BigDecimal months = number(digits.substring(dash + 1), text);
        sum.add(minus ? years.negate() : years, "year");
        sum.add(minus ? months.negate() : months, "month");
        continue;
      }
      BigDecimal value = number(digits, text);
      String unit = word.substring(split);
      if (unit.isEmpty()) {
        boolean named = i + 1 < end && Character.isLetter(words[i + 1].charAt(0));
        // A bare number before a time means days, a bare number alone seconds.
        unit = named ? words[++i] : i + 1 < end ? "day" : sum.unit;
      }
      sum.add(value, unit);
    }
    if (ago) {
      sum.negate();
    }
  }

  private static BigDecimal number(String digits, String text) {
    try {
      return TextFormats.parseDecimal(digits);
    } catch (KalamException e) {
      throw invalid(text);
    }
  }

  /** What the parts add up to; a part's fraction spills into the next smaller field. */
  private static final class Sum {
    private final String text;

    /** The unit of a number that has none. */
    private String unit = "second";

    /** Whether {@code 4:05} is minutes and seconds. */
    private boolean minutesFirst;

    private BigDecimal months = BigDecimal.ZERO;
    private BigDecimal days = BigDecimal.ZERO;
    private BigDecimal micros = BigDecimal.ZERO;

    Sum(String text) {
      this.text = text;
    }

    void add(BigDecimal value, String unit) {
      if (value.precision() - (long) value.scale() > 20 || value.scale() > 1000) {
        throw outOfRange(text);
      }
      switch (unit) {
        case "y", "yr", "yrs", "year", "years" -> addMonths(value, 12);
        case "mon", "mons", "month", "months" -> addMonths(value, 1);
        case "decade", "decades", "dec", "decs" -> addMonths(value, 120);
        case "c", "cent", "century", "centuries" -> addMonths(value, 1200);
        case "mil", "mils", "millennium", "millennia" -> addMonths(value, 12_000);
        case "w", "week", "weeks" -> addDays(value.multiply(BigDecimal.valueOf(7)));
        case "d", "day", "days" -> addDays(value);
        case "h", "hr", "hrs", "hour", "hours" -> addMicros(value, MICROS_PER_HOUR);
        case "m", "min", "mins", "minute", "minutes" -> addMicros(value, 60 * MICROS_PER_SECOND);
        case "s", "sec", "secs", "second", "seconds" -> addMicros(value, MICROS_PER_SECOND);
        case "ms", "msec", "msecs", "millisecond", "milliseconds" -> addMicros(value, 1000);
        case "us", "usec", "usecs", "microsecond", "microseconds" -> addMicros(value, 1);
        default -> throw invalid(text);
      }
    }

    private void addMonths(BigDecimal value, int factor) {
      BigDecimal total = value.multiply(BigDecimal.valueOf(factor));
      BigDecimal whole = total.setScale(0, RoundingMode.DOWN);
      months = months.add(whole);
      if (factor == 1) {
        addDays(total.subtract(whole).multiply(BigDecimal.valueOf(DAYS_PER_MONTH)));
      }
    }

    private void addDays(BigDecimal value) {
      BigDecimal whole = value.setScale(0, RoundingMode.DOWN);
      days = days.add(whole);
      addMicros(value.subtract(whole), DateTimeFormats.MICROS_PER_DAY);
    }

    private void addMicros(BigDecimal value, long factor) {
      micros = micros.add(value.multiply(BigDecimal.valueOf(factor)));
    }

    void addTime(String word) {
      boolean negative = word.startsWith("-");
      String[] parts = (negative || word.startsWith("+") ? word.substring(1) : word).split(":", -1);
      if (parts.length > 3) {
        throw invalid(text);
      }
      long[] factors = {MICROS_PER_HOUR, 60 * MICROS_PER_SECOND, MICROS_PER_SECOND};
      if (parts.length == 2 && (minutesFirst || parts[1].indexOf('.') >= 0)) {
        factors = new long[] {60 * MICROS_PER_SECOND, MICROS_PER_SECOND};
      }
      for (int i = 0; i < parts.length; i++) {
        BigDecimal value = number(parts[i], text);
        if (i > 0 && value.compareTo(BigDecimal.valueOf(60)) >= 0) {
          throw outOfRange(text);
        }
        addMicros(negative ? value.negate() : value, factors[i]);
      }
    }

    void negate() {
      months = months.negate();
      days = days.negate();
      micros = micros.negate();
    }

    Interval toInterval() {
      try {
        return new Interval(
            months.intValueExact(),
            days.intValueExact(),
            micros.setScale(0, RoundingMode.HALF_EVEN).longValueExact());
      } catch (ArithmeticException e) {
        throw outOfRange(text);
      }
    }
  }

  /** Order by length, a month counted as 30 days. */
  static int compare(Interval left, Interval right) {
    int high = Long.compare(spanDays(left), spanDays(right));
    return high != 0 ? high : Long.compare(spanMicros(left), spanMicros(right));
  }

  /** Whole days of the span, with the days in its microseconds. */
  static long spanDays(Interval interval) {
    return spanDays(interval.months(), interval.days(), interval.micros());
  }

  static long spanDays(int months, int days, long micros) {
    return months * DAYS_PER_MONTH + days + Math.floorDiv(micros, DateTimeFormats.MICROS_PER_DAY);
  }

  static long spanMicros(Interval interval) {
    return Math.floorMod(interval.micros(), DateTimeFormats.MICROS_PER_DAY);
  }

  static Interval add(Interval left, Interval right) {
    try {
      return new Interval(
          Math.addExact(left.months(), right.months()),
          Math.addExact(left.days(), right.days()),
          Math.addExact(left.micros(), right.micros()));
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  static Interval negate(Interval interval) {
    try {
      return new Interval(
          Math.negateExact(interval.months()),
          Math.negateExact(interval.days()),
          Math.negateExact(interval.micros()));
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  /** Fractions of months spill into days and of days into microseconds. */
  static Interval multiply(Interval interval, double factor) {
    return scaled(interval.months() * factor, interval.days() * factor, interval.micros() * factor);
  }

  /** The divisor is not zero. */
  static Interval divide(Interval interval, double divisor) {
    return scaled(
        interval.months() / divisor, interval.days() / divisor, interval.micros() / divisor);
  }

  private static Interval scaled(double months, double days, double time) {
    double wholeMonths = truncate(months);
    double monthDays = Math.rint((months - wholeMonths) * DAYS_PER_MONTH * 1e6) / 1e6;
    double wholeDays = truncate(days) + truncate(monthDays);
    double restDays =
        Math.rint((days - truncate(days) + monthDays - truncate(monthDays)) * 86_400 * 1e6) / 1e6;
    double micros = time + restDays * MICROS_PER_SECOND;
    double rounded = Math.rint(micros);
    if (!(Math.abs(wholeMonths) <= Integer.MAX_VALUE
        && Math.abs(wholeDays) <= Integer.MAX_VALUE
        && Math.abs(rounded) < 0x1p63)) {
      throw outOfRange();
    }
    return new Interval((int) wholeMonths, (int) wholeDays, (long) rounded);
  }

  private static double truncate(double value) {
    return value < 0 ? Math.ceil(value) : Math.floor(value);
  }

  static KalamException outOfRange() {
    return new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range");
  }
}
