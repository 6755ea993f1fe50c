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
      case UNICODE_STRING -> unicode(tokens, token, '\'');
      default -> throw new IllegalArgumentException("Not a string: " + tokens.image(token));
    };
  }

  /** The name in a token {@code U&"..."}. */
  static String unicodeName(Tokens tokens, int token) {
    return unicode(tokens, token, '"');
  }

  /** True for what UESCAPE may name. */
  static boolean mayEscape(char c) {
    return Character.digit(c, 16) < 0
        && c != '+'
        && c != '\''
        && c != '"'
        && c != ' '
        && !(c >= '\t' && c <= '\r');
  }

  /** A U& token: four hexadecimal digits behind the escape character, or six behind it and +. */
  private static String unicode(Tokens tokens, int token, char quote) {
    String sql = tokens.sql();
    int close = close(sql, tokens.start(token) + 3, quote);
    boolean escapeFollows = close + 1 < tokens.end(token);
    char escape = escapeFollows ? sql.charAt(tokens.end(token) - 2) : '\\';
    StringBuilder text = new StringBuilder();
    int i = tokens.start(token) + 3;
    while (i < close) {
      char c = sql.charAt(i);
      if (c == quote) {
        i = (quote == '"' ? afterDoubled(text, i) : afterQuote(sql, i, text)) + 1;
      } else if (c != escape) {
        text.append(c);
        i++;
      } else if (i + 1 < close && sql.charAt(i + 1) == escape) {
        text.append(escape);
        i += 2;
      } else {
        boolean six = i + 1 < close && sql.charAt(i + 1) == '+';
        i = codePoint(tokens, i, six ? i + 2 : i + 1, six ? 6 : 4, close, text);
      }
    }
    requireWhole(tokens, tokens.start(token), text);
    return text.toString();
  }

  private static int afterDoubled(StringBuilder text, int quote) {
    text.append('"');
    return quote + 1;
  }

  /** Offset of the quote that closes what begins behind an opening one. */
  private static int close(String sql, int from, char quote) {
    int i = from;
    while (true) {
      i = sql.indexOf(quote, i);
      int next = i + 1;
      if (next < sql.length() && sql.charAt(next) == quote) {
        i += 2;
      } else if (quote == '\'' && Tokenizer.continuation(sql, next) >= 0) {
        i = Tokenizer.continuation(sql, next) + 1;
      } else {
        return i;
      }
    }
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
    requireWhole(tokens, start, text);
    return text.toString();
  }

  /** Escapes may have put halves of surrogate pairs or U+0000 in. */
  private static void requireWhole(Tokens tokens, int start, StringBuilder text) {
    for (int j = 0; j < text.length(); j++) {
      if (Tokenizer.isBroken(text, j)) {
        throw invalid(tokens, start, "invalid Unicode surrogate pair or U+0000 in string");
      }
      if (Character.isHighSurrogate(text.charAt(j))) {
        j++;
      }
    }
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
        return codePoint(tokens, backslash, backslash + 2, 4, end, text);
      }
      case 'U' -> {
        return codePoint(tokens, backslash, backslash + 2, 8, end, text);
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
      Tokens tokens, int backslash, int from, int digits, int end, StringBuilder text) {
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
