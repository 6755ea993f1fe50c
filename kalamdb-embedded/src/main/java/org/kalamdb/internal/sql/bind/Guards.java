package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.sql.plan.Expressions;

/**
 * The conditions under which the part of a CASE or COALESCE that is being bound will be computed. A
 * scalar subquery there must not fail for rows that do not ask for its value.
 */
final class Guards {
  private final List<Expression> conditions = new ArrayList<>();

  /** What follows is computed only where {@code condition} is, or is not, true. */
  void push(Expression condition, boolean holds) {
    conditions.add(
        new Comparison(
            holds ? ComparisonOperator.NOT_DISTINCT : ComparisonOperator.DISTINCT,
            condition,
            Expressions.TRUE));
  }

  /** Forgets the last {@code count} conditions. */
  void pop(int count) {
    conditions.subList(conditions.size() - count, conditions.size()).clear();
  }

  /** All of them; null without any. */
  @Nullable Expression condition() {
    return Expressions.conjunction(List.copyOf(conditions));
  }
}
