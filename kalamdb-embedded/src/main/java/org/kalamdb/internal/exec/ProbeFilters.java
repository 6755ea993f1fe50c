package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.schema.DataType;

/**
 * Finds the scans whose columns are the keys of joins above them. A scan that stands in the plan
 * twice gets no filter: it would read for both places.
 */
final class ProbeFilters {
  private final Set<LogicalPlan> repeated = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<LogicalPlan, List<ProbeFilter>> byScan = new IdentityHashMap<>();

  ProbeFilters(LogicalPlan root) {
    countScans(root, Collections.newSetFromMap(new IdentityHashMap<>()));
  }

  private void countScans(LogicalPlan plan, Set<LogicalPlan> seen) {
    if (plan instanceof Scan && !seen.add(plan)) {
      repeated.add(plan);
    }
    plan.inputs().forEach(input -> countScans(input, seen));
  }

  /** The filters that the join fills; the side that it streams must be made after this. */
  List<ProbeFilter> of(Join join) {
    boolean unmatchedLeftIsDropped =
        join.type() == JoinType.INNER
            || join.type() == JoinType.SEMI
            || join.type() == JoinType.RIGHT
            || join.holdsLeft();
    if (!unmatchedLeftIsDropped) {
      return List.of();
    }
    List<ProbeFilter> filters = new ArrayList<>();
    for (int i = 0; i < join.keys().size(); i++) {
      Join.EquiKey key = join.keys().get(i);
      ProbeFilter filter =
          join.holdsLeft()
              ? trace(join.right(), key.right(), i)
              : trace(join.left(), key.left(), i);
      if (filter != null) {
        byScan.computeIfAbsent(filter.scan(), scan -> new ArrayList<>()).add(filter);
        filters.add(filter);
      }
    }
    return filters;
  }

  /** The filter for the scan that the expression is a column of, or null. */
  private @Nullable ProbeFilter trace(LogicalPlan plan, Expression expression, int joinKey) {
    if (!(expression instanceof Column column)) {
      return null;
    }
    if (plan instanceof Filter || plan instanceof Sort || plan instanceof Distinct) {
      return trace(plan.inputs().get(0), expression, joinKey);
    }
    if (plan instanceof Aggregate aggregate) {
      // Groups are left out as a whole.
      return column.index() < aggregate.groups().size()
          ? trace(aggregate.input(), aggregate.groups().get(column.index()), joinKey)
          : null;
    }
    if (plan instanceof Project project) {
      return trace(project.input(), project.expressions().get(column.index()), joinKey);
    }
    if (plan instanceof Join join) {
      return traceJoin(join, column, joinKey);
    }
    if (plan instanceof Scan scan && scan.limit() == null && !repeated.contains(scan)) {
      int number = scan.scanColumns().get(column.index());
      boolean usable =
          number >= 0
              && hasOneForm(column.type())
              && scan.table().schema().column(number).type().equals(column.type());
      return usable ? new ProbeFilter(scan, number, column.index(), joinKey) : null;
    }
    return null;
  }

  /** Whether equal values of the type have equal bytes, as keys and bounds compare them. */
  private static boolean hasOneForm(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN, SMALLINT, INTEGER, BIGINT, DECIMAL -> true;
      case TEXT, VARCHAR, BYTES, UUID -> true;
      case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
      default -> false;
    };
  }

  /**
   * Leaving out a row of either side leaves out its pairs, or makes pairs with NULL in the column,
   * which find no partner above either.
   */
  private @Nullable ProbeFilter traceJoin(Join join, Column column, int joinKey) {
    int leftWidth = join.left().columns().size();
    if (join.type() == JoinType.SINGLE) {
      return null;
    }
    if (column.index() < leftWidth) {
      return trace(join.left(), column, joinKey);
    }
    return join.type().showsRight()
        ? trace(
            join.right(),
            new Column(column.index() - leftWidth, column.type(), column.name()),
            joinKey)
        : null;
  }

  /** The filters that a scan opens with, those of the topmost joins first. */
  List<ProbeFilter> of(Scan scan) {
    return byScan.getOrDefault(scan, List.of());
  }
}
