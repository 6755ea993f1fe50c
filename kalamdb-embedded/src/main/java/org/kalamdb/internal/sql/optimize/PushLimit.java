package org.kalamdb.internal.sql.optimize;

import java.util.List;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.Scan;

/** Tells a scan how many of its rows will be taken; the limit above stays. */
final class PushLimit implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, PushLimit::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (plan instanceof Limit limit && limit.limit().limit() != null) {
      return limit.withInputs(List.of(tell(limit.input(), limit.limit())));
    }
    return plan;
  }

  private static LogicalPlan tell(LogicalPlan plan, RowLimit limit) {
    if (plan instanceof Project project) {
      return project.withInputs(List.of(tell(project.input(), limit)));
    }
    return plan instanceof Scan scan ? scan.withLimit(limit) : plan;
  }
}
