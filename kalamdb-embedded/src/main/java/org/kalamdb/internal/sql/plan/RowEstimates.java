package org.kalamdb.internal.sql.plan;

/** About how many rows the operators of a plan put out. */
@FunctionalInterface
public interface RowEstimates {
  /** Of one operator of the plan, each time it runs; never negative. */
  double rows(LogicalPlan operator);
}
