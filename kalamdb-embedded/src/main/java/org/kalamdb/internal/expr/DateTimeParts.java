package org.kalamdb.internal.expr;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * {@code EXTRACT(field FROM x)}, bound as {@code extract('field', x)} and a DECIMAL, and {@code
 * date_part}, a DOUBLE. Both compute a whole number and the digits after its point.
 */
final class DateTimeParts {
  private static final long[] POWERS = {1, 10, 100, 1000, 10_000, 100_000, 1_000_000};
  private static final DataType WIDEST = DataType.decimal(24, 6);
  private static final long MICROS_PER_MINUTE = 60_000_000L;

  private DateTimeParts() {}

  static void register(Registrar r) {
    for (Kind kind :
        List.of(
            Kind.DATE,
            Kind.TIME,
            Kind.TIMESTAMP,
            Kind.TIMESTAMPTZ,
            Kind.ZONED_TIMESTAMP,
            Kind.INTERVAL)) {
      r.add(
          "extract",
          new ExtractedType(),
          Volatility.STABLE,
          true,
          (in, type) -> new Extraction(in.get(1), kind),
          Kind.TEXT,
          kind);
      // date_part of a date is that of its midnight: PostgreSQL casts it first.
      r.add(
          "date_part",
          in -> DataType.DOUBLE,
          Volatility.STABLE,
          true,
          (in, type) -> new Extraction(in.get(1), kind == Kind.DATE ? Kind.TIMESTAMP : kind),
          Kind.TEXT,
          kind);
    }
  }

  /** Digits after the point only where the field has some, if it is a literal. */
  private static final class ExtractedType implements ResultType {
    @Override
    public DataType of(List<DataType> arguments) {
      return WIDEST;
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      DateTimeField field =
          arguments.get(0) instanceof Literal literal && literal.value() instanceof String text
              ? DateTimeField.find(text)
              : null;
      if (field == null) {
        return WIDEST;
      }
      Kind kind = arguments.get(1).type().kind();
      boolean days = kind == Kind.DATE && field == DateTimeField.EPOCH;
      boolean fraction =
          field == DateTimeField.JULIAN && kind != Kind.DATE && kind != Kind.INTERVAL;
      return DataType.decimal(24, days ? 0 : fraction ? 6 : field.scale());
    }
  }

  /** The loop, which looks the field up again only when it changes. */
  private static final class Extraction implements Kernel {
    private final DataType argument;
    private final Kind kind;
    private final String typeName;
    private final CivilDay civil = new CivilDay();
    private String fieldText = "";
    private @Nullable DateTimeField known;

    /** What follows the point in {@link #part}: the digits of its unscaled number. */
    private int scale;

    Extraction(DataType argument, Kind kind) {
      this.argument = argument;
      this.kind = kind;
      this.typeName = TypeRules.sqlName(kind);
    }

    @Override
    public void apply(
        ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
      DateTimeField field = field(in[0].getString(rows[0]));
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (i > 0 && !in[0].isConstant()) {
          field = field(in[0].getString(row));
        }
        if (isInfinite(in[1], row)) {
          writeInfinite(field, in[1], row, out);
          continue;
        }
        scale = field.scale();
        write(part(field, in[1], row, context), row, out);
      }
    }

    private DateTimeField field(String text) {
      DateTimeField field = known;
      if (field == null || !text.equals(fieldText)) {
        field = DateTimeField.of(text, typeName);
        fieldText = text;
        known = field;
      }
      return field;
    }

    private boolean isInfinite(ColumnView column, int row) {
      return switch (argument.kind()) {
        case DATE -> !Micros.isFiniteDay(column.getInt(row));
        case TIMESTAMP, TIMESTAMPTZ -> !Micros.isFinite(column.getLong(row));
        default -> false;
      };
    }

    private void writeInfinite(DateTimeField field, ColumnView column, int row, ColumnWriter out) {
      if (!field.isMonotonic()) {
        out.setNull(row);
      } else if (out.type().kind() == Kind.DOUBLE) {
        boolean positive =
            argument.kind() == Kind.DATE ? column.getInt(row) > 0 : column.getLong(row) > 0;
        out.setDouble(row, positive ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY);
      } else {
        throw new KalamException(
            ErrorCode.FEATURE_NOT_SUPPORTED, "numeric values NaN and Infinity are not supported");
      }
    }

    private void write(long unscaled, int row, ColumnWriter out) {
      if (out.type().kind() == Kind.DOUBLE) {
        out.setDouble(row, (double) unscaled / POWERS[scale]);
      } else {
        int shift = out.type().scale() - scale;
        long value = unscaled * POWERS[Math.max(shift, 0)] / POWERS[Math.max(-shift, 0)];
        out.setDecimal(row, value >> 63, value);
      }
    }

