package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/**
 * What a query computes, as a tree of relational operators. Expressions refer to columns of their
 * operator's input by position; those of a join's condition to the left columns followed by the
 * right ones. Trees are immutable and free of a statement's parameter values, so that plans can be
 * shared.
 */
public sealed interface LogicalPlan
    permits LogicalPlan.Scan,
        LogicalPlan.Values,
        LogicalPlan.BufferedRows,
        LogicalPlan.Filter,
        LogicalPlan.Project,
        LogicalPlan.Aggregate,
        LogicalPlan.ExpandSets,
        LogicalPlan.Window,
        LogicalPlan.Distinct,
        LogicalPlan.DistinctOn,
        LogicalPlan.Sort,
        LogicalPlan.Limit,
        LogicalPlan.LimitWithTies,
        LogicalPlan.TopN,
        LogicalPlan.Join,
        LogicalPlan.Union,
        Apply,
        Expand,
        With,
        CommonScan,
        RecursiveUnion {
  /** What the operator puts out. */
  List<PlanColumn> columns();

  List<LogicalPlan> inputs();

  /**
   * The same operator on other inputs, which must have columns of the same types in the same
   * places.
   */
  LogicalPlan withInputs(List<LogicalPlan> inputs);

  <R> R accept(PlanVisitor<R> visitor);

  /** The operator's name in EXPLAIN. */
  default String label() {
    return getClass().getSimpleName();
  }

  /**
   * Rows of one table.
   *
   * @param relation which FROM item of the statement this is; unique in the plan as bound
   * @param table definition in the statement's catalog
   * @param alias what the statement calls it
   * @param scanColumns what each output column is, as {@link ScanRequest#columns()} numbers them
   * @param keys conditions on the first columns of the primary key, in key order; exact: no filter
   *     above repeats them
   * @param predicates conditions to skip data by
   * @param order whether rows come in key order
   * @param includeDeleted whether retained tombstones are rows too
   * @param limit no more rows than this are needed; null if unknown
   * @param index the index that may serve instead of reading all rows; null: none
   */
  record Scan(
      int relation,
      TableDefinition table,
      String alias,
      List<Integer> scanColumns,
      List<KeyCondition> keys,
      List<ScanPredicate> predicates,
      ScanRequest.Order order,
      boolean includeDeleted,
      @Nullable RowLimit limit,
      @Nullable IndexAccess index)
      implements LogicalPlan {
    public Scan {
      scanColumns = List.copyOf(scanColumns);
      keys = List.copyOf(keys);
      predicates = List.copyOf(predicates);
    }

    /** A scan of everything in any order. */
    public static Scan of(
        int relation, TableDefinition table, String alias, List<Integer> scanColumns) {
      return new Scan(
          relation,
          table,
          alias,
          scanColumns,
          List.of(),
          List.of(),
          ScanRequest.Order.ANY,
          false,
          null,
          null);
    }

    @Override
    public List<PlanColumn> columns() {
      List<PlanColumn> columns = new ArrayList<>(scanColumns.size());
      for (int number : scanColumns) {
        columns.add(columnOf(table, number));
      }
      return columns;
    }

    private static PlanColumn columnOf(TableDefinition table, int number) {
      if (number < 0) {
        SystemColumn system = SystemColumn.ofScanNumber(number);
        return new PlanColumn(
            system.columnName(), system.type(), table.id(), system.columnName(), false);
      }
      ColumnSchema column = table.schema().column(number);
      return new PlanColumn(
          column.name(), column.type(), table.id(), column.name(), column.nullable());
    }

    public Scan withColumns(List<Integer> numbers) {
      return new Scan(
          relation, table, alias, numbers, keys, predicates, order, includeDeleted, limit, index);
    }

    public Scan withConditions(List<KeyCondition> newKeys, List<ScanPredicate> newPredicates) {
      return new Scan(
          relation,
          table,
          alias,
          scanColumns,
          newKeys,
          newPredicates,
          order,
          includeDeleted,
          limit,
          index);
    }

    public Scan withOrder(ScanRequest.Order newOrder) {
      return new Scan(
          relation,
          table,
          alias,
          scanColumns,
          keys,
          predicates,
          newOrder,
          includeDeleted,
          limit,
          index);
    }

    public Scan withDeleted() {
      return new Scan(
          relation, table, alias, scanColumns, keys, predicates, order, true, limit, null);
    }

    public Scan withLimit(RowLimit newLimit) {
      return new Scan(
          relation,
          table,
          alias,
          scanColumns,
          keys,
          predicates,
          order,
          includeDeleted,
          newLimit,
          index);
    }

    public Scan withIndex(IndexAccess access) {
      return new Scan(
          relation,
          table,
          alias,
          scanColumns,
          keys,
          predicates,
          order,
          includeDeleted,
          limit,
          access);
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of();
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return this;
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitScan(this);
    }
  }

  /** Rows written out; a SELECT without FROM has one row of no columns. */
  record Values(List<List<Expression>> rows, List<PlanColumn> columns) implements LogicalPlan {
    public Values {
      rows = rows.stream().map(List::copyOf).toList();
      columns = List.copyOf(columns);
    }

    public static Values oneEmptyRow() {
      return new Values(List.of(List.of()), List.of());
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of();
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return this;
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitValues(this);
    }
  }

  /**
   * Rows that the statement itself has at hand when the plan runs, such as those a write changed.
   *
   * @param number tells the rows apart from others of the same statement
   */
  record BufferedRows(int number, List<PlanColumn> columns) implements LogicalPlan {
    public BufferedRows {
      columns = List.copyOf(columns);
    }

    /** The columns and behind them the row's ordinal, by which its place is found again. */
    public static BufferedRows numbered(int number, List<PlanColumn> columns) {
      List<PlanColumn> all = new ArrayList<>(columns);
      all.add(new PlanColumn("_ordinal", DataType.BIGINT, null, null, false));
      return new BufferedRows(number, all);
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of();
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return this;
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitBufferedRows(this);
    }
  }

  /** The input's rows for which the condition is true. */
  record Filter(LogicalPlan input, Expression condition) implements LogicalPlan {
    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Filter(inputs.get(0), condition);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitFilter(this);
    }
  }

  /** One expression for each output column. */
  record Project(LogicalPlan input, List<Expression> expressions, List<PlanColumn> columns)
      implements LogicalPlan {
    public Project {
      expressions = List.copyOf(expressions);
      columns = List.copyOf(columns);
      if (expressions.size() != columns.size()) {
        throw new IllegalArgumentException("A projection has one column for each expression");
      }
    }

    /** The given columns of {@code input} under their own names. */
    public static Project ofColumns(LogicalPlan input, List<Integer> positions) {
      List<PlanColumn> from = input.columns();
      List<Expression> expressions = new ArrayList<>(positions.size());
      List<PlanColumn> columns = new ArrayList<>(positions.size());
      for (int position : positions) {
        PlanColumn column = from.get(position);
        expressions.add(new Expression.Column(position, column.type(), column.name()));
        columns.add(column);
      }
      return new Project(input, expressions, columns);
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Project(inputs.get(0), expressions, columns);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitProject(this);
    }
  }

  /**
   * One row for each distinct combination of the group expressions (NULLs are one group), or
   * exactly one row if there are none. Puts out the groups, then the calls.
   */
  record Aggregate(
      LogicalPlan input,
      List<Expression> groups,
      List<AggregateCall> calls,
      List<PlanColumn> columns)
      implements LogicalPlan {
    public Aggregate {
      groups = List.copyOf(groups);
      calls = List.copyOf(calls);
      columns = List.copyOf(columns);
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Aggregate(inputs.get(0), groups, calls, columns);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitAggregate(this);
    }
  }

  /**
   * Each row once for each of several grouping sets, for an {@link Aggregate} above. Puts out the
   * input's columns, then the keys, NULL where the set lacks them, then the number of the set, and,
   * if there is an empty set, whether this is a row at all: an input without rows gives one row
   * that is none for each empty set, so that its group exists.
   *
   * @param sets numbers of the keys in each set
   */
  record ExpandSets(
      LogicalPlan input,
      List<Expression> keys,
      List<List<Integer>> sets,
      boolean hasPresent,
      List<PlanColumn> columns)
      implements LogicalPlan {
    public ExpandSets {
      keys = List.copyOf(keys);
      sets = sets.stream().map(List::copyOf).toList();
      columns = List.copyOf(columns);
    }

    public static ExpandSets of(
        LogicalPlan input, List<Expression> keys, List<BitSet> sets, boolean hasPresent) {
      return over(
          input,
          keys,
          sets.stream().map(set -> set.stream().boxed().toList()).toList(),
          hasPresent);
    }

    private static ExpandSets over(
        LogicalPlan input, List<Expression> keys, List<List<Integer>> sets, boolean hasPresent) {
      List<PlanColumn> columns = new ArrayList<>(input.columns());
      for (Expression key : keys) {
        columns.add(
            key instanceof Expression.Column column
                ? input.columns().get(column.index()).asNullable()
                : PlanColumn.computed(ExpressionPrinter.print(key), key.type()));
      }
      columns.add(new PlanColumn("grouping set", DataType.INTEGER, null, null, false));
      if (hasPresent) {
        columns.add(new PlanColumn("present", DataType.BOOLEAN, null, null, false));
      }
      return new ExpandSets(input, keys, sets, hasPresent, columns);
    }

    /** The same on another input, with its keys over that. */
    public ExpandSets on(LogicalPlan other, List<Expression> otherKeys) {
      return over(other, otherKeys, sets, hasPresent);
    }

    /** The keys and the number of the set, over this. */
    public List<Expression> groups() {
      int width = input.columns().size();
      List<Expression> groups = new ArrayList<>();
      for (int i = width; i <= width + keys.size(); i++) {
        groups.add(new Expression.Column(i, columns.get(i).type(), columns.get(i).name()));
      }
      return groups;
    }

    /** Whether a row is one of the input's; null if all are. */
    public Expression.@Nullable Column present() {
      return hasPresent
          ? new Expression.Column(columns.size() - 1, DataType.BOOLEAN, "present")
          : null;
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return on(inputs.get(0), keys);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitExpandSets(this);
    }
  }

  /**
   * Window functions over the input's rows, which come sorted by the partition's expressions (in
   * any order and direction, so that equal ones are neighbours) and then by the window's order.
   * Puts out the input's columns, then one for each call; rows stay in order.
   */
  record Window(
      LogicalPlan input,
      List<Expression> partitionBy,
      List<SortKey> orderBy,
      List<WindowCall> calls,
      List<PlanColumn> columns)
      implements LogicalPlan {
    public Window {
      partitionBy = List.copyOf(partitionBy);
      orderBy = List.copyOf(orderBy);
      calls = List.copyOf(calls);
      columns = List.copyOf(columns);
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Window(inputs.get(0), partitionBy, orderBy, calls, columns);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitWindow(this);
    }
  }

  /** Each distinct row once; NULLs are equal to each other. */
  record Distinct(LogicalPlan input) implements LogicalPlan {
    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Distinct(inputs.get(0));
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitDistinct(this);
    }
  }

  /**
   * The first row of each combination of the keys, of an input in which equal ones are neighbours;
   * NULLs are equal to each other.
   */
  record DistinctOn(LogicalPlan input, List<Expression> keys) implements LogicalPlan {
    public DistinctOn {
      keys = List.copyOf(keys);
    }

    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new DistinctOn(inputs.get(0), keys);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitDistinctOn(this);
    }
  }

  /** The input in order; rows equal by all keys keep the input's order. */
  record Sort(LogicalPlan input, List<SortKey> keys) implements LogicalPlan {
    public Sort {
      keys = List.copyOf(keys);
    }

    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Sort(inputs.get(0), keys);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitSort(this);
    }
  }

  /** A run of the input's rows. */
  record Limit(LogicalPlan input, RowLimit limit) implements LogicalPlan {
    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Limit(inputs.get(0), limit);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitLimit(this);
    }
  }

  /** A run of rows sorted by the keys, and those behind it that are equal to its last by them. */
  record LimitWithTies(LogicalPlan input, List<SortKey> keys, RowLimit limit)
      implements LogicalPlan {
    public LimitWithTies {
      keys = List.copyOf(keys);
    }

    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new LimitWithTies(inputs.get(0), keys, limit);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitLimitWithTies(this);
    }
  }

  /** A Limit over a Sort, which needs to keep no more rows than it puts out. */
  record TopN(LogicalPlan input, List<SortKey> keys, RowLimit limit) implements LogicalPlan {
    public TopN {
      keys = List.copyOf(keys);
    }

    @Override
    public List<PlanColumn> columns() {
      return input.columns();
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(input);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new TopN(inputs.get(0), keys, limit);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitTopN(this);
    }
  }

  /**
   * Pairs of rows.
   *
   * @param keys equalities between the sides, ANDed with the residual; a pair with a NULL key is
   *     none
   * @param residual further condition over the left columns followed by the right ones; null: true
   * @param markName name of the column a MARK or EXISTS join adds; "" for the others
   * @param holdsLeft whether the left side is held in memory and the right one streams past it: a
   *     SEMI or ANTI join whose left side is the smaller one
   */
  record Join(
      JoinType type,
      LogicalPlan left,
      LogicalPlan right,
      List<EquiKey> keys,
      @Nullable Expression residual,
      String markName,
      boolean holdsLeft)
      implements LogicalPlan {
    public Join {
      keys = List.copyOf(keys);
    }

    /** Holds the right side. */
    public Join(
        JoinType type,
        LogicalPlan left,
        LogicalPlan right,
        List<EquiKey> keys,
        @Nullable Expression residual,
        String markName) {
      this(type, left, right, keys, residual, markName, false);
    }

    /** The same with the left side held. */
    public Join holdingLeft() {
      return new Join(type, left, right, keys, residual, markName, true);
    }

    public static Join of(
        JoinType type, LogicalPlan left, LogicalPlan right, @Nullable Expression condition) {
      return new Join(type, left, right, List.of(), condition, "");
    }

    /** {@code left = right}: an expression over each side's own columns, both of one type. */
    public record EquiKey(Expression left, Expression right) {}

    public Join withCondition(List<EquiKey> newKeys, @Nullable Expression newResidual) {
      return new Join(type, left, right, newKeys, newResidual, markName, holdsLeft);
    }

    @Override
    public List<PlanColumn> columns() {
      List<PlanColumn> columns = new ArrayList<>();
      for (PlanColumn column : left.columns()) {
        columns.add(type.keepsRight() ? column.asNullable() : column);
      }
      if (type.showsRight()) {
        boolean missing = type == JoinType.LEFT || type == JoinType.FULL || type == JoinType.SINGLE;
        for (PlanColumn column : right.columns()) {
          columns.add(missing ? column.asNullable() : column);
        }
      }
      if (type.marks()) {
        columns.add(PlanColumn.computed(markName, DataType.BOOLEAN));
      }
      return columns;
    }

    @Override
    public List<LogicalPlan> inputs() {
      return List.of(left, right);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> inputs) {
      return new Join(type, inputs.get(0), inputs.get(1), keys, residual, markName, holdsLeft);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitJoin(this);
    }
  }

  /**
   * All rows of all branches, one branch after the other (UNION ALL); the branches' types agree.
   */
  record Union(List<LogicalPlan> inputs, List<PlanColumn> columns) implements LogicalPlan {
    public Union {
      inputs = List.copyOf(inputs);
      columns = List.copyOf(columns);
    }

    @Override
    public LogicalPlan withInputs(List<LogicalPlan> newInputs) {
      return new Union(newInputs, columns);
    }

    @Override
    public <R> R accept(PlanVisitor<R> visitor) {
      return visitor.visitUnion(this);
    }
  }
}
