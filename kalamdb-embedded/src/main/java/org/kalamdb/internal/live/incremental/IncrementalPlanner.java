package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
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
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.With;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * From the plan of a query to operators that keep its result true. The plan is one whose filters
 * still stand above their scans.
 */
public final class IncrementalPlanner {
  private final EvaluationContext context;
  private final BufferAllocator allocator;
  private final List<IncrementalQuery.Source> sources = new ArrayList<>();

  private IncrementalPlanner(EvaluationContext context, BufferAllocator allocator) {
    this.context = context;
    this.allocator = allocator;
  }

  /** Why a query cannot be kept true by operators, and must be run again when its tables change. */
  public static final class NotIncremental extends Exception {
    private static final long serialVersionUID = 1;

    private NotIncremental(String reason) {
      super(reason, null, false, false);
    }

    /** A clause that follows "because of", such as {@code a window function}. */
    public String reason() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Operators for the plan.
   *
   * @param context used by the operators alone
   * @param allocator outlives them
   */
  public static IncrementalQuery plan(
      LogicalPlan plan, EvaluationContext context, BufferAllocator allocator)
      throws NotIncremental {
    return new IncrementalPlanner(context, allocator).plan(plan);
  }

  /** The query without what decides its order: a chain of projections over a sorted input. */
  private record Ordering(
      LogicalPlan input,
      List<SortKey> keys,
      @Nullable RowLimit limit,
      @Nullable List<Expression> projection) {}

  private IncrementalQuery plan(LogicalPlan plan) throws NotIncremental {
    if (PlanExpressions.isVolatile(plan)) {
      // What a row gave when it came is not what it gives when it goes.
      throw new NotIncremental("a function that gives something else each time");
    }
    int width = plan.columns().size();
    Ordering ordering = orderingOf(plan);
    if (ordering == null) {
      return new IncrementalQuery(sources, operator(plan), new UnorderedResult(width));
    }
    long offset = ordering.limit == null ? 0 : count(ordering.limit.offset(), 0);
    long limit =
        ordering.limit == null ? Long.MAX_VALUE : count(ordering.limit.limit(), Long.MAX_VALUE);
    if (offset < 0 || limit < 0) {
      // Running it refuses it.
      throw new NotIncremental("a negative LIMIT or OFFSET");
    }
    Leaf leaf = leafOf(ordering.input);
    // Only rows that their key tells apart can be asked for behind others.
    Leaf refilled =
        leaf == null || limit == Long.MAX_VALUE || leaf.scan.table().schema().primaryKey().isEmpty()
            ? null
            : leaf.withKeyShown();
    boolean refillable = refilled != null;
    List<SortKey> keys = new ArrayList<>(ordering.keys);
    if (leaf != null && refillable) {
      keys.addAll(leaf.keyOrder());
    }
    RowExpressions projection =
        ordering.projection == null
            ? (refillable ? expressions(columnsUpTo(ordering.input)) : null)
            : expressions(ordering.projection);
    OrderedResult result =
        new OrderedResult(
            expressions(keys.stream().map(SortKey::expression).toList()),
            new ResultOrder(keys),
            projection,
            width,
            offset,
            limit,
            refillable);
    IncrementalOperator top =
        refilled == null ? operator(ordering.input) : source(refilled, keys, result.capacity());
    return new IncrementalQuery(sources, top, result);
  }

  private static List<Expression> columnsUpTo(LogicalPlan input) {
    List<Expression> columns = new ArrayList<>();
    for (PlanColumn column : input.columns()) {
      columns.add(new Expression.Column(columns.size(), column.type(), column.name()));
    }
    return columns;
  }

  private static @Nullable Ordering orderingOf(LogicalPlan plan) {
    if (plan instanceof Sort sort) {
      return new Ordering(sort.input(), sort.keys(), null, null);
    }
    if (plan instanceof TopN top) {
      return new Ordering(top.input(), top.keys(), top.limit(), null);
    }
    if (plan instanceof Limit limit) {
      Ordering inner = orderingOf(limit.input());
      return inner == null || inner.limit != null
          ? null
          : new Ordering(inner.input, inner.keys, limit.limit(), inner.projection);
    }
    if (plan instanceof Project project) {
      Ordering inner = orderingOf(project.input());
      if (inner == null) {
        return null;
      }
      List<Expression> projection = project.expressions();
      List<Expression> below = inner.projection;
      return new Ordering(
          inner.input,
          inner.keys,
          inner.limit,
          below == null
              ? projection
              : projection.stream().map(e -> Expressions.inline(e, below)).toList());
    }
    return null;
  }

