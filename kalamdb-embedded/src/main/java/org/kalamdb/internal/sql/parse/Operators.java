package org.kalamdb.internal.sql.parse;

import java.util.List;
import java.util.Set;
import org.kalamdb.internal.sql.parse.ParsedExpression.PatternKind;

/**
 * The operators that are neither comparisons nor words: which there are and what they stand for.
 */
final class Operators {
  private static final Set<String> INFIX =
      Set.of(
          "+", "-", "*", "/", "%", "^", "||", "&", "|", "#", "<<", ">>", "~", "!~", "~*", "!~*",
          "~~", "!~~", "~~*", "!~~*", "^@", "->", "->>", "#>", "#>>", "#-", "@>", "<@", "?", "?|",
          "?&", "<=>", "<->", "<#>");

  private static final Set<String> PREFIX = Set.of("~", "@", "|/", "||/");

  private Operators() {}

  static void requireInfix(Tokens tokens, int token, String operator) {
    if (!INFIX.contains(operator)) {
      throw tokens.unsupported(token, "operator " + operator);
    }
  }

  static void requirePrefix(Tokens tokens, int token, String operator) {
    if (!PREFIX.contains(operator)) {
      throw tokens.unsupported(token, "operator " + operator);
    }
  }

  static ParsedExpression infix(
      String operator, ParsedExpression left, ParsedExpression right, Position position) {
    return switch (operator) {
      case "~" -> match(PatternKind.REGEX, left, right, false);
      case "!~" -> match(PatternKind.REGEX, left, right, true);
      case "~*" -> match(PatternKind.REGEX_IGNORE_CASE, left, right, false);
      case "!~*" -> match(PatternKind.REGEX_IGNORE_CASE, left, right, true);
      case "~~" -> match(PatternKind.LIKE, left, right, false);
      case "!~~" -> match(PatternKind.LIKE, left, right, true);
      case "~~*" -> match(PatternKind.ILIKE, left, right, false);
      case "!~~*" -> match(PatternKind.ILIKE, left, right, true);
      case "^@" -> ParsedExpression.FunctionCall.of("starts_with", List.of(left, right), position);
      default -> new ParsedExpression.Binary(operator, left, right, position, left.position());
    };
  }

  private static ParsedExpression match(
      PatternKind kind, ParsedExpression value, ParsedExpression pattern, boolean negated) {
    return new ParsedExpression.PatternMatch(kind, value, pattern, null, negated, value.position());
  }

  static ParsedExpression prefix(String operator, ParsedExpression operand, Position position) {
    return switch (operator) {
      case "@" -> call("abs", operand, position);
      case "|/" -> call("sqrt", operand, position);
      case "||/" -> call("cbrt", operand, position);
      default -> new ParsedExpression.Unary(operator, operand, position);
    };
  }

  private static ParsedExpression call(String name, ParsedExpression operand, Position position) {
    return ParsedExpression.FunctionCall.of(name, List.of(operand), position);
  }
}
