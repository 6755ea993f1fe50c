package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;

/** Walks over the tokens of one statement; the hand of the recursive-descent parsers. */
final class TokenCursor {
  private final Tokens tokens;
  private final int start;
  private final int end;
  private int next;

  /** For the statement in {@code [start, end)}. */
  TokenCursor(Tokens tokens, int start, int end) {
    this.tokens = tokens;
    this.start = start;
    this.end = end;
    this.next = start;
  }

  /** A cursor here that takes {@code end} for the end of the statement. */
  TokenCursor until(int end) {
    TokenCursor cursor = new TokenCursor(tokens, start, end);
    cursor.next = next;
    return cursor;
  }

  Tokens tokens() {
    return tokens;
  }

  /** The statement's first token. */
  int start() {
    return start;
  }

  /** The token behind the statement's last. */
  int end() {
    return end;
  }

  int next() {
    return next;
  }

  void moveTo(int token) {
    next = token;
  }

  boolean atEnd() {
    return next >= end;
  }

  Position position() {
    return tokens.position(next);
  }

  TokenKind kind() {
    return next < end ? tokens.kind(next) : TokenKind.END;
  }

  /** The keyword that comes next, or null. */
  @Nullable Keyword keyword() {
    return keywordAt(0);
  }

  /** The keyword that is the token {@code ahead} of the next, or null. */
  @Nullable Keyword keywordAt(int ahead) {
    return next + ahead < end ? tokens.keyword(next + ahead) : null;
  }

  boolean is(Keyword keyword) {
    return keywordAt(0) == keyword;
  }

  boolean accept(Keyword keyword) {
    if (keywordAt(0) == keyword) {
      next++;
      return true;
    }
    return false;
  }

  void expect(Keyword keyword) {
    if (!accept(keyword)) {
      throw error();
    }
  }

  /** Goes over the next token, whatever it is, and gives its number. */
  int take() {
    return next++;
  }

  boolean isSymbol(char symbol) {
    return next < end && tokens.isSymbol(next, symbol);
  }

  boolean isSymbolAt(int ahead, char symbol) {
    return next + ahead < end && tokens.isSymbol(next + ahead, symbol);
  }

  boolean acceptSymbol(char symbol) {
    if (isSymbol(symbol)) {
      next++;
      return true;
    }
    return false;
  }

  void expectSymbol(char symbol) {
    if (!acceptSymbol(symbol)) {
      throw error();
    }
  }

  /** True for a word that may name a column, table, alias, window or common table. */
  boolean isColumnName() {
    return isColumnNameAt(0);
  }

  boolean isColumnNameAt(int ahead) {
    if (next + ahead >= end || !tokens.isName(next + ahead)) {
      return false;
    }
    Keyword keyword = tokens.keyword(next + ahead);
    return keyword == null || keyword.isColumnName();
  }

  /** A name that is not reserved. */
  Identifier columnName() {
    if (!isColumnName()) {
      throw error();
    }
    return tokens.identifier(next++);
  }

  /** Any word or quoted name, reserved or not: behind a dot or AS. */
  Identifier label() {
    if (!isName()) {
      throw error();
    }
    return tokens.identifier(next++);
  }

  /** {@code (a, b, ...)} of names that are not reserved. */
  List<Identifier> columnNames() {
    List<Identifier> names = new ArrayList<>();
    expectSymbol('(');
    do {
      names.add(columnName());
    } while (acceptSymbol(','));
    expectSymbol(')');
    return names;
  }

  boolean isWord(String word) {
    return isWordAt(0, word);
  }

  /** True where the token {@code ahead} of the next is the word. */
  boolean isWordAt(int ahead, String word) {
    return next + ahead < end && tokens.isWord(next + ahead, word);
  }

  boolean isWords(String first, String second) {
    return isWordAt(0, first) && isWordAt(1, second);
  }

  boolean isSymbol(String symbol) {
    return next < end && tokens.isSymbol(next, symbol);
  }

  boolean isString() {
    return next < end && tokens.kind(next).isString();
  }

  boolean isNumber() {
    return next < end && tokens.kind(next) == TokenKind.NUMBER;
  }

