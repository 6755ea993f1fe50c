package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.WindowRegistry;
import org.kalamdb.internal.sql.optimize.OuterValues.Equality;
import org.kalamdb.internal.sql.optimize.OuterValues.Provided;
import org.kalamdb.internal.sql.optimize.OuterValues.Settled;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.CommonScans;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join.EquiKey;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.PlanVisitor;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowCall;
import org.kalamdb.internal.sql.plan.WindowFrame;
import org.kalamdb.internal.sql.plan.With;
import org.kalamdb.schema.DataType;

/**
 * Takes the outer columns of one apply out of its right side.
 *
 * <p>Conditions with outer columns rise: through filters, projections and joins they go up as they
 * are, to become the join's condition. Where rows are counted together (aggregates, DISTINCT), an
 * equality of an outer column with something of the rows becomes one more group; what is not
 * settled by that is joined with the {@link CorrelationDomain}, the combinations of outer values
 * there are. Each method gives null for a plan that has to stay dependent.
 */
final class Unnesting implements PlanVisitor<Unnested> {
  private final CorrelationDomain domain;
  private final OuterValues outer;

  Unnesting(CorrelationDomain domain, OuterValues outer) {
    this.domain = domain;
    this.outer = outer;
  }

  /** The plan made independent; throws {@link StaysDependent} if it cannot be. */
  Unnested unnest(LogicalPlan plan) {
    return outer.isIndependent(plan) ? Unnested.independent(plan) : plan.accept(this);
  }

  /** As {@link #unnest}, with the rows that would be missing. */
  private Unnested unnestComplete(LogicalPlan plan) {
    Unnested unnested = unnest(plan);
    return outer.complete(unnested);
  }

  private static List<Integer> range(int from, int to) {
    List<Integer> range = new ArrayList<>();
    for (int i = from; i < to; i++) {
      range.add(i);
    }
    return range;
  }

  @Override
  public Unnested visitFilter(Filter filter) {
    Unnested input = unnestComplete(filter.input());
    if (Expressions.isVolatile(filter.condition())) {
      throw new StaysDependent();
    }
    List<Expression> stay = new ArrayList<>();
    List<Expression> lifted = new ArrayList<>(input.lifted());
    for (Expression part : Expressions.conjuncts(filter.condition())) {
      (outer.isMine(part) ? lifted : stay).add(part);
    }
    return Unnested.of(Expressions.filter(input.plan(), stay), lifted);
  }

  @Override
  public Unnested visitProject(Project project) {
    Unnested input = unnest(project.input());
    Set<Integer> ids = outer.mine(project.expressions());
    Provided provided = ids.isEmpty() ? new Provided(input, Map.of()) : outer.provide(input, ids);
    List<Expression> missing = input.missing();
    if (missing != null && !ids.isEmpty()) {
      // Outer values that only some rows provide do not tell those apart that are missing.
      provided = outer.provide(outer.complete(input), ids);
      missing = null;
    }
    Unnested result =
        OuterValues.projected(
            provided.plan(),
            Plans.mapAll(project.expressions(), provided::inward),
            project.columns(),
            provided.unnested().lifted());
    if (missing == null) {
      return result;
    }
    List<Expression> values = missing;
    return new Unnested(
        result.plan(),
        result.lifted(),
        Plans.mapAll(project.expressions(), e -> Expressions.inline(e, values)));
  }

