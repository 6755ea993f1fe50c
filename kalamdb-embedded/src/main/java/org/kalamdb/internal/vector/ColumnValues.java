package org.kalamdb.internal.vector;

import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.schema.DataType.Kind;

/**
 * Hash, equality and order of values as they stand in columns, without objects. Text and bytes
 * order by unsigned byte, floating point with NaN last and -0.0 = 0.0, intervals by their length
 * with a month of 30 days, zoned timestamps by instant; equality and hash agree with that. DECIMALs
 * of different scale are aligned by {@link #compare} and {@link #equal} but hash by scale: bring
 * keys to one type before hashing.
 *
 * <p>NULLs are the caller's business.
 */
public final class ColumnValues {
  private static final long PRIME = 0x9E3779B97F4A7C15L;
  private static final long MICROS_PER_DAY = 86_400_000_000L;

  /** Powers of ten that fit a long. */
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private ColumnValues() {}

  /** Spreads the bits of a number. */
  public static long mix(long value) {
    long x = value * PRIME;
    x ^= x >>> 32;
    x *= 0xD6E8FEB86659FD93L;
    return x ^ x >>> 29;
  }

  public static long hash(ColumnView column, int row) {
    return switch (column.type().kind()) {
      case BOOLEAN -> mix(column.getBoolean(row) ? 1 : 2);
      case SMALLINT -> mix(column.getShort(row));
      case INTEGER, DATE -> mix(column.getInt(row));
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> mix(column.getLong(row));
      case REAL -> mix(Double.doubleToLongBits(column.getFloat(row) + 0.0));
      case DOUBLE -> mix(Double.doubleToLongBits(column.getDouble(row) + 0.0));
      case DECIMAL ->
          column.type().isWideDecimal()
              ? hashBytes(column.valueAddress(row), column.width())
              : mix(column.getDecimalLow(row) + mix(column.getDecimalHigh(row)));
      case ZONED_TIMESTAMP -> mix(MemoryUtil.getLong(column.valueAddress(row)));
      case INTERVAL -> {
        long at = column.valueAddress(row);
        yield mix(spanDays(at) * 31 + spanMicros(at));
      }
      case TEXT, VARCHAR, CHAR, JSON, BYTES, UUID, EMBEDDING ->
          hashBytes(column.valueAddress(row), column.valueLength(row));
      case UNKNOWN -> 0;
    };
  }

