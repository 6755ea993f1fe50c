package org.kalamdb.internal.sql.optimize;

import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;

/** A limit over a sort keeps only the rows it will put out. */
final class FuseTopN implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, FuseTopN::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (!(plan instanceof Limit limit) || limit.limit().limit() == null) {
      return plan;
    }
    if (limit.input() instanceof Sort sort) {
      return new TopN(sort.input(), sort.keys(), limit.limit());
    }
    if (limit.input() instanceof Project project && project.input() instanceof Sort sort) {
      return new Project(
          new TopN(sort.input(), sort.keys(), limit.limit()),
          project.expressions(),
          project.columns());
    }
    return plan;
  }
}
