package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.apache.parquet.format.Encoding;
import org.jspecify.annotations.Nullable;

/**
 * Decodes pages into row-aligned buffers: the counterpart of {@link ValueEncoder}, a loop per
 * encoding and no call per value. Every byte of a page must be used. Not thread-safe.
 */
final class ValueDecoder {
  private int[] ids = {};
  private long[] lengths = {};

  /** Marks which of {@code rows} rows are present; returns how many are. */
  int readLevels(byte[] bytes, int start, int end, boolean[] present, int rows) {
    int[] levels = ids(rows);
    new HybridDecoder(bytes, start, end).readRuns(1, levels, rows);
    int count = 0;
    for (int row = 0; row < rows; row++) {
      present[row] = levels[row] != 0;
      count += levels[row];
    }
    return count;
  }

  /** Decodes {@code values} present values into {@code into}, whose rows and presence are set. */
  void readValues(
      Encoding encoding,
      @Nullable LeafBuffer dictionary,
      byte[] bytes,
      int start,
      int end,
      LeafBuffer into,
      int values) {
    switch (encoding) {
      case RLE_DICTIONARY ->
          readIds(requireDictionary(dictionary), bytes, start, end, into, values);
      case PLAIN -> readPlain(bytes, start, end, into, values);
      case DELTA_BINARY_PACKED -> {
        HybridDecoder decoder = new HybridDecoder(bytes, start, end);
        decoder.readDeltas(into.longs, values);
        requireEnd(decoder.position(), end);
        if (into.leaf.physical() == PhysicalType.INT32) {
          for (int i = 0; i < values; i++) {
            into.longs[i] = (int) into.longs[i];
          }
        }
      }
      case RLE -> readBooleans(bytes, start, end, into, values);
      case DELTA_LENGTH_BYTE_ARRAY -> readLengthsAndBytes(bytes, start, end, into, values);
      default -> throw HybridDecoder.damaged("encoding " + encoding);
    }
    if (values < into.rows) {
      spread(into, values);
    }
  }

  private static LeafBuffer requireDictionary(@Nullable LeafBuffer dictionary) {
    if (dictionary == null) {
      throw HybridDecoder.damaged("numbers of a dictionary that is not there");
    }
    return dictionary;
  }

  private static void requireEnd(int position, int end) {
    if (position != end) {
      throw HybridDecoder.damaged("bytes behind the last value");
    }
  }

  private int[] ids(int count) {
    if (ids.length < count) {
      ids = new int[Math.max(count, 4096)];
    }
    return ids;
  }

  private void readIds(
      LeafBuffer dictionary, byte[] bytes, int start, int end, LeafBuffer into, int values) {
    if (start >= end) {
      throw HybridDecoder.damaged("an early end");
    }
    int[] numbers = ids(values);
    new HybridDecoder(bytes, start + 1, end).readRuns(bytes[start] & 0xFF, numbers, values);
    int size = dictionary.rows;
    for (int i = 0; i < values; i++) {
      if (numbers[i] < 0 || numbers[i] >= size) {
        throw HybridDecoder.damaged("a number that its dictionary does not have");
      }
    }
    if (into.leaf.physical().isLong()) {
      for (int i = 0; i < values; i++) {
        into.longs[i] = dictionary.longs[numbers[i]];
      }
      return;
    }
    int total = 0;
    for (int i = 0; i < values; i++) {
      total += dictionary.ends[numbers[i]] - dictionary.start(numbers[i]);
      into.ends[i] = total;
    }
    into.reserveBytes(total);
    for (int i = 0; i < values; i++) {
      int from = dictionary.start(numbers[i]);
      int at = into.start(i);
      System.arraycopy(dictionary.bytes, from, into.bytes, at, into.ends[i] - at);
    }
  }

  private static void readPlain(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    int at = start;
    switch (into.leaf.physical()) {
      case INT32, FLOAT -> {
        requireEnd(start + 4 * values, end);
        for (int i = 0; i < values; i++) {
          into.longs[i] = LittleEndian.getInt(bytes, start + 4 * i);
        }
      }
      case INT64, DOUBLE -> {
        requireEnd(start + 8 * values, end);
        for (int i = 0; i < values; i++) {
          into.longs[i] = LittleEndian.getLong(bytes, start + 8 * i);
        }
      }
      case FIXED -> {
        int length = into.leaf.length() * values;
        requireEnd(start + length, end);
        System.arraycopy(bytes, start, into.bytes, 0, length);
      }
      case BYTES -> {
        into.reserveBytes(end - start);
        int total = 0;
        for (int i = 0; i < values; i++) {
          int length = at + 4 <= end ? LittleEndian.getInt(bytes, at) : -1;
          if (length < 0 || length > end - at - 4) {
            throw HybridDecoder.damaged("a value of a wrong length");
          }
          System.arraycopy(bytes, at + 4, into.bytes, total, length);
          total += length;
          into.ends[i] = total;
          at += 4 + length;
        }
        requireEnd(at, end);
      }
      case BOOLEAN -> throw HybridDecoder.damaged("plain booleans");
    }
  }

  private void readBooleans(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    if (end - start < 4 || LittleEndian.getInt(bytes, start) != end - start - 4) {
      throw HybridDecoder.damaged("booleans of a wrong length");
    }
    int[] bits = ids(values);
    new HybridDecoder(bytes, start + 4, end).readRuns(1, bits, values);
    for (int i = 0; i < values; i++) {
      into.longs[i] = bits[i];
    }
  }

  private void readLengthsAndBytes(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    if (lengths.length < values) {
      lengths = new long[Math.max(values, 4096)];
    }
    HybridDecoder decoder = new HybridDecoder(bytes, start, end);
    decoder.readDeltas(lengths, values);
    int first = decoder.position();
    long total = 0;
    for (int i = 0; i < values; i++) {
      int length = (int) lengths[i];
      total += length;
      if (length < 0 || total > end - first) {
        throw HybridDecoder.damaged("a value of a wrong length");
      }
      into.ends[i] = (int) total;
    }
    requireEnd(first + (int) total, end);
    into.reserveBytes(total);
    System.arraycopy(bytes, first, into.bytes, 0, (int) total);
  }

  /** Moves values to the rows that are present, from the last one down. */
  private static void spread(LeafBuffer into, int values) {
    int from = values;
    int width = into.leaf.length();
    for (int row = into.rows - 1; row >= 0; row--) {
      boolean present = into.present[row];
      if (present) {
        from--;
      }
      switch (into.leaf.physical()) {
        case BYTES -> into.ends[row] = present ? into.ends[from] : endBefore(into, from);
        case FIXED -> {
          if (present) {
            System.arraycopy(into.bytes, from * width, into.bytes, row * width, width);
          } else {
            Arrays.fill(into.bytes, row * width, (row + 1) * width, (byte) 0);
          }
        }
        default -> into.longs[row] = present ? into.longs[from] : 0;
      }
    }
  }

  private static int endBefore(LeafBuffer into, int value) {
    return value == 0 ? 0 : into.ends[value - 1];
  }
}
