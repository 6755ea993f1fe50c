package org.kalamdb.internal.common;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;

/** DECIMAL values as the two halves of a 128-bit two's complement number, their unscaled value. */
public final class Int128 {
  private Int128() {}

  /**
   * The unscaled value at the scale of {@code type}.
   *
   * @throws KalamException 22003 if the value has more digits before or after the point than the
   *     type
   */
  public static BigInteger unscaled(BigDecimal value, DataType type) {
    BigDecimal scaled = value;
    if (value.scale() != type.scale()) {
      // Stripped first, so that 1E+1000000000 is refused rather than written out.
      if (value.signum() != 0
          && (long) value.precision() - value.scale() > DataType.MAX_WIDE_DECIMAL_PRECISION) {
        throw outOfRange(value, type);
      }
      try {
        scaled = value.setScale(type.scale(), RoundingMode.UNNECESSARY);
      } catch (ArithmeticException e) {
        throw outOfRange(value, type);
      }
    }
    if (scaled.precision() > type.length()) {
      throw outOfRange(value, type);
    }
    return scaled.unscaledValue();
  }

  public static long high(BigInteger unscaled) {
    return unscaled.bitLength() < 64
        ? unscaled.longValue() >> 63
        : unscaled.shiftRight(64).longValue();
  }

  public static long low(BigInteger unscaled) {
    return unscaled.longValue();
  }

  public static BigDecimal toDecimal(long high, long low, int scale) {
    if (high == low >> 63) {
      return BigDecimal.valueOf(low, scale);
    }
    byte[] bigEndian = new byte[16];
    for (int i = 0; i < 8; i++) {
      bigEndian[i] = (byte) (high >>> (56 - 8 * i));
      bigEndian[8 + i] = (byte) (low >>> (56 - 8 * i));
    }
    return new BigDecimal(new BigInteger(bigEndian), scale);
  }

  private static KalamException outOfRange(BigDecimal value, DataType type) {
    String shown =
        value.precision() > 100 ? "a number of " + value.precision() + " digits" : value.toString();
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "Value does not fit " + type + ": " + shown);
  }
}
