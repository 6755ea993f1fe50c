package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join.EquiKey;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanExpressions;

/** Makes an apply the join that it is, if its right side can do without the outer columns. */
final class DependentJoin {
  private final Apply apply;
  private final CorrelationDomain domain;
  private final OuterValues outer;

  DependentJoin(Apply apply, PlanNumbers numbers) {
    this.apply = apply;
    this.domain = new CorrelationDomain(apply, numbers);
    this.outer = new OuterValues(domain);
  }

  /** The join that the apply is, or null if it has to stay dependent. */
  @Nullable LogicalPlan join() {
    try {
      return domain.isComparable() && !failsWhereNotAsked() ? joined() : null;
    } catch (StaysDependent e) {
      return null;
    }
  }

  /**
   * Whether the value of the right side is asked for only where a condition holds, and computing it
   * elsewhere might be an error.
   */
  private boolean failsWhereNotAsked() {
    return apply.type() == JoinType.SINGLE && apply.condition() != null && mayFail(apply.right());
  }

  private static boolean mayFail(LogicalPlan plan) {
    return PlanExpressions.of(plan).stream()
            .anyMatch(e -> Expressions.contains(e, DependentJoin::divides))
        || plan.inputs().stream().anyMatch(DependentJoin::mayFail);
  }

  private static boolean divides(Expression expression) {
    return expression instanceof Expression.Call call
        && (call.function().name().equals("/") || call.function().name().equals("%"));
  }

  private LogicalPlan joined() {
    boolean existence = !apply.type().showsRight();
    LogicalPlan right = existence ? withoutDuplicatesOrOrder(apply.right()) : apply.right();
    Unnested unnested = new Unnesting(domain, outer).unnest(right);
    boolean completes = existence || (apply.condition() != null && apply.type() != JoinType.SINGLE);
    if (unnested.missing() != null && completes) {
      unnested = outer.complete(unnested);
    }
    return domain.around(joined(unnested));
  }

  /** What decides neither whether there is a row nor what the rows' values are. */
  private LogicalPlan withoutDuplicatesOrOrder(LogicalPlan plan) {
    if (plan instanceof Sort sort) {
      return withoutDuplicatesOrOrder(sort.input());
    }
    if (plan instanceof Distinct distinct) {
      return withoutDuplicatesOrOrder(distinct.input());
    }
    if (plan instanceof Project project) {
      return project.withInputs(List.of(withoutDuplicatesOrOrder(project.input())));
    }
    boolean anyRow = apply.type() != JoinType.MARK && apply.condition() == null;
    if (anyRow
        && plan instanceof Limit limit
        && limit.limit().offset() == null
        && limit.limit().limit() instanceof Literal literal
        && (literal.value() == null || (literal.value() instanceof Long most && most > 0))) {
      return withoutDuplicatesOrOrder(limit.input());
    }
    return plan;
  }

  private LogicalPlan joined(Unnested unnested) {
    int leftWidth = apply.left().columns().size();
    int rightWidth = apply.right().columns().size();
    List<Expression> missing = unnested.missing();
    LogicalPlan right = missing == null ? unnested.plan() : OuterValues.marked(unnested.plan());
    List<EquiKey> keys = new ArrayList<>();
    List<Expression> conditions = new ArrayList<>();
    for (Expression lifted : unnested.lifted()) {
      Expression moved = Expressions.mapColumns(lifted, i -> i + leftWidth);
      addCondition(overLeft(moved), leftWidth, keys, conditions);
    }
    conditions.addAll(Expressions.conjuncts(apply.condition()));
    JoinType type = apply.type();
    if (missing != null || (type == JoinType.SINGLE && hasOneRow(apply.right()))) {
      type = JoinType.LEFT;
    }
    Join join =
        new Join(
            type,
            domain.left(),
            right,
            keys,
            Expressions.conjunction(conditions),
            apply.markName());
    if (!type.showsRight() || (right.columns().size() == rightWidth && missing == null)) {
      return join;
    }
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < leftWidth + rightWidth; i++) {
      PlanColumn column = join.columns().get(i);
      Expression value = new Column(i, column.type(), column.name());
      if (i >= leftWidth && missing != null) {
        Expression other = overLeft(missing.get(i - leftWidth));
        value = OuterValues.orMissing(value, other, join.columns().size() - 1);
      }
      expressions.add(value);
      columns.add(column);
    }
    return new Project(join, expressions, columns);
  }

  /** A MARK asks its condition only of the rows whose lifted conditions are true. */
  private void addCondition(
      Expression condition, int leftWidth, List<EquiKey> keys, List<Expression> conditions) {
    if (apply.type() != JoinType.MARK) {
      conditions.add(condition);
      return;
    }
    EquiKey key = ExtractEquiJoin.equiKey(condition, leftWidth);
    if (key == null) {
      conditions.add(new Comparison(ComparisonOperator.NOT_DISTINCT, condition, Expressions.TRUE));
    } else {
      keys.add(key);
    }
  }

  private Expression overLeft(Expression expression) {
    return Expressions.mapOuterColumns(
        expression, column -> domain.contains(column.id()) ? domain.column(column.id()) : column);
  }

  /** Whether the plan gives at most one row. */
  private static boolean hasOneRow(LogicalPlan plan) {
    if (plan instanceof Aggregate aggregate) {
      return aggregate.groups().isEmpty();
    }
    if (plan instanceof Values values) {
      return values.rows().size() <= 1;
    }
    if (plan instanceof Limit limit && limit.limit().limit() instanceof Literal literal) {
      return literal.value() instanceof Long most && most <= 1;
    }
    return (plan instanceof Project || plan instanceof Filter || plan instanceof Sort)
        && hasOneRow(plan.inputs().get(0));
  }
}
