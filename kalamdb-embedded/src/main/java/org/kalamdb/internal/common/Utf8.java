package org.kalamdb.internal.common;

import java.nio.charset.StandardCharsets;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Text to UTF-8 and back; the one gate that keeps what UTF-8 or SQL text cannot hold out of
 * storage.
 */
public final class Utf8 {
  private Utf8() {}

  /**
   * The text in UTF-8.
   *
   * @throws KalamException 22021 if it holds U+0000 or half of a surrogate pair
   */
  public static byte[] encode(String text) {
    check(text);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Refuses text with U+0000 or half of a surrogate pair (22021). */
  public static void check(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw invalid("Text must not contain the character U+0000", i);
      }
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          throw invalid("Text contains half of a surrogate pair", i);
        }
        i++;
      }
    }
  }

  public static String decode(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }

  private static KalamException invalid(String sentence, int index) {
    return new KalamException(
        ErrorCode.CHARACTER_NOT_IN_REPERTOIRE, sentence + ": at index " + index);
  }
}
