package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;

/** Takes the subqueries of an expression into the plan its input comes from. */
interface SubqueryTarget {
  /** Joins the subquery and gives the one column that joining adds. */
  Column attach(Subquery subquery);

  /**
   * A subquery in an expression.
   *
   * @param type SINGLE for its value, MARK for a truth about it
   * @param condition of a MARK over the expression's input, with {@link #column} for the subquery's
   *     own columns; null: true if there is a row
   */
  record Subquery(JoinType type, LogicalPlan plan, @Nullable Expression condition, String name) {
    private static final int OWN_COLUMNS = 1 << 22;

    /** Column {@code index} of the subquery, for use in {@code condition}. */
    static Column column(LogicalPlan plan, int index) {
      return new Column(
          OWN_COLUMNS + index, plan.columns().get(index).type(), plan.columns().get(index).name());
    }

    /** The join of {@code left} with the subquery; its last column is the answer. */
    Join joinTo(LogicalPlan left) {
      int width = left.columns().size();
      Expression residual =
          condition == null
              ? null
              : Expressions.mapColumns(
                  condition, i -> i >= OWN_COLUMNS ? i - OWN_COLUMNS + width : i);
      return new Join(
          type, left, plan, java.util.List.of(), residual, type == JoinType.MARK ? name : "");
    }
  }
}
