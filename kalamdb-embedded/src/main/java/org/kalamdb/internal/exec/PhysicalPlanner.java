package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.DependentCondition;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.ExpandSets;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.DistinctOn;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
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
 * Makes the operators that run a plan. What operators work on are columns: keys and arguments that
 * are more than that are computed below them and left out above.
 */
public final class PhysicalPlanner implements PlanVisitor<Operator> {
  private final ExecutionContext context;
  private final ProbeFilters probeFilters;
  private final List<Operator> made = new ArrayList<>();

  private PhysicalPlanner(ExecutionContext context, ProbeFilters probeFilters) {
    this.context = context;
    this.probeFilters = probeFilters;
  }

  /** The operator at the root, which the caller closes before the context. Opens no scan yet. */
  public static Operator plan(LogicalPlan plan, ExecutionContext context) {
    PhysicalPlanner planner = new PhysicalPlanner(context, new ProbeFilters(plan));
    try {
      return planner.gathered(planner.make(plan));
    } catch (Throwable e) {
      Closeables.closeAfter(e, planner.made);
      throw e;
    }
  }

  private Operator make(LogicalPlan plan) {
    return new MonitoredOperator(plan.accept(this), context.cancel(), context.statistics(plan));
  }

  /** What is to be run by several threads, if it can be; for an operator that takes all rows. */
  private Operator gathered(Operator operator) {
    return context.usesThreads() && operator.isForkable()
        ? register(new GatherOperator(operator, context))
        : operator;
  }

  private Operator register(Operator operator) {
    made.add(operator);
    return operator;
  }

  private static List<DataType> types(LogicalPlan plan) {
    return plan.columns().stream().map(PlanColumn::type).toList();
  }

  @Override
  public Operator visitScan(Scan scan) {
    return register(new ScanOperator(scan, probeFilters.of(scan), context));
  }

  @Override
  public Operator visitValues(Values values) {
    return register(new ValuesOperator(values, context));
  }

  @Override
  public Operator visitBufferedRows(BufferedRows rows) {
    return register(new BufferedRowsOperator(rows, context));
  }

  @Override
  public Operator visitFilter(Filter filter) {
    Operator input = make(filter.input());
    if (Expressions.isConstant(filter.condition())) {
      return register(new GateOperator(input, filter.condition(), context));
    }
    return register(new FilterOperator(input, new BatchCondition(filter.condition(), context)));
  }

  @Override
  public Operator visitProject(Project project) {
    return register(new ProjectOperator(make(project.input()), project.expressions(), context));
  }

  /** An input whose first columns are those of a plan and that has some expressions over it too. */
  private final class Widened {
    private final Operator input;
    private final List<Expression> columns;
    private final int width;

    Widened(LogicalPlan plan) {
      this.input = make(plan);
      this.columns = new ArrayList<>(Expressions.columnsOf(plan));
      this.width = columns.size();
    }

    /** Where the expression's values are. */
    int position(Expression expression) {
      if (expression instanceof Column column) {
        return column.index();
      }
      columns.add(expression);
      return columns.size() - 1;
    }

    int[] positions(List<Expression> expressions) {
      return expressions.stream().mapToInt(this::position).toArray();
    }

    /** -1 where there is no expression. */
    int positionOrNone(@Nullable Expression expression) {
      return expression == null ? -1 : position(expression);
    }

    boolean isWider() {
      return columns.size() > width;
    }

    List<DataType> types() {
      return columns.stream().map(Expression::type).toList();
    }

    Operator finish() {
      return columns.size() == width
          ? input
          : register(new ProjectOperator(input, columns, context));
    }
  }

  @Override
  public Operator visitAggregate(Aggregate aggregate) {
    List<Expression> needed = new ArrayList<>(aggregate.groups());
    List<AggregateOperator.Call> calls = new ArrayList<>();
    for (AggregateCall call : aggregate.calls()) {
      List<Integer> arguments = new ArrayList<>();
      for (Expression argument : call.arguments()) {
        arguments.add(positionIn(needed, argument));
      }
      int filter = call.filter() == null ? -1 : positionIn(needed, call.filter());
      calls.add(new AggregateOperator.Call(call.function(), arguments, filter));
    }
    Operator input = make(aggregate.input());
    Operator projected = register(new ProjectOperator(input, needed, context));
    List<DataType> groupTypes = aggregate.groups().stream().map(Expression::type).toList();
    return register(new AggregateOperator(projected, groupTypes, calls, context));
  }

  /** Equal arguments are computed once; volatile ones are not equal. */
  private static int positionIn(List<Expression> needed, Expression expression) {
    int at = Expressions.isVolatile(expression) ? -1 : needed.indexOf(expression);
    if (at >= 0) {
      return at;
    }
    needed.add(expression);
    return needed.size() - 1;
  }

  @Override
  public Operator visitExpandSets(ExpandSets expand) {
    Widened input = new Widened(expand.input());
    int[] keys = input.positions(expand.keys());
    return register(
        new ExpandSetsOperator(input.finish(), types(expand.input()), keys, expand, context));
  }

