package org.kalamdb.internal.sql.parse;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** What string constants say once their quotes and escapes are undone. */
final class StringLiterals {
  private StringLiterals() {}

  /** The content of a token that is a string. */
  static String value(Tokens tokens, int token) {
    String sql = tokens.sql();
    int start = tokens.start(token);
    int end = tokens.end(token);
    return switch (tokens.kind(token)) {
      case STRING -> plain(sql, start, end);
      case ESCAPE_STRING -> escaped(tokens, start + 1, end);
      case DOLLAR_STRING -> {
        int tag = sql.indexOf('$', start + 1) + 1 - start;
        yield sql.substring(start + tag, end - tag);
      }
      default -> throw new IllegalArgumentException("Not a string: " + tokens.image(token));
    };
  }

  private static String plain(String sql, int start, int end) {
    int quote = sql.indexOf('\'', start + 1);
    if (quote == end - 1) {
      return sql.substring(start + 1, quote);
    }
    StringBuilder text = new StringBuilder(end - start);
    for (int i = start + 1; i < end; i++) {
      char c = sql.charAt(i);
      if (c != '\'') {
        text.append(c);
      } else if (i + 1 < end) {
        i = afterQuote(sql, i, text);
      }
    }
    return text.toString();
  }

  /**
   * A quote inside the token: a doubled one, or a gap before the string goes on in another line.
   */
  private static int afterQuote(String sql, int quote, StringBuilder text) {
    if (sql.charAt(quote + 1) == '\'') {
      text.append('\'');
      return quote + 1;
    }
    return Tokenizer.continuation(sql, quote + 1);
  }

  private static String escaped(Tokens tokens, int start, int end) {
    String sql = tokens.sql();
    StringBuilder text = new StringBuilder(end - start);
    int i = start + 1;
    while (i < end) {
      char c = sql.charAt(i);
      if (c == '\\') {
        i = escape(tokens, i, end - 1, text);
      } else if (c != '\'') {
        text.append(c);
        i++;
      } else {
        i = i + 1 < end ? afterQuote(sql, i, text) + 1 : end;
      }
    }
    for (int j = 0; j < text.length(); j++) {
      if (Tokenizer.isBroken(text, j)) {
        throw invalid(tokens, start, "invalid Unicode surrogate pair or U+0000 in string");
      }
      if (Character.isHighSurrogate(text.charAt(j))) {
        j++;
      }
    }
    return text.toString();
  }

  private static int escape(Tokens tokens, int backslash, int end, StringBuilder text) {
    char kind = tokens.sql().charAt(backslash + 1);
    switch (kind) {
      case 'b' -> text.append('\b');
      case 'f' -> text.append('\f');
      case 'n' -> text.append('\n');
      case 'r' -> text.append('\r');
      case 't' -> text.append('\t');
      case 'v' -> text.append('\u000b');
      case 'u' -> {
        return codePoint(tokens, backslash, 4, end, text);
      }
      case 'U' -> {
        return codePoint(tokens, backslash, 8, end, text);
      }
      case 'x' -> {
        return byteValue(tokens, backslash, backslash + 2, 16, 2, end, text);
      }
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        return byteValue(tokens, backslash, backslash + 1, 8, 3, end, text);
      }
      default -> text.append(kind);
    }
    return backslash + 2;
  }

  private static int codePoint(
      Tokens tokens, int backslash, int digits, int end, StringBuilder text) {
    int from = backslash + 2;
    int value = digits(tokens.sql(), from, Math.min(end, from + digits), 16);
    if (from + digits > end || value < 0 || value > Character.MAX_CODE_POINT) {
      throw tokens
          .positionAt(backslash)
          .error(ErrorCode.INVALID_ESCAPE_SEQUENCE, "invalid Unicode escape")
          .withHint("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
    }
    text.appendCodePoint(value);
    return from + digits;
  }

  /** Bytes in escapes are taken one by one, so only those that are a character alone make sense. */
  private static int byteValue(
      Tokens tokens, int backslash, int from, int radix, int most, int end, StringBuilder text) {
    int to = from;
    while (to < end && to < from + most && Character.digit(tokens.sql().charAt(to), radix) >= 0) {
      to++;
    }
    if (to == from) {
      text.append('x');
      return from;
    }
    int value = digits(tokens.sql(), from, to, radix);
    if (value == 0 || value > 0x7f) {
      throw invalid(
          tokens, backslash, "invalid byte in escape, only \\x01 to \\x7f are characters");
    }
    text.append((char) value);
    return to;
  }

  /** The number written, or -1 where a digit is none. */
  private static int digits(String sql, int from, int to, int radix) {
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = Character.digit(sql.charAt(i), radix);
      if (digit < 0) {
        return -1;
      }
      value = value * radix + digit;
    }
    return value > Integer.MAX_VALUE ? -1 : (int) value;
  }

  private static KalamException invalid(Tokens tokens, int offset, String message) {
    return tokens.positionAt(offset).error(ErrorCode.CHARACTER_NOT_IN_REPERTOIRE, message);
  }
}
