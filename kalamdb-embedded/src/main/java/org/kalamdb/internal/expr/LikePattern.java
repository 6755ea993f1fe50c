package org.kalamdb.internal.expr;

import static org.apache.arrow.memory.util.MemoryUtil.getByte;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A compiled LIKE pattern over UTF-8: {@code %} any run, {@code _} one character. The common shapes
 * (equal, prefix, suffix, contains) are matched by comparing bytes, the others by going forward and
 * back to the last {@code %}, which is linear in pattern times value at worst.
 */
final class LikePattern {
  private static final short ANY_ONE = 256;
  private static final short ANY_RUN = 257;
  private static final long LOW_BITS = 0x01_01_01_01_01_01_01_01L;
  private static final long HIGH_BITS = 0x80_80_80_80_80_80_80_80L;

  private enum Shape {
    EQUAL,
    PREFIX,
    SUFFIX,
    CONTAINS,
    GENERAL
  }

  private final short[] pattern;
  private final Shape shape;

  /** The bytes to compare where the shape is not GENERAL. */
  private final byte[] literal;

  /** Its first and second byte, eight times each. */
  private final long firstByte;

  private final long secondByte;

  private LikePattern(short[] pattern) {
    this.pattern = pattern;
    this.shape = shape(pattern);
    int from = shape == Shape.SUFFIX || shape == Shape.CONTAINS ? 1 : 0;
    int to = pattern.length - (shape == Shape.PREFIX || shape == Shape.CONTAINS ? 1 : 0);
    this.literal = new byte[shape == Shape.GENERAL ? 0 : to - from];
    for (int i = 0; i < literal.length; i++) {
      literal[i] = (byte) pattern[from + i];
    }
    this.firstByte = literal.length > 0 ? LOW_BITS * (literal[0] & 0xFF) : 0;
    this.secondByte = literal.length > 1 ? LOW_BITS * (literal[1] & 0xFF) : 0;
  }

