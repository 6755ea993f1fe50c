package org.kalamdb.internal.sql.parse;

import java.util.Arrays;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Cuts SQL text into tokens by PostgreSQL 15's lexical rules, and refuses what is too long or has
 * too many parentheses inside each other before any parser sees it. One pass, 1 MiB takes about 5
 * ms.
 *
 * <p>A question mark is a parameter here; the parser knows where it is an operator. B, X and N
 * strings are refused.
 */
final class Tokenizer {
  private static final String OPERATOR_CHARACTERS = "+-*/<>=~!@#%^&|`";
  private static final String MAY_END_IN_SIGN = "~!@#%^&|`";

  private static final boolean[] ASCII_WORD_PART = new boolean[128];

  static {
    for (char c = 0; c < 128; c++) {
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      ASCII_WORD_PART[c] = letter || isDigit(c) || c == '_' || c == '$';
    }
  }

  private final String sql;
  private final ParserLimits limits;
  private byte[] kinds;
  private int[] starts;
  private int[] ends;
  private byte[] keywords;
  private int size;
  private int depth;

  private Tokenizer(String sql, ParserLimits limits) {
    this.sql = sql;
    this.limits = limits;
    int guess = Math.max(16, sql.length() / 4);
    kinds = new byte[guess];
    starts = new int[guess];
    ends = new int[guess];
    keywords = new byte[guess];
  }

  static Tokens tokenize(String sql, ParserLimits limits) {
    if (sql.length() > limits.maxLength()) {
      throw Position.START.error(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "statement text is too long: "
              + sql.length()
              + " characters, "
              + limits.maxLength()
              + " are allowed");
    }
    return new Tokenizer(sql, limits).run();
  }

  private Tokens run() {
    checkCharacters();
    int offset = 0;
    while (true) {
      offset = skipBlanks(offset);
      if (offset >= sql.length()) {
        return tokens();
      }
      offset = next(offset);
    }
  }

  private Tokens tokens() {
    return new Tokens(sql, limits, size, kinds, starts, ends, keywords);
  }