  @Override
  public Operator visitWindow(Window window) {
    Widened input = new Widened(window.input());
    int[] partitionBy = input.positions(window.partitionBy());
    int[] orderBy = input.positions(window.orderBy().stream().map(SortKey::expression).toList());
    WindowFrames frames = new WindowFrames(context);
    List<WindowOperator.Call> calls = new ArrayList<>();
    for (WindowCall call : window.calls()) {
      WindowFrame frame = call.frame();
      calls.add(
          new WindowOperator.Call(
              call.function(),
              input.positions(call.arguments()),
              input.positionOrNone(call.filter()),
              frames.shape(
                  frame,
                  window.orderBy(),
                  input.positionOrNone(frame.rangeKey()),
                  input.positionOrNone(frame.start().limit()),
                  input.positionOrNone(frame.end().limit())),
              frame.isWholePartition(!window.orderBy().isEmpty())));
    }
    WindowOperator.Shape shape =
        new WindowOperator.Shape(types(window.input()), input.types(), partitionBy, orderBy, calls);
    return register(new WindowOperator(gathered(input.finish()), shape, context));
  }

  @Override
  public Operator visitDistinct(Distinct distinct) {
    return register(
        new DistinctOperator(gathered(make(distinct.input())), types(distinct), context));
  }

  @Override
  public Operator visitDistinctOn(DistinctOn distinct) {
    Widened input = new Widened(distinct.input());
    int[] keys = input.positions(distinct.keys());
    Operator first = register(new DistinctOnOperator(input.finish(), keys, context));
    return input.isWider() ? register(shown(first, distinct)) : first;
  }

  /** The first columns, those of the plan. */
  private Operator shown(Operator wider, LogicalPlan plan) {
    return new ProjectOperator(wider, Expressions.columnsOf(plan), context);
  }

  @Override
  public Operator visitSort(Sort sort) {
    Widened input = new Widened(sort.input());
    RowOrder order = order(sort.keys(), input);
    return register(
        new SortOperator(gathered(input.finish()), order, types(sort), input.types(), context));
  }

  @Override
  public Operator visitTopN(TopN topN) {
    Widened input = new Widened(topN.input());
    RowOrder order = order(topN.keys(), input);
    return register(
        new TopNOperator(
            gathered(input.finish()), order, types(topN), input.types(), topN.limit(), context));
  }

  private static RowOrder order(List<SortKey> keys, Widened input) {
    RowOrder.Key[] columns = new RowOrder.Key[keys.size()];
    for (int i = 0; i < columns.length; i++) {
      SortKey key = keys.get(i);
      columns[i] =
          new RowOrder.Key(input.position(key.expression()), key.descending(), key.nullsFirst());
    }
    return new RowOrder(columns);
  }

  @Override
  public Operator visitLimit(Limit limit) {
    return register(new LimitOperator(make(limit.input()), limit.limit(), context));
  }

  @Override
  public Operator visitLimitWithTies(LimitWithTies limit) {
    Widened input = new Widened(limit.input());
    int[] keys = input.positions(limit.keys().stream().map(SortKey::expression).toList());
    Operator limited =
        register(new LimitWithTiesOperator(input.finish(), keys, limit.limit(), context));
    return input.isWider() ? register(shown(limited, limit)) : limited;
  }

  @Override
  public Operator visitJoin(Join join) {
    List<ProbeFilter> filters = join.merged() > 0 ? List.of() : probeFilters.of(join);
    boolean turned = join.holdsLeft();
    LogicalPlan streamed = turned ? join.right() : join.left();
    LogicalPlan held = turned ? join.left() : join.right();
    Widened left = new Widened(streamed);
    Widened right = new Widened(held);
    int[] leftKeys = new int[join.keys().size()];
    int[] rightKeys = new int[join.keys().size()];
    for (int i = 0; i < leftKeys.length; i++) {
      Join.EquiKey key = join.keys().get(i);
      leftKeys[i] = left.position(turned ? key.right() : key.left());
      rightKeys[i] = right.position(turned ? key.left() : key.right());
    }
    JoinShape shape =
        new JoinShape(
            join.type(),
            types(streamed),
            types(held),
            leftKeys,
            rightKeys,
            join.keys().stream().map(key -> key.right().type()).toList(),
            turned);
    Operator leftInput = left.finish();
    Operator rightInput = gathered(right.finish());
    Expression residual = join.residual();
    if (residual != null && turned) {
      int heldWidth = held.columns().size();
      int streamedWidth = streamed.columns().size();
      residual =
          Expressions.mapColumns(residual, i -> i < heldWidth ? streamedWidth + i : i - heldWidth);
    }
    BatchCondition condition = residual == null ? null : new BatchCondition(residual, context);
    return register(
        join.merged() > 0
            ? new MergeJoinOperator(shape, join.merged(), leftInput, rightInput, condition, context)
            : new JoinOperator(shape, leftInput, rightInput, condition, filters, context));
  }

  @Override
  public Operator visitUnion(Union union) {
    return register(
        new UnionOperator(union.inputs().stream().map(each -> gathered(make(each))).toList()));
  }

  @Override
  public Operator visitApply(Apply apply) {
    Apply bare = DependentCondition.inside(apply, context::nextOuterColumn);
    return register(
        new ApplyOperator(
            bare, make(bare.left()), PlanExpressions.isVolatile(bare.right()), context));
  }

  @Override
  public Operator visitExpand(Expand expand) {
    return register(new ExpandOperator(expand, make(expand.input()), context));
  }

  @Override
  public Operator visitWith(With with) {
    Operator definition = gathered(make(with.definition()));
    CommonRows rows =
        new CommonRows(types(with.definition()), definition, context.memory().share(), context);
    context.share(with.id(), rows);
    return register(new WithOperator(rows, make(with.body())));
  }

  @Override
  public Operator visitCommonScan(CommonScan scan) {
    return register(new CommonScanOperator(context.shared(scan.id()), scan.positions()));
  }

  @Override
  public Operator visitRecursiveUnion(RecursiveUnion union) {
    return register(new RecursiveUnionOperator(union, make(union.base()), context));
  }
}
