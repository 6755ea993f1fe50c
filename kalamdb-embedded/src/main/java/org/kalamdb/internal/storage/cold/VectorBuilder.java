package org.kalamdb.internal.storage.cold;

import java.math.BigInteger;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.internal.common.Int256;
import org.kalamdb.internal.storage.row.Widening;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * Turns rows of a column's leaves into the Arrow vector of the type the column has now, which may
 * be wider than the one it was written with.
 */
final class VectorBuilder {
  private VectorBuilder() {}

  /**
   * A vector of the first {@code rows} rows, the last one first if {@code reversed}.
   *
   * @param stored type of the column when the segment was written
   */
  static FieldVector build(
      String name,
      DataType stored,
      DataType type,
      LeafBuffer[] members,
      int rows,
      boolean reversed,
      BufferAllocator allocator) {
    if (!isReadable(stored, type)) {
      throw Widening.refused(stored, type);
    }
    FieldVector vector = VectorTypes.createVector(name, type, allocator);
    try {
      if (vector instanceof BaseVariableWidthVector variable) {
        buildVariable(variable, stored, members, rows, reversed);
      } else {
        buildFixed((BaseFixedWidthVector) vector, stored, type, members, rows, reversed);
      }
      return vector;
    } catch (RuntimeException | Error e) {
      vector.close();
      throw e;
    }
  }

  private static boolean isReadable(DataType stored, DataType type) {
    DataType.Kind to = type.kind();
    return switch (stored.kind()) {
      case SMALLINT, INTEGER, BIGINT ->
          to == DataType.Kind.DECIMAL || (type.isInteger() && to.compareTo(stored.kind()) >= 0);
      case REAL -> to == DataType.Kind.REAL || to == DataType.Kind.DOUBLE;
      case DECIMAL -> to == DataType.Kind.DECIMAL && type.scale() >= stored.scale();
      case TEXT, VARCHAR, CHAR -> type.isText();
      case EMBEDDING -> type.equals(stored);
      default -> to == stored.kind();
    };
  }

  /** A vector with the same value, or null, in every row. */
  static FieldVector constant(
      String name, DataType type, @Nullable Object value, int rows, BufferAllocator allocator) {
    FieldVector vector = VectorTypes.createVector(name, type, allocator);
    try {
      vector.setInitialCapacity(rows);
      vector.allocateNew();
      for (int row = 0; row < rows; row++) {
        VectorTypes.writeValue(vector, type, row, value);
      }
      vector.setValueCount(rows);
      return vector;
    } catch (RuntimeException | Error e) {
      vector.close();
      throw e;
    }
  }

  private static void writeValidity(
      FieldVector vector, LeafBuffer first, int rows, boolean reversed) {
    long validity = vector.getValidityBuffer().memoryAddress();
    int bytes = (rows + 7) >> 3;
    if (first.nulls == 0) {
      MemoryUtil.setMemory(validity, bytes, (byte) 0xFF);
      return;
    }
    boolean[] present = first.present;
    for (int b = 0; b < bytes; b++) {
      int bits = 0;
      int end = Math.min(8, rows - 8 * b);
      for (int i = 0; i < end; i++) {
        int row = 8 * b + i;
        if (present[reversed ? rows - 1 - row : row]) {
          bits |= 1 << i;
        }
      }
      MemoryUtil.putByte(validity + b, (byte) bits);
    }
  }

