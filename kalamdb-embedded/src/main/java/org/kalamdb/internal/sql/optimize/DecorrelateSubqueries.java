package org.kalamdb.internal.sql.optimize;

import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.DependentCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * Makes joins of dependent joins, the innermost first, after T. Neumann and A. Kemper, "Unnesting
 * Arbitrary Queries" (BTW 2015). A right side that stays dependent gets the condition into itself,
 * as the operator that runs it row by row expects.
 */
final class DecorrelateSubqueries implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    PlanNumbers numbers = new PlanNumbers();
    return Plans.rewriteUp(
        plan, node -> node instanceof Apply apply ? rewrite(apply, numbers) : node);
  }

  private static LogicalPlan rewrite(Apply apply, PlanNumbers numbers) {
    LogicalPlan direct = OneRowSubquery.inline(apply);
    if (direct != null) {
      return direct;
    }
    LogicalPlan joined = new DependentJoin(apply, numbers).join();
    return joined == null ? DependentCondition.inside(apply, numbers::next) : joined;
  }
}
