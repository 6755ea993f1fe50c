package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions of DECIMAL: rounding, roots, powers, logarithms, whole quotients, scales. */
final class DecimalFunctions {
  private static final DataType WHOLE = DataType.decimal(DataType.MAX_DECIMAL_PRECISION, 0);

  private DecimalFunctions() {}

  static void register(Registrar r) {
    for (String name : List.of("ceil", "ceiling")) {
      rounding(r, name, RoundingMode.CEILING);
    }
    rounding(r, "floor", RoundingMode.FLOOR);
    rounding(r, "round", RoundingMode.HALF_UP);
    rounding(r, "trunc", RoundingMode.DOWN);
    places(r, "round", RoundingMode.HALF_UP);
    places(r, "trunc", RoundingMode.DOWN);
    r.kernel(
        "sign",
        in -> DataType.decimal(1, 0),
        (in, type) -> Registrar.loop((a, c) -> BigDecimal.valueOf(decimal(a[0]).signum()), 1),
        Kind.DECIMAL);
    computed(
        r,
        "sqrt",
        a -> NumericScales.ofSquareRoot(a[0]),
        (a, scale) -> NumericSeries.squareRoot(a[0], scale),
        1);
    computed(
        r,
        "exp",
        a -> NumericScales.ofExponential(a[0]),
        (a, scale) -> NumericSeries.exponential(a[0], scale),
        1);
    computed(
        r,
        "ln",
        a -> NumericScales.ofNaturalLogarithm(a[0]),
        (a, scale) -> NumericSeries.naturalLogarithm(a[0], scale),
        1);
    for (String name : List.of("log", "log10")) {
      computed(
          r,
          name,
          a -> NumericScales.ofLogarithm(BigDecimal.TEN, a[0]),
          (a, scale) -> NumericSeries.logarithm(BigDecimal.TEN, a[0], scale),
          1);
    }
    computed(
        r,
        "log",
        a -> NumericScales.ofLogarithm(a[0], a[1]),
        (a, scale) -> NumericSeries.logarithm(a[0], a[1], scale),
        2);
    for (String name : List.of("power", "pow", "^")) {
      computed(
          r,
          name,
          a -> NumericScales.ofPower(a[0], a[1]),
          (a, scale) -> NumericSeries.power(a[0], a[1], scale),
          2);
    }
    whole(r);
    scales(r);
  }

  static BigDecimal decimal(@Nullable Object value) {
    return (BigDecimal) Objects.requireNonNull(value);
  }

  /** The scale PostgreSQL gives the result. */
  @FunctionalInterface
  interface Scale {
    int of(BigDecimal[] arguments);
  }

  /** The result to that scale. */
  @FunctionalInterface
  interface Computation {
    BigDecimal apply(BigDecimal[] arguments, int scale);
  }

  /**
   * The type of a function whose scale depends on the values: theirs where they are literals, else
   * a fixed one.
   */
  record ValueType(Scale scale, Computation computation, ResultType otherwise)
      implements ResultType {
    @Override
    public DataType of(List<DataType> arguments) {
      return otherwise.of(arguments);
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      List<BigDecimal> values = new ArrayList<>();
      for (Expression argument : arguments) {
        if (argument instanceof Literal literal && literal.value() instanceof BigDecimal value) {
          values.add(value);
        }
      }
      if (values.size() == arguments.size()) {
        try {
          BigDecimal[] known = values.toArray(BigDecimal[]::new);
          return NumericScales.typeOf(computation.apply(known, scale.of(known)));
        } catch (KalamException e) {
          // The evaluation, if it comes to it, reports what is wrong with the values.
          return ResultType.super.ofCall(arguments);
        }
      }
      return ResultType.super.ofCall(arguments);
    }
  }

  private static void computed(
      Registrar r, String name, Scale scale, Computation computation, int arity) {
    Kind[] parameters =
        arity == 1 ? new Kind[] {Kind.DECIMAL} : new Kind[] {Kind.DECIMAL, Kind.DECIMAL};
    r.kernel(
        name,
        new ValueType(
            scale,
            computation,
            in -> DataType.decimal(DataType.MAX_DECIMAL_PRECISION, TypeRules.DIVISION_SCALE)),
        (in, type) -> loop(computation, type, arity),
        parameters);
  }

