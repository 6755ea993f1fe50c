package org.kalamdb.internal.vector;

import static org.apache.arrow.memory.util.MemoryUtil.copyFromMemory;
import static org.apache.arrow.memory.util.MemoryUtil.getByte;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.ZonedBytes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * How a kernel sees a column: the addresses of its buffers. A constant is a column of one value
 * whose row numbers are all masked to 0. The view lends; it is valid as long as the vector behind
 * it is.
 *
 * <p>Nothing here checks bounds. Rows are numbers of the batch; reading the value of a NULL row
 * gives rubbish, not an error. Not thread-safe.
 */
public final class ColumnView {
  private static final int ALL_ROWS = -1;

  private final DataType type;
  private final int width;
  private long validity;
  private long data;
  private long offsets;
  private int mask = ALL_ROWS;
  private boolean allNull;

  public ColumnView(DataType type) {
    this.type = type;
    this.width = VectorTypes.width(type);
  }

  public static ColumnView of(FieldVector vector, DataType type) {
    ColumnView view = new ColumnView(type);
    view.reset(vector);
    return view;
  }

  /** Looks at all values of another vector of the type. */
  public void reset(FieldVector vector) {
    mask = ALL_ROWS;
    if (vector instanceof NullVector) {
      allNull = true;
      return;
    }
    int rows = vector.getValueCount();
    validity = vector.getValidityBufferAddress();
    if (allOnes(validity, rows)) {
      validity = 0;
    }
    data = vector.getDataBufferAddress();
    offsets = vector instanceof BaseVariableWidthVector ? vector.getOffsetBufferAddress() : 0;
    allNull = false;
  }

  /** Looks at row 0 of the vector as the value of every row. */
  public void resetConstant(FieldVector vector) {
    reset(vector);
    mask = 0;
    allNull = allNull || isNull(0);
  }

  void reset(long validityAddress, long dataAddress, long offsetAddress, int rowMask) {
    validity = validityAddress;
    data = dataAddress;
    offsets = offsetAddress;
    mask = rowMask;
    allNull = rowMask == 0 && isNull(0);
  }

  /** Looks at what another view looks at, whose bytes are the same in both types. */
  public void reset(ColumnView other) {
    validity = other.validity;
    data = other.data;
    offsets = other.offsets;
    mask = other.mask;
    allNull = other.allNull;
  }

  private static boolean allOnes(long address, int rows) {
    int longs = rows >>> 6;
    for (int i = 0; i < longs; i++) {
      if (MemoryUtil.getLong(address + 8L * i) != -1L) {
        return false;
      }
    }
    for (int row = longs << 6; row < rows; row++) {
      if ((getByte(address + (row >> 3)) & (1 << (row & 7))) == 0) {
        return false;
      }
    }
    return true;
  }

  public DataType type() {
    return type;
  }

  /** Whether every row has the value of row 0. */
  public boolean isConstant() {
    return mask == 0;
  }

  /** Whether every row is NULL for sure. */
  public boolean isAllNull() {
    return allNull;
  }

  /** False if no row is NULL for sure. */
  public boolean mayHaveNulls() {
    return allNull || validity != 0;
  }

  /** -1, or 0 for a constant: the value of {@code row} is at {@code row & mask()}. */
  public int mask() {
    return mask;
  }

  /** Address of the validity bits, or 0 if no row is NULL. Meaningless if {@link #isAllNull()}. */
  public long validityAddress() {
    return validity;
  }

  public long dataAddress() {
    return data;
  }

  public long offsetAddress() {
    return offsets;
  }

  /** Bytes of a value of fixed width; 0 for BOOLEAN and types of variable length. */
  public int width() {
    return width;
  }

  public boolean isNull(int row) {
    if (allNull) {
      return true;
    }
    if (validity == 0) {
      return false;
    }
    int at = row & mask;
    return (getByte(validity + (at >> 3)) & (1 << (at & 7))) == 0;
  }

  public boolean getBoolean(int row) {
    int at = row & mask;
    return (getByte(data + (at >> 3)) & (1 << (at & 7))) != 0;
  }

  public short getShort(int row) {
    return MemoryUtil.getShort(data + ((long) (row & mask) << 1));
  }

