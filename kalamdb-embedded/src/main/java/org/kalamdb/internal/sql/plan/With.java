package org.kalamdb.internal.sql.plan;

import java.util.List;

/**
 * The rows of {@code body}, in which every {@link CommonScan} of the number reads the rows of
 * {@code definition}, which runs once.
 *
 * @param id unique in the statement
 * @param name what the statement calls the rows, for people
 */
public record With(int id, String name, LogicalPlan definition, LogicalPlan body)
    implements LogicalPlan {
  @Override
  public List<PlanColumn> columns() {
    return body.columns();
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of(definition, body);
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return new With(id, name, inputs.get(0), inputs.get(1));
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitWith(this);
  }
}
