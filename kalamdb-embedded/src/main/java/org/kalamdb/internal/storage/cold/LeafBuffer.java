package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * The values of one leaf in the row group that is being collected, row by row: a null row has a
 * value too, zero or empty. Fields are read by the encoder. Not thread-safe.
 */
final class LeafBuffer {
  private static final int VAR_OFFSET_WIDTH = 4;

  final Leaf leaf;
  private final DataType type;

  int rows;
  int nulls;

  /** False for a null row; unused for a required leaf. */
  boolean[] present = {};

  /** Numbers, and floats as raw bits. */
  long[] longs = {};

  /** BYTES one after another, FIXED at row times length. */
  byte[] bytes = {};

  /** BYTES: where each row's value ends. */
  int[] ends = {};

  /** Where BYTES came as numbers of a dictionary: that, which is lent; else null. */
  @Nullable LeafBuffer dictionary;

  /** Of each row its number in the dictionary; for null how many there are. */
  int[] codes = {};

  /** Whether {@link #bytes} and {@link #ends} wait for {@link #flatten}. */
  boolean coded;

  /** Whether a page of numbers stays one as long as nobody wants its bytes. */
  boolean keepsCodes;

  LeafBuffer(Leaf leaf, DataType type) {
    this.leaf = leaf;
    this.type = type;
  }

  void clear() {
    rows = 0;
    nulls = 0;
    dictionary = null;
    coded = false;
  }

  /** Sees to it that the bytes are there. */
  void flatten() {
    LeafBuffer numbered = dictionary;
    if (!coded || numbered == null) {
      return;
    }
    coded = false;
    long total = 0;
    for (int row = 0; row < rows; row++) {
      int code = codes[row];
      total += code == numbered.rows ? 0 : numbered.ends[code] - numbered.start(code);
      ends[row] = Math.toIntExact(total);
    }
    reserveBytes(total);
    for (int row = 0; row < rows; row++) {
      int code = codes[row];
      if (code < numbered.rows) {
        int from = numbered.start(code);
        int at = start(row);
        System.arraycopy(numbered.bytes, from, bytes, at, ends[row] - at);
      }
    }
  }

  /** Bytes the arrays take, for a cache. */
  int heapBytes() {
    long bytesTaken =
        128L
            + present.length
            + 8L * longs.length
            + bytes.length
            + 4L * (ends.length + codes.length);
    return (int) Math.min(Integer.MAX_VALUE, bytesTaken);
  }

  int start(int row) {
    return row == 0 ? 0 : ends[row - 1];
  }

  /** Bytes the values take in PLAIN encoding, about. */
  long plainBytes() {
    return plainBytes(0, rows);
  }

  long plainBytes(int from, int to) {
    return switch (leaf.physical()) {
      case BYTES -> to == from ? 0 : ends[to - 1] - start(from) + 4L * (to - from);
      case FIXED -> (long) leaf.length() * (to - from);
      default -> (long) leaf.physical().width() * (to - from);
    };
  }

  /** Adds the selected rows of a vector of the column's type. */
  void append(FieldVector vector, SelectionVector selection) {
    int count = selection.size();
    reserve(rows + count);
    appendPresence(vector, selection);
    if (leaf.physical() == PhysicalType.BYTES) {
      appendBytes(vector, selection);
    } else if (leaf.physical() == PhysicalType.FIXED) {
      appendFixed(vector, selection);
    } else {
      appendLongs(vector, selection);
    }
    if (nulls > 0 && leaf.physical().isLong()) {
      for (int i = rows; i < rows + count; i++) {
        longs[i] = present[i] ? longs[i] : 0;
      }
    }
    rows += count;
  }

  /** Adds rows of another buffer of the same leaf. */
  void append(LeafBuffer from, int start, int end) {
    int count = end - start;
    reserve(rows + count);
    if (from.dictionary != null && (rows == 0 || dictionary == from.dictionary)) {
      reserveCodes(rows + count);
      System.arraycopy(from.codes, start, codes, rows, count);
      dictionary = from.dictionary;
      coded |= rows == 0;
    } else {
      flatten();
      dictionary = null;
    }
    if (!coded) {
      from.flatten();
    }
    if (leaf.optional()) {
      System.arraycopy(from.present, start, present, rows, count);
      if (from.nulls > 0) {
        for (int row = start; row < end; row++) {
          nulls += from.present[row] ? 0 : 1;
        }
      }
    }
    switch (leaf.physical()) {
      case BYTES -> {
        if (coded) {
          break;
        }
        int first = from.start(start);
        int length = count == 0 ? 0 : from.ends[end - 1] - first;
        int at = start(rows);
        reserveBytes((long) at + length);
        System.arraycopy(from.bytes, first, bytes, at, length);
        for (int i = 0; i < count; i++) {
          ends[rows + i] = from.ends[start + i] - first + at;
        }
      }
      case FIXED -> {
        int width = leaf.length();
        System.arraycopy(from.bytes, start * width, bytes, rows * width, count * width);
      }
      default -> System.arraycopy(from.longs, start, longs, rows, count);
    }
    rows += count;
  }

  /** Makes room for {@code capacity} rows, BYTES values apart. */
  void reserve(int capacity) {
    if (leaf.optional() && present.length < capacity) {
      present = Arrays.copyOf(present, grown(present.length, capacity));
    }
    switch (leaf.physical()) {
      case BYTES -> {
        if (ends.length < capacity) {
          ends = Arrays.copyOf(ends, grown(ends.length, capacity));
        }
      }
      case FIXED -> reserveBytes((long) capacity * leaf.length());
      default -> {
        if (longs.length < capacity) {
          longs = Arrays.copyOf(longs, grown(longs.length, capacity));
        }
      }
    }
  }

