package org.kalamdb.internal.sql.optimize;

import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;

/**
 * Makes one projection of two where nothing is computed twice by that, and drops projections that
 * put out their input as it is.
 */
final class MergeProjects implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, MergeProjects::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (!(plan instanceof Project outer)) {
      return plan;
    }
    if (outer.input() instanceof Project inner && canMerge(outer, inner)) {
      List<Expression> expressions =
          Plans.mapAll(
              outer.expressions(),
              expression -> Expressions.inline(expression, inner.expressions()));
      return rewrite(new Project(inner.input(), expressions, outer.columns()));
    }
    return isIdentity(outer) ? outer.input() : outer;
  }

  private static boolean canMerge(Project outer, Project inner) {
    boolean innerIsCheap =
        inner.expressions().stream().allMatch(e -> e instanceof Column || e instanceof Literal);
    if (innerIsCheap) {
      return true;
    }
    long distinctColumns = outer.expressions().stream().distinct().count();
    return distinctColumns == outer.expressions().size()
        && outer.expressions().stream().allMatch(Column.class::isInstance);
  }

  private static boolean isIdentity(Project project) {
    if (!project.columns().equals(project.input().columns())) {
      return false;
    }
    for (int i = 0; i < project.expressions().size(); i++) {
      if (!(project.expressions().get(i) instanceof Column column) || column.index() != i) {
        return false;
      }
    }
    return true;
  }
}
