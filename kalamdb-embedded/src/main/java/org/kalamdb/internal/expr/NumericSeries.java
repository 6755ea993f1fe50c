package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Roots, exponentials, logarithms and powers of BigDecimal to a given scale, rounded half away from
 * zero. Computed by Taylor series after halving the argument, and Halley's iteration for the
 * logarithm, with ten digits to spare.
 */
final class NumericSeries {
  private static final int GUARD_DIGITS = 10;

  /** Beyond this an exponential has more digits than any DECIMAL, or vanishes at every scale. */
  private static final int MAX_EXPONENT = 2500;

  private NumericSeries() {}

  static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
  }

  static BigDecimal squareRoot(BigDecimal value, int scale) {
    if (value.signum() < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "cannot take square root of a negative number");
    }
    int digits = Math.max(1, (value.precision() - value.scale()) / 2 + 1 + scale);
    return value
        .sqrt(new MathContext(digits + GUARD_DIGITS, RoundingMode.HALF_UP))
        .setScale(scale, RoundingMode.HALF_UP);
  }

  static BigDecimal exponential(BigDecimal exponent, int scale) {
    if (exponent.compareTo(BigDecimal.valueOf(MAX_EXPONENT)) > 0) {
      throw DecimalArithmetic.overflow();
    }
    if (exponent.compareTo(BigDecimal.valueOf(-MAX_EXPONENT)) < 0) {
      return BigDecimal.ZERO.setScale(scale);
    }
    return exponential(exponent, precision(exponent.doubleValue() / Math.log(10), scale))
        .setScale(scale, RoundingMode.HALF_UP);
  }

  /** Digits that a result of about 10^magnitude needs. */
  private static MathContext precision(double magnitude, int scale) {
    return new MathContext(
        Math.max(1, (int) Math.ceil(magnitude) + scale) + GUARD_DIGITS, RoundingMode.HALF_EVEN);
  }

  private static BigDecimal exponential(BigDecimal exponent, MathContext precision) {
    int halvings = exponent.precision() - exponent.scale() < -4 ? 0 : 8 + bits(exponent);
    // Squaring back doubles the relative error each time.
    MathContext wide =
        new MathContext(precision.getPrecision() + halvings / 3 + 2, RoundingMode.HALF_EVEN);
    BigDecimal x = exponent.divide(BigDecimal.valueOf(2).pow(halvings), wide);
    BigDecimal sum = BigDecimal.ONE;
    BigDecimal term = BigDecimal.ONE;
    for (int i = 1; term.signum() != 0; i++) {
      term = term.multiply(x, wide).divide(BigDecimal.valueOf(i), wide);
      BigDecimal next = sum.add(term, wide);
      if (next.compareTo(sum) == 0) {
        break;
      }
      sum = next;
    }
    for (int i = 0; i < halvings; i++) {
      sum = sum.multiply(sum, wide);
    }
    return sum.round(precision);
  }

  private static int bits(BigDecimal value) {
    return value.abs().toBigInteger().bitLength();
  }

  static BigDecimal naturalLogarithm(BigDecimal value, int scale) {
    checkLogarithm(value);
    return naturalLogarithm(value, new MathContext(scale + 4 + GUARD_DIGITS))
        .setScale(scale, RoundingMode.HALF_UP);
  }

  private static BigDecimal naturalLogarithm(BigDecimal value, MathContext precision) {
    if (value.compareTo(BigDecimal.ONE) == 0) {
      return BigDecimal.ZERO;
    }
    // Below 1e308 in either direction, as every DECIMAL is.
    BigDecimal result = new BigDecimal(Math.log(value.doubleValue()), MathContext.DECIMAL64);
    if (result.signum() == 0) {
      result = value.subtract(BigDecimal.ONE);
    }
    for (int digits = 14; digits < precision.getPrecision(); digits *= 3) {
      BigDecimal power = exponential(result, precision);
      result =
          result.add(
              value
                  .subtract(power)
                  .multiply(BigDecimal.valueOf(2))
                  .divide(value.add(power), precision),
              precision);
    }
    return result;
  }

  private static void checkLogarithm(BigDecimal value) {
    if (value.signum() <= 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_LOGARITHM,
          value.signum() == 0
              ? "cannot take logarithm of zero"
              : "cannot take logarithm of a negative number");
    }
  }

  static BigDecimal logarithm(BigDecimal base, BigDecimal value, int scale) {
    checkLogarithm(base);
    checkLogarithm(value);
    MathContext precision = new MathContext(scale + 8 + GUARD_DIGITS);
    BigDecimal divisor = naturalLogarithm(base, precision);
    if (divisor.signum() == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return naturalLogarithm(value, precision)
        .divide(divisor, precision)
        .setScale(scale, RoundingMode.HALF_UP);
  }

  static BigDecimal power(BigDecimal base, BigDecimal exponent, int scale) {
    boolean whole = isWhole(exponent);
    if (base.signum() == 0 && exponent.signum() < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER, "zero raised to a negative power is undefined");
    }
    if (base.signum() < 0 && !whole) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_POWER,
          "a negative number raised to a non-integer power yields a complex result");
    }
    if (base.signum() == 0) {
      return (exponent.signum() == 0 ? BigDecimal.ONE : BigDecimal.ZERO).setScale(scale);
    }
    double magnitude = Math.log10(base.abs().doubleValue()) * exponent.doubleValue();
    if (magnitude > 1000) {
      throw DecimalArithmetic.overflow();
    }
    if (magnitude < -1000 - scale) {
      return BigDecimal.ZERO.setScale(scale);
    }
    MathContext precision = precision(magnitude, scale);
    if (whole && exponent.abs().compareTo(BigDecimal.valueOf(100_000)) < 0) {
      MathContext wide = new MathContext(precision.getPrecision() + 6, RoundingMode.HALF_EVEN);
      BigDecimal result = base.pow(exponent.abs().intValueExact(), wide);
      return (exponent.signum() < 0 ? BigDecimal.ONE.divide(result, wide) : result)
          .setScale(scale, RoundingMode.HALF_UP);
    }
    boolean odd = whole && exponent.toBigInteger().testBit(0);
    BigDecimal logarithm =
        naturalLogarithm(
            base.abs(), new MathContext(precision.getPrecision() + exponent.precision() + 4));
    BigDecimal result =
        exponential(logarithm.multiply(exponent), precision).setScale(scale, RoundingMode.HALF_UP);
    return odd && base.signum() < 0 ? result.negate() : result;
  }
}
