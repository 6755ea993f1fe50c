package org.kalamdb.internal.expr;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.Interval;

/** to_char of timestamps and intervals. */
final class DateTimeWriter {
  /** What the fields are taken from: of an interval years and months, days, and the time. */
  private final @Nullable LocalDate date;

  private final long years;
  private final int months;
  private final long days;
  private final long micros;
  private final @Nullable ZoneId zone;
  private final @Nullable ZoneOffset offset;
  private final StringBuilder out = new StringBuilder();

  private DateTimeWriter(LocalDateTime time, @Nullable ZoneId zone, @Nullable ZoneOffset offset) {
    this.date = time.toLocalDate();
    this.years = time.getYear() > 0 ? time.getYear() : 1L - time.getYear();
    this.months = time.getMonthValue();
    this.days = time.getDayOfMonth();
    this.micros = time.toLocalTime().toNanoOfDay() / 1000;
    this.zone = zone;
    this.offset = offset;
  }

  private DateTimeWriter(Interval interval) {
    this.date = null;
    this.years = interval.months() / 12;
    this.months = interval.months() % 12;
    this.days = interval.days();
    this.micros = interval.micros();
    this.zone = null;
    this.offset = null;
  }

  static String write(
      LocalDateTime time,
      @Nullable ZoneId zone,
      @Nullable ZoneOffset offset,
      List<DateTimePattern.Part> parts) {
    return new DateTimeWriter(time, zone, offset).run(parts);
  }

  static String write(Interval interval, List<DateTimePattern.Part> parts) {
    return new DateTimeWriter(interval).run(parts);
  }

  private String run(List<DateTimePattern.Part> parts) {
    for (DateTimePattern.Part part : parts) {
      if (part.isText()) {
        out.append(part.text());
      } else {
        int start = out.length();
        write(part.field(), part.fill());
        if (!part.ordinal().isEmpty()) {
          out.append(NumberPattern.ordinal(out.substring(start), part.ordinal().equals("TH")));
        }
      }
    }
    return out.toString();
  }

  private void number(long value, int width, boolean fill) {
    if (value < 0) {
      out.append('-');
    }
    DateTimeFormats.pad(out, Math.abs(value), fill ? width : 1);
  }