  private static void buildFixed(
      BaseFixedWidthVector vector,
      DataType stored,
      DataType type,
      LeafBuffer[] members,
      int rows,
      boolean reversed) {
    vector.allocateNew(rows);
    writeValidity(vector, members[0], rows, reversed);
    long out = vector.getDataBuffer().memoryAddress();
    LeafBuffer first = members[0];
    long[] longs = first.longs;
    int step = reversed ? -1 : 1;
    int row = reversed ? rows - 1 : 0;
    switch (type.kind()) {
      case BOOLEAN -> writeBits((BitVector) vector, longs, rows, reversed);
      case SMALLINT -> {
        for (int i = 0; i < rows; i++, row += step) {
          MemoryUtil.putShort(out + 2L * i, (short) longs[row]);
        }
      }
      case INTEGER, DATE, REAL -> {
        for (int i = 0; i < rows; i++, row += step) {
          MemoryUtil.putInt(out + 4L * i, (int) longs[row]);
        }
      }
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> {
        for (int i = 0; i < rows; i++, row += step) {
          MemoryUtil.putLong(out + 8L * i, longs[row]);
        }
      }
      case DOUBLE -> {
        boolean single = stored.kind() == DataType.Kind.REAL;
        for (int i = 0; i < rows; i++, row += step) {
          long bits = longs[row];
          MemoryUtil.putLong(
              out + 8L * i,
              single ? Double.doubleToRawLongBits(Float.intBitsToFloat((int) bits)) : bits);
        }
      }
      case DECIMAL -> writeDecimals(out, stored, type, first, rows, reversed);
      case UUID, EMBEDDING -> {
        int width = first.leaf.length();
        for (int i = 0; i < rows; i++, row += step) {
          MemoryUtil.copyToMemory(first.bytes, (long) row * width, out + (long) width * i, width);
        }
      }
      case INTERVAL -> {
        for (int i = 0; i < rows; i++, row += step) {
          MemoryUtil.putInt(out + 16L * i, (int) longs[row]);
          MemoryUtil.putInt(out + 16L * i + 4, (int) members[1].longs[row]);
          MemoryUtil.putLong(out + 16L * i + 8, members[2].longs[row]);
        }
      }
      default -> throw new IllegalStateException("Not of fixed width: " + type);
    }
    vector.setValueCount(rows);
  }

  private static void writeBits(BitVector vector, long[] longs, int rows, boolean reversed) {
    long out = vector.getDataBuffer().memoryAddress();
    for (int b = 0; b < (rows + 7) >> 3; b++) {
      int bits = 0;
      int end = Math.min(8, rows - 8 * b);
      for (int i = 0; i < end; i++) {
        int row = 8 * b + i;
        bits |= (int) longs[reversed ? rows - 1 - row : row] << i;
      }
      MemoryUtil.putByte(out + b, (byte) bits);
    }
  }

  private static void writeDecimals(
      long out, DataType stored, DataType type, LeafBuffer first, int rows, boolean reversed) {
    int scaleUp = type.scale() - stored.scale();
    BigInteger factor = BigInteger.TEN.pow(scaleUp);
    if (type.isWideDecimal()) {
      writeWideDecimals(out, first, factor, rows, reversed);
      return;
    }
    boolean wide = first.leaf.physical() == PhysicalType.FIXED;
    for (int i = 0; i < rows; i++) {
      int row = reversed ? rows - 1 - i : i;
      long high;
      long low;
      if (wide) {
        high = bigEndian(first.bytes, row * 16);
        low = bigEndian(first.bytes, row * 16 + 8);
      } else {
        low = first.longs[row];
        high = low >> 63;
      }
      if (scaleUp > 0) {
        BigInteger scaled = Int128.toDecimal(high, low, 0).unscaledValue().multiply(factor);
        high = Int128.high(scaled);
        low = Int128.low(scaled);
      }
      MemoryUtil.putLong(out + 16L * i, low);
      MemoryUtil.putLong(out + 16L * i + 8, high);
    }
  }

  private static void writeWideDecimals(
      long out, LeafBuffer first, BigInteger factor, int rows, boolean reversed) {
    int length = first.leaf.physical() == PhysicalType.FIXED ? first.leaf.length() : 0;
    for (int i = 0; i < rows; i++) {
      int row = reversed ? rows - 1 - i : i;
      BigInteger stored =
          length == 0
              ? BigInteger.valueOf(first.longs[row])
              : new BigInteger(first.bytes, row * length, length);
      BigInteger scaled = stored.multiply(factor);
      for (int word = 0; word < 4; word++) {
        MemoryUtil.putLong(out + (long) Int256.BYTES * i + 8L * word, Int256.word(scaled, word));
      }
    }
  }

  private static long bigEndian(byte[] bytes, int at) {
    return Long.reverseBytes(LittleEndian.getLong(bytes, at));
  }

