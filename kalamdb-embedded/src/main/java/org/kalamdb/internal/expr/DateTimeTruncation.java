package org.kalamdb.internal.expr;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/** date_trunc to a field of the calendar, and date_bin to a grid of equal steps. */
final class DateTimeTruncation {
  private DateTimeTruncation() {}

  static void register(Registrar r) {
    r.kernel(
        "date_trunc",
        in -> DataType.TIMESTAMP,
        (in, type) -> new Truncation(Kind.TIMESTAMP),
        Kind.TEXT,
        Kind.TIMESTAMP);
    r.add(
        "date_trunc",
        in -> DataType.TIMESTAMPTZ,
        Volatility.STABLE,
        true,
        (in, type) -> new Truncation(Kind.TIMESTAMPTZ),
        Kind.TEXT,
        Kind.TIMESTAMPTZ);
    r.kernel(
        "date_trunc",
        in -> DataType.TIMESTAMPTZ,
        (in, type) -> new Truncation(Kind.TIMESTAMPTZ),
        Kind.TEXT,
        Kind.TIMESTAMPTZ,
        Kind.TEXT);
    r.value(
        "date_trunc",
        DataType.ZONED_TIMESTAMP,
        (a, c) ->
            truncate(TextFunctions.string(a[0]), (ZonedDateTime) Objects.requireNonNull(a[1])),
        Kind.TEXT,
        Kind.ZONED_TIMESTAMP);
    r.value(
        "date_trunc",
        DataType.INTERVAL,
        (a, c) -> truncate(TextFunctions.string(a[0]), DateTimeArithmetic.interval(a[1])),
        Kind.TEXT,
        Kind.INTERVAL);
    for (DataType type : new DataType[] {DataType.TIMESTAMP, DataType.TIMESTAMPTZ}) {
      r.kernel("date_bin", type, DateTimeTruncation::bins, Kind.INTERVAL, type.kind(), type.kind());
    }
  }

  /** The loop, which looks the field and the zone up again only when they change. */
  private static final class Truncation implements Kernel {
    private final Kind kind;
    private final CivilDay civil = new CivilDay();
    private String fieldText = "";
    private String zoneText = "";
    private @Nullable DateTimeField knownField;
    private @Nullable ZoneId knownZone;

    Truncation(Kind kind) {
      this.kind = kind;
    }

    @Override
    public void apply(
        ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
      DateTimeField field = field(in[0].getString(rows[0]));
      ZoneId zone = in.length == 3 ? zone(in[2].getString(rows[0])) : context.zone();
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (i > 0 && !in[0].isConstant()) {
          field = field(in[0].getString(row));
        }
        if (i > 0 && in.length == 3 && !in[2].isConstant()) {
          zone = zone(in[2].getString(row));
        }
        long micros = in[1].getLong(row);
        if (!Micros.isFinite(micros)) {
          out.setLong(row, micros);
        } else if (kind == Kind.TIMESTAMP) {
          out.setLong(row, truncate(field, micros, civil, kind));
        } else {
          long local = truncate(field, DateTimeParts.localMicros(micros, zone), civil, kind);
          out.setLong(row, instant(local, micros, zone, field));
        }
      }
    }

    private DateTimeField field(String text) {
      DateTimeField field = knownField;
      if (field == null || !text.equals(fieldText)) {
        field = DateTimeField.of(text, TypeRules.sqlName(kind));
        fieldText = text;
        knownField = field;
      }
      return field;
    }

    private ZoneId zone(String text) {
      ZoneId zone = knownZone;
      if (zone == null || !text.equals(zoneText)) {
        zone = TimeZones.of(text);
        zoneText = text;
        knownZone = zone;
      }
      return zone;
    }

