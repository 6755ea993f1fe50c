package org.kalamdb.internal.storage.cold;

import java.util.Arrays;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Parquet's encodings of integers: the hybrid of runs and packed bits, and packed deltas. The
 * arrays read from have {@link #SLACK} bytes behind the data, because bits are fetched eight bytes
 * at a time.
 */
final class HybridDecoder {
  /** Bytes that must follow the data in its array. */
  static final int SLACK = 16;

  private final byte[] bytes;
  private final int end;
  private final boolean exact;
  private int position;

  HybridDecoder(byte[] bytes, int start, int end) {
    this(bytes, start, end, true);
  }

  /**
   * @param exact whether the data must be as our encoders make it; others may leave something over
   */
  HybridDecoder(byte[] bytes, int start, int end, boolean exact) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.exact = exact;
  }

  int position() {
    return position;
  }

  /** Decodes exactly {@code count} numbers of {@code width} bits, which must be all there is. */
  void readRuns(int width, int[] into, int count) {
    if (width > 32) {
      throw damaged("a bit width of " + width);
    }
    int done = 0;
    while (done < count) {
      int header = readUnsignedInt();
      int length = header >>> 1;
      if ((header & 1) == 0) {
        int value = readPadded(width);
        int take = Math.min(length, count - done);
        if (length == 0 || (exact && take < length)) {
          throw damaged("a run of a wrong length");
        }
        Arrays.fill(into, done, done + take, value);
        done += take;
      } else {
        // The last run of others may end with its last value.
        long packed =
            exact ? (long) length * width : Math.min((long) length * width, end - position);
        int take = (int) Math.min(length * 8L, count - done);
        if (length == 0
            || packed > end - position
            || packed * 8 < (long) take * width
            || (exact && count - done < length * 8L - 7)) {
          throw damaged("a run of a wrong length");
        }
        unpack(width, into, done, take);
        position += (int) packed;
        done += take;
      }
    }
    if (exact && position != end) {
      throw damaged("bytes behind the last value");
    }
  }

  private int readPadded(int width) {
    int length = (width + 7) >>> 3;
    if (length > end - position) {
      throw damaged("an early end");
    }
    int value = 0;
    for (int i = 0; i < length; i++) {
      value |= (bytes[position++] & 0xFF) << (8 * i);
    }
    return value;
  }

  private void unpack(int width, int[] into, int at, int count) {
    long mask = (1L << width) - 1;
    long bit = (long) position << 3;
    for (int i = 0; i < count; i++, bit += width) {
      into[at + i] = (int) (LittleEndian.getLong(bytes, (int) (bit >>> 3)) >>> (bit & 7) & mask);
    }
  }

  /** Decodes exactly {@code count} numbers from deltas; {@link #position()} is behind them then. */
  void readDeltas(long[] into, int count) {
    int blockSize = readUnsignedInt();
    int miniBlocks = readUnsignedInt();
    int total = readUnsignedInt();
    long value = readZigZag();
    if (total != count
        || miniBlocks <= 0
        || blockSize <= 0
        || blockSize > 1 << 16
        || blockSize % miniBlocks != 0
        || blockSize / miniBlocks % 8 != 0) {
      throw damaged("deltas with a wrong header");
    }
    if (count == 0) {
      return;
    }
    into[0] = value;
    int perMini = blockSize / miniBlocks;
    for (int done = 1; done < count; ) {
      long minDelta = readZigZag();
      int widths = position;
      position += miniBlocks;
      checkEnd();
      for (int mini = 0; mini < miniBlocks && done < count; mini++) {
        int width = bytes[widths + mini] & 0xFF;
        int take = Math.min(perMini, count - done);
        if (width > 64 || (long) width * perMini / 8 > end - position) {
          throw damaged("deltas of a wrong width");
        }
        value = unpackDeltas(width, minDelta, value, into, done, take);
        position += width * perMini / 8;
        done += take;
      }
    }
  }

  private long unpackDeltas(int width, long minDelta, long last, long[] into, int at, int count) {
    long value = last;
    if (width == 0) {
      for (int i = 0; i < count; i++) {
        value += minDelta;
        into[at + i] = value;
      }
      return value;
    }
    long mask = width == 64 ? -1 : (1L << width) - 1;
    long bit = (long) position << 3;
    if (width <= 57) {
      // Eight bytes always have the whole number.
      for (int i = 0; i < count; i++, bit += width) {
        long packed = LittleEndian.getLong(bytes, (int) (bit >>> 3)) >>> (bit & 7);
        value += minDelta + (packed & mask);
        into[at + i] = value;
      }
      return value;
    }
    for (int i = 0; i < count; i++, bit += width) {
      int from = (int) (bit >>> 3);
      int shift = (int) (bit & 7);
      long packed = LittleEndian.getLong(bytes, from) >>> shift;
      if (shift + width > 64) {
        packed |= (long) bytes[from + 8] << (64 - shift);
      }
      value += minDelta + (packed & mask);
      into[at + i] = value;
    }
    return value;
  }

  private int readUnsignedInt() {
    long value = readVarint();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw damaged("a number out of range");
    }
    return (int) value;
  }

  private long readZigZag() {
    long value = readVarint();
    return value >>> 1 ^ -(value & 1);
  }

  private long readVarint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position >= end) {
        throw damaged("an early end");
      }
      byte b = bytes[position++];
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw damaged("a number without an end");
  }

  private void checkEnd() {
    if (position > end) {
      throw damaged("an early end");
    }
  }

  static KalamException damaged(String what) {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "a page holds " + what);
  }
}
