package org.kalamdb.internal.vector;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.UUID;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.common.ZonedBytes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * The Arrow vector of each SQL type, and single values into and out of it. One value at a time is
 * for results, parameters and tests; kernels go to the buffers.
 */
public final class VectorTypes {
  private VectorTypes() {}

  /** A new vector without capacity; the caller allocates and closes it. */
  public static FieldVector createVector(String name, DataType type, BufferAllocator allocator) {
    return switch (type.kind()) {
      case BOOLEAN -> new BitVector(name, allocator);
      case SMALLINT -> new SmallIntVector(name, allocator);
      case INTEGER -> new IntVector(name, allocator);
      case BIGINT -> new BigIntVector(name, allocator);
      case REAL -> new Float4Vector(name, allocator);
      case DOUBLE -> new Float8Vector(name, allocator);
      case DECIMAL ->
          type.isWideDecimal()
              ? new Decimal256Vector(name, allocator, type.length(), type.scale())
              : new DecimalVector(name, allocator, type.length(), type.scale());
      case TEXT, VARCHAR, CHAR, JSON -> new VarCharVector(name, allocator);
      case BYTES, ZONED_TIMESTAMP -> new VarBinaryVector(name, allocator);
      case DATE -> new DateDayVector(name, allocator);
      case TIME -> new TimeMicroVector(name, allocator);
      case TIMESTAMP -> new TimeStampMicroVector(name, allocator);
      case TIMESTAMPTZ -> new TimeStampMicroTZVector(name, allocator, "UTC");
      case INTERVAL, UUID, EMBEDDING -> new FixedSizeBinaryVector(name, allocator, width(type));
      case UNKNOWN -> new NullVector(name);
    };
  }

  /**
   * Bytes of a value in a fixed-width vector; 0 for BOOLEAN (bits), types of variable length and
   * UNKNOWN.
   */
  public static int width(DataType type) {
    return switch (type.kind()) {
      case SMALLINT -> 2;
      case INTEGER, REAL, DATE -> 4;
      case BIGINT, DOUBLE, TIME, TIMESTAMP, TIMESTAMPTZ -> 8;
      case DECIMAL -> type.isWideDecimal() ? Int256.BYTES : 16;
      case INTERVAL, UUID -> 16;
      case EMBEDDING -> 4 * type.length();
      case BOOLEAN, TEXT, VARCHAR, CHAR, JSON, BYTES, ZONED_TIMESTAMP, UNKNOWN -> 0;
    };
  }

