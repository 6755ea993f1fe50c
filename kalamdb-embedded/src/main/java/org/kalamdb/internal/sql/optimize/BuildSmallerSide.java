package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * A join holds its right side in memory: an outer join whose right side is the larger one by far is
 * turned around, a semi or anti join holds its left side then. Inner joins were put in order by
 * {@link OrderJoins}.
 */
final class BuildSmallerSide implements CostPass {
  /** Turning a join around copies its rows' columns into another order. */
  private static final double MUCH = 2;

  @Override
  public LogicalPlan apply(LogicalPlan plan, PlanEstimator estimates) {
    return Plans.rewriteUp(
        plan, node -> node instanceof Join join ? turnIfCheaper(join, estimates) : node);
  }

  private static LogicalPlan turnIfCheaper(Join join, PlanEstimator estimates) {
    JoinType turned =
        switch (join.type()) {
          case LEFT -> JoinType.RIGHT;
          case RIGHT -> JoinType.LEFT;
          case FULL -> JoinType.FULL;
          default -> null;
        };
    boolean pays = estimates.rows(join.right()) > MUCH * estimates.rows(join.left());
    if (!pays) {
      return join;
    }
    if (join.type() == JoinType.SEMI || join.type() == JoinType.ANTI) {
      return join.keys().isEmpty() ? join : join.holdingLeft();
    }
    return turned == null ? join : turn(join, turned);
  }

  private static LogicalPlan turn(Join join, JoinType type) {
    int leftWidth = join.left().columns().size();
    int rightWidth = join.right().columns().size();
    List<Join.EquiKey> keys =
        join.keys().stream().map(key -> new Join.EquiKey(key.right(), key.left())).toList();
    @Nullable Expression residual =
        Plans.applyNullable(
            join.residual(),
            part ->
                Expressions.mapColumns(part, i -> i < leftWidth ? rightWidth + i : i - leftWidth));
    Join turned = new Join(type, join.right(), join.left(), keys, residual, join.markName());
    List<PlanColumn> columns = join.columns();
    List<Expression> outputs = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      int position = i < leftWidth ? rightWidth + i : i - leftWidth;
      outputs.add(new Column(position, columns.get(i).type(), columns.get(i).name()));
    }
    return new Project(turned, outputs, columns);
  }
}
