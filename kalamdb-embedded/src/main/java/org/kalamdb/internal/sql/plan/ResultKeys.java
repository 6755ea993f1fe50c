package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;

/** What is known of a query's rows by its plan as bound. */
public final class ResultKeys {
  private ResultKeys() {}

  /** Positions of columns that no two rows of the result agree in; null if none are known. */
  public static @Nullable List<Integer> of(LogicalPlan plan) {
    if (plan instanceof Scan scan) {
      List<Integer> key = scan.table().schema().primaryKey();
      List<Integer> positions = key.stream().map(scan.scanColumns()::indexOf).toList();
      return key.isEmpty() || positions.contains(-1) ? null : positions;
    }
    if (plan instanceof Project project) {
      return through(project, of(project.input()));
    }
    if (plan instanceof Filter
        || plan instanceof Sort
        || plan instanceof Limit
        || plan instanceof LimitWithTies
        || plan instanceof TopN
        || plan instanceof Window) {
      return of(plan.inputs().get(0));
    }
    if (plan instanceof Aggregate aggregate) {
      return upTo(aggregate.groups().size());
    }
    if (plan instanceof Distinct distinct) {
      return upTo(distinct.columns().size());
    }
    return plan instanceof Join join ? of(join) : null;
  }

  private static List<Integer> upTo(int count) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      positions.add(i);
    }
    return positions;
  }

  private static @Nullable List<Integer> through(Project project, @Nullable List<Integer> key) {
    if (key == null) {
      return null;
    }
    List<Integer> positions = new ArrayList<>();
    for (int column : key) {
      int found = -1;
      for (int i = 0; i < project.expressions().size() && found < 0; i++) {
        if (project.expressions().get(i) instanceof Expression.Column c && c.index() == column) {
          found = i;
        }
      }
      if (found < 0) {
        return null;
      }
      positions.add(found);
    }
    return positions;
  }

  private static @Nullable List<Integer> of(Join join) {
    List<Integer> left = of(join.left());
    if (left == null || !join.type().showsRight()) {
      return left;
    }
    List<Integer> right = of(join.right());
    if (right == null) {
      return null;
    }
    List<Integer> both = new ArrayList<>(left);
    int width = join.left().columns().size();
    right.forEach(position -> both.add(width + position));
    return both;
  }

  /** Whether the rows come in an order that the query asks for. */
  public static boolean isOrdered(LogicalPlan plan) {
    if (plan instanceof Project || plan instanceof Filter || plan instanceof Limit) {
      return isOrdered(plan.inputs().get(0));
    }
    return plan instanceof Sort || plan instanceof TopN || plan instanceof LimitWithTies;
  }
}
