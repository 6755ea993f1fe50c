package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Rounding, roots, powers and logarithms. Those of DECIMAL that need a series are computed in
 * DOUBLE precision.
 */
final class MathFunctions {
  private MathFunctions() {}

  static void register(Registrar r) {
    rounding(r, "ceil", Math::ceil, RoundingMode.CEILING);
    rounding(r, "ceiling", Math::ceil, RoundingMode.CEILING);
    rounding(r, "floor", Math::floor, RoundingMode.FLOOR);
    rounding(r, "round", Math::rint, RoundingMode.HALF_UP);
    rounding(r, "trunc", x -> x < 0 ? Math.ceil(x) : Math.floor(x), RoundingMode.DOWN);
    places(r, "round", RoundingMode.HALF_UP);
    places(r, "trunc", RoundingMode.DOWN);
    doubles(r, "sign", x -> x > 0 ? 1 : x < 0 ? -1 : x);
    r.kernel(
        "sign",
        in -> DataType.decimal(1, 0),
        (in, type) -> Registrar.loop((a, c) -> BigDecimal.valueOf(decimal(a[0]).signum()), 1),
        Kind.DECIMAL);
    doubles(r, "sqrt", MathFunctions::sqrt);
    doubles(r, "cbrt", Math::cbrt);
    doubles(r, "exp", MathFunctions::exp);
    doubles(r, "ln", x -> Math.log(checkLogarithm(x)));
    doubles(r, "log", x -> Math.log10(checkLogarithm(x)));
    doubles(r, "log10", x -> Math.log10(checkLogarithm(x)));
    doubles(r, "sin", Math::sin);
    doubles(r, "cos", Math::cos);
    doubles(r, "tan", Math::tan);
    doubles(r, "atan", Math::atan);
    doubles(r, "degrees", Math::toDegrees);
    doubles(r, "radians", Math::toRadians);
    r.value(
        "atan2",
        DataType.DOUBLE,
        (a, c) -> Math.atan2(number(a[0]), number(a[1])),
        Kind.DOUBLE,
        Kind.DOUBLE);
    for (String name : List.of("power", "pow", "^")) {
      r.value(
          name,
          DataType.DOUBLE,
          (a, c) -> power(number(a[0]), number(a[1])),
          Kind.DOUBLE,
          Kind.DOUBLE);
      decimalPower(r, name);
    }
    decimals(r, "sqrt", MathFunctions::decimalSqrt);
    decimals(r, "exp", x -> fromDouble(exp(x.doubleValue())));
    decimals(
        r, "ln", x -> fromDouble(Math.log(checkLogarithm(x.signum() == 0 ? 0 : x.doubleValue()))));
    decimals(r, "log", x -> fromDouble(Math.log10(checkLogarithm(x.doubleValue()))));
    decimals(r, "log10", x -> fromDouble(Math.log10(checkLogarithm(x.doubleValue()))));
    r.kernel(
        "log",
        in -> seriesType(),
        (in, type) ->
            Registrar.loop(
                (a, c) ->
                    fit(
                        fromDouble(
                            logarithm(decimal(a[0]).doubleValue(), decimal(a[1]).doubleValue())),
                        type),
                2),
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.value(
        "gcd", DataType.BIGINT, (a, c) -> gcd((Long) a[0], (Long) a[1]), Kind.BIGINT, Kind.BIGINT);
    r.value("pi", DataType.DOUBLE, (a, c) -> Math.PI);
    r.value("random", Volatility.VOLATILE, DataType.DOUBLE, (a, c) -> c.random().nextDouble());
  }

  static double number(@Nullable Object value) {
    return (Double) Objects.requireNonNull(value);
  }

  static BigDecimal decimal(@Nullable Object value) {
    return (BigDecimal) Objects.requireNonNull(value);
  }

  private static void doubles(Registrar r, String name, DoubleUnaryOperator function) {
    r.kernel(
        name,
        DataType.DOUBLE,
        (in, out, rows, n, context) -> {
          ColumnView a = in[0];
          for (int i = 0; i < n; i++) {
            out.setDouble(rows[i], function.applyAsDouble(a.getDouble(rows[i])));
          }
        },
        Kind.DOUBLE);
  }

  /** A function of one DECIMAL. */
  @FunctionalInterface
  private interface DecimalOperator {
    BigDecimal apply(BigDecimal value);
  }

  private static void decimals(Registrar r, String name, DecimalOperator function) {
    r.kernel(
        name,
        in -> seriesType(),
        (in, type) -> Registrar.loop((a, c) -> fit(function.apply(decimal(a[0])), type), 1),
        Kind.DECIMAL);
  }

  /** Type of roots and logarithms of DECIMALs. */
  private static DataType seriesType() {
    return DataType.decimal(DataType.MAX_DECIMAL_PRECISION, TypeRules.DIVISION_SCALE);
  }

  private static BigDecimal fit(BigDecimal value, DataType type) {
    return Values.fitDecimal(value, type);
  }

  private static BigDecimal fromDouble(double value) {
    if (Double.isInfinite(value) || Double.isNaN(value)) {
      throw DecimalArithmetic.overflow();
    }
    return BigDecimal.valueOf(value);
  }

  private static void rounding(
      Registrar r, String name, DoubleUnaryOperator function, RoundingMode mode) {
    doubles(r, name, function);
    r.kernel(
        name,
        in -> TypeRules.bounded(in.get(0).length() - in.get(0).scale() + 1, 0),
        (in, type) -> Registrar.loop((a, c) -> fit(decimal(a[0]).setScale(0, mode), type), 1),
        Kind.DECIMAL);
  }

  /** Scale of round(x, n): n where it is a literal, else that of x, with zeros behind the place. */
  private static final class PlacesType implements ResultType {
    @Override
    public DataType of(List<DataType> in) {
      return TypeRules.bounded(in.get(0).length() - in.get(0).scale() + 1, in.get(0).scale());
    }

    @Override
    public DataType ofCall(List<Expression> arguments) {
      DataType in = arguments.get(0).type();
      if (arguments.get(1) instanceof Expression.Literal literal
          && literal.value() instanceof Integer places) {
        int scale = Math.max(0, Math.min(places, DataType.MAX_DECIMAL_PRECISION));
        return TypeRules.bounded(in.length() - in.scale() + 1, scale);
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
            Registrar.loop(
                (a, c) -> {
                  int places = (Integer) Objects.requireNonNull(a[1]);
                  BigDecimal value = decimal(a[0]);
                  if (places < -DataType.MAX_DECIMAL_PRECISION) {
                    return fit(BigDecimal.ZERO, type);
                  }
                  return fit(places >= value.scale() ? value : value.setScale(places, mode), type);
                },
                2),
        Kind.DECIMAL,
        Kind.INTEGER);
  }

  private static double sqrt(double x) {
    if (x < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "cannot take square root of a negative number");
    }
    return Math.sqrt(x);
  }

  private static BigDecimal decimalSqrt(BigDecimal x) {
    if (x.signum() < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "cannot take square root of a negative number");
    }
    return x.sqrt(new MathContext(DataType.MAX_DECIMAL_PRECISION, RoundingMode.HALF_UP));
  }