  @Override
  public Unnested visitAggregate(Aggregate aggregate) {
    Unnested input = unnestComplete(aggregate.input());
    Settled settled = outer.settle(input, PlanExpressions.of(aggregate));
    int groups = aggregate.groups().size();
    int keys = settled.equalities().size();
    List<Expression> allGroups =
        new ArrayList<>(Plans.mapAll(aggregate.groups(), settled.provided()::inward));
    allGroups.addAll(settled.keys());
    List<PlanColumn> columns = new ArrayList<>(aggregate.columns().subList(0, groups));
    columns.addAll(settled.keyColumns());
    columns.addAll(aggregate.columns().subList(groups, aggregate.columns().size()));
    Aggregate grouped =
        new Aggregate(
            settled.plan(),
            allGroups,
            aggregate.calls().stream()
                .map(call -> Plans.mapCall(call, settled.provided()::inward))
                .toList(),
            columns);
    List<Integer> order = range(0, groups);
    order.addAll(range(groups + keys, columns.size()));
    Unnested result = OuterValues.reordered(grouped, order, settled.lifted(groups));
    if (groups > 0) {
      return result;
    }
    List<Expression> missing =
        aggregate.calls().stream()
            .<Expression>map(call -> new Literal(call.function().ofNoRows(), call.type()))
            .toList();
    return new Unnested(result.plan(), result.lifted(), missing);
  }

  @Override
  public Unnested visitDistinct(Distinct distinct) {
    Unnested input = unnestComplete(distinct.input());
    Settled settled = outer.settle(input, List.of());
    int width = distinct.columns().size();
    List<Expression> expressions =
        new ArrayList<>(Expressions.columnsOf(settled.plan()).subList(0, width));
    expressions.addAll(settled.keys());
    List<PlanColumn> columns = new ArrayList<>(distinct.columns());
    columns.addAll(settled.keyColumns());
    return Unnested.of(
        new Distinct(new Project(settled.plan(), expressions, columns)), settled.lifted(width));
  }

  @Override
  public Unnested visitSort(Sort sort) {
    Unnested input = unnest(sort.input());
    Set<Integer> ids = outer.mine(PlanExpressions.of(sort));
    if (ids.isEmpty()) {
      return new Unnested(new Sort(input.plan(), sort.keys()), input.lifted(), input.missing());
    }
    Provided provided = outer.provide(outer.complete(input), ids);
    return Unnested.of(
        new Sort(provided.plan(), Plans.mapKeys(sort.keys(), provided::inward)),
        provided.unnested().lifted());
  }

  /** Each outer row's rows are one more partition. */
  @Override
  public Unnested visitWindow(Window window) {
    LogicalPlan rows = window.input() instanceof Sort sort ? sort.input() : window.input();
    Settled settled = outer.settle(unnestComplete(rows), PlanExpressions.of(window));
    UnaryOperator<Expression> inward = settled.provided()::inward;
    List<Expression> partition = new ArrayList<>(Plans.mapAll(window.partitionBy(), inward));
    partition.addAll(settled.keys());
    int oldWidth = window.input().columns().size();
    int newWidth = settled.plan().columns().size();
    List<PlanColumn> columns = new ArrayList<>(settled.plan().columns());
    columns.addAll(window.columns().subList(oldWidth, window.columns().size()));
    List<SortKey> orderBy = Plans.mapKeys(window.orderBy(), inward);
    List<SortKey> order = new ArrayList<>();
    partition.forEach(part -> order.add(new SortKey(part, false, false)));
    order.addAll(orderBy);
    Window partitioned =
        new Window(
            order.isEmpty() ? settled.plan() : new Sort(settled.plan(), order),
            partition,
            orderBy,
            window.calls().stream().map(call -> Plans.mapCall(call, inward)).toList(),
            columns);
    List<Integer> shown = range(0, oldWidth);
    shown.addAll(range(newWidth, columns.size()));
    return OuterValues.reordered(partitioned, shown, settled.conditions());
  }

