package org.kalamdb.internal.storage.row;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/**
 * Writes one column of stored rows into a vector of fixed capacity, by address: no bounds check, no
 * object per value. Rows come in runs of one schema version. Owns the vector until {@link #finish}.
 */
final class ColumnFiller {
  private final DataType type;
  private final FieldVector vector;
  private final long validity;

  ColumnFiller(DataType type, int capacity, BufferAllocator allocator) {
    this.type = type;
    this.vector = VectorTypes.createVector("", type, allocator);
    try {
      if (vector instanceof BaseFixedWidthVector fixed) {
        fixed.allocateNew(capacity);
      } else if (vector instanceof BaseVariableWidthVector variable) {
        variable.allocateNew(16L * capacity, capacity);
      }
      // Everything is valid until a NULL clears its bit; bits past the last row do not count.
      ArrowBuf bits = vector.getValidityBuffer();
      MemoryUtil.setMemory(bits.memoryAddress(), (capacity + 7) / 8, (byte) 0xFF);
      validity = bits.memoryAddress();
    } catch (RuntimeException | Error e) {
      vector.close();
      throw e;
    }
  }

  /** Hands over the vector with {@code rows} values. */
  FieldVector finish(int rows) {
    if (vector instanceof BaseVariableWidthVector variable) {
      variable.setLastSet(rows - 1);
    }
    vector.setValueCount(rows);
    return vector;
  }

  void close() {
    vector.close();
  }

  /** Appends the values of column {@code column} of {@code count} rows from row {@code at} on. */
  void fill(
      int at, RowLayout layout, int column, byte[] rows, int[] starts, int[] ends, int count) {
    DataType from = layout.type(column);
    if (!Widening.isSameStorage(from, type)) {
      fillWidened(at, from, layout.slot(column), rows, starts, count);
    } else if (layout.isVariable(column)) {
      fillVariable(at, layout, column, rows, starts, ends, count);
    } else if (type.kind() == DataType.Kind.BOOLEAN) {
      fillBits(at, layout.slot(column), 0xFF, rows, starts, count);
    } else {
      fillFixed(at, layout.slot(column), rows, starts, count);
    }
    clearNulls(at, RowLayout.nullByte(column), RowLayout.nullBit(column), rows, starts, count);
  }

  void fillSeq(int at, byte[] rows, int[] starts, int count) {
    fillFixed(at, RowLayout.SEQ_AT, rows, starts, count);
  }

  void fillDeleted(int at, byte[] rows, int[] starts, int count) {
    fillBits(at, RowLayout.FLAGS_AT, RowLayout.DELETED, rows, starts, count);
  }

  void fillZero(int at, int count) {
    int width = VectorTypes.width(type);
    MemoryUtil.setMemory(
        vector.getDataBuffer().memoryAddress() + (long) at * width, (long) count * width, (byte) 0);
  }

  private void clearNulls(int at, int nullByte, int nullBit, byte[] rows, int[] starts, int count) {
    for (int i = 0; i < count; i++) {
      if ((rows[starts[i] + nullByte] & nullBit) != 0) {
        int row = at + i;
        long address = validity + (row >> 3);
        MemoryUtil.putByte(address, (byte) (MemoryUtil.getByte(address) & ~(1 << (row & 7))));
      }
    }
  }

  private void fillFixed(int at, int slot, byte[] rows, int[] starts, int count) {
    int width = VectorTypes.width(type);
    long to = vector.getDataBuffer().memoryAddress() + (long) at * width;
    switch (width) {
      case 2 -> {
        for (int i = 0; i < count; i++) {
          MemoryUtil.putShort(to + 2L * i, LittleEndian.getShort(rows, starts[i] + slot));
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          MemoryUtil.putInt(to + 4L * i, LittleEndian.getInt(rows, starts[i] + slot));
        }
      }
      case 8 -> {
        for (int i = 0; i < count; i++) {
          MemoryUtil.putLong(to + 8L * i, LittleEndian.getLong(rows, starts[i] + slot));
        }
      }
      case 16 -> {
        for (int i = 0; i < count; i++) {
          int from = starts[i] + slot;
          MemoryUtil.putLong(to + 16L * i, LittleEndian.getLong(rows, from));
          MemoryUtil.putLong(to + 16L * i + 8, LittleEndian.getLong(rows, from + 8));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          MemoryUtil.copyToMemory(rows, starts[i] + slot, to + (long) width * i, width);
        }
      }
    }
  }

