package org.kalamdb.internal.common;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * DECIMAL values of more than 38 digits as the four words of a 256-bit two's complement number,
 * their unscaled value; word 0 is the lowest.
 */
public final class Int256 {
  public static final int BYTES = 32;

  private Int256() {}

  public static long word(BigInteger unscaled, int index) {
    return unscaled.bitLength() < 64
        ? index == 0 ? unscaled.longValue() : unscaled.longValue() >> 63
        : unscaled.shiftRight(64 * index).longValue();
  }

  public static BigDecimal toDecimal(long word0, long word1, long word2, long word3, int scale) {
    if (word1 == word0 >> 63 && word2 == word1 && word3 == word1) {
      return BigDecimal.valueOf(word0, scale);
    }
    byte[] bigEndian = new byte[BYTES];
    for (int i = 0; i < 8; i++) {
      bigEndian[i] = (byte) (word3 >>> (56 - 8 * i));
      bigEndian[8 + i] = (byte) (word2 >>> (56 - 8 * i));
      bigEndian[16 + i] = (byte) (word1 >>> (56 - 8 * i));
      bigEndian[24 + i] = (byte) (word0 >>> (56 - 8 * i));
    }
    return new BigDecimal(new BigInteger(bigEndian), scale);
  }
}
