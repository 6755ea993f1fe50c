package org.kalamdb.internal.expr;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A field of dates and times that EXTRACT and date_trunc name, with the digits after the point that
 * EXTRACT gives it.
 */
enum DateTimeField {
  MICROSECONDS(0),
  MILLISECONDS(3),
  SECOND(6),
  MINUTE(0),
  HOUR(0),
  DAY(0),
  WEEK(0),
  MONTH(0),
  QUARTER(0),
  YEAR(0),
  DECADE(0),
  CENTURY(0),
  MILLENNIUM(0),
  DOW(0),
  ISODOW(0),
  DOY(0),
  ISOYEAR(0),
  JULIAN(0),
  EPOCH(6),
  TIMEZONE(0),
  TIMEZONE_HOUR(0),
  TIMEZONE_MINUTE(0);

  private final int scale;

  DateTimeField(int scale) {
    this.scale = scale;
  }

  int scale() {
    return scale;
  }

  /** Whether it grows with time, so that an infinite time has an infinite value of it. */
  boolean isMonotonic() {
    return switch (this) {
      case YEAR, ISOYEAR, DECADE, CENTURY, MILLENNIUM, JULIAN, EPOCH -> true;
      default -> false;
    };
  }

  /** The field of the name, its plural or its short form; null if there is none. */
  static @Nullable DateTimeField find(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "us", "usec", "usecond", "useconds", "microsecond", "microseconds" -> MICROSECONDS;
      case "ms", "msec", "msecond", "mseconds", "millisecond", "milliseconds" -> MILLISECONDS;
      case "s", "sec", "secs", "second", "seconds" -> SECOND;
      case "m", "min", "mins", "minute", "minutes" -> MINUTE;
      case "h", "hr", "hrs", "hour", "hours" -> HOUR;
      case "d", "day", "days" -> DAY;
      case "w", "week", "weeks" -> WEEK;
      case "mon", "mons", "month", "months" -> MONTH;
      case "qtr", "quarter" -> QUARTER;
      case "y", "yr", "yrs", "year", "years" -> YEAR;
      case "dec", "decs", "decade", "decades" -> DECADE;
      case "c", "cent", "century", "centuries" -> CENTURY;
      case "mil", "mils", "millennium", "millennia" -> MILLENNIUM;
      case "dow" -> DOW;
      case "isodow" -> ISODOW;
      case "doy" -> DOY;
      case "isoyear" -> ISOYEAR;
      case "julian", "j", "jd" -> JULIAN;
      case "epoch" -> EPOCH;
      case "timezone" -> TIMEZONE;
      case "timezone_h", "timezone_hour" -> TIMEZONE_HOUR;
      case "timezone_m", "timezone_minute" -> TIMEZONE_MINUTE;
      default -> null;
    };
  }

  static DateTimeField of(String text, String type) {
    DateTimeField field = find(text);
    if (field == null) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "unit \"" + text + "\" not recognized for type " + type);
    }
    return field;
  }

  KalamException unsupported(String type) {
    return new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED,
        "unit \"" + name().toLowerCase(Locale.ROOT) + "\" not supported for type " + type);
  }
}
