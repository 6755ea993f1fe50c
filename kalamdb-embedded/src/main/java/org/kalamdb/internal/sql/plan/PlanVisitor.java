package org.kalamdb.internal.sql.plan;

/**
 * A function over the kinds of {@link LogicalPlan}; a new kind breaks every visitor at compile
 * time.
 */
public interface PlanVisitor<R> {
  R visitScan(Scan scan);

  R visitValues(LogicalPlan.Values values);

  R visitBufferedRows(LogicalPlan.BufferedRows rows);

  R visitFilter(LogicalPlan.Filter filter);

  R visitProject(LogicalPlan.Project project);

  R visitAggregate(LogicalPlan.Aggregate aggregate);

  R visitExpandSets(ExpandSets expand);

  R visitWindow(LogicalPlan.Window window);

  R visitDistinct(LogicalPlan.Distinct distinct);

  R visitDistinctOn(LogicalPlan.DistinctOn distinct);

  R visitSort(LogicalPlan.Sort sort);

  R visitLimit(LogicalPlan.Limit limit);

  R visitLimitWithTies(LogicalPlan.LimitWithTies limit);

  R visitTopN(LogicalPlan.TopN topN);

  R visitJoin(LogicalPlan.Join join);

  R visitUnion(LogicalPlan.Union union);

  R visitApply(Apply apply);

  R visitExpand(Expand expand);

  R visitWith(With with);

  R visitCommonScan(CommonScan scan);

  R visitRecursiveUnion(RecursiveUnion union);
}