  /** The first rows of each outer row are found by their number. */
  @Override
  public Unnested visitLimit(Limit limit) {
    LogicalPlan rows = limit.input();
    List<SortKey> keys = List.of();
    if (rows instanceof Sort sort) {
      rows = sort.input();
      keys = sort.keys();
    }
    WindowRegistry.Resolved number = WindowRegistry.resolve("row_number", List.of());
    List<PlanColumn> columns = new ArrayList<>(rows.columns());
    columns.add(PlanColumn.computed("row_number", DataType.BIGINT));
    WindowCall call =
        new WindowCall(number.function(), number.arguments(), null, WindowFrame.DEFAULT);
    Window numbered = new Window(rows, List.of(), keys, List.of(call), columns);
    Column position = new Column(rows.columns().size(), DataType.BIGINT, "row_number");
    long offset = limit.limit().offset() == null ? 0 : constant(limit.limit().offset(), 0);
    long most =
        limit.limit().limit() == null
            ? Long.MAX_VALUE
            : constant(limit.limit().limit(), Long.MAX_VALUE);
    long last = most > Long.MAX_VALUE - offset ? Long.MAX_VALUE : offset + most;
    LogicalPlan wanted =
        Expressions.filter(
            numbered,
            List.of(
                compared(ComparisonOperator.GREATER, position, offset),
                compared(ComparisonOperator.LESS_OR_EQUAL, position, last)));
    return unnest(Project.ofColumns(wanted, range(0, rows.columns().size())));
  }

  private static long constant(Expression expression, long ofNull) {
    if (!(expression instanceof Literal literal)) {
      throw new StaysDependent();
    }
    return literal.value() instanceof Long value ? value : ofNull;
  }

  private static Expression compared(ComparisonOperator operator, Column column, long value) {
    return new Comparison(operator, column, new Literal(value, DataType.BIGINT));
  }

  @Override
  public Unnested visitTopN(TopN topN) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitLimitWithTies(LogicalPlan.LimitWithTies limit) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitDistinctOn(LogicalPlan.DistinctOn distinct) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitExpandSets(ExpandSets expand) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitJoin(Join join) {
    return switch (join.type()) {
      case INNER -> inner(join);
      case RIGHT -> mirrored(join);
      case FULL -> throw new StaysDependent();
      default -> keepingLeft(join);
    };
  }

  private Unnested inner(Join join) {
    Unnested left = unnestComplete(join.left());
    Unnested right = unnestComplete(join.right());
    if (!outer.mine(PlanExpressions.of(withoutResidual(join))).isEmpty()) {
      throw new StaysDependent();
    }
    Sides sides = new Sides(join, left.plan());
    List<Expression> lifted = new ArrayList<>(left.lifted());
    right.lifted().forEach(condition -> lifted.add(sides.overRight(condition)));
    List<Expression> stay = new ArrayList<>();
    for (Expression part : Expressions.conjuncts(join.residual())) {
      (outer.isMine(part) ? lifted : stay).add(sides.overBoth(part));
    }
    Join inner =
        new Join(
            JoinType.INNER,
            left.plan(),
            right.plan(),
            join.keys(),
            Expressions.conjunction(stay),
            "");
    return OuterValues.reordered(inner, sides.shown(), lifted);
  }

  private static Join withoutResidual(Join join) {
    return join.withCondition(join.keys(), null);
  }

  /** Where the columns of a join's sides are once the sides have got further ones. */
  private static final class Sides {
    private final int oldLeft;
    private final int oldRight;
    private final int newLeft;

    Sides(Join old, LogicalPlan left) {
      this.oldLeft = old.left().columns().size();
      this.oldRight =
          old.type().showsRight() ? old.right().columns().size() : old.type().marks() ? 1 : 0;
      this.newLeft = left.columns().size();
    }

    Expression overRight(Expression expression) {
      return Expressions.mapColumns(expression, i -> i + newLeft);
    }

    Expression overBoth(Expression expression) {
      return Expressions.mapColumns(expression, i -> i < oldLeft ? i : i - oldLeft + newLeft);
    }

    /** The columns that the old join put out. */
    List<Integer> shown() {
      List<Integer> shown = range(0, oldLeft);
      shown.addAll(range(newLeft, newLeft + oldRight));
      return shown;
    }
  }

  private Unnested mirrored(Join join) {
    int leftWidth = join.left().columns().size();
    int rightWidth = join.right().columns().size();
    Join swapped =
        new Join(
            JoinType.LEFT,
            join.right(),
            join.left(),
            join.keys().stream().map(key -> new EquiKey(key.right(), key.left())).toList(),
            Plans.applyNullable(
                join.residual(),
                part ->
                    Expressions.mapColumns(
                        part, i -> i < leftWidth ? i + rightWidth : i - leftWidth)),
            "");
    List<Integer> order = range(rightWidth, rightWidth + leftWidth);
    order.addAll(range(0, rightWidth));
    return unnest(Project.ofColumns(swapped, order));
  }