  /**
   * Compiles the pattern.
   *
   * @param escape what makes the next character plain, -1 for none
   * @throws KalamException 22025 if the pattern ends in the escape character
   */
  static LikePattern compile(byte[] text, int escape) {
    short[] pattern = new short[text.length];
    int n = 0;
    byte[] escapeBytes =
        escape < 0 ? new byte[0] : Character.toString(escape).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < text.length; i++) {
      if (escapeBytes.length > 0 && startsWith(text, i, escapeBytes)) {
        i += escapeBytes.length;
        if (i >= text.length) {
          throw new KalamException(
              ErrorCode.INVALID_ESCAPE_SEQUENCE, "LIKE pattern must not end with escape character");
        }
        pattern[n++] = (short) (text[i] & 0xff);
      } else if (text[i] == '%') {
        if (n == 0 || pattern[n - 1] != ANY_RUN) {
          pattern[n++] = ANY_RUN;
        }
      } else {
        pattern[n++] = text[i] == '_' ? ANY_ONE : (short) (text[i] & 0xff);
      }
    }
    return new LikePattern(Arrays.copyOf(pattern, n));
  }

  private static boolean startsWith(byte[] text, int at, byte[] part) {
    return at + part.length <= text.length
        && Arrays.equals(text, at, at + part.length, part, 0, part.length);
  }

  private static Shape shape(short[] pattern) {
    int runs = 0;
    for (short element : pattern) {
      if (element == ANY_ONE) {
        return Shape.GENERAL;
      }
      runs += element == ANY_RUN ? 1 : 0;
    }
    boolean first = pattern.length > 0 && pattern[0] == ANY_RUN;
    boolean last = pattern.length > 0 && pattern[pattern.length - 1] == ANY_RUN;
    if (runs == 0) {
      return Shape.EQUAL;
    } else if (runs == 1 && last) {
      return Shape.PREFIX;
    } else if (runs == 1 && first) {
      return Shape.SUFFIX;
    }
    return runs == 2 && first && last && pattern.length > 1 ? Shape.CONTAINS : Shape.GENERAL;
  }

  boolean matches(long address, int length) {
    return switch (shape) {
      case EQUAL -> length == literal.length && literalAt(address);
      case PREFIX -> length >= literal.length && literalAt(address);
      case SUFFIX -> length >= literal.length && literalAt(address + length - literal.length);
      case CONTAINS -> contains(address, length);
      case GENERAL -> matchesGeneral(address, length);
    };
  }

  private boolean literalAt(long address) {
    for (int i = 0; i < literal.length; i++) {
      if (getByte(address + i) != literal[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Looks at eight places at a time whether the first two bytes of the literal are there; the last
   * eight overlap those before, so that nothing behind the value is read.
   */
  private boolean contains(long address, int length) {
    long last = address + length - literal.length;
    if (literal.length == 1 || length < 9) {
      return containsShort(address, last);
    }
    long end = address + length - 9;
    for (long at = address; ; at += 8) {
      if (at > end) {
        at = end;
      }
      long first = MemoryUtil.getLong(at) ^ firstByte;
      long second = MemoryUtil.getLong(at + 1) ^ secondByte;
      long differing = first | second;
      // The high bit of each byte that is zero; of others only behind such a one.
      long zeros = (differing - LOW_BITS) & ~differing & HIGH_BITS;
      while (zeros != 0) {
        long found = at + (Long.numberOfTrailingZeros(zeros) >> 3);
        if (found <= last && literalAt(found)) {
          return true;
        }
        zeros &= zeros - 1;
      }
      if (at == end) {
        return false;
      }
    }
  }

  private boolean containsShort(long address, long last) {
    byte first = literal[0];
    for (long at = address; at <= last; at++) {
      if (getByte(at) == first && literalAt(at)) {
        return true;
      }
    }
    return false;
  }

  private boolean matchesGeneral(long address, int length) {
    int at = 0;
    int element = 0;
    int run = -1;
    int runStart = 0;
    while (at < length) {
      if (element < pattern.length && pattern[element] == ANY_RUN) {
        run = element++;
        runStart = at;
      } else if (element < pattern.length && pattern[element] == ANY_ONE) {
        at += characterLength(getByte(address + at) & 0xff);
        element++;
      } else if (element < pattern.length && pattern[element] == (getByte(address + at) & 0xff)) {
        at++;
        element++;
      } else if (run >= 0) {
        // The last run takes one character more, or all up to the next one that could match.
        runStart += characterLength(getByte(address + runStart) & 0xff);
        if (run + 1 < pattern.length && pattern[run + 1] < ANY_ONE) {
          byte next = (byte) pattern[run + 1];
          while (runStart < length && getByte(address + runStart) != next) {
            runStart++;
          }
        }
        at = runStart;
        element = run + 1;
      } else {
        return false;
      }
    }
    while (element < pattern.length && pattern[element] == ANY_RUN) {
      element++;
    }
    return element == pattern.length;
  }

  private static int characterLength(int lead) {
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }

  /** As {@link #matches(long, int)}, over the first {@code length} bytes of an array. */
  boolean matches(byte[] value, int length) {
    int at = 0;
    int element = 0;
    int run = -1;
    int runStart = 0;
    while (at < length) {
      if (element < pattern.length && pattern[element] == ANY_RUN) {
        run = element++;
        runStart = at;
      } else if (element < pattern.length && pattern[element] == ANY_ONE) {
        at += characterLength(value[at] & 0xff);
        element++;
      } else if (element < pattern.length && pattern[element] == (value[at] & 0xff)) {
        at++;
        element++;
      } else if (run >= 0) {
        runStart += characterLength(value[runStart] & 0xff);
        at = runStart;
        element = run + 1;
      } else {
        return false;
      }
    }
    while (element < pattern.length && pattern[element] == ANY_RUN) {
      element++;
    }
    return element == pattern.length;
  }
}
