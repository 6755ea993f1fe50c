package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.When;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * A subquery whose only source is one written row, such as {@code (SELECT t.a + 1)} or a table
 * function of the left row: what it computes is computed over the left rows themselves.
 */
final class OneRowSubquery {
  private final LogicalPlan left;
  private final int leftWidth;
  private final Map<Integer, Column> values = new HashMap<>();

  private OneRowSubquery(Apply apply) {
    this.left = apply.left();
    this.leftWidth = left.columns().size();
    apply.correlations().forEach(c -> values.put(c.id(), c.column()));
  }

  /** The apply without its right side, or null if that has another source. */
  static @Nullable LogicalPlan inline(Apply apply) {
    OneRowSubquery subquery = new OneRowSubquery(apply);
    if (apply.type() == JoinType.INNER && hasOneSource(apply.right(), true)) {
      LogicalPlan over = subquery.over(apply.right());
      return apply.condition() == null ? over : new Filter(over, apply.condition());
    }
    boolean value = apply.type() == JoinType.SINGLE || apply.type() == JoinType.LEFT;
    if (value && hasOneSource(apply.right(), false)) {
      return guarded(subquery.over(apply.right()), apply);
    }
    return null;
  }

  private static boolean hasOneSource(LogicalPlan plan, boolean anyNumber) {
    if (plan instanceof Values values) {
      return values.rows().size() == 1;
    }
    boolean passes =
        plan instanceof Project
            || (anyNumber && (plan instanceof Filter || plan instanceof Expand));
    return passes && hasOneSource(plan.inputs().get(0), anyNumber);
  }

  /** NULLs where the condition does not hold. */
  private static LogicalPlan guarded(LogicalPlan over, Apply apply) {
    Expression condition = apply.condition();
    if (condition == null || !(over instanceof Project project)) {
      return over;
    }
    int leftWidth = apply.left().columns().size();
    List<Expression> expressions = new ArrayList<>();
    List<Expression> all = project.expressions();
    for (int i = 0; i < all.size(); i++) {
      Expression value = all.get(i);
      expressions.add(
          i < leftWidth
              ? value
              : new Expression.Case(
                  List.of(new When(Expressions.inline(condition, all), value)),
                  null,
                  value.type()));
    }
    return new Project(project.input(), expressions, apply.columns());
  }

  /** The left columns followed by the plan's. */
  private LogicalPlan over(LogicalPlan plan) {
    if (plan instanceof Values one) {
      return projected(left, one.rows().get(0), 0, one.columns());
    }
    LogicalPlan input = over(plan.inputs().get(0));
    if (plan instanceof Filter filter) {
      return new Filter(input, moved(filter.condition(), leftWidth));
    }
    if (plan instanceof Expand expand) {
      return new Expand(
          input,
          Plans.mapCalls(expand.calls(), argument -> moved(argument, leftWidth)),
          expand.ordinality(),
          expand.added());
    }
    Project project = (Project) plan;
    return projected(input, project.expressions(), leftWidth, project.columns());
  }

  private Project projected(
      LogicalPlan input, List<Expression> expressions, int offset, List<PlanColumn> columns) {
    List<Expression> all = new ArrayList<>(Expressions.columnsOf(left));
    List<PlanColumn> names = new ArrayList<>(left.columns());
    for (Expression expression : expressions) {
      all.add(moved(expression, offset));
    }
    names.addAll(columns);
    return new Project(input, all, names);
  }

  private Expression moved(Expression expression, int offset) {
    Expression shifted = Expressions.mapColumns(expression, index -> index + offset);
    return Expressions.mapOuterColumns(
        shifted,
        outer -> {
          Column value = values.get(outer.id());
          return value == null ? outer : value;
        });
  }
}
