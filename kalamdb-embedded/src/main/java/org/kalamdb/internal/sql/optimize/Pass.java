package org.kalamdb.internal.sql.optimize;

import org.kalamdb.internal.sql.plan.LogicalPlan;

/** One step of the optimizer: another plan with the same rows. */
interface Pass {
  LogicalPlan apply(LogicalPlan plan);

  /** What a statement switches the pass off by. */
  default String name() {
    return getClass().getSimpleName();
  }
}