    private long part(DateTimeField field, ColumnView column, int row, EvaluationContext context) {
      switch (argument.kind()) {
        case INTERVAL -> {
          return ofInterval(field, column.getInterval(row));
        }
        case TIME -> {
          long micros = column.getLong(row);
          return field == DateTimeField.EPOCH ? micros : ofTime(field, micros);
        }
        case DATE -> {
          long day = column.getInt(row);
          if (field == DateTimeField.EPOCH) {
            scale = 0;
            return day * 86_400;
          }
          return ofDay(field, day, 0);
        }
        case TIMESTAMP -> {
          return ofTimestamp(field, column.getLong(row));
        }
        case TIMESTAMPTZ -> {
          return ofInstant(field, column.getLong(row), context.zone());
        }
        default -> {
          ZonedDateTime value = (ZonedDateTime) Objects.requireNonNull(column.getObject(row));
          return ofInstant(field, Micros.of(value.toInstant()), value.getZone());
        }
      }
    }

    private long ofInstant(DateTimeField field, long micros, ZoneId zone) {
      if (field == DateTimeField.EPOCH) {
        return micros;
      }
      int offset = zone.getRules().getOffset(Micros.toInstant(micros)).getTotalSeconds();
      return switch (field) {
        case TIMEZONE -> offset;
        case TIMEZONE_HOUR -> offset / 3600;
        case TIMEZONE_MINUTE -> offset / 60 % 60;
        default -> ofTimestamp(field, micros + offset * 1_000_000L);
      };
    }

    private long ofTimestamp(DateTimeField field, long micros) {
      return field == DateTimeField.EPOCH
          ? micros
          : ofDay(
              field,
              Math.floorDiv(micros, DateTimeFormats.MICROS_PER_DAY),
              Math.floorMod(micros, DateTimeFormats.MICROS_PER_DAY));
    }

    private long ofDay(DateTimeField field, long day, long micros) {
      switch (field) {
        case DOW -> {
          return CivilDay.isoDayOfWeek(day) % 7;
        }
        case ISODOW -> {
          return CivilDay.isoDayOfWeek(day);
        }
        case JULIAN -> {
          if (kind == Kind.DATE) {
            return CivilDay.julian(day);
          }
          scale = 6;
          return CivilDay.julian(day) * 1_000_000 + Math.round(micros / 86_400.0);
        }
        default -> civil.at(day);
      }
      long year = civil.year();
      return switch (field) {
        case DAY -> civil.dayOfMonth();
        case MONTH -> civil.month();
        case QUARTER -> (civil.month() + 2) / 3;
        case YEAR -> shown(year);
        case DECADE -> Math.floorDiv(year, 10L);
        case CENTURY -> year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
        case MILLENNIUM -> year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
        case DOY -> civil.dayOfYear();
        case WEEK -> civil.isoWeek();
        case ISOYEAR -> shown(civil.isoYear());
        default -> {
          if (kind == Kind.DATE) {
            throw field.unsupported(typeName);
          }
          yield ofTime(field, micros);
        }
      };
    }

    /** There is no year 0: the one before 1 is -1. */
    private static long shown(long year) {
      return year > 0 ? year : year - 1;
    }

    private long ofTime(DateTimeField field, long micros) {
      return switch (field) {
        case HOUR -> micros / IntervalFormat.MICROS_PER_HOUR;
        case MINUTE -> micros / MICROS_PER_MINUTE % 60;
        case SECOND, MILLISECONDS, MICROSECONDS -> micros % MICROS_PER_MINUTE;
        default -> throw field.unsupported(typeName);
      };
    }

    private long ofInterval(DateTimeField field, Interval value) {
      int months = value.months();
      return switch (field) {
        case EPOCH -> DateTimeArithmetic.microsOf(value);
        case MILLENNIUM -> months / 12_000;
        case CENTURY -> months / 1200;
        case DECADE -> months / 120;
        case YEAR -> months / 12;
        case QUARTER -> months % 12 / 3 + 1;
        case MONTH -> months % 12;
        case DAY -> value.days();
        case HOUR -> value.micros() / IntervalFormat.MICROS_PER_HOUR;
        case MINUTE -> value.micros() / MICROS_PER_MINUTE % 60;
        case SECOND, MILLISECONDS, MICROSECONDS -> value.micros() % MICROS_PER_MINUTE;
        default -> throw field.unsupported(typeName);
      };
    }
  }

  /** The microseconds that the zone's calendar shows at the instant. */
  static long localMicros(long micros, ZoneId zone) {
    Instant instant = Micros.toInstant(micros);
    return micros + zone.getRules().getOffset(instant).getTotalSeconds() * 1_000_000L;
  }
}