  private void write(String field, boolean fill) {
    long hour = micros / IntervalFormat.MICROS_PER_HOUR;
    long second = micros / 1_000_000;
    long fraction = Math.abs(micros % 1_000_000);
    switch (field) {
      case "HH24" -> number(hour, 2, fill);
      case "HH", "HH12" -> number(hour % 12 == 0 ? 12 : hour % 12, 2, fill);
      case "MI" -> number(second / 60 % 60, 2, fill);
      case "SS" -> number(second % 60, 2, fill);
      case "SSSS", "SSSSS" -> out.append(second);
      case "MS" -> number(fraction / 1000, 3, true);
      case "US" -> number(fraction, 6, true);
      case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6" -> {
        int digits = field.charAt(2) - '0';
        number(fraction / (long) Math.pow(10, 6 - digits), digits, true);
      }
      case "AM", "PM" -> out.append(hour % 24 < 12 ? "AM" : "PM");
      case "am", "pm" -> out.append(hour % 24 < 12 ? "am" : "pm");
      case "A.M.", "P.M." -> out.append(hour % 24 < 12 ? "A.M." : "P.M.");
      case "a.m.", "p.m." -> out.append(hour % 24 < 12 ? "a.m." : "p.m.");
      case "YYYY" -> number(years, 4, fill);
      case "YYY" -> number(years % 1000, 3, fill);
      case "YY" -> number(years % 100, 2, fill);
      case "Y" -> number(years % 10, 1, fill);
      case "Y,YYY" -> {
        number(years / 1000, 1, fill);
        out.append(',');
        number(years % 1000, 3, true);
      }
      case "MM" -> number(months, 2, fill);
      case "DD" -> number(days, 2, fill);
      case "Q" -> {
        if (months != 0) {
          out.append((months - 1) / 3 + 1);
        }
      }
      case "RM", "rm" -> {
        String text = months == 0 ? "" : NumberPattern.romanDigits(Math.abs(months));
        String cased = field.equals("rm") ? text.toLowerCase(Locale.ROOT) : text;
        out.append(cased).append(fill ? " ".repeat(Math.max(0, 4 - cased.length())) : "");
      }
      case "TZ" -> out.append(zoneName());
      case "tz" -> out.append(zoneName().toLowerCase(Locale.ROOT));
      case "TZH" -> {
        if (offset != null) {
          int total = offset.getTotalSeconds();
          out.append(total < 0 ? '-' : '+');
          DateTimeFormats.pad(out, Math.abs(total) / 3600, 2);
        }
      }
      case "TZM" -> {
        if (offset != null) {
          DateTimeFormats.pad(out, Math.abs(offset.getTotalSeconds()) / 60 % 60, 2);
        }
      }
      case "OF" -> writeOffset();
      default -> {
        LocalDate day = date;
        if (day != null) {
          writeDate(field, fill, day);
        }
      }
    }
  }

  private void writeOffset() {
    if (offset == null) {
      return;
    }
    int total = offset.getTotalSeconds();
    out.append(total < 0 ? '-' : '+');
    DateTimeFormats.pad(out, Math.abs(total) / 3600, 2);
    if (total % 3600 != 0) {
      DateTimeFormats.pad(out.append(':'), Math.abs(total) / 60 % 60, 2);
    }
  }

  private String zoneName() {
    if (zone == null || offset == null) {
      return "";
    }
    return offset.getTotalSeconds() == 0 && zone instanceof ZoneOffset
        ? "UTC"
        : zone.getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
  }

  private void writeDate(String field, boolean fill, LocalDate day) {
    int isoYear = day.get(IsoFields.WEEK_BASED_YEAR);
    int isoWeek = day.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
    int isoDay = day.getDayOfWeek().getValue();
    boolean bc = day.getYear() <= 0;
    switch (field) {
      case "AD", "BC" -> out.append(bc ? "BC" : "AD");
      case "ad", "bc" -> out.append(bc ? "bc" : "ad");
      case "A.D.", "B.C." -> out.append(bc ? "B.C." : "A.D.");
      case "a.d.", "b.c." -> out.append(bc ? "b.c." : "a.d.");
      case "IYYY" -> number(isoYear, 4, fill);
      case "IYY" -> number(isoYear % 1000, 3, fill);
      case "IY" -> number(isoYear % 100, 2, fill);
      case "I" -> number(isoYear % 10, 1, fill);
      case "DDD" -> number(day.getDayOfYear(), 3, fill);
      case "IDDD" -> number((isoWeek - 1) * 7L + isoDay, 3, fill);
      case "D" -> out.append(isoDay % 7 + 1);
      case "ID" -> out.append(isoDay);
      case "W" -> out.append((day.getDayOfMonth() - 1) / 7 + 1);
      case "WW" -> number((day.getDayOfYear() - 1) / 7 + 1, 2, fill);
      case "IW" -> number(isoWeek, 2, fill);
      case "CC" -> number((years + 99) / 100, 2, fill);
      case "J" -> out.append(CivilDay.julian(day.toEpochDay()));
      case "MONTH", "Month", "month" ->
          name(day.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH), field, fill);
      case "MON", "Mon", "mon" ->
          name(day.getMonth().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), field, false);
      case "DAY", "Day", "day" ->
          name(day.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH), field, fill);
      default ->
          name(day.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH), field, false);
    }
  }

  /** In the case of the field's name, filled up to nine characters. */
  private void name(String name, String field, boolean fill) {
    String cased =
        Character.isLowerCase(field.charAt(0))
            ? name.toLowerCase(Locale.ROOT)
            : Character.isLowerCase(field.charAt(1)) ? name : name.toUpperCase(Locale.ROOT);
    out.append(cased).append(fill ? " ".repeat(Math.max(0, 9 - cased.length())) : "");
  }
}
