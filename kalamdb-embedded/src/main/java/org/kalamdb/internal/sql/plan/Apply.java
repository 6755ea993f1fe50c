package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;

/**
 * A dependent join: the right side is another query for each left row, because it refers to columns
 * of that row by {@link Expression.OuterColumn}. A pass of the optimizer turns most of them into
 * joins; what stays is run row by row.
 *
 * @param type INNER, LEFT, SEMI, ANTI, MARK, EXISTS or SINGLE, with the columns a {@link
 *     LogicalPlan.Join} of the type has
 * @param correlations the numbers of outer columns that the left row gives values to
 * @param condition over the left columns followed by the right ones; null: true
 * @param markName name of the column a MARK or EXISTS adds; "" for the others
 */
public record Apply(
    JoinType type,
    LogicalPlan left,
    LogicalPlan right,
    List<Correlation> correlations,
    @Nullable Expression condition,
    String markName)
    implements LogicalPlan {
  public Apply {
    correlations = List.copyOf(correlations);
  }

  /** Outer column {@code id} of the right side is a column of the left side. */
  public record Correlation(int id, Column column) {}

  /** The join of the same type, for a right side without outer columns. */
  public LogicalPlan.Join toJoin() {
    return new LogicalPlan.Join(type, left, right, List.of(), condition, markName);
  }

  public Apply withCondition(@Nullable Expression newCondition) {
    return new Apply(type, left, right, correlations, newCondition, markName);
  }

  @Override
  public List<PlanColumn> columns() {
    return toJoin().columns();
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of(left, right);
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return new Apply(type, inputs.get(0), inputs.get(1), correlations, condition, markName);
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitApply(this);
  }
}
