package org.kalamdb.internal.storage.cold;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Single values as statistics hold them: in PLAIN encoding (numbers little-endian, bytes without
 * their length).
 */
final class PlainValues {
  /** The longest bound that is stored as it is. */
  static final int MAX_BOUND_BYTES = 64;

  /** The longest upper bound that is kept where no shorter one exists. */
  private static final int MAX_UNSHORTENED_BYTES = 1 << 10;

  private PlainValues() {}

  /** A number, or the raw bits of a float, in the width of its type. */
  static byte[] ofLong(PhysicalType type, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(type.width()).order(ByteOrder.LITTLE_ENDIAN);
    switch (type.width()) {
      case 1 -> bytes.put((byte) value);
      case 4 -> bytes.putInt((int) value);
      default -> bytes.putLong(value);
    }
    return bytes.array();
  }

  /** What {@link #ofLong} was given. */
  static long toLong(PhysicalType type, byte[] plain) {
    ByteBuffer bytes = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    return switch (type.width()) {
      case 1 -> bytes.get(0);
      case 4 -> bytes.getInt(0);
      default -> bytes.getLong(0);
    };
  }

  /** Compares two values of the leaf; there is no NaN among them. */
  static int compare(Leaf leaf, byte[] a, byte[] b) {
    return switch (leaf.order()) {
      case SIGNED -> Long.compare(toLong(leaf.physical(), a), toLong(leaf.physical(), b));
      case FLOATING -> compareFloating(toDouble(leaf.physical(), a), toDouble(leaf.physical(), b));
      case BYTES, TEXT -> Arrays.compareUnsigned(a, b);
      case BIG_ENDIAN -> compareBigEndian(a, 0, b, 0, a.length);
      case NONE -> throw new IllegalStateException("Values without an order: " + leaf);
    };
  }

  private static double toDouble(PhysicalType type, byte[] plain) {
    long bits = toLong(type, plain);
    return type == PhysicalType.FLOAT
        ? Float.intBitsToFloat((int) bits)
        : Double.longBitsToDouble(bits);
  }

  /** As numbers: the zeros are equal. */
  private static int compareFloating(double a, double b) {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  static int compareBigEndian(byte[] a, int atA, byte[] b, int atB, int length) {
    int first = Byte.compare(a[atA], b[atB]);
    return first != 0
        ? first
        : Arrays.compareUnsigned(a, atA + 1, atA + length, b, atB + 1, atB + length);
  }

  /** A value at or below {@code min} that is short. */
  static byte[] shortenMin(Leaf leaf, byte[] min) {
    if (leaf.physical() != PhysicalType.BYTES || min.length <= MAX_BOUND_BYTES) {
      return min;
    }
    return Arrays.copyOf(
        min, leaf.order() == Leaf.Order.TEXT ? textBoundary(min) : MAX_BOUND_BYTES);
  }

  /**
   * A value at or above {@code max} that is short if there is one; null if there is none and {@code
   * max} is too long to be kept.
   */
  static byte @Nullable [] shortenMax(Leaf leaf, byte[] max) {
    if (leaf.physical() != PhysicalType.BYTES || max.length <= MAX_BOUND_BYTES) {
      return max;
    }
    byte @Nullable [] shorter =
        leaf.order() == Leaf.Order.TEXT
            ? nextText(new String(max, 0, textBoundary(max), StandardCharsets.UTF_8))
            : nextBytes(Arrays.copyOf(max, MAX_BOUND_BYTES));
    return shorter == null && max.length <= MAX_UNSHORTENED_BYTES ? max : shorter;
  }

  /** The longest prefix within the limit that ends between two characters. */
  private static int textBoundary(byte[] utf8) {
    int end = MAX_BOUND_BYTES;
    while (end > 0 && (utf8[end] & 0xC0) == 0x80) {
      end--;
    }
    return end;
  }

  private static byte @Nullable [] nextText(String text) {
    int[] points = text.codePoints().toArray();
    for (int i = points.length - 1; i >= 0; i--) {
      int next = points[i] + 1;
      if (next >= Character.MIN_SURROGATE && next <= Character.MAX_SURROGATE) {
        next = Character.MAX_SURROGATE + 1;
      }
      if (next <= Character.MAX_CODE_POINT) {
        points[i] = next;
        return new String(points, 0, i + 1).getBytes(StandardCharsets.UTF_8);
      }
    }
    return null;
  }

  private static byte @Nullable [] nextBytes(byte[] bytes) {
    for (int i = bytes.length - 1; i >= 0; i--) {
      if (bytes[i] != (byte) 0xFF) {
        bytes[i]++;
        return Arrays.copyOf(bytes, i + 1);
      }
    }
    return null;
  }
}
