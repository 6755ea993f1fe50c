package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Rounding (half to even), roots, powers and logarithms of DOUBLE; buckets; random numbers. As in
 * PostgreSQL, a result out of range is an error (22003) unless an operand was infinite.
 */
final class MathFunctions {
  private MathFunctions() {}

  static void register(Registrar r) {
    for (String name : List.of("ceil", "ceiling")) {
      doubles(r, name, Math::ceil);
    }
    doubles(r, "floor", Math::floor);
    doubles(r, "round", Math::rint);
    doubles(r, "trunc", x -> x < 0 ? Math.ceil(x) : Math.floor(x));
    doubles(r, "sign", x -> x > 0 ? 1 : x < 0 ? -1 : 0);
    doubles(r, "sqrt", MathFunctions::squareRoot);
    doubles(r, "cbrt", Math::cbrt);
    doubles(r, "exp", MathFunctions::exponential);
    doubles(r, "ln", x -> Math.log(checkLogarithm(x)));
    for (String name : List.of("log", "log10")) {
      doubles(r, name, x -> Math.log10(checkLogarithm(x)));
    }
    for (String name : List.of("power", "pow", "^")) {
      doubles(r, name, MathFunctions::power);
    }
    buckets(r);
    r.value("pi", DataType.DOUBLE, (a, c) -> Math.PI);
    r.value("random", Volatility.VOLATILE, DataType.DOUBLE, (a, c) -> c.random().nextDouble());
  }

  static double number(@Nullable Object value) {
    return (Double) Objects.requireNonNull(value);
  }

  static void doubles(Registrar r, String name, DoubleUnaryOperator function) {
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

  /** A function of two DOUBLEs. */
  @FunctionalInterface
  interface BinaryDouble {
    double apply(double left, double right);
  }

  static void doubles(Registrar r, String name, BinaryDouble function) {
    r.kernel(
        name,
        DataType.DOUBLE,
        (in, out, rows, n, context) -> {
          ColumnView a = in[0];
          ColumnView b = in[1];
          for (int i = 0; i < n; i++) {
            int row = rows[i];
            out.setDouble(row, function.apply(a.getDouble(row), b.getDouble(row)));
          }
        },
        Kind.DOUBLE,
        Kind.DOUBLE);
  }

  private static double squareRoot(double x) {
    if (x < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "cannot take square root of a negative number");
    }
    return Math.sqrt(x);
  }

  private static double exponential(double x) {
    double result = Math.exp(x);
    if (Double.isInfinite(result) && !Double.isInfinite(x)) {
      throw Values.outOfRange(DataType.DOUBLE);
    }
    if (result == 0 && !Double.isInfinite(x)) {
      throw underflow();
    }
    return result;
  }

  private static KalamException underflow() {
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
  }

  private static double checkLogarithm(double x) {
    if (x <= 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_LOGARITHM,
          x == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number");
    }
    return x;
  }

  private static double power(double base, double exponent) {
    if (base == 0 && exponent < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "zero raised to a negative power is undefined");
    }
    if (base < 0
        && !Double.isInfinite(base)
        && exponent != Math.rint(exponent)
        && !Double.isNaN(exponent)) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER,
          "a negative number raised to a non-integer power yields a complex result");
    }
    if (base == 1) {
      return 1;
    }
    double result = Math.pow(base, exponent);
    boolean finite = !Double.isInfinite(base) && !Double.isInfinite(exponent);
    if (Double.isInfinite(result) && finite) {
      throw Values.outOfRange(DataType.DOUBLE);
    }
    if (result == 0 && base != 0 && finite) {
      throw underflow();
    }
    return result;
  }

  private static void buckets(Registrar r) {
    r.value(
        "width_bucket",
        DataType.INTEGER,
        (a, c) ->
            bucket(exact(a[0]), exact(a[1]), exact(a[2]), (Integer) Objects.requireNonNull(a[3])),
        Kind.DOUBLE,
        Kind.DOUBLE,
        Kind.DOUBLE,
        Kind.INTEGER);
    r.value(
        "width_bucket",
        DataType.INTEGER,
        (a, c) ->
            bucket(
                DecimalFunctions.decimal(a[0]),
                DecimalFunctions.decimal(a[1]),
                DecimalFunctions.decimal(a[2]),
                (Integer) Objects.requireNonNull(a[3])),
        Kind.DECIMAL,
        Kind.DECIMAL,
        Kind.DECIMAL,
        Kind.INTEGER);
  }

  private static BigDecimal exact(@Nullable Object value) {
    double number = number(value);
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw invalidBucket("operand, lower bound, and upper bound must be finite");
    }
    return new BigDecimal(number);
  }

  private static KalamException invalidBucket(String message) {
    return new KalamException(ErrorCode.INVALID_ARGUMENT_FOR_WIDTH_BUCKET, message);
  }

  /** 1 to {@code count} within the bounds, 0 before the lower one, count + 1 from the upper one. */
  private static int bucket(BigDecimal value, BigDecimal low, BigDecimal high, int count) {
    if (count <= 0) {
      throw invalidBucket("count must be greater than zero");
    }
    int direction = high.compareTo(low);
    if (direction == 0) {
      throw invalidBucket("lower bound cannot equal upper bound");
    }
    if (value.compareTo(low) * direction < 0) {
      return 0;
    }
    if (value.compareTo(high) * direction >= 0) {
      if (count == Integer.MAX_VALUE) {
        throw Values.outOfRange(DataType.INTEGER);
      }
      return count + 1;
    }
    return value
            .subtract(low)
            .multiply(BigDecimal.valueOf(count))
            .divide(high.subtract(low), MathContext.DECIMAL128)
            .setScale(0, RoundingMode.FLOOR)
            .intValue()
        + 1;
  }
}
