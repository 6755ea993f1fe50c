package org.kalamdb.internal.vector;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.common.Micros;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.common.ZonedBytes;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/**
 * Fills one column by address and owns the vector it fills. {@link #begin} starts over in the same
 * memory, grown as needed; {@link #takeVector} hands the filled vector to the caller.
 *
 * <p>After {@code begin} every row is NULL. The setters of values leave validity alone except
 * {@link #setObject}: kernels mark many rows at once ({@link #setAllValid}, {@link #setValid}).
 * Values of variable length are put in ascending row order; rows passed over are empty. Nothing
 * checks bounds. Not thread-safe.
 */
public final class ColumnWriter implements AutoCloseable {
  private final DataType type;
  private final BufferAllocator allocator;
  private final String name;
  private final ColumnView view;
  private final int width;
  private final boolean variable;
  private @Nullable FieldVector vector;
  private int capacity;
  private long validity;
  private long data;
  private long offsets;
  private long dataCapacity;
  private long dataEnd;
  private long bytesAhead;
  private int nextOffset;
  private boolean nullsPossible;

  public ColumnWriter(DataType type, BufferAllocator allocator) {
    this("", type, allocator);
  }

  public ColumnWriter(String name, DataType type, BufferAllocator allocator) {
    this.name = name;
    this.type = type;
    this.allocator = allocator;
    this.view = new ColumnView(type);
    this.width = VectorTypes.width(type);
    this.variable =
        switch (type.kind()) {
          case TEXT, VARCHAR, CHAR, JSON, BYTES, ZONED_TIMESTAMP -> true;
          default -> false;
        };
  }

  public DataType type() {
    return type;
  }

  /** Starts a column of {@code rows} rows, all NULL; what was there is gone. */
  public void begin(int rows) {
    if (type.kind() == DataType.Kind.UNKNOWN) {
      if (vector == null) {
        vector = new NullVector(name);
      }
      capacity = rows;
      return;
    }
    if (vector == null) {
      vector = VectorTypes.createVector(name, type, allocator);
    }
    if (capacity < rows || capacity == 0) {
      allocate(vector, Math.max(1, rows));
    }
    MemoryUtil.setMemory(validity, (rows + 7) >> 3, (byte) 0);
    dataEnd = 0;
    nextOffset = 0;
    nullsPossible = true;
    if (variable) {
      MemoryUtil.putInt(offsets, 0);
    }
  }

  /**
   * As {@link #begin(int)}, for values that take so many bytes together; has no effect on types of
   * fixed width.
   */
  public void begin(int rows, long bytes) {
    bytesAhead = bytes;
    begin(rows);
    bytesAhead = 0;
    if (variable && dataCapacity < bytes) {
      growData(bytes);
    }
  }

  private void allocate(FieldVector target, int rows) {
    capacity = 0;
    if (target instanceof BaseVariableWidthVector text) {
      text.allocateNew(bytesAhead > 0 ? bytesAhead : 16L * rows, rows);
    } else {
      ((BaseFixedWidthVector) target).allocateNew(rows);
    }
    refresh(target);
  }

  /** Reads the addresses again after the vector has (re)allocated. */
  private void refresh(FieldVector target) {
    capacity = target.getValueCapacity();
    validity = target.getValidityBufferAddress();
    data = target.getDataBufferAddress();
    dataCapacity = target.getDataBuffer().capacity();
    offsets = variable ? target.getOffsetBufferAddress() : 0;
  }

  /** Makes room for {@code rows} rows and keeps what is written; new rows are NULL. */
  public void ensureRows(int rows) {
    FieldVector target = vector();
    if (type.kind() == DataType.Kind.UNKNOWN) {
      capacity = Math.max(capacity, rows);
      return;
    }
    while (capacity < rows) {
      if (target instanceof BaseVariableWidthVector text) {
        text.reallocValidityAndOffsetBuffers();
      } else {
        target.reAlloc();
      }
      refresh(target);
    }
  }