    /**
     * The instant of a local time; below a day it keeps the offset of the instant it was cut from.
     */
    private static long instant(long local, long cut, ZoneId zone, DateTimeField field) {
      if (zone.getRules().isFixedOffset() || field.compareTo(DateTimeField.HOUR) <= 0) {
        return local - (DateTimeParts.localMicros(cut, zone) - cut);
      }
      return Micros.of(Micros.toTimestamp(local).atZone(zone).toInstant());
    }
  }

  /** Microseconds of the calendar cut to the field. */
  static long truncate(DateTimeField field, long micros, CivilDay civil, Kind kind) {
    long unit =
        switch (field) {
          case MICROSECONDS -> 1;
          case MILLISECONDS -> 1000;
          case SECOND -> 1_000_000;
          case MINUTE -> 60_000_000;
          case HOUR -> IntervalFormat.MICROS_PER_HOUR;
          case DAY -> DateTimeFormats.MICROS_PER_DAY;
          default -> 0;
        };
    if (unit > 0) {
      return Math.floorDiv(micros, unit) * unit;
    }
    long day = Math.floorDiv(micros, DateTimeFormats.MICROS_PER_DAY);
    civil.at(day);
    long year = civil.year();
    long cut =
        switch (field) {
          case WEEK -> day - CivilDay.isoDayOfWeek(day) + 1;
          case MONTH -> day - civil.dayOfMonth() + 1;
          case QUARTER -> CivilDay.epochDay(year, (civil.month() - 1) / 3 * 3 + 1, 1);
          case YEAR -> CivilDay.epochDay(year, 1, 1);
          case DECADE -> CivilDay.epochDay(Math.floorDiv(year, 10L) * 10, 1, 1);
          case CENTURY -> CivilDay.epochDay(Math.floorDiv(year - 1, 100L) * 100 + 1, 1, 1);
          case MILLENNIUM -> CivilDay.epochDay(Math.floorDiv(year - 1, 1000L) * 1000 + 1, 1, 1);
          default -> throw field.unsupported(TypeRules.sqlName(kind));
        };
    return Math.multiplyExact(cut, DateTimeFormats.MICROS_PER_DAY);
  }

  private static ZonedDateTime truncate(String text, ZonedDateTime time) {
    DateTimeField field = DateTimeField.of(text, "zoned_timestamp");
    LocalDateTime local = time.toLocalDateTime();
    long cut = truncate(field, Micros.of(local), new CivilDay(), Kind.ZONED_TIMESTAMP);
    return Micros.toTimestamp(cut).atZone(time.getZone());
  }

  private static Interval truncate(String text, Interval value) {
    DateTimeField field = DateTimeField.of(text, "interval");
    int months = value.months();
    int days = value.days();
    long micros = value.micros();
    return switch (field) {
      case MICROSECONDS -> value;
      case MILLISECONDS -> new Interval(months, days, micros / 1000 * 1000);
      case SECOND -> new Interval(months, days, micros / 1_000_000 * 1_000_000);
      case MINUTE -> new Interval(months, days, micros / 60_000_000 * 60_000_000);
      case HOUR ->
          new Interval(
              months,
              days,
              micros / IntervalFormat.MICROS_PER_HOUR * IntervalFormat.MICROS_PER_HOUR);
      case DAY -> new Interval(months, days, 0);
      case MONTH -> new Interval(months, 0, 0);
      case QUARTER -> new Interval(months / 3 * 3, 0, 0);
      case YEAR -> new Interval(months / 12 * 12, 0, 0);
      case DECADE -> new Interval(months / 120 * 120, 0, 0);
      case CENTURY -> new Interval(months / 1200 * 1200, 0, 0);
      case MILLENNIUM -> new Interval(months / 12_000 * 12_000, 0, 0);
      default -> throw field.unsupported("interval");
    };
  }

  private static void bins(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      Interval stride = in[0].getInterval(row);
      if (stride.months() != 0) {
        throw new KalamException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years");
      }
      long origin = in[2].getLong(row);
      long source = in[1].getLong(row);
      if (!Micros.isFinite(source)) {
        out.setLong(row, source);
        continue;
      }
      if (!Micros.isFinite(origin)) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "origin out of range");
      }
      long step = DateTimeArithmetic.microsOf(stride);
      if (step <= 0) {
        throw new KalamException(
            ErrorCode.DATETIME_FIELD_OVERFLOW, "stride must be greater than zero");
      }
      try {
        long distance = Math.subtractExact(source, origin);
        out.setLong(
            row, Math.addExact(origin, Math.multiplyExact(Math.floorDiv(distance, step), step)));
      } catch (ArithmeticException e) {
        throw new KalamException(ErrorCode.DATETIME_FIELD_OVERFLOW, "interval out of range", e);
      }
    }
  }
}