  /** The values of a dictionary, and NULL behind them. */
  static FieldVector buildDictionary(
      ColumnSchema stored, DataType type, LeafBuffer dictionary, BufferAllocator allocator) {
    LeafBuffer all = new LeafBuffer(dictionary.leaf, stored.type());
    all.rows = dictionary.rows + 1;
    all.nulls = 1;
    all.dictionary = dictionary;
    all.coded = true;
    all.codes = new int[all.rows];
    all.present = new boolean[all.rows];
    for (int i = 0; i < dictionary.rows; i++) {
      all.codes[i] = i;
      all.present[i] = true;
    }
    all.codes[dictionary.rows] = dictionary.rows;
    return build(
        stored.name(), stored.type(), type, new LeafBuffer[] {all}, all.rows, false, allocator);
  }

  /** Copies values eight bytes at a time; what is behind each is written over by the next. */
  private static void buildFromDictionary(
      BaseVariableWidthVector vector,
      LeafBuffer text,
      LeafBuffer dictionary,
      int rows,
      boolean reversed) {
    int[] codes = text.codes;
    int size = dictionary.rows;
    long total = 0;
    for (int row = 0; row < rows; row++) {
      int code = codes[row];
      total += code == size ? 0 : dictionary.ends[code] - dictionary.start(code);
    }
    vector.allocateNew(total + Long.BYTES, rows);
    writeValidity(vector, text, rows, reversed);
    byte[] bytes = dictionary.bytes;
    long offsets = vector.getOffsetBuffer().memoryAddress();
    long data = vector.getDataBuffer().memoryAddress();
    int at = 0;
    MemoryUtil.putInt(offsets, 0);
    for (int i = 0; i < rows; i++) {
      int code = codes[reversed ? rows - 1 - i : i];
      if (code < size) {
        int from = dictionary.start(code);
        int length = dictionary.ends[code] - from;
        for (int b = 0; b < length; b += Long.BYTES) {
          MemoryUtil.putLong(data + at + b, LittleEndian.getLong(bytes, from + b));
        }
        at += length;
      }
      MemoryUtil.putInt(offsets + 4L * (i + 1), at);
    }
    vector.setLastSet(rows - 1);
    vector.setValueCount(rows);
  }

  private static void buildVariable(
      BaseVariableWidthVector vector,
      DataType stored,
      LeafBuffer[] members,
      int rows,
      boolean reversed) {
    boolean zoned = stored.kind() == DataType.Kind.ZONED_TIMESTAMP;
    LeafBuffer text = members[zoned ? 1 : 0];
    LeafBuffer dictionary = text.dictionary;
    if (text.coded && dictionary != null && !zoned) {
      buildFromDictionary(vector, text, dictionary, rows, reversed);
      return;
    }
    text.flatten();
    int extra = zoned ? 8 : 0;
    long total = text.start(rows) + (long) extra * rows;
    vector.allocateNew(total, rows);
    writeValidity(vector, members[0], rows, reversed);
    long offsets = vector.getOffsetBuffer().memoryAddress();
    long data = vector.getDataBuffer().memoryAddress();
    int at = 0;
    MemoryUtil.putInt(offsets, 0);
    if (!zoned && !reversed) {
      MemoryUtil.copyToMemory(text.bytes, 0, data, total);
      for (int row = 0; row < rows; row++) {
        MemoryUtil.putInt(offsets + 4L * (row + 1), text.ends[row]);
      }
    } else {
      for (int i = 0; i < rows; i++) {
        int row = reversed ? rows - 1 - i : i;
        if (zoned && (members[0].nulls == 0 || members[0].present[row])) {
          MemoryUtil.putLong(data + at, Long.reverseBytes(members[0].longs[row] ^ Long.MIN_VALUE));
          at += 8;
        }
        int from = text.start(row);
        int length = text.ends[row] - from;
        MemoryUtil.copyToMemory(text.bytes, from, data + at, length);
        at += length;
        MemoryUtil.putInt(offsets + 4L * (i + 1), at);
      }
    }
    vector.setLastSet(rows - 1);
    vector.setValueCount(rows);
  }
}