  /** The value in the Java class of its type, or null. */
  public static @Nullable Object readValue(FieldVector vector, DataType type, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).get(row) != 0;
      case SMALLINT -> ((SmallIntVector) vector).get(row);
      case INTEGER -> ((IntVector) vector).get(row);
      case BIGINT -> ((BigIntVector) vector).get(row);
      case REAL -> ((Float4Vector) vector).get(row);
      case DOUBLE -> ((Float8Vector) vector).get(row);
      case DECIMAL -> {
        ArrowBuf data = vector.getDataBuffer();
        if (type.isWideDecimal()) {
          long at = (long) Int256.BYTES * row;
          yield Int256.toDecimal(
              data.getLong(at),
              data.getLong(at + 8),
              data.getLong(at + 16),
              data.getLong(at + 24),
              type.scale());
        }
        yield Int128.toDecimal(data.getLong(16L * row + 8), data.getLong(16L * row), type.scale());
      }
      case TEXT, VARCHAR, CHAR, JSON -> {
        byte[] utf8 = ((VarCharVector) vector).get(row);
        yield Utf8.decode(utf8, 0, utf8.length);
      }
      case BYTES -> ((VarBinaryVector) vector).get(row);
      case ZONED_TIMESTAMP -> {
        byte[] bytes = ((VarBinaryVector) vector).get(row);
        yield ZonedBytes.decode(bytes, 0, bytes.length);
      }
      case DATE -> Micros.toDate(((DateDayVector) vector).get(row));
      case TIME -> Micros.toTime(((TimeMicroVector) vector).get(row));
      case TIMESTAMP -> Micros.toTimestamp(((TimeStampMicroVector) vector).get(row));
      case TIMESTAMPTZ -> Micros.toInstant(((TimeStampMicroTZVector) vector).get(row));
      case INTERVAL -> {
        ByteBuffer bytes = littleEndian(((FixedSizeBinaryVector) vector).get(row));
        yield new Interval(bytes.getInt(0), bytes.getInt(4), bytes.getLong(8));
      }
      case UUID -> {
        ByteBuffer bytes = ByteBuffer.wrap(((FixedSizeBinaryVector) vector).get(row));
        yield new UUID(bytes.getLong(0), bytes.getLong(8));
      }
      case EMBEDDING -> {
        float[] values = new float[type.length()];
        littleEndian(((FixedSizeBinaryVector) vector).get(row)).asFloatBuffer().get(values);
        yield values;
      }
      case UNKNOWN -> null;
    };
  }

  /**
   * Sets the value, growing the vector as needed. The value is null or of the Java class of {@code
   * type}. Rows of variable length must be written in ascending order.
   *
   * @throws org.kalamdb.error.KalamException 22003, 22008 or 22021 if the value does not fit the
   *     type
   */
  public static void writeValue(
      FieldVector vector, DataType type, int row, @Nullable Object value) {
    if (value == null) {
      if (type.kind() != DataType.Kind.UNKNOWN) {
        vector.setNull(row);
      }
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).setSafe(row, (Boolean) value ? 1 : 0);
      case SMALLINT -> ((SmallIntVector) vector).setSafe(row, (Short) value);
      case INTEGER -> ((IntVector) vector).setSafe(row, (Integer) value);
      case BIGINT -> ((BigIntVector) vector).setSafe(row, (Long) value);
      case REAL -> ((Float4Vector) vector).setSafe(row, (Float) value);
      case DOUBLE -> ((Float8Vector) vector).setSafe(row, (Double) value);
      case DECIMAL -> writeDecimal((BaseFixedWidthVector) vector, type, row, (BigDecimal) value);
      case TEXT, VARCHAR, CHAR, JSON ->
          ((VarCharVector) vector).setSafe(row, Utf8.encode((String) value));
      case BYTES -> ((VarBinaryVector) vector).setSafe(row, (byte[]) value);
      case ZONED_TIMESTAMP ->
          ((VarBinaryVector) vector).setSafe(row, ZonedBytes.encode((ZonedDateTime) value));
      case DATE -> ((DateDayVector) vector).setSafe(row, Micros.epochDay((LocalDate) value));
      case TIME -> ((TimeMicroVector) vector).setSafe(row, Micros.of((LocalTime) value));
      case TIMESTAMP ->
          ((TimeStampMicroVector) vector).setSafe(row, Micros.of((LocalDateTime) value));
      case TIMESTAMPTZ ->
          ((TimeStampMicroTZVector) vector).setSafe(row, Micros.of((Instant) value));
      case INTERVAL -> {
        Interval interval = (Interval) value;
        ByteBuffer bytes = littleEndian(new byte[16]);
        bytes.putInt(interval.months()).putInt(interval.days()).putLong(interval.micros());
        ((FixedSizeBinaryVector) vector).setSafe(row, bytes.array());
      }
      case UUID -> {
        UUID uuid = (UUID) value;
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
        ((FixedSizeBinaryVector) vector).setSafe(row, bytes.array());
      }
      case EMBEDDING -> {
        float[] values = (float[]) value;
        if (values.length != type.length()) {
          throw new IllegalArgumentException(
              type + " takes " + type.length() + " dimensions, not " + values.length);
        }
        ByteBuffer bytes = littleEndian(new byte[4 * values.length]);
        bytes.asFloatBuffer().put(values);
        ((FixedSizeBinaryVector) vector).setSafe(row, bytes.array());
      }
      case UNKNOWN ->
          throw new IllegalArgumentException("A column of unknown type holds only NULL: " + value);
    }
  }

  private static void writeDecimal(
      BaseFixedWidthVector vector, DataType type, int row, BigDecimal value) {
    BigInteger unscaled = Int128.unscaled(value, type);
    while (row >= vector.getValueCapacity()) {
      vector.reAlloc();
    }
    vector.setIndexDefined(row);
    ArrowBuf data = vector.getDataBuffer();
    if (type.isWideDecimal()) {
      for (int word = 0; word < 4; word++) {
        data.setLong((long) Int256.BYTES * row + 8L * word, Int256.word(unscaled, word));
      }
      return;
    }
    data.setLong(16L * row, Int128.low(unscaled));
    data.setLong(16L * row + 8, Int128.high(unscaled));
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
