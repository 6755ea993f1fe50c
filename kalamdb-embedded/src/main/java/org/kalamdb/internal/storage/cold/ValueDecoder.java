package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.apache.parquet.format.Encoding;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Decodes pages into row-aligned buffers: the counterpart of {@link ValueEncoder}, a loop per
 * encoding and no call per value. Every byte of a page must be used. Not thread-safe.
 */
final class ValueDecoder {
  private final boolean exact;
  private final long maxBytes;
  private int[] ids = {};
  private long[] lengths = {};

  ValueDecoder() {
    this(true, Integer.MAX_VALUE - 64);
  }

  /**
   * @param exact false for pages of others, in which bytes may be left over
   * @param maxBytes the most bytes the values of a page may become
   */
  ValueDecoder(boolean exact, long maxBytes) {
    this.exact = exact;
    this.maxBytes = Math.min(maxBytes, Integer.MAX_VALUE - 64);
  }

  /** Marks which of {@code rows} rows are present; returns how many are. */
  int readLevels(byte[] bytes, int start, int end, boolean[] present, int rows) {
    int[] levels = ids(rows);
    new HybridDecoder(bytes, start, end, exact).readRuns(1, levels, rows);
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
      case RLE_DICTIONARY, PLAIN_DICTIONARY ->
          readIds(requireDictionary(dictionary), bytes, start, end, into, values);
      case PLAIN -> readPlain(bytes, start, end, into, values);
      case DELTA_BINARY_PACKED -> {
        HybridDecoder decoder = new HybridDecoder(bytes, start, end);
        decoder.readDeltas(into.longs, values);
        checkEnd(decoder.position(), end);
        if (into.leaf.physical() == PhysicalType.INT32) {
          for (int i = 0; i < values; i++) {
            into.longs[i] = (int) into.longs[i];
          }
        }
      }
      case RLE -> readBooleans(bytes, start, end, into, values);
      case DELTA_LENGTH_BYTE_ARRAY -> readLengthsAndBytes(bytes, start, end, into, values);
      case DELTA_BYTE_ARRAY -> readFrontCoded(bytes, start, end, into, values);
      case BYTE_STREAM_SPLIT -> readStreams(bytes, start, end, into, values);
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

  private void checkEnd(long position, int end) {
    if (position > end || (exact && position < end)) {
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
    if (values > 0) {
      new HybridDecoder(bytes, start + 1, end, exact)
          .readRuns(bytes[start] & 0xFF, numbers, values);
    }
    int size = dictionary.rows;
    for (int i = 0; i < values; i++) {
      if (numbers[i] < 0 || numbers[i] >= size) {
        throw HybridDecoder.damaged("a number that its dictionary does not have");
      }
    }
    if (into.keepsCodes && into.leaf.physical() == PhysicalType.BYTES) {
      into.reserveCodes(into.rows);
      System.arraycopy(numbers, 0, into.codes, 0, values);
      into.dictionary = dictionary;
      into.coded = true;
      return;
    }
    if (into.leaf.physical().isLong()) {
      for (int i = 0; i < values; i++) {
        into.longs[i] = dictionary.longs[numbers[i]];
      }
      return;
    }
    if (into.leaf.physical() == PhysicalType.FIXED) {
      int length = into.leaf.length();
      for (int i = 0; i < values; i++) {
        System.arraycopy(dictionary.bytes, numbers[i] * length, into.bytes, i * length, length);
      }
      return;
    }
    long total = 0;
    for (int i = 0; i < values; i++) {
      total += dictionary.ends[numbers[i]] - dictionary.start(numbers[i]);
      checkSize(total);
      into.ends[i] = (int) total;
    }
    into.reserveBytes(total);
    for (int i = 0; i < values; i++) {
      int from = dictionary.start(numbers[i]);
      int at = into.start(i);
      System.arraycopy(dictionary.bytes, from, into.bytes, at, into.ends[i] - at);
    }
  }

  private void checkSize(long bytes) {
    if (bytes > maxBytes) {
      throw new KalamException(
          ErrorCode.OUT_OF_MEMORY, "a page needs more than " + maxBytes + " bytes");
    }
  }

  private void readPlain(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    int at = start;
    switch (into.leaf.physical()) {
      case INT32, FLOAT -> {
        checkEnd(start + 4L * values, end);
        for (int i = 0; i < values; i++) {
          into.longs[i] = LittleEndian.getInt(bytes, start + 4 * i);
        }
      }
      case INT64, DOUBLE -> {
        checkEnd(start + 8L * values, end);
        for (int i = 0; i < values; i++) {
          into.longs[i] = LittleEndian.getLong(bytes, start + 8 * i);
        }
      }
      case FIXED -> {
        long length = (long) into.leaf.length() * values;
        checkEnd(start + length, end);
        System.arraycopy(bytes, start, into.bytes, 0, (int) length);
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
        checkEnd(at, end);
      }
      case BOOLEAN -> {
        checkEnd(start + (values + 7L) / 8, end);
        for (int i = 0; i < values; i++) {
          into.longs[i] = bytes[start + (i >> 3)] >> (i & 7) & 1;
        }
      }
    }
  }

  private void readBooleans(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    if (end - start < 4 || LittleEndian.getInt(bytes, start) != end - start - 4 && exact) {
      throw HybridDecoder.damaged("booleans of a wrong length");
    }
    int[] bits = ids(values);
    new HybridDecoder(bytes, start + 4, end, exact).readRuns(1, bits, values);
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
    checkEnd(first + (int) total, end);
    into.reserveBytes(total);
    System.arraycopy(bytes, first, into.bytes, 0, (int) total);
  }

  /** Lengths of what each value has in common with the one before, then what comes behind it. */
  private void readFrontCoded(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    long[] prefixes = new long[values];
    HybridDecoder decoder = new HybridDecoder(bytes, start, end);
    decoder.readDeltas(prefixes, values);
    long[] suffixes = new long[values];
    HybridDecoder second = new HybridDecoder(bytes, decoder.position(), end);
    second.readDeltas(suffixes, values);
    int at = second.position();
    long total = 0;
    long before = 0;
    for (int i = 0; i < values; i++) {
      if (prefixes[i] < 0 || suffixes[i] < 0 || prefixes[i] > before) {
        throw HybridDecoder.damaged("a value of a wrong length");
      }
      before = prefixes[i] + suffixes[i];
      total += before;
      checkSize(total);
    }
    into.reserveBytes(total);
    boolean fixed = into.leaf.physical() == PhysicalType.FIXED;
    int to = 0;
    int last = 0;
    for (int i = 0; i < values; i++) {
      int prefix = (int) prefixes[i];
      int suffix = (int) suffixes[i];
      if (suffix > end - at) {
        throw HybridDecoder.damaged("an early end");
      }
      System.arraycopy(into.bytes, last, into.bytes, to, prefix);
      System.arraycopy(bytes, at, into.bytes, to + prefix, suffix);
      at += suffix;
      last = to;
      to += prefix + suffix;
      if (!fixed) {
        into.ends[i] = to;
      } else if (prefix + suffix != into.leaf.length()) {
        throw HybridDecoder.damaged("a value of a wrong length");
      }
    }
  }

  /** All first bytes, then all second bytes, and so on. */
  private void readStreams(byte[] bytes, int start, int end, LeafBuffer into, int values) {
    PhysicalType physical = into.leaf.physical();
    int width = physical == PhysicalType.FIXED ? into.leaf.length() : physical.width();
    if (physical == PhysicalType.BOOLEAN || physical == PhysicalType.BYTES) {
      throw HybridDecoder.damaged("encoding BYTE_STREAM_SPLIT of " + physical);
    }
    checkEnd(start + (long) width * values, end);
    for (int i = 0; i < values; i++) {
      if (physical == PhysicalType.FIXED) {
        for (int b = 0; b < width; b++) {
          into.bytes[i * width + b] = bytes[start + b * values + i];
        }
      } else {
        long value = 0;
        for (int b = 0; b < width; b++) {
          value |= (bytes[start + b * values + i] & 0xFFL) << (8 * b);
        }
        into.longs[i] = width == 4 ? (int) value : value;
      }
    }
  }

  /** Moves values to the rows that are present, from the last one down. */
  private static void spread(LeafBuffer into, int values) {
    int from = values;
    int width = into.leaf.length();
    LeafBuffer dictionary = into.dictionary;
    int nullCode = dictionary == null ? 0 : dictionary.rows;
    for (int row = into.rows - 1; row >= 0; row--) {
      boolean present = into.present[row];
      if (present) {
        from--;
      }
      switch (into.leaf.physical()) {
        case BYTES -> {
          if (into.coded) {
            into.codes[row] = present ? into.codes[from] : nullCode;
          } else {
            into.ends[row] = present ? into.ends[from] : endBefore(into, from);
          }
        }
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
