package org.kalamdb.internal.sql.plan;

import java.util.List;

/**
 * WITH RECURSIVE: the rows of {@code base}, then those of {@code step} over these, then those of
 * {@code step} over the ones before, until a step gives none. Within {@code step} a {@link
 * CommonScan} of the number reads the rows of the step before.
 *
 * @param distinct UNION: a row that has been there before is left out
 */
public record RecursiveUnion(
    int workingTable,
    String name,
    LogicalPlan base,
    LogicalPlan step,
    boolean distinct,
    List<PlanColumn> columns)
    implements LogicalPlan {
  public RecursiveUnion {
    columns = List.copyOf(columns);
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of(base, step);
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return new RecursiveUnion(workingTable, name, inputs.get(0), inputs.get(1), distinct, columns);
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitRecursiveUnion(this);
  }
}
