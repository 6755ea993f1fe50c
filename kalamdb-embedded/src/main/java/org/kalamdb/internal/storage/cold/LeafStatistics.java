package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Smallest and greatest value and number of nulls of some rows of a leaf.
 *
 * @param min in PLAIN encoding; null if there is no value, no order or a NaN
 * @param max as {@code min}
 * @param hasNaN whether NaN is the reason
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record LeafStatistics(byte @Nullable [] min, byte @Nullable [] max, long nulls, boolean hasNaN) {
  static final LeafStatistics NONE = new LeafStatistics(null, null, 0, false);

  static LeafStatistics of(LeafBuffer buffer, int from, int to) {
    long nulls = 0;
    int first = -1;
    for (int row = from; row < to; row++) {
      if (buffer.leaf.optional() && !buffer.present[row]) {
        nulls++;
      } else if (first < 0) {
        first = row;
      }
    }
    if (first < 0 || !buffer.leaf.isOrdered()) {
      return new LeafStatistics(null, null, nulls, false);
    }
    return switch (buffer.leaf.order()) {
      case SIGNED -> signed(buffer, first, to, nulls);
      case FLOATING -> floating(buffer, first, to, nulls);
      default -> bytes(buffer, first, to, nulls);
    };
  }

  private static LeafStatistics signed(LeafBuffer buffer, int first, int to, long nulls) {
    long min = buffer.longs[first];
    long max = min;
    for (int row = first; row < to; row++) {
      if (nulls == 0 || buffer.present[row]) {
        long value = buffer.longs[row];
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
    }
    PhysicalType type = buffer.leaf.physical();
    return new LeafStatistics(
        PlainValues.ofLong(type, min), PlainValues.ofLong(type, max), nulls, false);
  }

  private static LeafStatistics floating(LeafBuffer buffer, int first, int to, long nulls) {
    boolean single = buffer.leaf.physical() == PhysicalType.FLOAT;
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    for (int row = first; row < to; row++) {
      if (nulls == 0 || buffer.present[row]) {
        long bits = buffer.longs[row];
        double value = single ? Float.intBitsToFloat((int) bits) : Double.longBitsToDouble(bits);
        if (Double.isNaN(value)) {
          return new LeafStatistics(null, null, nulls, true);
        }
        min = Math.min(min, value);
        max = Math.max(max, value);
      }
    }
    // Readers that tell the zeros apart must find both of them inside the bounds.
    min = min == 0 ? -0.0 : min;
    max = max == 0 ? 0.0 : max;
    return new LeafStatistics(plain(single, min), plain(single, max), nulls, false);
  }

  private static byte[] plain(boolean single, double value) {
    return single
        ? PlainValues.ofLong(PhysicalType.FLOAT, Float.floatToRawIntBits((float) value))
        : PlainValues.ofLong(PhysicalType.DOUBLE, Double.doubleToRawLongBits(value));
  }

  private static LeafStatistics bytes(LeafBuffer buffer, int first, int to, long nulls) {
    int min = first;
    int max = first;
    for (int row = first + 1; row < to; row++) {
      if (nulls == 0 || buffer.present[row]) {
        if (compare(buffer, row, min) < 0) {
          min = row;
        } else if (compare(buffer, row, max) > 0) {
          max = row;
        }
      }
    }
    return new LeafStatistics(copy(buffer, min), copy(buffer, max), nulls, false);
  }

  private static int compare(LeafBuffer buffer, int a, int b) {
    int startA = start(buffer, a);
    int startB = start(buffer, b);
    return buffer.leaf.order() == Leaf.Order.BIG_ENDIAN
        ? PlainValues.compareBigEndian(
            buffer.bytes, startA, buffer.bytes, startB, buffer.leaf.length())
        : Arrays.compareUnsigned(
            buffer.bytes, startA, end(buffer, a), buffer.bytes, startB, end(buffer, b));
  }

  private static byte[] copy(LeafBuffer buffer, int row) {
    return Arrays.copyOfRange(buffer.bytes, start(buffer, row), end(buffer, row));
  }

  private static int start(LeafBuffer buffer, int row) {
    return buffer.leaf.physical() == PhysicalType.FIXED
        ? row * buffer.leaf.length()
        : buffer.start(row);
  }

  private static int end(LeafBuffer buffer, int row) {
    return buffer.leaf.physical() == PhysicalType.FIXED
        ? (row + 1) * buffer.leaf.length()
        : buffer.ends[row];
  }

  /** The statistics of both sets of rows together. */
  LeafStatistics plus(Leaf leaf, LeafStatistics other) {
    boolean nan = hasNaN || other.hasNaN;
    return new LeafStatistics(
        nan ? null : extreme(leaf, min, other.min, -1),
        nan ? null : extreme(leaf, max, other.max, 1),
        nulls + other.nulls,
        nan);
  }

  private static byte @Nullable [] extreme(
      Leaf leaf, byte @Nullable [] a, byte @Nullable [] b, int sign) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return PlainValues.compare(leaf, a, b) * sign >= 0 ? a : b;
  }
}