  /** A join whose rows are those of its left side: that one provides the outer values. */
  private Unnested keepingLeft(Join join) {
    Unnested left = unnestComplete(join.left());
    Unnested right = unnestComplete(join.right());
    if (!outer.mine(PlanExpressions.of(withoutResidual(join))).isEmpty()) {
      throw new StaysDependent();
    }
    List<Expression> needing = new ArrayList<>(right.lifted());
    needing.addAll(Expressions.conjuncts(join.residual()));
    Provided provided = outer.provide(left, outer.mine(needing));
    Sides sides = new Sides(join, provided.plan());
    int newLeft = provided.plan().columns().size();
    List<EquiKey> keys = new ArrayList<>(join.keys());
    List<Expression> conditions = new ArrayList<>();
    for (Expression part : Expressions.conjuncts(join.residual())) {
      conditions.add(provided.inward(sides.overBoth(part)));
    }
    for (Expression lifted : right.lifted()) {
      Expression condition = provided.inward(sides.overRight(lifted));
      EquiKey key =
          join.type() == JoinType.MARK ? ExtractEquiJoin.equiKey(condition, newLeft) : null;
      if (key != null) {
        keys.add(key);
      } else if (join.type() == JoinType.MARK) {
        throw new StaysDependent();
      } else {
        conditions.add(condition);
      }
    }
    if (join.type() == JoinType.MARK && join.keys().size() < keys.size() && conditions.isEmpty()) {
      throw new StaysDependent();
    }
    Join kept =
        new Join(
            join.type(),
            provided.plan(),
            right.plan(),
            keys,
            Expressions.conjunction(conditions),
            join.markName());
    return OuterValues.reordered(kept, sides.shown(), provided.unnested().lifted());
  }

  @Override
  public Unnested visitUnion(Union union) {
    Set<Integer> ids = new LinkedHashSet<>();
    PlanExpressions.outerColumns(union).keySet().stream()
        .filter(domain::contains)
        .forEach(ids::add);
    List<Integer> order = List.copyOf(ids);
    int width = union.columns().size();
    List<LogicalPlan> branches = new ArrayList<>();
    for (LogicalPlan input : union.inputs()) {
      Unnested unnested = unnestComplete(input);
      Provided provided = outer.provide(unnested, order);
      List<Expression> conditions = new ArrayList<>();
      for (Expression condition : provided.unnested().lifted()) {
        Equality equality = outer.equality(condition);
        boolean provides =
            equality != null
                && equality.outer() instanceof OuterColumn column
                && equality.inner().equals(provided.values().get(column.id()));
        if (!provides) {
          conditions.add(provided.inward(condition));
        }
      }
      LogicalPlan filtered = Expressions.filter(provided.plan(), conditions);
      List<Expression> expressions =
          new ArrayList<>(Expressions.columnsOf(filtered).subList(0, width));
      List<PlanColumn> columns = new ArrayList<>(union.columns());
      for (int id : order) {
        Expression value = provided.inward(outer.outerColumn(id));
        expressions.add(value);
        columns.add(PlanColumn.computed(OuterValues.nameOf(value), value.type()));
      }
      branches.add(new Project(filtered, expressions, columns));
    }
    Union all = new Union(branches, branches.get(0).columns());
    List<Expression> lifted = new ArrayList<>();
    OuterValues.valuesIn(all, order, width)
        .forEach((id, value) -> lifted.add(domain.same(id, value)));
    return Unnested.of(all, lifted);
  }

