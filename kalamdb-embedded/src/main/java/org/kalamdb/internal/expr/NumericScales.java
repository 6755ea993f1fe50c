package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import org.kalamdb.schema.DataType;

/**
 * How many digits after the point PostgreSQL gives the results of division, roots, powers and
 * logarithms: at least 16 significant ones, estimated from the operands. It counts digits by groups
 * of four, and so do the estimates here.
 */
final class NumericScales {
  private static final int SIGNIFICANT_DIGITS = 16;
  private static final int MAX_SCALE = 1000;
  private static final double LOG10_E = 0.434294481903252;
  private static final double LN_10 = 2.302585092994046;

  private NumericScales() {}

  /** The scale of the quotient; the divisor is not zero. */
  static int ofQuotient(BigDecimal dividend, BigDecimal divisor) {
    int weight = weight(dividend) - weight(divisor);
    if (leadingGroup(dividend) <= leadingGroup(divisor)) {
      weight--;
    }
    return bounded(SIGNIFICANT_DIGITS - weight * 4, dividend.scale(), divisor.scale());
  }

  static int ofSquareRoot(BigDecimal value) {
    return bounded(SIGNIFICANT_DIGITS - ((weight(value) + 1) * 2 - 1), value.scale(), 0);
  }

  static int ofExponential(BigDecimal exponent) {
    double digits = Math.max(-2000, Math.min(2000, exponent.doubleValue() * LOG10_E));
    return bounded(SIGNIFICANT_DIGITS - (int) digits, exponent.scale(), 0);
  }

  static int ofNaturalLogarithm(BigDecimal value) {
    return bounded(SIGNIFICANT_DIGITS - logarithmWeight(value), value.scale(), 0);
  }

  static int ofLogarithm(BigDecimal base, BigDecimal value) {
    int weight = logarithmWeight(value) - logarithmWeight(base);
    return bounded(SIGNIFICANT_DIGITS - weight, base.scale(), value.scale());
  }

  static int ofPower(BigDecimal base, BigDecimal exponent) {
    if (NumericSeries.isWhole(exponent)) {
      return bounded(SIGNIFICANT_DIGITS, base.scale(), 0);
    }
    if (base.signum() == 0) {
      return SIGNIFICANT_DIGITS;
    }
    double digits = Math.log(base.doubleValue()) * exponent.doubleValue() * LOG10_E;
    digits = Math.max(-2000, Math.min(2000, digits));
    return bounded(SIGNIFICANT_DIGITS - (int) digits, base.scale(), exponent.scale());
  }

  private static int bounded(int scale, int leftScale, int rightScale) {
    return Math.min(MAX_SCALE, Math.max(Math.max(scale, 0), Math.max(leftScale, rightScale)));
  }

  /** The power of 10,000 of the first group of digits that is not zero. */
  private static int weight(BigDecimal value) {
    return value.signum() == 0 ? 0 : Math.floorDiv(value.precision() - value.scale() - 1, 4);
  }

  /** The value of that group, 1 to 9999; 0 for zero. */
  private static int leadingGroup(BigDecimal value) {
    return value.abs().movePointLeft(4 * weight(value)).intValue();
  }

  /** The decimal exponent of ln(value), roughly. */
  private static int logarithmWeight(BigDecimal value) {
    if (value.signum() <= 0) {
      return 0;
    }
    BigDecimal distance = value.subtract(BigDecimal.ONE);
    if (distance.abs().compareTo(new BigDecimal("0.1")) <= 0) {
      return distance.signum() == 0
          ? 0
          : weight(distance) * 4 + (int) Math.log10(leadingGroup(distance));
    }
    int exponent = weight(value) * 4;
    BigDecimal digits = value.movePointLeft(exponent);
    if (digits.stripTrailingZeros().scale() > 0) {
      digits = digits.movePointRight(4);
      exponent -= 4;
    }
    double logarithm = Math.log(digits.intValue()) + exponent * LN_10;
    return (int) Math.log10(Math.abs(logarithm));
  }

  /** The type of a value computed to its scale: as many of the digits as a DECIMAL has room for. */
  static DataType typeOf(BigDecimal value) {
    int whole = Math.max(0, value.precision() - value.scale());
    int most =
        whole > DataType.MAX_DECIMAL_PRECISION
            ? DataType.MAX_WIDE_DECIMAL_PRECISION
            : DataType.MAX_DECIMAL_PRECISION;
    int room = Math.max(0, most - whole);
    int scale = Math.min(Math.max(0, value.scale()), room);
    return DataType.decimal(Math.max(1, Math.min(whole + scale, most)), scale);
  }
}