  /** The value of an INTEGER or DATE. */
  public int getInt(int row) {
    return MemoryUtil.getInt(data + ((long) (row & mask) << 2));
  }

  /** The value of a BIGINT, TIME, TIMESTAMP or TIMESTAMPTZ. */
  public long getLong(int row) {
    return MemoryUtil.getLong(data + ((long) (row & mask) << 3));
  }

  public float getFloat(int row) {
    return Float.intBitsToFloat(getInt(row));
  }

  public double getDouble(int row) {
    return Double.longBitsToDouble(getLong(row));
  }

  /** Low 64 bits of a (not wide) DECIMAL's unscaled value. */
  public long getDecimalLow(int row) {
    return MemoryUtil.getLong(data + ((long) (row & mask) << 4));
  }

  /** High 64 bits of a (not wide) DECIMAL's unscaled value. */
  public long getDecimalHigh(int row) {
    return MemoryUtil.getLong(data + ((long) (row & mask) << 4) + 8);
  }

  public BigDecimal getDecimal(int row) {
    if (type.isWideDecimal()) {
      long at = data + (long) (row & mask) * Int256.BYTES;
      return Int256.toDecimal(
          MemoryUtil.getLong(at),
          MemoryUtil.getLong(at + 8),
          MemoryUtil.getLong(at + 16),
          MemoryUtil.getLong(at + 24),
          type.scale());
    }
    return Int128.toDecimal(getDecimalHigh(row), getDecimalLow(row), type.scale());
  }

  /** Where the bytes of the value begin; not for BOOLEAN. */
  public long valueAddress(int row) {
    return offsets == 0
        ? data + (long) (row & mask) * width
        : data + MemoryUtil.getInt(offsets + ((long) (row & mask) << 2));
  }

  /** How many bytes the value has; not for BOOLEAN. */
  public int valueLength(int row) {
    if (offsets == 0) {
      return width;
    }
    long at = offsets + ((long) (row & mask) << 2);
    return MemoryUtil.getInt(at + 4) - MemoryUtil.getInt(at);
  }

  /** A copy of the value's bytes; not for BOOLEAN. */
  public byte[] copyBytes(int row) {
    byte[] bytes = new byte[valueLength(row)];
    copyFromMemory(valueAddress(row), bytes, 0, bytes.length);
    return bytes;
  }

  public String getString(int row) {
    return new String(copyBytes(row), StandardCharsets.UTF_8);
  }

  public Interval getInterval(int row) {
    long at = valueAddress(row);
    return new Interval(
        MemoryUtil.getInt(at), MemoryUtil.getInt(at + 4), MemoryUtil.getLong(at + 8));
  }

  public UUID getUuid(int row) {
    long at = valueAddress(row);
    return new UUID(
        Long.reverseBytes(MemoryUtil.getLong(at)), Long.reverseBytes(MemoryUtil.getLong(at + 8)));
  }

  /** The value in the Java class of the type, or null. Allocates: not for hot loops. */
  public @Nullable Object getObject(int row) {
    if (isNull(row)) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> getBoolean(row);
      case SMALLINT -> getShort(row);
      case INTEGER -> getInt(row);
      case BIGINT -> getLong(row);
      case REAL -> getFloat(row);
      case DOUBLE -> getDouble(row);
      case DECIMAL -> getDecimal(row);
      case TEXT, VARCHAR, CHAR, JSON -> getString(row);
      case BYTES -> copyBytes(row);
      case DATE -> Micros.toDate(getInt(row));
      case TIME -> Micros.toTime(getLong(row));
      case TIMESTAMP -> Micros.toTimestamp(getLong(row));
      case TIMESTAMPTZ -> Micros.toInstant(getLong(row));
      case ZONED_TIMESTAMP -> {
        byte[] bytes = copyBytes(row);
        yield ZonedBytes.decode(bytes, 0, bytes.length);
      }
      case INTERVAL -> getInterval(row);
      case UUID -> getUuid(row);
      case EMBEDDING -> getFloats(row);
      case UNKNOWN -> null;
    };
  }

  /** A copy of an EMBEDDING. */
  public float[] getFloats(int row) {
    float[] floats = new float[type.length()];
    long at = valueAddress(row);
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.intBitsToFloat(MemoryUtil.getInt(at + 4L * i));
    }
    return floats;
  }
}
