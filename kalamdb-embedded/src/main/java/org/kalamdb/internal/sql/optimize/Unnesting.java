package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.Expression.When;
import org.kalamdb.internal.expr.WindowRegistry;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.CommonScans;
import org.kalamdb.internal.sql.plan.Expand;
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
import org.kalamdb.internal.sql.plan.LogicalPlan.Scan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.PlanVisitor;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
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
  private final Apply apply;
  private final CorrelationDomain domain;

  Unnesting(Apply apply, PlanNumbers numbers) {
    this.apply = apply;
    this.domain = new CorrelationDomain(apply, numbers);
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
            .anyMatch(e -> Expressions.contains(e, Unnesting::divides))
        || plan.inputs().stream().anyMatch(Unnesting::mayFail);
  }

  private static boolean divides(Expression expression) {
    return expression instanceof Expression.Call call
        && (call.function().name().equals("/") || call.function().name().equals("%"));
  }

  private LogicalPlan joined() {
    boolean existence = !apply.type().showsRight();
    LogicalPlan right = existence ? withoutDuplicatesOrOrder(apply.right()) : apply.right();
    Unnested unnested = unnest(right);
    boolean completes = existence || (apply.condition() != null && apply.type() != JoinType.SINGLE);
    if (unnested.missing() != null && completes) {
      unnested = complete(unnested);
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
    LogicalPlan right = missing == null ? unnested.plan() : marked(unnested.plan());
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
        value = orMissing(value, other, join.columns().size() - 1);
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
        expression, outer -> domain.contains(outer.id()) ? domain.column(outer.id()) : outer);
  }

  /** The plan with a last column that is NULL only where an outer join found no row of it. */
  private static LogicalPlan marked(LogicalPlan plan) {
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(plan));
    List<PlanColumn> columns = new ArrayList<>(plan.columns());
    expressions.add(Expressions.TRUE);
    columns.add(new PlanColumn("found", DataType.BOOLEAN, null, null, false));
    return new Project(plan, expressions, columns);
  }

  private static Expression orMissing(Expression value, Expression missing, int mark) {
    if (missing instanceof Literal literal && literal.value() == null) {
      return value;
    }
    return new Expression.Case(
        List.of(new When(new IsNull(new Column(mark, DataType.BOOLEAN, "found"), true), value)),
        missing,
        value.type());
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

  private boolean isMine(Expression expression) {
    return Expressions.contains(
        expression, part -> part instanceof OuterColumn outer && domain.contains(outer.id()));
  }

  private Set<Integer> mine(Collection<Expression> expressions) {
    Map<Integer, OuterColumn> found = new LinkedHashMap<>();
    expressions.forEach(e -> PlanExpressions.collectOuterColumns(e, found));
    found.keySet().removeIf(id -> !domain.contains(id));
    return new LinkedHashSet<>(found.keySet());
  }

  private boolean isIndependent(LogicalPlan plan) {
    return PlanExpressions.outerColumns(plan).keySet().stream().noneMatch(domain::contains);
  }

  private Unnested unnest(LogicalPlan plan) {
    return isIndependent(plan) ? Unnested.independent(plan) : plan.accept(this);
  }

  /** As {@link #unnest}, with the rows that would be missing. */
  private Unnested unnestComplete(LogicalPlan plan) {
    Unnested unnested = unnest(plan);
    return complete(unnested);
  }

  private Unnested complete(Unnested unnested) {
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

  private static Map<Integer, Expression> valuesIn(
      LogicalPlan plan, List<Integer> ids, int offset) {
    Map<Integer, Expression> values = new LinkedHashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      PlanColumn column = plan.columns().get(offset + i);
      values.put(ids.get(i), new Column(offset + i, column.type(), column.name()));
    }
    return values;
  }

  private static Expression withValues(Expression expression, Map<Integer, Expression> values) {
    return Expressions.mapOuterColumns(expression, outer -> values.getOrDefault(outer.id(), outer));
  }

  /** The projection, which also shows the columns that the lifted conditions are about. */
  private static Unnested projected(
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
  private static Unnested reordered(
      LogicalPlan input, List<Integer> positions, List<Expression> lifted) {
    Project project = Project.ofColumns(input, positions);
    return projected(input, project.expressions(), project.columns(), lifted);
  }

  /** A plan and what in it has the values of outer columns. */
  private record Provided(Unnested unnested, Map<Integer, Expression> values) {
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
  private Provided provide(Unnested unnested, Collection<Integer> ids) {
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
  private record Equality(ComparisonOperator operator, Expression outer, Expression inner) {}

  private @Nullable Equality equality(Expression condition) {
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
  private record Settled(LogicalPlan plan, List<Equality> equalities, Provided provided) {
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

  private static String nameOf(Expression expression) {
    return expression instanceof Column column ? column.name() : "?column?";
  }

  /** Applies what is no equality, so that rows can be counted together. */
  private Settled settle(Unnested unnested, List<Expression> own) {
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
      (isMine(part) ? lifted : stay).add(part);
    }
    return Unnested.of(Expressions.filter(input.plan(), stay), lifted);
  }

  @Override
  public Unnested visitProject(Project project) {
    Unnested input = unnest(project.input());
    Set<Integer> ids = mine(project.expressions());
    Provided provided = ids.isEmpty() ? new Provided(input, Map.of()) : provide(input, ids);
    List<Expression> missing = input.missing();
    if (missing != null && !ids.isEmpty()) {
      // Outer values that only some rows provide do not tell those apart that are missing.
      provided = provide(complete(input), ids);
      missing = null;
    }
    Unnested result =
        projected(
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
    Settled settled = settle(input, PlanExpressions.of(aggregate));
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
    Unnested result = reordered(grouped, order, settled.lifted(groups));
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
    Settled settled = settle(input, List.of());
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
    Set<Integer> ids = mine(PlanExpressions.of(sort));
    if (ids.isEmpty()) {
      return new Unnested(new Sort(input.plan(), sort.keys()), input.lifted(), input.missing());
    }
    Provided provided = provide(complete(input), ids);
    return Unnested.of(
        new Sort(provided.plan(), Plans.mapKeys(sort.keys(), provided::inward)),
        provided.unnested().lifted());
  }

  /** Each outer row's rows are one more partition. */
  @Override
  public Unnested visitWindow(Window window) {
    LogicalPlan rows = window.input() instanceof Sort sort ? sort.input() : window.input();
    Settled settled = settle(unnestComplete(rows), PlanExpressions.of(window));
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
    return reordered(partitioned, shown, settled.conditions());
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
  public Unnested visitExpandSets(LogicalPlan.ExpandSets expand) {
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
    if (!mine(PlanExpressions.of(withoutResidual(join))).isEmpty()) {
      throw new StaysDependent();
    }
    Sides sides = new Sides(join, left.plan());
    List<Expression> lifted = new ArrayList<>(left.lifted());
    right.lifted().forEach(condition -> lifted.add(sides.overRight(condition)));
    List<Expression> stay = new ArrayList<>();
    for (Expression part : Expressions.conjuncts(join.residual())) {
      (isMine(part) ? lifted : stay).add(sides.overBoth(part));
    }
    Join inner =
        new Join(
            JoinType.INNER,
            left.plan(),
            right.plan(),
            join.keys(),
            Expressions.conjunction(stay),
            "");
    return reordered(inner, sides.shown(), lifted);
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
    if (!mine(PlanExpressions.of(withoutResidual(join))).isEmpty()) {
      throw new StaysDependent();
    }
    List<Expression> needing = new ArrayList<>(right.lifted());
    needing.addAll(Expressions.conjuncts(join.residual()));
    Provided provided = provide(left, mine(needing));
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
    return reordered(kept, sides.shown(), provided.unnested().lifted());
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
      Provided provided = provide(unnested, order);
      List<Expression> conditions = new ArrayList<>();
      for (Expression condition : provided.unnested().lifted()) {
        Equality equality = equality(condition);
        boolean provides =
            equality != null
                && equality.outer() instanceof OuterColumn outer
                && equality.inner().equals(provided.values().get(outer.id()));
        if (!provides) {
          conditions.add(provided.inward(condition));
        }
      }
      LogicalPlan filtered = Expressions.filter(provided.plan(), conditions);
      List<Expression> expressions =
          new ArrayList<>(Expressions.columnsOf(filtered).subList(0, width));
      List<PlanColumn> columns = new ArrayList<>(union.columns());
      for (int id : order) {
        Expression value = provided.inward(outerColumn(id));
        expressions.add(value);
        columns.add(PlanColumn.computed(nameOf(value), value.type()));
      }
      branches.add(new Project(filtered, expressions, columns));
    }
    Union all = new Union(branches, branches.get(0).columns());
    List<Expression> lifted = new ArrayList<>();
    valuesIn(all, order, width).forEach((id, value) -> lifted.add(domain.same(id, value)));
    return Unnested.of(all, lifted);
  }

  private OuterColumn outerColumn(int id) {
    Column column = domain.column(id);
    return new OuterColumn(id, column.type(), column.name());
  }

  /** Each written row becomes a projection of the combinations. */
  @Override
  public Unnested visitValues(Values values) {
    List<Integer> ids = List.copyOf(mine(PlanExpressions.of(values)));
    LogicalPlan combinations = domain.combinations(ids);
    Map<Integer, Expression> outer = valuesIn(combinations, ids, 0);
    List<PlanColumn> columns = new ArrayList<>(values.columns());
    columns.addAll(combinations.columns());
    List<LogicalPlan> branches = new ArrayList<>();
    for (List<Expression> row : values.rows()) {
      List<Expression> expressions =
          new ArrayList<>(row.stream().map(e -> withValues(e, outer)).toList());
      expressions.addAll(Expressions.columnsOf(combinations));
      branches.add(new Project(combinations, expressions, columns));
    }
    LogicalPlan all = branches.size() == 1 ? branches.get(0) : new Union(branches, columns);
    List<Expression> lifted = new ArrayList<>();
    valuesIn(all, ids, values.columns().size())
        .forEach((id, value) -> lifted.add(domain.same(id, value)));
    return Unnested.of(all, lifted);
  }

  @Override
  public Unnested visitExpand(Expand expand) {
    Unnested input = unnestComplete(expand.input());
    Provided provided = provide(input, mine(PlanExpressions.of(expand)));
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
    return reordered(expanded, order, provided.unnested().lifted());
  }

  @Override
  public Unnested visitWith(With with) {
    if (!isIndependent(with.definition())) {
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
    Provided provided = provide(left, ids);
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(provided.plan()));
    List<PlanColumn> columns = new ArrayList<>(provided.plan().columns());
    List<Apply.Correlation> correlations = new ArrayList<>(inner.correlations());
    for (int id : ids) {
      Expression value = provided.inward(outerColumn(id));
      correlations.add(
          new Apply.Correlation(id, new Column(expressions.size(), value.type(), nameOf(value))));
      expressions.add(value);
      columns.add(PlanColumn.computed(nameOf(value), value.type()));
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
    return reordered(kept, order, provided.unnested().lifted());
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
