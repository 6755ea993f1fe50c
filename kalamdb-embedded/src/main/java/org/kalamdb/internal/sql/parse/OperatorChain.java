package org.kalamdb.internal.sql.parse;

import java.util.ArrayDeque;
import java.util.Deque;
import org.kalamdb.error.ErrorCode;

/**
 * Operands and infix operators in written order, put together with PostgreSQL's precedence: {@code
 * ^}, then {@code * / %}, then {@code + -}, then every other operator; all from left to right.
 */
final class OperatorChain {
  private record Pending(String operator, boolean prefix, int precedence, Position position) {}

  private final Deque<ParsedExpression> operands = new ArrayDeque<>();
  private final Deque<Pending> operators = new ArrayDeque<>();
  private int length;
  private boolean sign;

  private static int precedence(String operator) {
    return switch (operator) {
      case "^" -> 4;
      case "*", "/", "%" -> 3;
      case "+", "-" -> 2;
      default -> 1;
    };
  }

  /** Notes that the operator that comes next is a sign without an operand before it. */
  void sign() {
    sign = true;
  }

  boolean takeSign() {
    boolean was = sign;
    sign = false;
    return was;
  }

  void operand(ParsedExpression operand) {
    operands.push(operand);
  }

  void operator(String operator, Position position) {
    if (++length > ParserLimits.MAX_CHAIN) {
      throw position.error(
          ErrorCode.STATEMENT_TOO_COMPLEX,
          "more than " + ParserLimits.MAX_CHAIN + " operators in a row");
    }
    int precedence = precedence(operator);
    while (!operators.isEmpty() && operators.element().precedence() >= precedence) {
      combine();
    }
    operators.push(new Pending(operator, false, precedence, position));
  }

  /** An operator before the operand that comes next: signs bind tightest, {@code ~} loosest. */
  void prefix(String operator, Position position) {
    operators.push(new Pending(operator, true, operator.equals("~") ? 1 : 5, position));
  }

  private void combine() {
    Pending pending = operators.pop();
    ParsedExpression right = operands.pop();
    if (pending.prefix()) {
      operands.push(new ParsedExpression.Unary(pending.operator(), right, pending.position()));
      return;
    }
    ParsedExpression left = operands.pop();
    operands.push(
        new ParsedExpression.Binary(
            pending.operator(), left, right, pending.position(), left.position()));
  }

  ParsedExpression build() {
    while (!operators.isEmpty()) {
      combine();
    }
    return operands.pop();
  }
}