  static Kernel loop(Computation computation, DataType type, int arity) {
    BigDecimal[] values = new BigDecimal[arity];
    return (columns, out, rows, n, context) -> {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        for (int a = 0; a < values.length; a++) {
          values[a] = columns[a].getDecimal(row);
        }
        DecimalArithmetic.write(out, row, computation.apply(values, type.scale()), type);
      }
    };
  }

  private static void rounding(Registrar r, String name, RoundingMode mode) {
    r.kernel(
        name,
        in ->
            TypeRules.bounded(
                in.get(0).length() - in.get(0).scale() + 1, 0, TypeRules.mostDigits(in.get(0))),
        (in, type) -> loop((a, scale) -> a[0].setScale(0, mode), type, 1),
        Kind.DECIMAL);
  }

  /** Scale of round(x, n): n where it is a literal, else that of x, with zeros behind the place. */
  private static final class PlacesType implements ResultType {
    @Override
    public DataType of(List<DataType> in) {
      return TypeRules.bounded(
          in.get(0).length() - in.get(0).scale() + 1,
          in.get(0).scale(),
          TypeRules.mostDigits(in.get(0)));
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      DataType in = arguments.get(0).type();
      if (arguments.get(1) instanceof Literal literal
          && literal.value() instanceof Integer places) {
        int scale = Math.max(0, Math.min(places, DataType.MAX_DECIMAL_PRECISION));
        return TypeRules.bounded(in.length() - in.scale() + 1, scale, TypeRules.mostDigits(in));
      }
      return of(List.of(in));
    }
  }

  /** round(x, n) and trunc(x, n). */
  private static void places(Registrar r, String name, RoundingMode mode) {
    r.kernel(
        name,
        new PlacesType(),
        (in, type) ->
            (columns, out, rows, n, context) -> {
              for (int i = 0; i < n; i++) {
                int row = rows[i];
                int places = columns[1].getInt(row);
                BigDecimal value = columns[0].getDecimal(row);
                BigDecimal rounded =
                    places < -DataType.MAX_DECIMAL_PRECISION
                        ? BigDecimal.ZERO
                        : places >= value.scale() ? value : value.setScale(places, mode);
                DecimalArithmetic.write(out, row, rounded, type);
              }
            },
        Kind.DECIMAL,
        Kind.INTEGER);
  }

  private static void whole(Registrar r) {
    r.kernel(
        "div",
        in -> WHOLE,
        (in, type) ->
            loop(
                (a, scale) -> {
                  if (a[1].signum() == 0) {
                    throw IntegerArithmetic.divisionByZero();
                  }
                  return a[0].divideToIntegralValue(a[1]).setScale(0, RoundingMode.DOWN);
                },
                type,
                2),
        Kind.DECIMAL,
        Kind.DECIMAL);
    ResultType largerScale =
        in ->
            DataType.decimal(
                DataType.MAX_DECIMAL_PRECISION, Math.max(in.get(0).scale(), in.get(1).scale()));
    r.kernel(
        "gcd",
        largerScale,
        (in, type) -> loop(DecimalFunctions::gcd, type, 2),
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.kernel(
        "lcm",
        largerScale,
        (in, type) -> loop(DecimalFunctions::lcm, type, 2),
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.kernel(
        "factorial",
        in -> WHOLE,
        (in, type) ->
            (columns, out, rows, n, context) -> {
              for (int i = 0; i < n; i++) {
                DecimalArithmetic.write(
                    out, rows[i], new BigDecimal(factorial(columns[0].getLong(rows[i]))), type);
              }
            },
        Kind.BIGINT);
  }

  private static BigDecimal gcd(BigDecimal[] a, int scale) {
    BigInteger left = a[0].setScale(scale).unscaledValue();
    return new BigDecimal(left.gcd(a[1].setScale(scale).unscaledValue()), scale);
  }

  private static BigDecimal lcm(BigDecimal[] a, int scale) {
    BigDecimal divisor = gcd(a, scale);
    return divisor.signum() == 0
        ? divisor
        : a[0].divideToIntegralValue(divisor).multiply(a[1]).abs();
  }

  private static BigInteger factorial(long n) {
    if (n < 0) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "factorial of a negative number is undefined");
    }
    if (n > 33) {
      throw DecimalArithmetic.overflow();
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= n; i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return product;
  }

  /** Digits after the point: those of the type, those that are needed, and only those kept. */
  private static void scales(Registrar r) {
    r.kernel(
        "scale",
        in -> DataType.INTEGER,
        (in, type) ->
            (columns, out, rows, n, context) -> {
              for (int i = 0; i < n; i++) {
                out.setInt(rows[i], in.get(0).scale());
              }
            },
        Kind.DECIMAL);
    r.value(
        "min_scale",
        DataType.INTEGER,
        (a, c) -> Math.max(0, decimal(a[0]).stripTrailingZeros().scale()),
        Kind.DECIMAL);
    Scale needed = a -> Math.max(0, a[0].stripTrailingZeros().scale());
    Computation same = (a, scale) -> a[0].setScale(scale, RoundingMode.HALF_UP);
    r.kernel(
        "trim_scale",
        new ValueType(needed, same, in -> in.get(0)),
        (in, type) -> loop(same, type, 1),
        Kind.DECIMAL);
  }
}
