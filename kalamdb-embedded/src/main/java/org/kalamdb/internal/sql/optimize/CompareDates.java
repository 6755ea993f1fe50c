package org.kalamdb.internal.sql.optimize;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Compares a DATE with a DATE where it is compared with a constant TIMESTAMP, which is what a date
 * plus an interval is: no row's value is converted, and scans can skip by the comparison.
 */
final class CompareDates implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(
        plan,
        node ->
            Plans.mapExpressions(
                node, expression -> Expressions.rewrite(expression, CompareDates::compare)));
  }

  private static Expression compare(Expression expression) {
    if (!(expression instanceof Comparison comparison)) {
      return expression;
    }
    if (comparison.right() instanceof Literal constant) {
      return compare(expression, comparison.operator(), comparison.left(), constant);
    }
    if (comparison.left() instanceof Literal constant) {
      return compare(expression, comparison.operator().flip(), comparison.right(), constant);
    }
    return expression;
  }

  private static Expression compare(
      Expression whole, ComparisonOperator operator, Expression left, Literal constant) {
    boolean applies =
        left instanceof Cast cast
            && cast.type().kind() == Kind.TIMESTAMP
            && cast.operand().type().kind() == Kind.DATE;
    if (!applies
        || !(constant.value() instanceof LocalDateTime moment)
        || moment.equals(LocalDateTime.MIN)
        || moment.equals(LocalDateTime.MAX)) {
      return whole;
    }
    ComparisonOperator ofDates = ofDates(operator, moment.toLocalTime().equals(LocalTime.MIDNIGHT));
    if (ofDates == null) {
      return whole;
    }
    LocalDate day = moment.toLocalDate();
    return new Comparison(ofDates, ((Cast) left).operand(), new Literal(day, DataType.DATE));
  }

  /** How to compare with the day of the moment; null if a date does not say it. */
  private static @Nullable ComparisonOperator ofDates(
      ComparisonOperator operator, boolean midnight) {
    return switch (operator) {
      case LESS -> midnight ? ComparisonOperator.LESS : ComparisonOperator.LESS_OR_EQUAL;
      case GREATER_OR_EQUAL ->
          midnight ? ComparisonOperator.GREATER_OR_EQUAL : ComparisonOperator.GREATER;
      case LESS_OR_EQUAL, GREATER -> operator;
      case EQUAL, NOT_EQUAL, DISTINCT, NOT_DISTINCT -> midnight ? operator : null;
    };
  }
}
