package org.kalamdb.internal.sql.bind;

import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * The plan of the clauses bound so far. Subqueries are joined on top of it and append a column, so
 * positions of earlier columns stay.
 */
final class PlanInProgress implements SubqueryTarget {
  private LogicalPlan plan;

  PlanInProgress(LogicalPlan plan) {
    this.plan = plan;
  }

  LogicalPlan plan() {
    return plan;
  }

  void replace(LogicalPlan other) {
    plan = other;
  }

  void filter(Expression condition) {
    if (!Expressions.TRUE.equals(condition)) {
      plan = new Filter(plan, condition);
    }
  }

  @Override
  public Column attach(Subquery subquery) {
    Join join = subquery.joinTo(plan);
    plan = join;
    int last = join.columns().size() - 1;
    PlanColumn column = join.columns().get(last);
    return new Column(last, column.type(), column.name());
  }
}
