package org.kalamdb.internal.storage.file;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Any text as the name of a directory, so that no two texts share one on any file system and none
 * leaves its parent.
 *
 * <p>The UTF-8 bytes {@code a-z 0-9 _ -} stand for themselves, every other byte is {@code %XX};
 * capital letters too, because some file systems take {@code A} and {@code a} for one. The first
 * character of a device name of Windows ({@code con}, {@code nul}, ...) is encoded as well. A text
 * that takes more than {@value #PART_CHARS} characters becomes nested directories; all but the last
 * end in {@code ~}, which no other name contains, so a long text and its beginning do not meet.
 */
public final class PathEncoding {
  /**
   * File systems take names of 255 bytes; room is left for an escaped first character and {@code
   * ~}.
   */
  static final int PART_CHARS = 240;

  private static final char CONTINUED = '~';
  private static final String HEX = "0123456789ABCDEF";
  private static final Set<String> DEVICES =
      Set.of(
          "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6",
          "com7", "com8", "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7",
          "lpt8", "lpt9");

  private PathEncoding() {}

  /** The relative path of a text: one part, or several with {@code /} between if it is long. */
  public static String encode(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("An empty text has no directory");
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    StringBuilder encoded = new StringBuilder(utf8.length + 16);
    for (byte b : utf8) {
      if (isPlain(b)) {
        encoded.append((char) b);
      } else {
        escape(encoded, b);
      }
    }
    if (encoded.length() <= PART_CHARS) {
      return withoutDevice(encoded.toString());
    }
    StringBuilder path = new StringBuilder(encoded.length() + 16);
    int from = 0;
    for (; encoded.length() - from > PART_CHARS; from += PART_CHARS) {
      path.append(encoded, from, from + PART_CHARS).append(CONTINUED).append('/');
    }
    return path.append(withoutDevice(encoded.substring(from))).toString();
  }

  /** The text of a path that {@link #encode} made; any other path is refused with XX001. */
  public static String decode(String path) {
    ByteArrayOutputStream utf8 = new ByteArrayOutputStream(path.length());
    String joined = path.replace(CONTINUED + "/", "");
    try {
      for (int i = 0; i < joined.length(); i++) {
        char c = joined.charAt(i);
        if (c == '%') {
          utf8.write(digit(joined.charAt(i + 1)) << 4 | digit(joined.charAt(i + 2)));
          i += 2;
        } else {
          utf8.write(c);
        }
      }
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(utf8.toByteArray()))
              .toString();
      if (!text.isEmpty() && encode(text).equals(path)) {
        return text;
      }
    } catch (CharacterCodingException | IndexOutOfBoundsException e) {
      throw foreign(path, e);
    }
    throw foreign(path, null);
  }

  private static KalamException foreign(String path, @Nullable Exception cause) {
    return new KalamException(
        ErrorCode.DATA_CORRUPTED,
        "directory \"" + path + "\" is not the encoding of a name",
        cause);
  }

  private static int digit(char c) {
    int digit = HEX.indexOf(c);
    if (digit < 0) {
      throw new StringIndexOutOfBoundsException("Not a hexadecimal digit");
    }
    return digit;
  }

  private static boolean isPlain(byte b) {
    return (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || b == '_' || b == '-';
  }

  private static void escape(StringBuilder encoded, byte b) {
    encoded.append('%').append(HEX.charAt(b >> 4 & 15)).append(HEX.charAt(b & 15));
  }

  private static String withoutDevice(String part) {
    if (!DEVICES.contains(part)) {
      return part;
    }
    StringBuilder escaped = new StringBuilder(part.length() + 2);
    escape(escaped, (byte) part.charAt(0));
    return escaped.append(part, 1, part.length()).toString();
  }
}