  private long count(@Nullable Expression expression, long otherwise) {
    if (expression == null) {
      return otherwise;
    }
    try (RowExpressions value = expressions(List.of(expression))) {
      Object count = value.evaluate(0, new Object[0]);
      return count == null ? otherwise : ((Number) count).longValue();
    }
  }

  // ---- tables

  /** A chain of filters and projections over one table, as expressions over its row layout. */
  private record Leaf(Scan scan, List<Expression> filters, List<Expression> values) {
    /** Ascending by primary key, over values that {@link #withKeyShown} has. */
    List<SortKey> keyOrder() {
      List<SortKey> keys = new ArrayList<>();
      for (int column : scan.table().schema().primaryKey()) {
        ColumnSchema schema = scan.table().schema().column(column);
        keys.add(
            new SortKey(
                new Expression.Column(values.size() + keys.size(), schema.type(), schema.name()),
                false,
                false));
      }
      return keys;
    }

    /** With the primary key's columns behind the others. */
    Leaf withKeyShown() {
      List<Expression> more = new ArrayList<>(values);
      for (int column : scan.table().schema().primaryKey()) {
        ColumnSchema schema = scan.table().schema().column(column);
        more.add(new Expression.Column(column, schema.type(), schema.name()));
      }
      return new Leaf(scan, filters, more);
    }
  }

  private static @Nullable Leaf leafOf(LogicalPlan plan) {
    if (plan instanceof Scan scan) {
      return isPlain(scan) ? new Leaf(scan, List.of(), inRowLayout(scan)) : null;
    }
    if (plan instanceof Filter filter) {
      Leaf below = leafOf(filter.input());
      if (below == null) {
        return null;
      }
      List<Expression> filters = new ArrayList<>(below.filters);
      filters.add(Expressions.inline(filter.condition(), below.values));
      return new Leaf(below.scan, filters, below.values);
    }
    if (plan instanceof Project project) {
      Leaf below = leafOf(project.input());
      return below == null
          ? null
          : new Leaf(
              below.scan,
              below.filters,
              project.expressions().stream()
                  .map(expression -> Expressions.inline(expression, below.values))
                  .toList());
    }
    return null;
  }

  private static List<Expression> inRowLayout(Scan scan) {
    int width = scan.table().schema().columns().size();
    List<PlanColumn> columns = scan.columns();
    List<Expression> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      int number = scan.scanColumns().get(i);
      int position = number >= 0 ? number : width - 1 - number;
      values.add(new Expression.Column(position, columns.get(i).type(), columns.get(i).name()));
    }
    return values;
  }

  private static boolean isPlain(Scan scan) {
    return SystemTable.of(scan.table()) == null
        && scan.keys().isEmpty()
        && !scan.includeDeleted()
        && scan.limit() == null
        && scan.index() == null
        && scan.scanColumns().stream()
            .allMatch(number -> number >= SystemColumn.DELETED.scanNumber());
  }