  private void fillBits(int at, int slot, int mask, byte[] rows, int[] starts, int count) {
    long bits = vector.getDataBuffer().memoryAddress();
    for (int i = 0; i < count; i++) {
      int row = at + i;
      int bit = 1 << (row & 7);
      int old = MemoryUtil.getByte(bits + (row >> 3));
      boolean set = (rows[starts[i] + slot] & mask) != 0;
      MemoryUtil.putByte(bits + (row >> 3), (byte) (set ? old | bit : old & ~bit));
    }
  }

  private void fillVariable(
      int at, RowLayout layout, int column, byte[] rows, int[] starts, int[] ends, int count) {
    BaseVariableWidthVector variable = (BaseVariableWidthVector) vector;
    long offsets = variable.getOffsetBuffer().memoryAddress();
    int fixedEnd = layout.fixedEnd();
    long data = variable.getDataBuffer().memoryAddress();
    long capacity = variable.getDataBuffer().capacity();
    int end = at == 0 ? 0 : MemoryUtil.getInt(offsets + 4L * at);
    MemoryUtil.putInt(offsets + 4L * at, end);
    for (int i = 0; i < count; i++) {
      int start = starts[i];
      int from = layout.variableStart(rows, start, column);
      int length = layout.variableEnd(rows, start, column, from, ends[i] - start - fixedEnd) - from;
      if (capacity - end < length) {
        variable.getDataBuffer().writerIndex(end);
        variable.reallocDataBuffer(Math.max(capacity * 2, (long) end + length));
        data = variable.getDataBuffer().memoryAddress();
        capacity = variable.getDataBuffer().capacity();
      }
      MemoryUtil.copyToMemory(rows, start + fixedEnd + (long) from, data + end, length);
      end += length;
      MemoryUtil.putInt(offsets + 4L * (at + i + 1), end);
    }
  }

  private void fillWidened(int at, DataType from, int slot, byte[] rows, int[] starts, int count) {
    long to = vector.getDataBuffer().memoryAddress();
    for (int i = 0; i < count; i++) {
      int source = starts[i] + slot;
      int row = at + i;
      switch (from.kind()) {
        case SMALLINT -> putInteger(to, row, LittleEndian.getShort(rows, source), from);
        case INTEGER -> putInteger(to, row, LittleEndian.getInt(rows, source), from);
        case BIGINT -> putInteger(to, row, LittleEndian.getLong(rows, source), from);
        case REAL -> {
          checkTarget(from, DataType.Kind.DOUBLE);
          double value = Float.intBitsToFloat(LittleEndian.getInt(rows, source));
          MemoryUtil.putLong(to + 8L * row, Double.doubleToRawLongBits(value));
        }
        case DECIMAL -> {
          checkTarget(from, DataType.Kind.DECIMAL);
          putDecimal(to, row, RowCodec.decimal(from, rows, source));
        }
        default -> throw Widening.refused(from, type);
      }
    }
  }

  private void putInteger(long to, int row, long value, DataType from) {
    switch (type.kind()) {
      case INTEGER -> MemoryUtil.putInt(to + 4L * row, Math.toIntExact(value));
      case BIGINT -> MemoryUtil.putLong(to + 8L * row, value);
      case DECIMAL -> putDecimal(to, row, BigDecimal.valueOf(value));
      default -> throw Widening.refused(from, type);
    }
  }

  private void putDecimal(long to, int row, BigDecimal value) {
    BigInteger unscaled = Int128.unscaled(value, type);
    if (type.isWideDecimal()) {
      for (int word = 0; word < 4; word++) {
        MemoryUtil.putLong(to + (long) Int256.BYTES * row + 8L * word, Int256.word(unscaled, word));
      }
      return;
    }
    MemoryUtil.putLong(to + 16L * row, Int128.low(unscaled));
    MemoryUtil.putLong(to + 16L * row + 8, Int128.high(unscaled));
  }

  private void checkTarget(DataType from, DataType.Kind expected) {
    if (type.kind() != expected) {
      throw Widening.refused(from, type);
    }
  }
}
