package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.string;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/** to_char, to_number, to_date and to_timestamp. */
final class TemplateFunctions {
  private TemplateFunctions() {}

  static void register(Registrar r) {
    for (Kind kind : new Kind[] {Kind.INTEGER, Kind.BIGINT, Kind.DECIMAL}) {
      number(r, kind, a -> kind == Kind.DECIMAL ? (BigDecimal) a : new BigDecimal(a.toString()));
    }
    number(r, Kind.REAL, a -> floating(((Number) a).doubleValue(), 6));
    number(r, Kind.DOUBLE, a -> floating(((Number) a).doubleValue(), 15));
    r.kernel(
        "to_number",
        new NumberType(),
        (in, type) ->
            Registrar.loop(
                (a, c) ->
                    Values.fitDecimal(new NumberPattern(string(a[1])).parse(string(a[0])), type),
                2),
        Kind.TEXT,
        Kind.TEXT);
    dates(r);
  }

  private static BigDecimal floating(double value, int digits) {
    return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  /** A number in the Java class of its type as a BigDecimal. */
  @FunctionalInterface
  private interface Exact {
    BigDecimal of(Object number);
  }

  private static void number(Registrar r, Kind kind, Exact exact) {
    r.kernel(
        "to_char",
        in -> DataType.TEXT,
        (in, type) -> {
          Templates<NumberPattern> templates = new Templates<>(NumberPattern::new);
          return Registrar.loop(
              (a, c) -> templates.of(string(a[1])).format(exact.of(Objects.requireNonNull(a[0]))),
              2);
        },
        kind,
        Kind.TEXT);
  }

  /** The template of one call site, which is read again only when it changes. */
  private static final class Templates<T> {
    /** What reads a template. */
    private interface Reader<T> {
      T read(String text);
    }

    private final Reader<T> reader;
    private String source = "";
    private @Nullable T known;

    Templates(Reader<T> reader) {
      this.reader = reader;
    }

    T of(String text) {
      T template = known;
      if (template == null || !text.equals(source)) {
        template = reader.read(text);
        source = text;
        known = template;
      }
      return template;
    }
  }

  /** The scale of the template, if it is a literal. */
  private static final class NumberType implements ResultType {
    @Override
    public DataType of(List<DataType> arguments) {
      return DataType.decimal(DataType.MAX_DECIMAL_PRECISION, TypeRules.DIVISION_SCALE);
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      boolean known =
          arguments.get(1) instanceof Literal literal && literal.value() instanceof String;
      return known
          ? DataType.decimal(
              DataType.MAX_DECIMAL_PRECISION,
              new NumberPattern(string(((Literal) arguments.get(1)).value())).scale())
          : of(List.of());
    }
  }

  /** A date or time by its template. */
  @FunctionalInterface
  private interface Writer {
    @Nullable String write(
        Object value, List<DateTimePattern.Part> template, EvaluationContext context);
  }

  private static void writer(Registrar r, Kind kind, Writer writer) {
    r.add(
        "to_char",
        in -> DataType.TEXT,
        Volatility.STABLE,
        true,
        (in, type) -> {
          Templates<List<DateTimePattern.Part>> templates = new Templates<>(DateTimePattern::parse);
          return Registrar.loop(
              (a, c) -> writer.write(Objects.requireNonNull(a[0]), templates.of(string(a[1])), c),
              2);
        },
        kind,
        Kind.TEXT);
  }

  private static void dates(Registrar r) {
    writer(
        r,
        Kind.TIMESTAMP,
        (v, t, c) ->
            Micros.isFinite(Micros.of((LocalDateTime) v))
                ? DateTimeWriter.write((LocalDateTime) v, null, null, t)
                : null);
    writer(
        r,
        Kind.TIMESTAMPTZ,
        (v, t, c) -> {
          if (!Micros.isFinite(Micros.of((Instant) v))) {
            return null;
          }
          ZonedDateTime time = ((Instant) v).atZone(c.zone());
          return DateTimeWriter.write(time.toLocalDateTime(), c.zone(), time.getOffset(), t);
        });
    writer(
        r,
        Kind.TIME,
        (v, t, c) -> DateTimeWriter.write(new Interval(0, 0, Micros.of((LocalTime) v)), t));
    writer(r, Kind.INTERVAL, (v, t, c) -> DateTimeWriter.write((Interval) v, t));
    r.value(
        "to_date",
        DataType.DATE,
        (a, c) -> DateTimeReader.read(string(a[0]), DateTimePattern.parse(string(a[1]))).date(),
        Kind.TEXT,
        Kind.TEXT);
    r.value(
        "to_timestamp",
        Volatility.STABLE,
        DataType.TIMESTAMPTZ,
        (a, c) -> {
          DateTimeReader read =
              DateTimeReader.read(string(a[0]), DateTimePattern.parse(string(a[1])));
          return read.timestamp().atZone(read.zoneOr(c.zone())).toInstant();
        },
        Kind.TEXT,
        Kind.TEXT);
  }
}