  public static long hashBytes(long address, int length) {
    long hash = length * PRIME;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      hash = (hash ^ MemoryUtil.getLong(address + i)) * PRIME;
      hash ^= hash >>> 29;
    }
    long tail = 0;
    for (; i < length; i++) {
      tail = tail << 8 | MemoryUtil.getByte(address + i) & 0xff;
    }
    return mix(hash ^ tail);
  }

  public static boolean equal(ColumnView left, int leftRow, ColumnView right, int rightRow) {
    return switch (left.type().kind()) {
      case TEXT, VARCHAR, CHAR, JSON, BYTES, UUID -> {
        int length = left.valueLength(leftRow);
        yield length == right.valueLength(rightRow)
            && equalBytes(left.valueAddress(leftRow), right.valueAddress(rightRow), length);
      }
      default -> compare(left, leftRow, right, rightRow) == 0;
    };
  }

  public static boolean equalBytes(long left, long right, int length) {
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      if (MemoryUtil.getLong(left + i) != MemoryUtil.getLong(right + i)) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (MemoryUtil.getByte(left + i) != MemoryUtil.getByte(right + i)) {
        return false;
      }
    }
    return true;
  }

  public static int compare(ColumnView left, int leftRow, ColumnView right, int rightRow) {
    Kind kind = left.type().kind();
    return switch (kind) {
      case BOOLEAN -> Boolean.compare(left.getBoolean(leftRow), right.getBoolean(rightRow));
      case SMALLINT -> Short.compare(left.getShort(leftRow), right.getShort(rightRow));
      case INTEGER, DATE -> Integer.compare(left.getInt(leftRow), right.getInt(rightRow));
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ ->
          Long.compare(left.getLong(leftRow), right.getLong(rightRow));
      case REAL -> compareDoubles(left.getFloat(leftRow), right.getFloat(rightRow));
      case DOUBLE -> compareDoubles(left.getDouble(leftRow), right.getDouble(rightRow));
      case DECIMAL -> compareDecimals(left, leftRow, right, rightRow);
      case TEXT, VARCHAR, CHAR, JSON, BYTES, UUID ->
          compareBytes(
              left.valueAddress(leftRow), left.valueLength(leftRow),
              right.valueAddress(rightRow), right.valueLength(rightRow));
      case ZONED_TIMESTAMP ->
          Long.compareUnsigned(
              Long.reverseBytes(MemoryUtil.getLong(left.valueAddress(leftRow))),
              Long.reverseBytes(MemoryUtil.getLong(right.valueAddress(rightRow))));
      case INTERVAL -> compareIntervals(left.valueAddress(leftRow), right.valueAddress(rightRow));
      case EMBEDDING -> compareFloats(left, leftRow, right, rightRow);
      case UNKNOWN -> 0;
    };
  }

  /** NaN is equal to itself and greater than every number; -0.0 = 0.0. */
  public static int compareDoubles(double left, double right) {
    return left < right
        ? -1
        : left > right
            ? 1
            : left == right ? 0 : Boolean.compare(Double.isNaN(left), Double.isNaN(right));
  }

  public static int compareBytes(long left, int leftLength, long right, int rightLength) {
    int length = Math.min(leftLength, rightLength);
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      long a = MemoryUtil.getLong(left + i);
      long b = MemoryUtil.getLong(right + i);
      if (a != b) {
        return Long.compareUnsigned(Long.reverseBytes(a), Long.reverseBytes(b));
      }
    }
    for (; i < length; i++) {
      int order = (MemoryUtil.getByte(left + i) & 0xff) - (MemoryUtil.getByte(right + i) & 0xff);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(leftLength, rightLength);
  }

  private static int compareDecimals(ColumnView left, int leftRow, ColumnView right, int rightRow) {
    if (left.type().isWideDecimal() || right.type().isWideDecimal()) {
      return left.getDecimal(leftRow).compareTo(right.getDecimal(rightRow));
    }
    int shift = left.type().scale() - right.type().scale();
    if (shift != 0) {
      return compareScaled(left, leftRow, right, rightRow, shift);
    }
    int high = Long.compare(left.getDecimalHigh(leftRow), right.getDecimalHigh(rightRow));
    return high != 0
        ? high
        : Long.compareUnsigned(left.getDecimalLow(leftRow), right.getDecimalLow(rightRow));
  }

  /** Decimals whose scales differ by {@code shift}: as longs where they fit, else as objects. */
  private static int compareScaled(
      ColumnView left, int leftRow, ColumnView right, int rightRow, int shift) {
    long a = left.getDecimalLow(leftRow);
    long b = right.getDecimalLow(rightRow);
    boolean small =
        left.getDecimalHigh(leftRow) == a >> 63 && right.getDecimalHigh(rightRow) == b >> 63;
    int digits = Math.abs(shift);
    if (small && digits < POWERS.length) {
      long fewer = shift < 0 ? a : b;
      long scaled = fewer * POWERS[digits];
      if (Math.multiplyHigh(fewer, POWERS[digits]) == scaled >> 63) {
        return shift < 0 ? Long.compare(scaled, b) : Long.compare(a, scaled);
      }
    }
    return left.getDecimal(leftRow).compareTo(right.getDecimal(rightRow));
  }

  private static int compareIntervals(long left, long right) {
    int days = Long.compare(spanDays(left), spanDays(right));
    return days != 0 ? days : Long.compare(spanMicros(left), spanMicros(right));
  }

  private static long spanDays(long address) {
    return MemoryUtil.getInt(address) * 30L
        + MemoryUtil.getInt(address + 4)
        + Math.floorDiv(MemoryUtil.getLong(address + 8), MICROS_PER_DAY);
  }

  private static long spanMicros(long address) {
    return Math.floorMod(MemoryUtil.getLong(address + 8), MICROS_PER_DAY);
  }

  private static int compareFloats(ColumnView left, int leftRow, ColumnView right, int rightRow) {
    long a = left.valueAddress(leftRow);
    long b = right.valueAddress(rightRow);
    int length = Math.min(left.width(), right.width());
    for (int i = 0; i < length; i += 4) {
      int order =
          compareDoubles(
              Float.intBitsToFloat(MemoryUtil.getInt(a + i)),
              Float.intBitsToFloat(MemoryUtil.getInt(b + i)));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.width(), right.width());
  }
}
