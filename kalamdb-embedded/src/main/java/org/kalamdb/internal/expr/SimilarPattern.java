package org.kalamdb.internal.expr;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Patterns of SIMILAR TO as regular expressions: {@code % _} as in LIKE, {@code | * + ? {m,n} ()
 * []} as in regular expressions, over the whole text. Two escaped double quotes part off what
 * SUBSTRING gives back.
 */
final class SimilarPattern {
  private SimilarPattern() {}

  static String toRegex(String pattern, String escape) {
    if (escape.codePointCount(0, escape.length()) > 1) {
      throw new KalamException(ErrorCode.INVALID_ESCAPE_SEQUENCE, "invalid escape string")
          .withHint("Escape string must be empty or one character.");
    }
    int escapeChar = escape.isEmpty() ? -1 : escape.codePointAt(0);
    boolean parted = escapeChar >= 0 && pattern.contains(escape + "\"");
    StringBuilder regex = new StringBuilder("^(?:");
    int separators = 0;
    boolean inBracket = false;
    for (int i = 0; i < pattern.length(); ) {
      int c = pattern.codePointAt(i);
      i += Character.charCount(c);
      if (c == escapeChar) {
        if (i >= pattern.length()) {
          regex.append("\\\\");
          break;
        }
        int next = pattern.codePointAt(i);
        i += Character.charCount(next);
        if (next == '"' && !inBracket) {
          separators++;
          regex.append(separators == 1 ? ")(" : ")(?:");
        } else {
          append(regex, next);
        }
      } else if (inBracket) {
        inBracket = c != ']';
        regex.append(c == '\\' ? "\\\\" : Character.toString(c));
      } else {
        switch (c) {
          case '[' -> {
            inBracket = true;
            regex.append('[');
          }
          case '%' -> regex.append(parted && separators == 0 ? ".*?" : ".*");
          case '_' -> regex.append('.');
          case '(' -> regex.append("(?:");
          case '*', '+', '?' -> regex.append((char) c).append(parted && separators == 0 ? "?" : "");
          case '.', '^', '$', '\\' -> regex.append('\\').append((char) c);
          default -> regex.appendCodePoint(c);
        }
      }
    }
    if (separators > 2) {
      throw new KalamException(
          ErrorCode.INVALID_USE_OF_ESCAPE_CHARACTER,
          "SQL regular expression may not contain more than two escape-double-quote separators");
    }
    return regex.append(")$").toString();
  }

  private static void append(StringBuilder regex, int c) {
    if (!Character.isLetterOrDigit(c)) {
      regex.append('\\');
    }
    regex.appendCodePoint(c);
  }
}
