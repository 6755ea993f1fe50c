package org.kalamdb.internal.sql.parse;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * A text cut into tokens. Tokens are numbers from 0; the one numbered {@link #size()} is the end of
 * the text. Kinds and offsets lie in arrays, texts and positions are made when somebody asks.
 */
final class Tokens {
  private static final TokenKind[] KINDS = TokenKind.values();

  private final String sql;
  private final ParserLimits limits;
  private final int size;
  private final byte[] kinds;
  private final int[] starts;
  private final int[] ends;
  private final byte[] keywords;
  private int[] lineStarts = {};
  private int[] parameters = {};
  private boolean hasSecrets;

  /** Of keywords, the ordinal plus one for each token that is one, else 0. */
  Tokens(
      String sql,
      ParserLimits limits,
      int size,
      byte[] kinds,
      int[] starts,
      int[] ends,
      byte[] keywords) {
    this.sql = sql;
    this.limits = limits;
    this.size = size;
    this.kinds = kinds;
    this.starts = starts;
    this.ends = ends;
    this.keywords = keywords;
  }

  String sql() {
    return sql;
  }

  ParserLimits limits() {
    return limits;
  }

  int size() {
    return size;
  }

  TokenKind kind(int token) {
    return token >= size ? TokenKind.END : KINDS[kinds[token]];
  }

  /** The keyword that a token is; null for names, in quotes or not, and whatever is no word. */
  @Nullable Keyword keyword(int token) {
    int keyword = token >= size ? 0 : keywords[token] & 0xff;
    return keyword == 0 ? null : Keyword.of(keyword - 1);
  }

  /**
   * Turns a question mark between two operands from a parameter into an operator; those behind it
   * are numbered accordingly.
   */
  void makeOperator(int token) {
    kinds[token] = (byte) TokenKind.OPERATOR.ordinal();
    parameters = new int[0];
  }

  /** Offset of the first character in the text. */
  int start(int token) {
    return token >= size ? sql.length() : starts[token];
  }

  /** Offset behind the last character in the text. */
  int end(int token) {
    return token >= size ? sql.length() : ends[token];
  }

  /** The token as written. */
  String image(int token) {
    return sql.substring(start(token), end(token));
  }

  /** Text from the first character of one token to before the first of another. */
  String textBetween(int from, int to) {
    return from >= to ? "" : sql.substring(start(from), end(to - 1));
  }

  /** True for an unquoted word spelt like {@code lowerCase} in any case. */
  boolean isWord(int token, String lowerCase) {
    return token >= 0
        && token < size
        && kinds[token] == TokenKind.WORD.ordinal()
        && ends[token] - starts[token] == lowerCase.length()
        && equalsIgnoreAsciiCase(starts[token], lowerCase);
  }

  private boolean equalsIgnoreAsciiCase(int offset, String lowerCase) {
    for (int i = 0; i < lowerCase.length(); i++) {
      char c = sql.charAt(offset + i);
      if (c != lowerCase.charAt(i) && !(c >= 'A' && c <= 'Z' && c + 32 == lowerCase.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** True for an operator or punctuation spelt like this. */
  boolean isSymbol(int token, String symbol) {
    return token >= 0
        && token < size
        && (kinds[token] == TokenKind.PUNCTUATION.ordinal()
            || kinds[token] == TokenKind.OPERATOR.ordinal())
        && ends[token] - starts[token] == symbol.length()
        && sql.startsWith(symbol, starts[token]);
  }

  boolean isSymbol(int token, char symbol) {
    return token >= 0
        && token < size
        && ends[token] - starts[token] == 1
        && sql.charAt(starts[token]) == symbol
        && (kinds[token] == TokenKind.PUNCTUATION.ordinal()
            || kinds[token] == TokenKind.OPERATOR.ordinal());
  }

  /** The folded name of a word or quoted name. */
  String name(int token) {
    if (kind(token) == TokenKind.QUOTED) {
      String inner = sql.substring(start(token) + 1, end(token) - 1);
      return inner.indexOf('"') < 0 ? inner : inner.replace("\"\"", "\"");
    }
    if (kind(token) == TokenKind.UNICODE_QUOTED) {
      return StringLiterals.unicodeName(this, token);
    }
    return lowerCase(starts[token], ends[token]);
  }

  private String lowerCase(int start, int end) {
    for (int i = start; i < end; i++) {
      char c = sql.charAt(i);
      if ((c >= 'A' && c <= 'Z') || c > 0x7f) {
        return sql.substring(start, end).toLowerCase(Locale.ROOT);
      }
    }
    return sql.substring(start, end);
  }

  boolean isName(int token) {
    TokenKind kind = kind(token);
    return kind == TokenKind.WORD || kind == TokenKind.QUOTED || kind == TokenKind.UNICODE_QUOTED;
  }

  Identifier identifier(int token) {
    return new Identifier(name(token), position(token));
  }

  /** The content of a string token, escapes undone. */
  String stringValue(int token) {
    return StringLiterals.value(this, token);
  }

  /** Parameter tokens in {@code [from, to)} are numbered from 0 within that range. */
  int parameterIndex(int token, int from) {
    if (sql.charAt(starts[token]) == '$') {
      return Integer.parseInt(sql, starts[token] + 1, ends[token], 10) - 1;
    }
    if (parameters.length == 0) {
      parameters = findParameters();
    }
    return rank(token) - rank(from);
  }

  /** How many parameters stand before a token. */
  private int rank(int token) {
    int rank = Arrays.binarySearch(parameters, token);
    return rank < 0 ? -rank - 1 : rank;
  }

  private int[] findParameters() {
    int[] found = new int[16];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (kinds[i] == TokenKind.PARAMETER.ordinal()) {
        if (count == found.length) {
          found = Arrays.copyOf(found, count * 2);
        }
        found[count++] = i;
      }
    }
    return Arrays.copyOf(found, count);
  }

  Position position(int token) {
    return positionAt(start(token));
  }

  Position positionAt(int offset) {
    if (lineStarts.length == 0) {
      lineStarts = findLineStarts(sql);
    }
    int line = Arrays.binarySearch(lineStarts, offset);
    if (line < 0) {
      line = -line - 2;
    }
    return new Position(line + 1, offset - lineStarts[line] + 1);
  }

  private static int[] findLineStarts(String sql) {
    int[] starts = new int[16];
    int lines = 1;
    for (int i = 0; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (c == '\n' || (c == '\r' && !(i + 1 < sql.length() && sql.charAt(i + 1) == '\n'))) {
        if (lines == starts.length) {
          starts = Arrays.copyOf(starts, lines * 2);
        }
        starts[lines++] = i + 1;
      }
    }
    return Arrays.copyOf(starts, lines);
  }

  /** PostgreSQL's complaint about a token that does not fit. */
  KalamException syntaxError(int token) {
    return position(token).error(ErrorCode.SYNTAX_ERROR, "syntax error at " + near(token));
  }

  /** The same with what would have fitted. */
  KalamException syntaxError(int token, String expected) {
    return position(token)
        .error(ErrorCode.SYNTAX_ERROR, "syntax error at " + near(token) + ", expected " + expected);
  }

  private String near(int token) {
    if (kind(token) == TokenKind.END) {
      return "end of input";
    }
    String image = image(token);
    if (hasSecrets && (kind(token).isString() || isWord(token - 1, "password"))) {
      return "or near a text that may be secret";
    }
    return "or near \"" + (image.length() > 64 ? image.substring(0, 64) + "..." : image) + "\"";
  }

  /** Texts are left out of messages from now on. */
  void hideSecrets() {
    hasSecrets = true;
  }

  KalamException unsupported(int token, String what) {
    return position(token).error(ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported");
  }
}
