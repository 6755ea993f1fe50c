package org.kalamdb.internal.expr;

/**
 * A day of the proleptic Gregorian calendar by its parts, computed without making objects, for
 * loops over columns. The day count is that of 1970-01-01; years are astronomical (0 is 1 BC).
 *
 * <p>Source of the arithmetic: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
final class CivilDay {
  /** Days from 0000-03-01 to 1970-01-01. */
  private static final long EPOCH_SHIFT = 719_468;

  private static final long DAYS_PER_ERA = 146_097;
  private static final long JULIAN_OF_EPOCH = 2_440_588;

  private long day;
  private long year;
  private int month;
  private int dayOfMonth;

  CivilDay at(long epochDay) {
    day = epochDay;
    long shifted = epochDay + EPOCH_SHIFT;
    long era = Math.floorDiv(shifted, DAYS_PER_ERA);
    int dayOfEra = (int) (shifted - era * DAYS_PER_ERA);
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int shiftedMonth = (5 * dayOfYear + 2) / 153;
    dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    return this;
  }

  /** The day count of a date that exists. */
  static long epochDay(long year, int month, int dayOfMonth) {
    long shiftedYear = month <= 2 ? year - 1 : year;
    long era = Math.floorDiv(shiftedYear, 400);
    int yearOfEra = (int) (shiftedYear - era * 400);
    int dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + dayOfMonth - 1;
    int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
    return era * DAYS_PER_ERA + dayOfEra - EPOCH_SHIFT;
  }

  long year() {
    return year;
  }

  int month() {
    return month;
  }

  int dayOfMonth() {
    return dayOfMonth;
  }

  int dayOfYear() {
    return (int) (day - epochDay(year, 1, 1)) + 1;
  }

  /** Monday is 1, Sunday 7. */
  static int isoDayOfWeek(long epochDay) {
    return (int) Math.floorMod(epochDay + 3, 7L) + 1;
  }

  static long julian(long epochDay) {
    return epochDay + JULIAN_OF_EPOCH;
  }

  /** The year of the week's Thursday. */
  long isoYear() {
    return new CivilDay().at(thursday(day)).year;
  }

  int isoWeek() {
    return (new CivilDay().at(thursday(day)).dayOfYear() + 6) / 7;
  }

  private static long thursday(long epochDay) {
    return epochDay - isoDayOfWeek(epochDay) + 4;
  }
}
