package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads literals, parameters, signed numbers, DEFAULT, typed literals and calls of functions with
 * such arguments straight from tokens: what long VALUES and IN lists are made of. Gives null where
 * anything else stands, and the caller asks the full grammar.
 */
final class SimpleValueReader {
  private final Tokens tokens;
  private final int statementStart;
  private int next;

  SimpleValueReader(Tokens tokens, int statementStart, int start) {
    this.tokens = tokens;
    this.statementStart = statementStart;
    this.next = start;
  }

  /** The token behind what was read. */
  int next() {
    return next;
  }

  /** Rows {@code (a, b), (c, d)}, or null. */
  @Nullable List<List<ParsedExpression>> rows() {
    List<List<ParsedExpression>> rows = new ArrayList<>();
    while (true) {
      List<ParsedExpression> row = list();
      if (row == null) {
        return null;
      }
      rows.add(row);
      if (!tokens.isSymbol(next, ',')) {
        return rows;
      }
      next++;
    }
  }

  /** Values in parentheses, at least one, or null. */
  @Nullable List<ParsedExpression> list() {
    if (!tokens.isSymbol(next, '(')) {
      return null;
    }
    List<ParsedExpression> values = new ArrayList<>();
    do {
      next++;
      ParsedExpression value = value();
      if (value == null) {
        return null;
      }
      values.add(value);
    } while (tokens.isSymbol(next, ','));
    if (!tokens.isSymbol(next, ')')) {
      return null;
    }
    next++;
    return values;
  }

  private @Nullable ParsedExpression value() {
    int token = next;
    switch (tokens.kind(token)) {
      case NUMBER -> {
        next++;
        return new ParsedExpression.NumberLiteral(tokens.image(token), tokens.position(token));
      }
      case STRING, ESCAPE_STRING, DOLLAR_STRING -> {
        next++;
        return new ParsedExpression.StringLiteral(
            tokens.stringValue(token), tokens.position(token));
      }
      case PARAMETER -> {
        next++;
        return new ParsedExpression.Parameter(
            tokens.parameterIndex(token, statementStart), tokens.position(token));
      }
      case OPERATOR -> {
        return signedNumber(token);
      }
      case WORD -> {
        return word(token);
      }
      default -> {
        return null;
      }
    }
  }

  private @Nullable ParsedExpression signedNumber(int token) {
    boolean sign = tokens.isSymbol(token, '-') || tokens.isSymbol(token, '+');
    if (!sign || tokens.kind(token + 1) != TokenKind.NUMBER) {
      return null;
    }
    next += 2;
    return new ParsedExpression.Unary(
        tokens.image(token),
        new ParsedExpression.NumberLiteral(tokens.image(token + 1), tokens.position(token + 1)),
        tokens.position(token));
  }

  private @Nullable ParsedExpression word(int token) {
    Position position = tokens.position(token);
    if (tokens.isSymbol(token + 1, '(')) {
      return call(token, position);
    }
    if (tokens.kind(token + 1).isString()) {
      if (tokens.isWord(token, "interval") || !SpecialWords.mayPrefixLiteral(tokens.name(token))) {
        return null;
      }
      next += 2;
      return new ParsedExpression.TypedLiteral(
          new TypeName(tokens.name(token), List.of(), position),
          tokens.stringValue(token + 1),
          position);
    }
    ParsedExpression literal = SpecialWords.literal(tokens, token);
    if (literal != null) {
      next++;
    }
    return literal;
  }

  private @Nullable ParsedExpression call(int token, Position position) {
    String name = tokens.name(token);
    if (SpecialWords.isKeyword(name) || SpecialWords.hasOwnCallSyntax(name)) {
      return null;
    }
    next++;
    if (tokens.isSymbol(next + 1, ')')) {
      next += 2;
      return plainCall(name, List.of(), position);
    }
    List<ParsedExpression> arguments = list();
    return arguments == null ? null : plainCall(name, arguments, position);
  }

  /** Null where a clause such as FILTER or OVER follows. */
  private @Nullable ParsedExpression plainCall(
      String name, List<ParsedExpression> arguments, Position position) {
    if (tokens.isName(next)) {
      return null;
    }
    return ParsedExpression.FunctionCall.of(name, arguments, position);
  }
}