  private FieldVector vector() {
    if (vector == null) {
      throw new IllegalStateException("begin() comes first");
    }
    return vector;
  }

  public void setNull(int row) {
    nullsPossible = true;
    if (validity != 0) {
      long at = validity + (row >> 3);
      MemoryUtil.putByte(at, (byte) (MemoryUtil.getByte(at) & ~(1 << (row & 7))));
    }
  }

  public void setValid(int row) {
    long at = validity + (row >> 3);
    MemoryUtil.putByte(at, (byte) (MemoryUtil.getByte(at) | 1 << (row & 7)));
  }

  public void setAllValid(int rows) {
    nullsPossible = false;
    MemoryUtil.setMemory(validity, (rows + 7) >> 3, (byte) 0xff);
  }

  /** Makes NULL every row that is NULL in the argument. */
  void intersectValidity(ColumnView argument, int rows) {
    int bytes = (rows + 7) >> 3;
    if (argument.isAllNull()) {
      nullsPossible = true;
      MemoryUtil.setMemory(validity, bytes, (byte) 0);
      return;
    }
    long other = argument.validityAddress();
    if (other == 0 || argument.isConstant()) {
      return;
    }
    nullsPossible = true;
    int longs = bytes >> 3;
    for (int i = 0; i < longs; i++) {
      long at = validity + 8L * i;
      MemoryUtil.putLong(at, MemoryUtil.getLong(at) & MemoryUtil.getLong(other + 8L * i));
    }
    for (int i = longs << 3; i < bytes; i++) {
      MemoryUtil.putByte(
          validity + i, (byte) (MemoryUtil.getByte(validity + i) & MemoryUtil.getByte(other + i)));
    }
  }

  /** Makes exactly the rows valid where no argument is NULL. */
  public void setValidWhereAll(ColumnView[] arguments, int rows) {
    setAllValid(rows);
    for (ColumnView argument : arguments) {
      intersectValidity(argument, rows);
    }
  }

  public boolean isNull(int row) {
    return nullsPossible && (MemoryUtil.getByte(validity + (row >> 3)) & (1 << (row & 7))) == 0;
  }

  /** Makes every value of a BOOLEAN column false, whatever its validity. */
  public void setAllFalse(int rows) {
    MemoryUtil.setMemory(data, (rows + 7) >> 3, (byte) 0);
  }

  public void setBoolean(int row, boolean value) {
    long at = data + (row >> 3);
    int bit = 1 << (row & 7);
    int old = MemoryUtil.getByte(at);
    MemoryUtil.putByte(at, (byte) (value ? old | bit : old & ~bit));
  }

  public void setShort(int row, short value) {
    MemoryUtil.putShort(data + ((long) row << 1), value);
  }

  public void setInt(int row, int value) {
    MemoryUtil.putInt(data + ((long) row << 2), value);
  }

  public void setLong(int row, long value) {
    MemoryUtil.putLong(data + ((long) row << 3), value);
  }

  public void setFloat(int row, float value) {
    setInt(row, Float.floatToRawIntBits(value));
  }

  public void setDouble(int row, double value) {
    setLong(row, Double.doubleToRawLongBits(value));
  }

  /** A DECIMAL's unscaled value, of as many bits as the column's type takes. */
  public void setDecimal(int row, BigInteger unscaled) {
    if (!type.isWideDecimal()) {
      setDecimal(row, Int128.high(unscaled), Int128.low(unscaled));
      return;
    }
    long at = data + (long) row * Int256.BYTES;
    for (int word = 0; word < 4; word++) {
      MemoryUtil.putLong(at + 8L * word, Int256.word(unscaled, word));
    }
  }

  /** A (not wide) DECIMAL's unscaled value. */
  public void setDecimal(int row, long high, long low) {
    long at = data + ((long) row << 4);
    MemoryUtil.putLong(at, low);
    MemoryUtil.putLong(at + 8, high);
  }