  /** Each written row becomes a projection of the combinations. */
  @Override
  public Unnested visitValues(Values values) {
    List<Integer> ids = List.copyOf(outer.mine(PlanExpressions.of(values)));
    LogicalPlan combinations = domain.combinations(ids);
    Map<Integer, Expression> inward = OuterValues.valuesIn(combinations, ids, 0);
    List<PlanColumn> columns = new ArrayList<>(values.columns());
    columns.addAll(combinations.columns());
    List<LogicalPlan> branches = new ArrayList<>();
    for (List<Expression> row : values.rows()) {
      List<Expression> expressions =
          new ArrayList<>(row.stream().map(e -> OuterValues.withValues(e, inward)).toList());
      expressions.addAll(Expressions.columnsOf(combinations));
      branches.add(new Project(combinations, expressions, columns));
    }
    LogicalPlan all = branches.size() == 1 ? branches.get(0) : new Union(branches, columns);
    List<Expression> lifted = new ArrayList<>();
    OuterValues.valuesIn(all, ids, values.columns().size())
        .forEach((id, value) -> lifted.add(domain.same(id, value)));
    return Unnested.of(all, lifted);
  }

  @Override
  public Unnested visitExpand(Expand expand) {
    Unnested input = unnestComplete(expand.input());
    Provided provided = outer.provide(input, outer.mine(PlanExpressions.of(expand)));
    int oldWidth = expand.input().columns().size();
    int newWidth = provided.plan().columns().size();
    Expand expanded =
        new Expand(
            provided.plan(),
            Plans.mapCalls(expand.calls(), provided::inward),
            expand.ordinality(),
            expand.added());
    List<Integer> order = range(0, oldWidth);
    order.addAll(range(newWidth, newWidth + expand.added().size()));
    return OuterValues.reordered(expanded, order, provided.unnested().lifted());
  }

  @Override
  public Unnested visitWith(With with) {
    if (!outer.isIndependent(with.definition())) {
      boolean inlined =
          !(with.definition() instanceof RecursiveUnion)
              && !PlanExpressions.isVolatile(with.definition());
      if (!inlined) {
        throw new StaysDependent();
      }
      return unnest(CommonScans.inline(with.body(), with.id(), with.definition()));
    }
    Unnested body = unnest(with.body());
    return new Unnested(
        new With(with.id(), with.name(), with.definition(), body.plan()),
        body.lifted(),
        body.missing());
  }

  /** A dependent join that has to stay one takes the outer values from its left side. */
  @Override
  public Unnested visitApply(Apply inner) {
    Unnested left = unnestComplete(inner.left());
    if (inner.condition() != null) {
      throw new StaysDependent();
    }
    Set<Integer> ids = new LinkedHashSet<>(PlanExpressions.outerColumns(inner.right()).keySet());
    inner.correlations().forEach(c -> ids.remove(c.id()));
    ids.removeIf(id -> !domain.contains(id));
    Provided provided = outer.provide(left, ids);
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(provided.plan()));
    List<PlanColumn> columns = new ArrayList<>(provided.plan().columns());
    List<Apply.Correlation> correlations = new ArrayList<>(inner.correlations());
    for (int id : ids) {
      Expression value = provided.inward(outer.outerColumn(id));
      correlations.add(
          new Apply.Correlation(
              id, new Column(expressions.size(), value.type(), OuterValues.nameOf(value))));
      expressions.add(value);
      columns.add(PlanColumn.computed(OuterValues.nameOf(value), value.type()));
    }
    Apply kept =
        new Apply(
            inner.type(),
            new Project(provided.plan(), expressions, columns),
            inner.right(),
            correlations,
            null,
            inner.markName());
    int oldWidth = inner.left().columns().size();
    List<Integer> order = range(0, oldWidth);
    order.addAll(range(columns.size(), kept.columns().size()));
    return OuterValues.reordered(kept, order, provided.unnested().lifted());
  }

  @Override
  public Unnested visitRecursiveUnion(RecursiveUnion union) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitScan(Scan scan) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitBufferedRows(BufferedRows rows) {
    throw new StaysDependent();
  }

  @Override
  public Unnested visitCommonScan(CommonScan scan) {
    throw new StaysDependent();
  }
}