  boolean isName() {
    return next < end && tokens.isName(next);
  }

  /** Goes over the words if they all come next. */
  boolean accept(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!isWordAt(i, words[i])) {
        return false;
      }
    }
    next += words.length;
    return true;
  }

  boolean acceptSymbol(String symbol) {
    if (isSymbol(symbol)) {
      next++;
      return true;
    }
    return false;
  }

  void expect(String... words) {
    for (String word : words) {
      if (!accept(word)) {
        throw error(word.toUpperCase(java.util.Locale.ROOT));
      }
    }
  }

  void expectSymbol(String symbol) {
    if (!acceptSymbol(symbol)) {
      throw error("\"" + symbol + "\"");
    }
  }

  void expectEnd() {
    if (!atEnd()) {
      throw error();
    }
  }

  /** PostgreSQL's complaint about the next token. */
  KalamException error() {
    return tokens.syntaxError(Math.min(next, end));
  }

  /** The refusal of the token {@code ahead} of the next or of what begins there. */
  KalamException unsupported(int ahead, String what) {
    return tokens.unsupported(Math.min(next + ahead, end), what);
  }

  /** The same with what would have fitted. */
  KalamException error(String expected) {
    return tokens.syntaxError(Math.min(next, end), expected);
  }

  Identifier identifier(String what) {
    if (!isName()) {
      throw error(what);
    }
    return tokens.identifier(next++);
  }

  /** {@code [namespace.]name}. */
  ObjectName objectName(String what) {
    Identifier first = identifier(what);
    if (!acceptSymbol(".")) {
      return new ObjectName(null, first.name(), first.position());
    }
    Identifier second = identifier(what);
    if (isSymbol(".")) {
      throw tokens.unsupported(next, "a name of more than two parts");
    }
    return new ObjectName(first.name(), second.name(), first.position());
  }

  /** One or more names parted by commas. */
  List<ObjectName> objectNames(String what) {
    List<ObjectName> names = new ArrayList<>();
    do {
      names.add(objectName(what));
    } while (acceptSymbol(","));
    return names;
  }

  /** {@code (a, b, ...)}. */
  List<Identifier> columnList() {
    List<Identifier> columns = new ArrayList<>();
    expectSymbol("(");
    do {
      columns.add(identifier("a column name"));
    } while (acceptSymbol(","));
    expectSymbol(")");
    return columns;
  }

  String string(String what) {
    if (!isString()) {
      throw error(what + " in single quotes");
    }
    return tokens.stringValue(next++);
  }

  /** A string or a name; ids may be written either way. */
  String stringOrName(String what) {
    return isString() ? tokens.stringValue(next++) : identifier(what).name();
  }

  @Nullable Identifier nullableIdentifier(boolean present, String what) {
    return present ? identifier(what) : null;
  }

  /** {@code IF NOT EXISTS}. */
  boolean acceptIfNotExists() {
    return accept("if", "not", "exists");
  }

  boolean acceptIfExists() {
    return accept("if", "exists");
  }

  /** The token behind the parenthesis that closes the one at {@code open}. */
  int behindParenthesis(int open) {
    int depth = 0;
    for (int i = open; i < end; i++) {
      if (tokens.isSymbol(i, '(')) {
        depth++;
      } else if (tokens.isSymbol(i, ')') && --depth == 0) {
        return i + 1;
      }
    }
    throw tokens.syntaxError(end, "\")\"");
  }

  /** The first token from {@code from} outside parentheses for which one of the words stands. */
  int find(int from, String... words) {
    int depth = 0;
    for (int i = from; i < end; i++) {
      if (tokens.isSymbol(i, '(')) {
        depth++;
      } else if (tokens.isSymbol(i, ')')) {
        depth--;
      } else if (depth == 0 && isOneOf(i, words)) {
        return i;
      }
    }
    return end;
  }

  private boolean isOneOf(int token, String[] words) {
    if (tokens.kind(token) != TokenKind.WORD || tokens.isSymbol(token - 1, '.')) {
      return false;
    }
    for (String word : words) {
      if (tokens.isWord(token, word)) {
        return true;
      }
    }
    return false;
  }
}
