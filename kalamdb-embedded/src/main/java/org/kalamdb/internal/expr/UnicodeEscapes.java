package org.kalamdb.internal.expr;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** The escapes of unistr: {@code \0061 \+000061 \u0061 \U00000061} and {@code \\}. */
final class UnicodeEscapes {
  private UnicodeEscapes() {}

  static String decode(String text) {
    StringBuilder result = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '\\') {
        result.append(c);
        continue;
      }
      char next = at < text.length() ? text.charAt(at) : 0;
      if (next == '\\') {
        result.append('\\');
        at++;
        continue;
      }
      int prefix = next == '+' || next == 'u' || next == 'U' ? 1 : 0;
      int digits = next == '+' ? 6 : next == 'U' ? 8 : 4;
      result.append(character(text, at + prefix, digits));
      at += prefix + digits;
    }
    for (int i = 0; i < result.length(); i++) {
      if (Character.isSurrogate(result.charAt(i))) {
        boolean pair =
            i + 1 < result.length()
                && Character.isSurrogatePair(result.charAt(i), result.charAt(i + 1));
        if (!pair) {
          throw new KalamException(ErrorCode.SYNTAX_ERROR, "invalid Unicode surrogate pair");
        }
        i++;
      }
    }
    return result.toString();
  }

  private static char[] character(String text, int from, int digits) {
    int to = from + digits;
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = i < text.length() ? hexDigit(text.charAt(i)) : -1;
      if (digit < 0) {
        throw new KalamException(ErrorCode.SYNTAX_ERROR, "invalid Unicode escape")
            .withHint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
      }
      value = value << 4 | digit;
    }
    if (value <= 0 || value > Character.MAX_CODE_POINT) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid Unicode code point: " + text.substring(from, to));
    }
    return Character.toChars(value);
  }

  private static int hexDigit(char c) {
    return c < 128 ? Character.digit(c, 16) : -1;
  }
}
