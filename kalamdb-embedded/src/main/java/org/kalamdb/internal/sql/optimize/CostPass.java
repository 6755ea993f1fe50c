package org.kalamdb.internal.sql.optimize;

import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.LogicalPlan;

/**
 * A step of the optimizer that asks how many rows there are: another plan with the same rows and
 * columns, good for as long as the tables have about the sizes they have now.
 */
interface CostPass {
  LogicalPlan apply(LogicalPlan plan, PlanEstimator estimates);

  /** What a statement switches the pass off by. */
  default String name() {
    return getClass().getSimpleName();
  }
}