  /** Where a value of fixed width is to be written; not for BOOLEAN. */
  public long valueAddress(int row) {
    return data + (long) row * width;
  }

  public void putBytes(int row, byte[] bytes, int offset, int length) {
    long at = reserve(row, length);
    MemoryUtil.copyToMemory(bytes, offset, at, length);
    commit(row, length);
  }

  public void putBytes(int row, long address, int length) {
    long at = reserve(row, length);
    MemoryUtil.copyMemory(address, at, length);
    commit(row, length);
  }

  public void putText(int row, String text) {
    byte[] utf8 = Utf8.encode(text);
    putBytes(row, utf8, 0, utf8.length);
  }

  /** Where up to {@code length} bytes of the row's value may be written, before {@link #commit}. */
  public long reserve(int row, int length) {
    if (dataEnd + length > dataCapacity) {
      growData(dataEnd + length);
    }
    fillOffsets(row);
    return data + dataEnd;
  }

  /** Ends the row's value after {@code length} bytes. */
  public void commit(int row, int length) {
    dataEnd += length;
    nextOffset = row + 1;
    MemoryUtil.putInt(offsets + ((long) nextOffset << 2), (int) dataEnd);
  }

  private void fillOffsets(int row) {
    while (nextOffset < row) {
      nextOffset++;
      MemoryUtil.putInt(offsets + ((long) nextOffset << 2), (int) dataEnd);
    }
  }

