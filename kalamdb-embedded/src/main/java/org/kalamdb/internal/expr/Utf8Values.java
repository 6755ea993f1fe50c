package org.kalamdb.internal.expr;

import static org.apache.arrow.memory.util.MemoryUtil.getByte;
import static org.apache.arrow.memory.util.MemoryUtil.getLong;

import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.internal.vector.ColumnValues;

/** Work on text where it lies, as UTF-8 at an address, without making Strings of it. */
final class Utf8Values {
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8Values() {}

  static boolean isAscii(long at, int length) {
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      if ((getLong(at + i) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; i < length; i++) {
      if (getByte(at + i) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Characters in the bytes: every byte but the continuations 10xxxxxx begins one. */
  static int countCharacters(long at, int length) {
    int continuations = 0;
    int i = 0;
    for (; i + 8 <= length; i += 8) {
      long word = getLong(at + i);
      continuations += Long.bitCount(word >>> 7 & ~word >>> 6 & 0x0101010101010101L);
    }
    for (; i < length; i++) {
      continuations += (getByte(at + i) & 0xc0) == 0x80 ? 1 : 0;
    }
    return length - continuations;
  }

  /** Where character number {@code count}, from 0, begins; {@code length} if there is none. */
  static int offset(long at, int length, long count) {
    int i = 0;
    for (long left = count; left > 0 && i < length; left--) {
      i += characterLength(getByte(at + i));
    }
    return Math.min(i, length);
  }

  private static int characterLength(byte lead) {
    return lead >= 0 ? 1 : (lead & 0xe0) == 0xc0 ? 2 : (lead & 0xf0) == 0xe0 ? 3 : 4;
  }

  /** Where the part begins, -1 if nowhere; an empty part begins at 0. */
  static int indexOf(long at, int length, long part, int partLength) {
    if (partLength == 0) {
      return 0;
    }
    byte first = getByte(part);
    int last = length - partLength;
    for (int i = 0; i <= last; i++) {
      if (getByte(at + i) == first && ColumnValues.equalBytes(at + i, part, partLength)) {
        return i;
      }
    }
    return -1;
  }

  /** Copies ASCII with letters of one case brought to the other. */
  static void copyWithCase(long from, long to, int length, boolean upper) {
    int first = upper ? 'a' : 'A';
    for (int i = 0; i < length; i++) {
      byte b = getByte(from + i);
      MemoryUtil.putByte(to + i, b >= first && b < first + 26 ? (byte) (b ^ 0x20) : b);
    }
  }
}
