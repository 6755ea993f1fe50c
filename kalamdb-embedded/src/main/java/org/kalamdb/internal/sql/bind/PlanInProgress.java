package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
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
  public List<Column> attach(Subquery subquery) {
    plan = subquery.joinTo(plan);
    List<PlanColumn> columns = plan.columns();
    List<Column> added = new ArrayList<>();
    for (int i = columns.size() - subquery.columns().size(); i < columns.size(); i++) {
      added.add(new Column(i, columns.get(i).type(), columns.get(i).name()));
    }
    return added;
  }
}