  private IncrementalOperator source(Leaf leaf, List<SortKey> order, int firstRows) {
    Scan scan = leaf.scan;
    List<ColumnSchema> columns = scan.table().schema().columns();
    List<Integer> layout = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      layout.add(i);
    }
    layout.add(SystemColumn.SEQ.scanNumber());
    layout.add(SystemColumn.DELETED.scanNumber());
    LogicalPlan rows = Scan.of(scan.relation(), scan.table(), scan.alias(), layout);
    Expression filter = Expressions.conjunction(leaf.filters);
    if (filter != null) {
      rows = new Filter(rows, filter);
    }
    List<Integer> keyColumns = scan.table().schema().primaryKey();
    List<Expression> values = new ArrayList<>(leaf.values);
    for (int column : keyColumns) {
      values.add(new Expression.Column(column, columns.get(column).type(), ""));
    }
    List<PlanColumn> names =
        values.stream().map(value -> PlanColumn.computed("", value.type())).toList();
    LogicalPlan load = new Project(rows, values, names);
    LogicalPlan first =
        firstRows == Integer.MAX_VALUE
            ? null
            : new TopN(
                load,
                order,
                new RowLimit(new Expression.Literal((long) firstRows, DataType.BIGINT), null));
    List<DataType> types = leaf.values.stream().map(Expression::type).toList();
    InputRows input = new InputRows(scan.table().id().toString(), types, !keyColumns.isEmpty());
    sources.add(
        new IncrementalQuery.Source(
            scan.table(),
            filter,
            leaf.values,
            keyColumns,
            keyColumns.stream().map(column -> columns.get(column).type()).toList(),
            load,
            first,
            input));
    return input;
  }

  // ---- operators

  private RowExpressions expressions(List<Expression> expressions) {
    return new RowExpressions(expressions, context, allocator);
  }

  private IncrementalOperator operator(LogicalPlan plan) throws NotIncremental {
    Leaf leaf = leafOf(plan);
    return leaf != null
        ? source(leaf, List.of(), Integer.MAX_VALUE)
        : plan.accept(new Operators()).get();
  }

  /** An operator, or the reason why there is none: visitors throw no checked exceptions. */
  private interface Attempt {
    IncrementalOperator get() throws NotIncremental;
  }

  private static Attempt none(String reason) {
    return () -> {
      throw new NotIncremental(reason);
    };
  }

  private static List<DataType> typesOf(LogicalPlan plan) {
    return plan.columns().stream().map(PlanColumn::type).toList();
  }

  private final class Operators implements PlanVisitor<Attempt> {
    @Override
    public Attempt visitScan(Scan scan) {
      return none(
          SystemTable.of(scan.table()) != null ? "a system table" : "a scan with conditions");
    }

    @Override
    public Attempt visitValues(Values values) {
      return () ->
          new WrittenRows(
              values.rows().stream().map(IncrementalPlanner.this::expressions).toList());
    }

    @Override
    public Attempt visitBufferedRows(BufferedRows rows) {
      return none("rows of another statement");
    }

    @Override
    public Attempt visitFilter(Filter filter) {
      return () ->
          new FilteredRows(operator(filter.input()), expressions(List.of(filter.condition())));
    }

    @Override
    public Attempt visitProject(Project project) {
      return () -> new ProjectedRows(operator(project.input()), expressions(project.expressions()));
    }

    @Override
    public Attempt visitAggregate(Aggregate aggregate) {
      return () -> {
        List<AggregatedRows.Call> calls = new ArrayList<>();
        for (AggregateCall call : aggregate.calls()) {
          if (!Accumulator.supports(call.function())) {
            throw new NotIncremental("the aggregate " + call.function().name());
          }
          calls.add(
              new AggregatedRows.Call(
                  call.function(),
                  expressions(call.arguments()),
                  expressions(call.filter() == null ? List.of() : List.of(call.filter()))));
        }
        return new AggregatedRows(
            operator(aggregate.input()), expressions(aggregate.groups()), calls);
      };
    }

    @Override
    public Attempt visitExpandSets(ExpandSets expand) {
      return none("grouping sets");
    }

    @Override
    public Attempt visitWindow(Window window) {
      return none("a window function");
    }

    @Override
    public Attempt visitDistinct(Distinct distinct) {
      return () -> new DistinctRows(operator(distinct.input()), typesOf(distinct));
    }

    @Override
    public Attempt visitDistinctOn(DistinctOn distinct) {
      return none("DISTINCT ON");
    }

    @Override
    public Attempt visitSort(Sort sort) {
      // The order of a relation that is not the result means nothing.
      return () -> operator(sort.input());
    }

    @Override
    public Attempt visitLimit(Limit limit) {
      return none("LIMIT without ORDER BY, or in a subquery");
    }

    @Override
    public Attempt visitLimitWithTies(LimitWithTies limit) {
      return none("FETCH FIRST WITH TIES");
    }

    @Override
    public Attempt visitTopN(TopN topN) {
      return none("LIMIT in a subquery");
    }

    @Override
    public Attempt visitJoin(Join join) {
      if (!JoinedRows.supports(join.type())) {
        return none(
            switch (join.type()) {
              case MARK -> "IN as a value, or NOT IN";
              case SINGLE -> "a subquery as a value";
              default -> "a " + join.type().label().toLowerCase(java.util.Locale.ROOT) + " join";
            });
      }
      return () ->
          new JoinedRows(
              join.type(),
              operator(join.left()),
              expressions(join.keys().stream().map(Join.EquiKey::left).toList()),
              join.left().columns().size(),
              operator(join.right()),
              expressions(join.keys().stream().map(Join.EquiKey::right).toList()),
              typesOf(join.right()),
              join.residual() == null ? null : expressions(List.of(join.residual())));
    }

    @Override
    public Attempt visitUnion(Union union) {
      return () -> {
        List<IncrementalOperator> inputs = new ArrayList<>();
        for (LogicalPlan input : union.inputs()) {
          inputs.add(operator(input));
        }
        return new UnitedRows(inputs);
      };
    }

    @Override
    public Attempt visitApply(Apply apply) {
      return none("a subquery that depends on the row");
    }

    @Override
    public Attempt visitExpand(Expand expand) {
      return none("a set-returning function");
    }

    @Override
    public Attempt visitWith(With with) {
      return none("a common table");
    }

    @Override
    public Attempt visitCommonScan(CommonScan scan) {
      return none("a common table");
    }

    @Override
    public Attempt visitRecursiveUnion(RecursiveUnion union) {
      return none("WITH RECURSIVE");
    }
  }
}
