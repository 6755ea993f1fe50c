package org.kalamdb.internal.storage.cold;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** Single values between leaves and Java: for keys, bounds and rows that are read one at a time. */
final class StoredValues {
  private StoredValues() {}

  /** The value in a row of a column's leaves, or null. */
  static @Nullable Object read(DataType type, LeafBuffer[] members, int[] rows) {
    LeafBuffer first = members[0];
    int row = rows[0];
    if (first.leaf.optional() && !first.present[row]) {
      return null;
    }
    return switch (type.kind()) {
      case ZONED_TIMESTAMP ->
          Micros.toInstant(first.longs[row]).atZone(ZoneId.of(text(members[1], rows[1])));
      case INTERVAL ->
          new Interval(
              (int) first.longs[row], (int) members[1].longs[rows[1]], members[2].longs[rows[2]]);
      default ->
          first.leaf.physical().isLong()
              ? ofLong(type, first.longs[row])
              : ofBytes(type, bytes(first, row));
    };
  }

  private static byte[] bytes(LeafBuffer buffer, int row) {
    if (buffer.leaf.physical() == PhysicalType.FIXED) {
      int length = buffer.leaf.length();
      return Arrays.copyOfRange(buffer.bytes, row * length, (row + 1) * length);
    }
    return Arrays.copyOfRange(buffer.bytes, buffer.start(row), buffer.ends[row]);
  }

  private static String text(LeafBuffer buffer, int row) {
    byte[] utf8 = bytes(buffer, row);
    return Utf8.decode(utf8, 0, utf8.length);
  }

  /**
   * A bound of statistics as a value; a shortened text is some text, shortened bytes some bytes.
   */
  static Object ofPlain(Leaf leaf, DataType type, byte[] plain) {
    return leaf.physical().isLong()
        ? ofLong(type, PlainValues.toLong(leaf.physical(), plain))
        : ofBytes(type, plain);
  }

  private static Object ofLong(DataType type, long value) {
    return switch (type.kind()) {
      case BOOLEAN -> value != 0;
      case SMALLINT -> (short) value;
      case INTEGER -> (int) value;
      case BIGINT -> value;
      case REAL -> Float.intBitsToFloat((int) value);
      case DOUBLE -> Double.longBitsToDouble(value);
      case DECIMAL -> BigDecimal.valueOf(value, type.scale());
      case DATE -> Micros.toDate((int) value);
      case TIME -> Micros.toTime(value);
      case TIMESTAMP -> Micros.toTimestamp(value);
      case TIMESTAMPTZ, ZONED_TIMESTAMP -> Micros.toInstant(value);
      default -> throw new IllegalStateException("Not stored as a number: " + type);
    };
  }

  private static Object ofBytes(DataType type, byte[] value) {
    return switch (type.kind()) {
      case TEXT, VARCHAR, CHAR, JSON -> Utf8.decode(value, 0, value.length);
      case BYTES -> value;
      case DECIMAL -> new BigDecimal(new BigInteger(value), type.scale());
      case UUID -> {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        yield new UUID(bytes.getLong(), bytes.getLong());
      }
      case EMBEDDING -> {
        float[] floats = new float[type.length()];
        ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        yield floats;
      }
      default -> throw new IllegalStateException("Not stored as bytes: " + type);
    };
  }

  /**
   * A value of a condition as the leaf's statistics hold it; null where the two cannot be compared
   * exactly, so that nothing may be skipped by it.
   *
   * @param type the type of the column in the segment, which may be narrower than the value's
   */
  static byte @Nullable [] toPlain(Leaf leaf, DataType type, Object value) {
    if (!leaf.isOrdered() || type.kind() == DataType.Kind.CHAR) {
      return null;
    }
    if (leaf.physical().isLong()) {
      Long number = toLong(leaf, type, value);
      return number == null ? null : PlainValues.ofLong(leaf.physical(), number);
    }
    return switch (type.kind()) {
      case TEXT, VARCHAR -> value instanceof String text ? Utf8.encode(text) : null;
      case BYTES -> value instanceof byte[] bytes ? bytes : null;
      case UUID -> {
        if (!(value instanceof UUID uuid)) {
          yield null;
        }
        yield ByteBuffer.allocate(16)
            .putLong(uuid.getMostSignificantBits())
            .putLong(uuid.getLeastSignificantBits())
            .array();
      }
      case DECIMAL -> {
        BigInteger unscaled = unscaled(type, value);
        yield unscaled == null || unscaled.bitLength() >= 8 * leaf.length()
            ? null
            : bigEndian(unscaled, leaf.length());
      }
      default -> null;
    };
  }

  private static byte[] bigEndian(BigInteger unscaled, int length) {
    byte[] shortest = unscaled.toByteArray();
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) (unscaled.signum() < 0 ? -1 : 0));
    System.arraycopy(shortest, 0, bytes, length - shortest.length, shortest.length);
    return bytes;
  }

  private static @Nullable BigInteger unscaled(DataType type, Object value) {
    BigDecimal number =
        value instanceof BigDecimal decimal
            ? decimal
            : value instanceof Short || value instanceof Integer || value instanceof Long
                ? BigDecimal.valueOf(((Number) value).longValue())
                : null;
    if (number == null || number.stripTrailingZeros().scale() > type.scale()) {
      return null;
    }
    return number.setScale(type.scale()).unscaledValue();
  }

  private static @Nullable Long toLong(Leaf leaf, DataType type, Object value) {
    return switch (type.kind()) {
      case BOOLEAN -> value instanceof Boolean truth ? Long.valueOf(truth ? 1 : 0) : null;
      case SMALLINT, INTEGER, BIGINT, DECIMAL -> {
        BigInteger number = unscaled(type.isInteger() ? DataType.decimal(38, 0) : type, value);
        int bits = leaf.physical() == PhysicalType.INT32 ? 31 : 63;
        yield number == null || number.bitLength() > bits ? null : Long.valueOf(number.longValue());
      }
      case REAL -> {
        // A double that no float equals cannot be compared at the width of a float.
        double number =
            value instanceof Float || value instanceof Double
                ? ((Number) value).doubleValue()
                : Double.NaN;
        yield Double.isNaN(number) || (float) number != number
            ? null
            : Long.valueOf(Float.floatToRawIntBits((float) number));
      }
      case DOUBLE -> {
        double number = value instanceof Double wide ? wide : Double.NaN;
        yield Double.isNaN(number) ? null : Long.valueOf(Double.doubleToRawLongBits(number));
      }
      case DATE -> value instanceof LocalDate date ? Long.valueOf(Micros.epochDay(date)) : null;
      case TIME -> value instanceof LocalTime time ? Long.valueOf(Micros.of(time)) : null;
      case TIMESTAMP -> value instanceof LocalDateTime time ? Long.valueOf(Micros.of(time)) : null;
      case TIMESTAMPTZ ->
          value instanceof Instant instant ? Long.valueOf(Micros.of(instant)) : null;
      case ZONED_TIMESTAMP ->
          value instanceof ZonedDateTime zoned ? Long.valueOf(Micros.of(zoned.toInstant())) : null;
      default -> null;
    };
  }
}
