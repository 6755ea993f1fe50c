package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.Expression.When;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.schema.DataType;

/**
 * What the outer columns of one apply are to a plan that has been made independent of them: the
 * values that the plan's own columns have for them, or that the {@link CorrelationDomain} gives.
 */
final class OuterValues {
  private final CorrelationDomain domain;

  OuterValues(CorrelationDomain domain) {
    this.domain = domain;
  }

  boolean isMine(Expression expression) {
    return Expressions.contains(
        expression, part -> part instanceof OuterColumn outer && domain.contains(outer.id()));
  }

  Set<Integer> mine(Collection<Expression> expressions) {
    Map<Integer, OuterColumn> found = new LinkedHashMap<>();
    expressions.forEach(e -> PlanExpressions.collectOuterColumns(e, found));
    found.keySet().removeIf(id -> !domain.contains(id));
    return new LinkedHashSet<>(found.keySet());
  }

  boolean isIndependent(LogicalPlan plan) {
    return PlanExpressions.outerColumns(plan).keySet().stream().noneMatch(domain::contains);
  }

  Unnested complete(Unnested unnested) {
    List<Expression> missing = unnested.missing();
    if (missing == null) {
      return unnested;
    }
    List<Expression> all = new ArrayList<>(unnested.lifted());
    all.addAll(missing);
    List<Integer> ids = List.copyOf(mine(all));
    LogicalPlan combinations = domain.combinations(ids);
    Map<Integer, Expression> values = valuesIn(combinations, ids, 0);
    List<Expression> conditions = new ArrayList<>();
    for (Expression lifted : unnested.lifted()) {
      conditions.add(withValues(Expressions.mapColumns(lifted, i -> i + ids.size()), values));
    }
    Join join =
        Join.of(
            JoinType.LEFT,
            combinations,
            marked(unnested.plan()),
            Expressions.conjunction(conditions));
    int mark = join.columns().size() - 1;
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < missing.size(); i++) {
      PlanColumn column = join.columns().get(ids.size() + i);
      Expression value = new Column(ids.size() + i, column.type(), column.name());
      expressions.add(orMissing(value, withValues(missing.get(i), values), mark));
      columns.add(column);
    }
    List<Expression> same = new ArrayList<>();
    values.forEach((id, value) -> same.add(domain.same(id, value)));
    return projected(join, expressions, columns, same);
  }

  /** The plan with a last column that is NULL only where an outer join found no row of it. */
  static LogicalPlan marked(LogicalPlan plan) {
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(plan));
    List<PlanColumn> columns = new ArrayList<>(plan.columns());
    expressions.add(Expressions.TRUE);
    columns.add(new PlanColumn("found", DataType.BOOLEAN, null, null, false));
    return new Project(plan, expressions, columns);
  }

  static Expression orMissing(Expression value, Expression missing, int mark) {
    if (missing instanceof Literal literal && literal.value() == null) {
      return value;
    }
    return new Expression.Case(
        List.of(new When(new IsNull(new Column(mark, DataType.BOOLEAN, "found"), true), value)),
        missing,
        value.type());
  }

  static Map<Integer, Expression> valuesIn(LogicalPlan plan, List<Integer> ids, int offset) {
    Map<Integer, Expression> values = new LinkedHashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      PlanColumn column = plan.columns().get(offset + i);
      values.put(ids.get(i), new Column(offset + i, column.type(), column.name()));
    }
    return values;
  }

  static Expression withValues(Expression expression, Map<Integer, Expression> values) {
    return Expressions.mapOuterColumns(expression, outer -> values.getOrDefault(outer.id(), outer));
  }

  OuterColumn outerColumn(int id) {
    Column column = domain.column(id);
    return new OuterColumn(id, column.type(), column.name());
  }

  /** A plan and what in it has the values of outer columns. */
  record Provided(Unnested unnested, Map<Integer, Expression> values) {
    LogicalPlan plan() {
      return unnested.plan();
    }

    Expression inward(Expression expression) {
      return withValues(expression, values);
    }
  }

  /**
   * Values for the outer columns: from equalities with the plan's own columns, or from the
   * combinations there are, joined on all the lifted conditions.
   */
  Provided provide(Unnested unnested, Collection<Integer> ids) {
    Map<Integer, Expression> values = new HashMap<>();
    for (Expression condition : unnested.lifted()) {
      Equality equality = equality(condition);
      if (equality != null
          && equality.outer() instanceof OuterColumn outer
          && equality.inner().type().equals(outer.type())) {
        values.putIfAbsent(outer.id(), equality.inner());
      }
    }
    if (values.keySet().containsAll(ids)) {
      return new Provided(unnested, values);
    }
    Set<Integer> all = mine(unnested.lifted());
    all.addAll(ids);
    List<Integer> order = List.copyOf(all);
    int width = unnested.plan().columns().size();
    LogicalPlan combinations = domain.combinations(order);
    Join cross = Join.of(JoinType.INNER, unnested.plan(), combinations, null);
    Map<Integer, Expression> columns = valuesIn(cross, order, width);
    List<Expression> conditions =
        unnested.lifted().stream().map(lifted -> withValues(lifted, columns)).toList();
    List<Expression> same = new ArrayList<>();
    columns.forEach((id, column) -> same.add(domain.same(id, column)));
    return new Provided(
        Unnested.of(cross.withCondition(List.of(), Expressions.conjunction(conditions)), same),
        columns);
  }

  /** {@code outer = inner} or IS NOT DISTINCT FROM: each side of one kind only. */
  record Equality(ComparisonOperator operator, Expression outer, Expression inner) {}

  @Nullable Equality equality(Expression condition) {
    if (!(condition instanceof Comparison comparison)
        || (comparison.operator() != ComparisonOperator.EQUAL
            && comparison.operator() != ComparisonOperator.NOT_DISTINCT)) {
      return null;
    }
    Expression left = comparison.left();
    Expression right = comparison.right();
    if (isMine(left) && !Expressions.hasColumns(left) && !isMine(right)) {
      return new Equality(comparison.operator(), left, right);
    }
    if (isMine(right) && !Expressions.hasColumns(right) && !isMine(left)) {
      return new Equality(comparison.operator(), right, left);
    }
    throw new StaysDependent();
  }

  /** A plan all of whose lifted conditions are equalities with something of its rows. */
  record Settled(LogicalPlan plan, List<Equality> equalities, Provided provided) {
    /** The equalities, which now are with the columns from {@code first} on. */
    List<Expression> lifted(int first) {
      List<Expression> lifted = new ArrayList<>();
      for (Equality equality : equalities) {
        Expression inner = equality.inner();
        Column column = new Column(first + lifted.size(), inner.type(), nameOf(inner));
        lifted.add(new Comparison(equality.operator(), equality.outer(), column));
      }
      return lifted;
    }

    /** The equalities as they are, over the plan. */
    List<Expression> conditions() {
      return equalities.stream()
          .<Expression>map(e -> new Comparison(e.operator(), e.outer(), e.inner()))
          .toList();
    }

    List<Expression> keys() {
      return equalities.stream().map(Equality::inner).toList();
    }

    List<PlanColumn> keyColumns() {
      return equalities.stream()
          .map(e -> PlanColumn.computed(nameOf(e.inner()), e.inner().type()))
          .toList();
    }
  }

  /** Applies what is no equality, so that rows can be counted together. */
  Settled settle(Unnested unnested, List<Expression> own) {
    List<Expression> others = new ArrayList<>();
    for (Expression condition : unnested.lifted()) {
      if (equality(condition) == null) {
        others.add(condition);
      }
    }
    List<Expression> needing = new ArrayList<>(others);
    needing.addAll(own);
    Provided provided = provide(unnested, mine(needing));
    List<Equality> equalities = new ArrayList<>();
    List<Expression> conditions = new ArrayList<>();
    for (Expression condition : provided.unnested().lifted()) {
      Equality equality = equality(condition);
      if (equality == null) {
        conditions.add(provided.inward(condition));
      } else {
        equalities.add(equality);
      }
    }
    return new Settled(Expressions.filter(provided.plan(), conditions), equalities, provided);
  }

  static String nameOf(Expression expression) {
    return expression instanceof Column column ? column.name() : "?column?";
  }

  /** The projection, which also shows the columns that the lifted conditions are about. */
  static Unnested projected(
      LogicalPlan input,
      List<Expression> expressions,
      List<PlanColumn> columns,
      List<Expression> lifted) {
    List<Expression> all = new ArrayList<>(expressions);
    List<PlanColumn> names = new ArrayList<>(columns);
    List<Expression> moved = new ArrayList<>();
    for (Expression condition : lifted) {
      moved.add(
          Expressions.mapColumns(
              condition,
              index -> {
                PlanColumn column = input.columns().get(index);
                for (int i = 0; i < all.size(); i++) {
                  if (all.get(i) instanceof Column shown && shown.index() == index) {
                    return i;
                  }
                }
                all.add(new Column(index, column.type(), column.name()));
                names.add(column);
                return all.size() - 1;
              }));
    }
    return Unnested.of(new Project(input, all, names), moved);
  }

  /** As {@link #projected}, of columns of the input. */
  static Unnested reordered(LogicalPlan input, List<Integer> positions, List<Expression> lifted) {
    Project project = Project.ofColumns(input, positions);
    return projected(input, project.expressions(), project.columns(), lifted);
  }
}
