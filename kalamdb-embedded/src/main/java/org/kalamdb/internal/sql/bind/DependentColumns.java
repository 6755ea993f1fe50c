package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.Scan;

/**
 * Columns that have one value in each group although the query does not group by them: those of a
 * table whose whole primary key is among the groups.
 */
final class DependentColumns {
  private final List<Expression> groups;

  /** The scan and its column behind each column of the grouped plan that comes from one. */
  private final Map<Integer, Origin> origins = new HashMap<>();

  private record Origin(Scan scan, int number) {}

  DependentColumns(LogicalPlan plan, List<Expression> groups) {
    this.groups = groups;
    trace(plan, 0);
  }

  private void trace(LogicalPlan plan, int offset) {
    if (plan instanceof Scan scan) {
      for (int i = 0; i < scan.scanColumns().size(); i++) {
        origins.put(offset + i, new Origin(scan, scan.scanColumns().get(i)));
      }
    } else if (plan instanceof Filter filter) {
      trace(filter.input(), offset);
    } else if (plan instanceof Join join) {
      trace(join.left(), offset);
      if (join.type().showsRight() && join.type() != JoinType.SINGLE) {
        trace(join.right(), offset + join.left().columns().size());
      }
    } else if (plan instanceof Project project) {
      traceThrough(project, offset);
    }
  }

  /** Where a projection only passes on the columns of one scan, it is still that table. */
  private void traceThrough(Project project, int offset) {
    DependentColumns below = new DependentColumns(project.input(), groups);
    for (int i = 0; i < project.expressions().size(); i++) {
      if (project.expressions().get(i) instanceof Column column) {
        Origin origin = below.origins.get(column.index());
        if (origin != null) {
          origins.put(offset + i, origin);
        }
      }
    }
  }

  /** Those columns below {@code width} which stand outside of groups in the expressions. */
  List<Column> in(List<Expression> expressions, int width) {
    List<Column> found = new ArrayList<>();
    expressions.forEach(expression -> collect(expression, width, found));
    return found;
  }

  private void collect(Expression expression, int width, List<Column> found) {
    if (groups.contains(expression)) {
      return;
    }
    if (expression instanceof Column column
        && column.index() < width
        && !found.contains(column)
        && isDependent(column)) {
      found.add(column);
    }
    Expressions.children(expression).forEach(child -> collect(child, width, found));
  }

  private boolean isDependent(Column column) {
    Origin origin = origins.get(column.index());
    if (origin == null) {
      return false;
    }
    List<Integer> key = origin.scan().table().schema().primaryKey();
    return !key.isEmpty() && key.stream().allMatch(number -> isGroup(origin.scan(), number));
  }

  private boolean isGroup(Scan scan, int number) {
    for (Expression group : groups) {
      if (group instanceof Column column) {
        Origin origin = origins.get(column.index());
        if (origin != null
            && origin.scan().relation() == scan.relation()
            && origin.number() == number) {
          return true;
        }
      }
    }
    return false;
  }
}
