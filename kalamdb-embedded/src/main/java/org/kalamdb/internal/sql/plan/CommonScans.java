package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Finding and replacing the places where a plan reads a common table. */
public final class CommonScans {
  private CommonScans() {}

  /** Calls {@code action} for every scan of the number in the plan. */
  public static void visit(LogicalPlan plan, int id, Consumer<CommonScan> action) {
    if (plan instanceof CommonScan scan && scan.id() == id) {
      action.accept(scan);
    }
    plan.inputs().forEach(input -> visit(input, id, action));
  }

  /** How often the plan reads the common table. */
  public static int count(LogicalPlan plan, int id) {
    int[] count = {0};
    visit(plan, id, scan -> count[0]++);
    return count[0];
  }

  /** The plan with something else in place of every scan of the number. */
  public static LogicalPlan replace(
      LogicalPlan plan, int id, Function<CommonScan, LogicalPlan> other) {
    if (plan instanceof CommonScan scan) {
      return scan.id() == id ? other.apply(scan) : scan;
    }
    List<LogicalPlan> inputs = new ArrayList<>();
    boolean changed = false;
    for (LogicalPlan input : plan.inputs()) {
      LogicalPlan replaced = replace(input, id, other);
      changed |= replaced != input;
      inputs.add(replaced);
    }
    return changed ? plan.withInputs(inputs) : plan;
  }

  /** The plan that reads the definition itself wherever it read the common table. */
  public static LogicalPlan inline(LogicalPlan plan, int id, LogicalPlan definition) {
    return replace(plan, id, scan -> LogicalPlan.Project.ofColumns(definition, scan.positions()));
  }
}