  private void checkCharacters() {
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (c == 0 || (c >= Character.MIN_SURROGATE && Character.isSurrogate(c))) {
        if (isBroken(sql, i)) {
          throw error(
              i,
              ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
              c == 0 ? "the text contains U+0000" : "the text contains a lone surrogate");
        }
        i++;
      }
    }
  }

  /** True where U+0000 or a surrogate without its partner stands. */
  static boolean isBroken(CharSequence text, int offset) {
    char c = text.charAt(offset);
    if (Character.isHighSurrogate(c)) {
      return offset + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(offset + 1));
    }
    return c == 0 || Character.isLowSurrogate(c);
  }

  private int skipBlanks(int offset) {
    while (offset < sql.length()) {
      char c = sql.charAt(offset);
      if (isBlank(c)) {
        offset++;
      } else if (c == '-' && sql.startsWith("--", offset)) {
        offset = endOfLine(sql, offset);
      } else if (c == '/' && sql.startsWith("/*", offset)) {
        offset = endOfComment(offset);
      } else {
        return offset;
      }
    }
    return offset;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static int endOfLine(String sql, int offset) {
    while (offset < sql.length() && sql.charAt(offset) != '\n' && sql.charAt(offset) != '\r') {
      offset++;
    }
    return offset;
  }

  private int endOfComment(int start) {
    int level = 0;
    for (int i = start; i + 1 < sql.length(); i++) {
      char c = sql.charAt(i);
      if (c == '/' && sql.charAt(i + 1) == '*') {
        level++;
        i++;
      } else if (c == '*' && sql.charAt(i + 1) == '/') {
        level--;
        i++;
        if (level == 0) {
          return i + 1;
        }
      }
    }
    throw error(start, ErrorCode.SYNTAX_ERROR, "unterminated /* comment");
  }

  private int next(int start) {
    char c = sql.charAt(start);
    char then = start + 1 < sql.length() ? sql.charAt(start + 1) : 0;
    if (isWordStart(start)) {
      return word(start, c, then);
    }
    if (isDigit(c) || (c == '.' && isDigit(then))) {
      return number(start);
    }
    switch (c) {
      case '\'':
        return add(TokenKind.STRING, start, endOfString(start, start, false));
      case '"':
        return add(TokenKind.QUOTED, start, endOfName(start, start));
      case '$':
        return isDigit(then) ? numberedParameter(start) : dollarString(start);
      case '?':
        return add(TokenKind.PARAMETER, start, start + 1);
      case ':':
        if (then == ':' || then == '=') {
          return add(TokenKind.OPERATOR, start, start + 2);
        }
        return add(TokenKind.PUNCTUATION, start, start + 1);
      case '(', '[':
        enter(start);
        return add(TokenKind.PUNCTUATION, start, start + 1);
      case ')', ']':
        depth--;
        return add(TokenKind.PUNCTUATION, start, start + 1);
      case ';':
        depth = 0;
        return add(TokenKind.PUNCTUATION, start, start + 1);
      case ',', '.':
        return add(TokenKind.PUNCTUATION, start, start + 1);
      default:
        return operator(start);
    }
  }

  private int add(TokenKind kind, int start, int end) {
    if (size == starts.length) {
      int longer = size * 2;
      kinds = Arrays.copyOf(kinds, longer);
      starts = Arrays.copyOf(starts, longer);
      ends = Arrays.copyOf(ends, longer);
      keywords = Arrays.copyOf(keywords, longer);
    }
    kinds[size] = (byte) kind.ordinal();
    starts[size] = start;
    ends[size] = end;
    size++;
    return end;
  }

  private void enter(int start) {
    if (++depth > limits.maxDepth()) {
      throw Nesting.tooDeep(tokens().positionAt(start), limits.maxDepth());
    }
  }

  private int word(int start, char first, char then) {
    if (then == '\'') {
      switch (first) {
        case 'e', 'E' -> {
          return add(TokenKind.ESCAPE_STRING, start, endOfString(start, start + 1, true));
        }
        case 'b', 'B', 'x', 'X' -> throw refused(start, "bit string");
        case 'n', 'N' -> throw refused(start, "national character string");
        default -> {}
      }
    }
    if ((first == 'u' || first == 'U') && then == '&') {
      if (sql.startsWith("'", start + 2)) {
        int end = behindEscape(endOfString(start, start + 2, false));
        return add(TokenKind.UNICODE_STRING, start, end);
      } else if (sql.startsWith("\"", start + 2)) {
        int end = behindEscape(endOfName(start, start + 2));
        return add(TokenKind.UNICODE_QUOTED, start, end);
      }
    }
    int end = start;
    int hash = 0;
    while (end < sql.length() && isWordPart(end)) {
      hash = Keyword.hash(hash, sql.charAt(end++));
    }
    add(TokenKind.WORD, start, end);
    Keyword keyword = Keyword.find(sql, start, end, hash);
    if (keyword != null) {
      keywords[size - 1] = (byte) (keyword.ordinal() + 1);
    }
    return end;
  }

  /** Behind {@code UESCAPE 'c'}, which belongs to the U& token that ends at {@code end}. */
  private int behindEscape(int end) {
    int word = skipBlanks(end);
    int behind = word + 7;
    if (!sql.regionMatches(true, word, "uescape", 0, 7)
        || (behind < sql.length() && isWordPart(behind))) {
      return end;
    }
    int quote = skipBlanks(behind);
    boolean one =
        sql.startsWith("'", quote)
            && sql.startsWith("'", quote + 2)
            && StringLiterals.mayEscape(sql.charAt(quote + 1));
    if (!one) {
      throw error(quote, ErrorCode.SYNTAX_ERROR, "invalid Unicode escape character");
    }
    return quote + 3;
  }

  private boolean matches(int token, String lowerCase) {
    return kinds[token] == TokenKind.WORD.ordinal()
        && ends[token] - starts[token] == lowerCase.length()
        && sql.regionMatches(true, starts[token], lowerCase, 0, lowerCase.length());
  }

  /** Any character beyond ASCII may be part of a word, as in PostgreSQL. */
  private boolean isWordStart(int offset) {
    char c = sql.charAt(offset);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c > 0x7f;
  }

  private boolean isWordPart(int offset) {
    char c = sql.charAt(offset);
    return c > 0x7f || ASCII_WORD_PART[c];
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private int number(int start) {
    int end = digits(start);
    if (end < sql.length() && sql.charAt(end) == '.' && !sql.startsWith("..", end)) {
      end = digits(end + 1);
    }
    if (end < sql.length() && (sql.charAt(end) == 'e' || sql.charAt(end) == 'E')) {
      int exponent = end + 1;
      if (exponent < sql.length() && (sql.charAt(exponent) == '+' || sql.charAt(exponent) == '-')) {
        exponent++;
      }
      int behind = digits(exponent);
      end = behind > exponent ? behind : end;
    }
    if (end < sql.length() && isWordPart(end) && !isDuration(end)) {
      throw junk(start, end, "trailing junk after numeric literal at or near ");
    }
    return add(TokenKind.NUMBER, start, end);
  }

  /** {@code FLUSH INTERVAL 300s}: a unit may stand at its number, right behind that one word. */
  private boolean isDuration(int unit) {
    return size > 0
        && matches(size - 1, "interval")
        && "smhd".indexOf(sql.charAt(unit)) >= 0
        && (unit + 1 >= sql.length() || !isWordPart(unit + 1));
  }

  private int digits(int offset) {
    while (offset < sql.length() && isDigit(sql.charAt(offset))) {
      offset++;
    }
    return offset;
  }

  private KalamException junk(int start, int end, String message) {
    while (end < sql.length() && end - start < 64 && isWordPart(end)) {
      end++;
    }
    return error(start, ErrorCode.SYNTAX_ERROR, message + "\"" + sql.substring(start, end) + "\"");
  }

  /**
   * Offset behind the closing quote of a string whose opening quote stands at {@code quote}; a
   * string goes on where only blanks with a line break part it from the next quote.
   */
  private int endOfString(int start, int quote, boolean backslashes) {
    int i = quote + 1;
    while (i < sql.length()) {
      char c = sql.charAt(i);
      if (c == '\\' && backslashes) {
        i += 2;
      } else if (c != '\'') {
        i++;
      } else if (i + 1 < sql.length() && sql.charAt(i + 1) == '\'') {
        i += 2;
      } else {
        int next = continuation(sql, i + 1);
        if (next < 0) {
          return i + 1;
        }
        i = next + 1;
      }
    }
    throw error(start, ErrorCode.SYNTAX_ERROR, "unterminated quoted string");
  }

  /** Offset of the quote that continues a string closed before {@code offset}, or -1. */
  static int continuation(String sql, int offset) {
    boolean lineBreak = false;
    while (offset < sql.length()) {
      char c = sql.charAt(offset);
      if (isBlank(c)) {
        lineBreak |= c == '\n' || c == '\r';
        offset++;
      } else if (c == '-' && sql.startsWith("--", offset)) {
        offset = endOfLine(sql, offset);
      } else {
        return c == '\'' && lineBreak ? offset : -1;
      }
    }
    return -1;
  }

  /** Offset behind the closing quote of a name whose opening quote stands at {@code quote}. */
  private int endOfName(int start, int quote) {
    int i = quote + 1;
    while (true) {
      int close = sql.indexOf('"', i);
      if (close < 0) {
        throw error(start, ErrorCode.SYNTAX_ERROR, "unterminated quoted identifier");
      }
      if (close + 1 < sql.length() && sql.charAt(close + 1) == '"') {
        i = close + 2;
        continue;
      }
      if (close == quote + 1) {
        throw error(
            start, ErrorCode.SYNTAX_ERROR, "zero-length delimited identifier at or near \"\"\"\"");
      }
      return close + 1;
    }
  }

  private int numberedParameter(int start) {
    int end = digits(start + 1);
    if (end < sql.length() && isWordPart(end)) {
      throw junk(start, end, "trailing junk after parameter at or near ");
    }
    if (end - start > 6
        || parameterNumber(start, end) > ParserLimits.MAX_PARAMETERS
        || parameterNumber(start, end) == 0) {
      throw error(
          start,
          ErrorCode.UNDEFINED_PARAMETER,
          "there is no parameter " + sql.substring(start, Math.min(end, start + 20)));
    }
    return add(TokenKind.PARAMETER, start, end);
  }

  private int parameterNumber(int start, int end) {
    return Integer.parseInt(sql, start + 1, end, 10);
  }

  private int dollarString(int start) {
    int end = start + 1;
    while (end < sql.length() && sql.charAt(end) != '$' && isWordPart(end)) {
      end++;
    }
    if (end >= sql.length() || sql.charAt(end) != '$') {
      throw error(start, ErrorCode.SYNTAX_ERROR, "syntax error at or near \"$\"");
    }
    String tag = sql.substring(start, end + 1);
    int close = sql.indexOf(tag, end + 1);
    if (close < 0) {
      throw error(start, ErrorCode.SYNTAX_ERROR, "unterminated dollar-quoted string");
    }
    return add(TokenKind.DOLLAR_STRING, start, close + tag.length());
  }

  private int operator(int start) {
    int end = start;
    boolean special = false;
    while (end < sql.length()
        && OPERATOR_CHARACTERS.indexOf(sql.charAt(end)) >= 0
        && !sql.startsWith("--", end)
        && !sql.startsWith("/*", end)) {
      special |= MAY_END_IN_SIGN.indexOf(sql.charAt(end)) >= 0;
      end++;
    }
    if (end == start) {
      int behind = start + Character.charCount(sql.codePointAt(start));
      throw error(
          start,
          ErrorCode.SYNTAX_ERROR,
          "syntax error at or near \"" + sql.substring(start, behind) + "\"");
    }
    while (!special
        && end - start > 1
        && (sql.charAt(end - 1) == '+' || sql.charAt(end - 1) == '-')) {
      end--;
    }
    return add(TokenKind.OPERATOR, start, end);
  }

  private KalamException refused(int offset, String what) {
    return error(offset, ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported");
  }

  private KalamException error(int offset, ErrorCode code, String message) {
    return tokens().positionAt(offset).error(code, message);
  }
}
