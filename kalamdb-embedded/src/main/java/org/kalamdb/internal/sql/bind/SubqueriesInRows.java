package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * The subqueries in rows of VALUES. They are joined to one empty row, and each written row becomes
 * a projection of that.
 */
final class SubqueriesInRows implements SubqueryTarget {
  private final List<List<Subquery>> subqueries = new ArrayList<>();
  private boolean any;
  private int width;

  /** What is attached from now on is of the next row. */
  void beginRow() {
    subqueries.add(new ArrayList<>());
    width = 0;
  }

  boolean isEmpty() {
    return !any;
  }

  @Override
  public List<Column> attach(Subquery subquery) {
    any = true;
    subqueries.get(subqueries.size() - 1).add(subquery);
    List<Column> added = new ArrayList<>();
    for (PlanColumn column : subquery.columns()) {
      added.add(new Column(width++, column.type(), column.name()));
    }
    return added;
  }

  /** The rows, all that have been begun, as a plan. */
  LogicalPlan values(List<List<Expression>> rows, List<PlanColumn> columns) {
    if (isEmpty()) {
      return new Values(rows, columns);
    }
    List<LogicalPlan> branches = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      PlanInProgress input = new PlanInProgress(Values.oneEmptyRow());
      subqueries.get(i).forEach(input::attach);
      branches.add(new Project(input.plan(), rows.get(i), columns));
    }
    return branches.size() == 1 ? branches.get(0) : new Union(branches, columns);
  }
}