  private static double exp(double x) {
    double result = Math.exp(x);
    if (Double.isInfinite(result) && !Double.isInfinite(x)) {
      throw Values.outOfRange(DataType.DOUBLE);
    }
    if (result == 0 && !Double.isInfinite(x)) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
    }
    return result;
  }

  private static double checkLogarithm(double x) {
    if (x <= 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_LOGARITHM,
          x == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
    }
    return x;
  }

  private static double logarithm(double base, double x) {
    double divisor = Math.log(checkLogarithm(base));
    double dividend = Math.log(checkLogarithm(x));
    if (divisor == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return dividend / divisor;
  }

  private static double power(double base, double exponent) {
    checkPower(base == 0 && exponent < 0, base < 0 && exponent != Math.rint(exponent));
    if (base == 1) {
      return 1;
    }
    double result = Math.pow(base, exponent);
    if (Double.isInfinite(result) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      throw Values.outOfRange(DataType.DOUBLE);
    }
    return result;
  }

  private static void checkPower(boolean zeroToNegative, boolean negativeToFraction) {
    if (zeroToNegative) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "zero raised to a negative power is undefined");
    }
    if (negativeToFraction) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER,
          "a negative number raised to a non-integer power yields a complex result");
    }
  }

  private static void decimalPower(Registrar r, String name) {
    r.kernel(
        name,
        in -> seriesType(),
        (in, type) -> Registrar.loop((a, c) -> fit(power(decimal(a[0]), decimal(a[1])), type), 2),
        Kind.DECIMAL,
        Kind.DECIMAL);
  }

  private static BigDecimal power(BigDecimal base, BigDecimal exponent) {
    BigDecimal whole = exponent.stripTrailingZeros();
    boolean integral = whole.scale() <= 0;
    checkPower(base.signum() == 0 && exponent.signum() < 0, base.signum() < 0 && !integral);
    if (integral && exponent.abs().compareTo(BigDecimal.valueOf(10_000)) < 0) {
      MathContext digits = new MathContext(60, RoundingMode.HALF_UP);
      BigDecimal result = base.pow(Math.abs(exponent.intValue()), digits);
      return exponent.signum() < 0 ? BigDecimal.ONE.divide(result, digits) : result;
    }
    return fromDouble(Math.pow(base.doubleValue(), exponent.doubleValue()));
  }

  private static long gcd(@Nullable Long a, @Nullable Long b) {
    BigInteger left = BigInteger.valueOf(Objects.requireNonNull(a));
    BigInteger result = left.gcd(BigInteger.valueOf(Objects.requireNonNull(b)));
    if (result.bitLength() > 63) {
      throw Values.outOfRange(DataType.BIGINT);
    }
    return result.longValue();
  }
}