  void reserveCodes(int capacity) {
    if (codes.length < capacity) {
      codes = Arrays.copyOf(codes, grown(codes.length, capacity));
    }
  }

  void reserveBytes(long capacity) {
    if (bytes.length < capacity) {
      bytes = Arrays.copyOf(bytes, grown(bytes.length, Math.toIntExact(capacity)));
    }
  }

  private static int grown(int size, int needed) {
    return (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, size + (size >> 1) + 16L));
  }

  private void appendPresence(FieldVector vector, SelectionVector selection) {
    int count = selection.size();
    int before = nulls;
    if (vector.getNullCount() > 0) {
      int[] selected = selection.viewRows();
      long validity = vector.getValidityBuffer().memoryAddress();
      for (int i = 0; i < count; i++) {
        boolean set = bit(validity, selected[i]);
        if (!set) {
          nulls++;
        }
        if (leaf.optional()) {
          present[rows + i] = set;
        }
      }
      if (nulls > before && !leaf.optional()) {
        throw new KalamException(
            ErrorCode.NOT_NULL_VIOLATION,
            "null value in column \"" + leaf.path().get(0) + "\" violates not-null constraint");
      }
    } else if (leaf.optional()) {
      Arrays.fill(present, rows, rows + count, true);
    }
  }

  private static boolean bit(long address, int index) {
    return (MemoryUtil.getByte(address + (index >> 3)) >> (index & 7) & 1) != 0;
  }

  private boolean isPresent(int row) {
    return !leaf.optional() || present[row];
  }

  private void appendLongs(FieldVector vector, SelectionVector selection) {
    int count = selection.size();
    int[] selected = selection.viewRows();
    long data =
        type.kind() == DataType.Kind.ZONED_TIMESTAMP ? 0 : vector.getDataBuffer().memoryAddress();
    long[] out = longs;
    int at = rows;
    switch (type.kind()) {
      case BOOLEAN -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = bit(data, selected[i]) ? 1 : 0;
        }
      }
      case SMALLINT -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = MemoryUtil.getShort(data + 2L * selected[i]);
        }
      }
      case INTEGER, REAL, DATE -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = MemoryUtil.getInt(data + 4L * selected[i]);
        }
      }
      case BIGINT, DOUBLE, TIME, TIMESTAMP, TIMESTAMPTZ -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = MemoryUtil.getLong(data + 8L * selected[i]);
        }
      }
      case DECIMAL -> {
        for (int i = 0; i < count; i++) {
          out[at + i] = MemoryUtil.getLong(data + 16L * selected[i]);
        }
      }
      case INTERVAL -> {
        for (int i = 0; i < count; i++) {
          long value = data + 16L * selected[i];
          out[at + i] =
              leaf.member() == 2
                  ? MemoryUtil.getLong(value + 8)
                  : MemoryUtil.getInt(value + 4L * leaf.member());
        }
      }
      case ZONED_TIMESTAMP -> appendInstants(vector, selected, count);
      default -> throw new IllegalStateException("Not a number: " + type);
    }
  }

  private void appendInstants(FieldVector vector, int[] selected, int count) {
    long offsets = vector.getOffsetBuffer().memoryAddress();
    long data = vector.getDataBuffer().memoryAddress();
    for (int i = 0; i < count; i++) {
      if (isPresent(rows + i)) {
        int from = MemoryUtil.getInt(offsets + (long) VAR_OFFSET_WIDTH * selected[i]);
        longs[rows + i] = Long.reverseBytes(MemoryUtil.getLong(data + from)) ^ Long.MIN_VALUE;
      }
    }
  }

  private void appendBytes(FieldVector vector, SelectionVector selection) {
    int[] selected = selection.viewRows();
    long offsets = vector.getOffsetBuffer().memoryAddress();
    long data = vector.getDataBuffer().memoryAddress();
    int skipped = type.kind() == DataType.Kind.ZONED_TIMESTAMP ? 8 : 0;
    int end = start(rows);
    for (int i = 0; i < selection.size(); i++) {
      if (isPresent(rows + i)) {
        long slot = offsets + (long) VAR_OFFSET_WIDTH * selected[i];
        int from = MemoryUtil.getInt(slot) + skipped;
        int length = MemoryUtil.getInt(slot + VAR_OFFSET_WIDTH) - from;
        reserveBytes((long) end + length);
        MemoryUtil.copyFromMemory(data + from, bytes, end, length);
        end += length;
      }
      ends[rows + i] = end;
    }
  }

  private void appendFixed(FieldVector vector, SelectionVector selection) {
    int[] selected = selection.viewRows();
    long data = vector.getDataBuffer().memoryAddress();
    int width = leaf.length();
    boolean reversed = type.kind() == DataType.Kind.DECIMAL;
    for (int i = 0; i < selection.size(); i++) {
      int at = (rows + i) * width;
      if (!isPresent(rows + i)) {
        Arrays.fill(bytes, at, at + width, (byte) 0);
        continue;
      }
      long from = data + (long) width * selected[i];
      if (reversed) {
        for (int b = 0; b < width; b++) {
          bytes[at + b] = MemoryUtil.getByte(from + width - 1 - b);
        }
      } else {
        MemoryUtil.copyFromMemory(from, bytes, at, width);
      }
    }
  }
}