  private void growData(long needed) {
    if (needed > Integer.MAX_VALUE) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED, "the values of one column of a batch exceed 2 GB");
    }
    FieldVector target = vector();
    ((BaseVariableWidthVector) target)
        .reallocDataBuffer(Math.min(Integer.MAX_VALUE, Math.max(needed, 2 * dataCapacity)));
    refresh(target);
  }

  /** Copies the value or the NULL of {@code source}, a column of the same bytes. */
  public void copyValue(int row, ColumnView source, int sourceRow) {
    if (source.isNull(sourceRow)) {
      setNull(row);
      return;
    }
    setValid(row);
    if (variable) {
      putBytes(row, source.valueAddress(sourceRow), source.valueLength(sourceRow));
      return;
    }
    switch (width) {
      case 0 -> setBoolean(row, source.getBoolean(sourceRow));
      case 2 -> setShort(row, source.getShort(sourceRow));
      case 4 -> setInt(row, source.getInt(sourceRow));
      case 8 -> setLong(row, source.getLong(sourceRow));
      default -> MemoryUtil.copyMemory(source.valueAddress(sourceRow), valueAddress(row), width);
    }
  }

  /** Copies the values at {@code rows[0..n)} to the rows from {@code start} on. */
  public void copyRows(int start, ColumnView source, int[] rows, int n) {
    boolean nulls = source.mayHaveNulls();
    boolean wide = width > 8 && width != 16;
    if (nulls || variable || width == 0 || wide) {
      for (int i = 0; i < n; i++) {
        copyValue(start + i, source, rows[i]);
      }
      return;
    }
    switch (width) {
      case 2 -> {
        for (int i = 0; i < n; i++) {
          setShort(start + i, source.getShort(rows[i]));
        }
      }
      case 4 -> {
        for (int i = 0; i < n; i++) {
          setInt(start + i, source.getInt(rows[i]));
        }
      }
      case 8 -> {
        for (int i = 0; i < n; i++) {
          setLong(start + i, source.getLong(rows[i]));
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          setDecimal(start + i, source.getDecimalHigh(rows[i]), source.getDecimalLow(rows[i]));
        }
      }
    }
    for (int i = 0; i < n; i++) {
      setValid(start + i);
    }
  }

  /**
   * Sets a value of the type's Java class, or NULL, and the row's validity.
   *
   * @throws KalamException 22003, 22008 or 22021 if the value does not fit the type
   */
  public void setObject(int row, @Nullable Object value) {
    if (value == null) {
      setNull(row);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> setBoolean(row, (Boolean) value);
      case SMALLINT -> setShort(row, (Short) value);
      case INTEGER -> setInt(row, (Integer) value);
      case BIGINT -> setLong(row, (Long) value);
      case REAL -> setFloat(row, (Float) value);
      case DOUBLE -> setDouble(row, (Double) value);
      case DECIMAL -> setDecimal(row, Int128.unscaled((BigDecimal) value, type));
      case TEXT, VARCHAR, CHAR, JSON -> putText(row, (String) value);
      case BYTES -> putBytes(row, (byte[]) value, 0, ((byte[]) value).length);
      case ZONED_TIMESTAMP -> {
        byte[] bytes = ZonedBytes.encode((ZonedDateTime) value);
        putBytes(row, bytes, 0, bytes.length);
      }
      case DATE -> setInt(row, Micros.epochDay((LocalDate) value));
      case TIME -> setLong(row, Micros.of((LocalTime) value));
      case TIMESTAMP -> setLong(row, Micros.of((LocalDateTime) value));
      case TIMESTAMPTZ -> setLong(row, Micros.of((Instant) value));
      case INTERVAL -> setInterval(row, (Interval) value);
      case UUID -> setUuid(row, (UUID) value);
      case EMBEDDING -> setFloats(row, (float[]) value);
      case UNKNOWN ->
          throw new IllegalArgumentException("A column of unknown type holds only NULL: " + value);
    }
    setValid(row);
  }

  public void setInterval(int row, Interval value) {
    long at = valueAddress(row);
    MemoryUtil.putInt(at, value.months());
    MemoryUtil.putInt(at + 4, value.days());
    MemoryUtil.putLong(at + 8, value.micros());
  }

  public void setUuid(int row, UUID value) {
    long at = valueAddress(row);
    MemoryUtil.putLong(at, Long.reverseBytes(value.getMostSignificantBits()));
    MemoryUtil.putLong(at + 8, Long.reverseBytes(value.getLeastSignificantBits()));
  }

  public void setFloats(int row, float[] values) {
    if (values.length != type.length()) {
      throw new IllegalArgumentException(
          type + " takes " + type.length() + " dimensions, not " + values.length);
    }
    long at = valueAddress(row);
    for (int i = 0; i < values.length; i++) {
      MemoryUtil.putInt(at + 4L * i, Float.floatToRawIntBits(values[i]));
    }
  }

  /** Ends the column after {@code rows} rows and lends a view of it, valid until the next begin. */
  public ColumnView finish(int rows) {
    FieldVector target = vector();
    if (target instanceof NullVector) {
      view.reset(target);
    } else {
      finishOffsets(rows);
      view.reset(nullsPossible ? validity : 0, data, offsets, -1);
    }
    return view;
  }

  /** Ends a column of one row and lends it as a constant. */
  public ColumnView finishConstant() {
    FieldVector target = vector();
    if (target instanceof NullVector) {
      view.resetConstant(target);
    } else {
      finishOffsets(1);
      view.reset(nullsPossible ? validity : 0, data, offsets, 0);
    }
    return view;
  }

  private void finishOffsets(int rows) {
    if (variable) {
      fillOffsets(rows);
    }
  }

  /** Ends the column after {@code rows} rows and hands the vector to the caller, who closes it. */
  public FieldVector takeVector(int rows) {
    FieldVector taken = vector();
    if (variable) {
      fillOffsets(rows);
      // Arrow fills holes from the last row it knows of: there are none.
      ((BaseVariableWidthVector) taken).setLastSet(rows - 1);
    }
    taken.setValueCount(rows);
    forget();
    return taken;
  }

  private void forget() {
    vector = null;
    capacity = 0;
    validity = 0;
    data = 0;
    offsets = 0;
    dataCapacity = 0;
  }

  @Override
  public void close() {
    FieldVector owned = vector;
    forget();
    if (owned != null) {
      owned.close();
    }
  }
}
