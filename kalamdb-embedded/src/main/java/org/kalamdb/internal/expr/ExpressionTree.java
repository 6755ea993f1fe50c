package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;

/** What walks over expressions: their operands in order. */
public final class ExpressionTree {
  private ExpressionTree() {}

  /** The direct operands, left to right. */
  public static List<Expression> children(Expression expression) {
    if (expression instanceof Expression.Call call) {
      return call.arguments();
    } else if (expression instanceof Expression.Cast cast) {
      return List.of(cast.operand());
    } else if (expression instanceof Expression.Logical logical) {
      return logical.operands();
    } else if (expression instanceof Expression.Not not) {
      return List.of(not.operand());
    } else if (expression instanceof Expression.IsNull isNull) {
      return List.of(isNull.operand());
    } else if (expression instanceof Expression.Comparison comparison) {
      return List.of(comparison.left(), comparison.right());
    } else if (expression instanceof Expression.In in) {
      List<Expression> children = new ArrayList<>(in.list());
      children.add(0, in.operand());
      return children;
    } else if (expression instanceof Expression.Case choice) {
      List<Expression> children = new ArrayList<>();
      for (Expression.When when : choice.whens()) {
        children.add(when.condition());
        children.add(when.result());
      }
      if (choice.otherwise() != null) {
        children.add(choice.otherwise());
      }
      return children;
    } else if (expression instanceof Expression.Coalesce coalesce) {
      return coalesce.operands();
    }
    return List.of();
  }

  /** Whether the expression gives the same value for the same row, always. */
  public static boolean isImmutable(Expression expression) {
    if (expression instanceof Expression.Call call
        && call.function().volatility() != ScalarFunction.Volatility.IMMUTABLE) {
      return false;
    }
    if (expression instanceof Expression.Cast cast
        && TypeRules.dependsOnZone(cast.operand().type().kind(), cast.type().kind())) {
      return false;
    }
    return children(expression).stream().allMatch(ExpressionTree::isImmutable);
  }

  /** Whether some call inside must be computed once for each row. */
  public static boolean isVolatile(Expression expression) {
    if (expression instanceof Expression.Call call
        && call.function().volatility() == ScalarFunction.Volatility.VOLATILE) {
      return true;
    }
    return children(expression).stream().anyMatch(ExpressionTree::isVolatile);
  }
}
