package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.Expression.Not;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.Expression.Parameter;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Computes what the same values go into each time, and simplifies AND, OR, NOT and filters around
 * constants. What fails is left for the run, which may never come to it.
 */
final class FoldConstants implements Pass {
  private final BufferAllocator allocator;
  private final EvaluationContext evaluation;

  FoldConstants(BufferAllocator allocator, EvaluationContext evaluation) {
    this.allocator = allocator;
    this.evaluation = evaluation;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, this::rewrite);
  }

  private LogicalPlan rewrite(LogicalPlan plan) {
    LogicalPlan folded =
        Plans.mapExpressions(plan, expression -> Expressions.rewrite(expression, this::fold));
    if (!(folded instanceof Filter filter)) {
      return folded;
    }
    if (Expressions.TRUE.equals(filter.condition())) {
      return filter.input();
    }
    return filter.condition() instanceof Literal ? new Values(List.of(), filter.columns()) : filter;
  }

  private Expression fold(Expression expression) {
    if (expression instanceof Logical logical) {
      return foldLogical(logical);
    }
    if (expression instanceof Not not && not.operand() instanceof Literal operand) {
      return operand.value() == null
          ? new Literal(null, DataType.BOOLEAN)
          : Boolean.TRUE.equals(operand.value()) ? Expressions.FALSE : Expressions.TRUE;
    }
    if (isCertainlyNull(expression)) {
      return new Literal(null, expression.type());
    }
    boolean foldable =
        !(expression instanceof Literal)
            && !(expression instanceof Column)
            && !(expression instanceof Parameter)
            && !(expression instanceof OuterColumn)
            && !dependsOnZone(expression)
            && Expressions.children(expression).stream().allMatch(Literal.class::isInstance);
    if (!foldable
        || (expression instanceof Call call
            && call.function().volatility() != Volatility.IMMUTABLE)) {
      return expression;
    }
    try {
      return new Literal(
          ExpressionEvaluator.evaluateScalar(expression, evaluation, allocator), expression.type());
    } catch (KalamException e) {
      return expression;
    }
  }

  /** Whether an operand is NULL that makes the whole NULL, whatever the others are. */
  private static boolean isCertainlyNull(Expression expression) {
    boolean strict =
        expression instanceof Call call
            ? call.function().strict() && call.function().volatility() != Volatility.VOLATILE
            : expression instanceof Comparison comparison
                && comparison.operator() != ComparisonOperator.DISTINCT
                && comparison.operator() != ComparisonOperator.NOT_DISTINCT;
    return strict
        && Expressions.children(expression).stream()
            .anyMatch(child -> child instanceof Literal literal && literal.value() == null);
  }

  /** Conversions to and from an instant depend on the session's zone. */
  private static boolean dependsOnZone(Expression expression) {
    return expression instanceof Cast cast
        && (isZoned(cast.type().kind()) || isZoned(cast.operand().type().kind()));
  }

  private static boolean isZoned(Kind kind) {
    return kind == Kind.TIMESTAMPTZ || kind == Kind.ZONED_TIMESTAMP;
  }

  private static Expression foldLogical(Logical logical) {
    boolean and = logical.connective() == Connective.AND;
    Literal neutral = and ? Expressions.TRUE : Expressions.FALSE;
    Literal decisive = and ? Expressions.FALSE : Expressions.TRUE;
    List<Expression> rest = new ArrayList<>();
    for (Expression operand : logical.operands()) {
      if (operand.equals(decisive)) {
        return decisive;
      }
      if (!operand.equals(neutral)) {
        rest.add(operand);
      }
    }
    @Nullable Expression only = rest.size() == 1 ? rest.get(0) : null;
    if (only != null) {
      return only;
    }
    return rest.isEmpty() ? neutral : new Logical(logical.connective(), rest);
  }
}
