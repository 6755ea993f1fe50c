package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows that a {@link With} around it, or the working table that a {@link RecursiveUnion} around
 * it, keeps under the number.
 *
 * @param positions which of their columns
 * @param columns one for each position
 */
public record CommonScan(int id, String name, List<Integer> positions, List<PlanColumn> columns)
    implements LogicalPlan {
  public CommonScan {
    positions = List.copyOf(positions);
    columns = List.copyOf(columns);
  }

  /** All columns. */
  public static CommonScan of(int id, String name, List<PlanColumn> columns) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      positions.add(i);
    }
    return new CommonScan(id, name, positions, columns);
  }

  @Override
  public List<LogicalPlan> inputs() {
    return List.of();
  }

  @Override
  public LogicalPlan withInputs(List<LogicalPlan> inputs) {
    return this;
  }

  @Override
  public <R> R accept(PlanVisitor<R> visitor) {
    return visitor.visitCommonScan(this);
  }
}
