package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.sql.parse.Position;

/** Comparisons of rows, value by value. */
final class RowComparisons {
  private final StatementBinding statement;

  RowComparisons(StatementBinding statement) {
    this.statement = statement;
  }

  /** {@code (a, b) < (c, d)} is {@code a < c OR (a = c AND b < d)}. */
  Expression compare(
      ComparisonOperator operator,
      List<Expression> left,
      List<Expression> right,
      Position position) {
    if (left.size() != right.size()) {
      throw position.error(ErrorCode.SYNTAX_ERROR, "unequal number of entries in row expressions");
    }
    switch (operator) {
      case EQUAL, NOT_DISTINCT -> {
        return combine(Connective.AND, compareEach(operator, left, right));
      }
      case NOT_EQUAL, DISTINCT -> {
        return combine(Connective.OR, compareEach(operator, left, right));
      }
      default -> {
        ComparisonOperator strict =
            operator == ComparisonOperator.LESS || operator == ComparisonOperator.LESS_OR_EQUAL
                ? ComparisonOperator.LESS
                : ComparisonOperator.GREATER;
        int last = left.size() - 1;
        Expression result = compare(operator, left.get(last), right.get(last));
        for (int i = last - 1; i >= 0; i--) {
          Expression less = compare(strict, left.get(i), right.get(i));
          Expression equal = compare(ComparisonOperator.EQUAL, left.get(i), right.get(i));
          result =
              combine(
                  Connective.OR,
                  List.of(less, new Logical(Connective.AND, List.of(equal, result))));
        }
        return result;
      }
    }
  }

  private Expression compare(ComparisonOperator operator, Expression left, Expression right) {
    Expression comparison = statement.functions().resolveComparison(operator, left, right);
    statement.parameters().note(comparison);
    return comparison;
  }

  private List<Expression> compareEach(
      ComparisonOperator operator, List<Expression> left, List<Expression> right) {
    List<Expression> parts = new ArrayList<>();
    for (int i = 0; i < left.size(); i++) {
      parts.add(compare(operator, left.get(i), right.get(i)));
    }
    return parts;
  }

  static Expression combine(Connective connective, List<Expression> parts) {
    return parts.size() == 1 ? parts.get(0) : new Logical(connective, parts);
  }
}
