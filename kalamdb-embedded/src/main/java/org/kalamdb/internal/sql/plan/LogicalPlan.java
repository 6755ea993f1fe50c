package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * What a query computes, as a tree of relational operators. Expressions refer to columns of their
 * operator's input by position; those of a join's condition to the left columns followed by the
 * right ones. Trees are immutable and free of a statement's parameter values, so that plans can be
 * shared.
 */
public sealed interface LogicalPlan
    permits Scan,
        LogicalPlan.Values,
        LogicalPlan.BufferedRows,
        LogicalPlan.Filter,
        LogicalPlan.Project,
        LogicalPlan.Aggregate,
        ExpandSets,
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
   * @param merged by how many of the first keys both sides come sorted, ascending and without
   *     NULLs, to be merged; 0: the join goes by hash, or is a nested loop if there are no keys
   */
  record Join(
      JoinType type,
      LogicalPlan left,
      LogicalPlan right,
      List<EquiKey> keys,
      @Nullable Expression residual,
      String markName,
      boolean holdsLeft,
      int merged)
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
      this(type, left, right, keys, residual, markName, false, 0);
    }

    /** The same with the left side held. */
    public Join holdingLeft() {
      return new Join(type, left, right, keys, residual, markName, true, 0);
    }

    /** The same over sorted inputs, with the keys they are sorted by before the others. */
    public Join merging(
        LogicalPlan sortedLeft, LogicalPlan sortedRight, List<EquiKey> ordered, int count) {
      return new Join(type, sortedLeft, sortedRight, ordered, residual, markName, false, count);
    }

    public static Join of(
        JoinType type, LogicalPlan left, LogicalPlan right, @Nullable Expression condition) {
      return new Join(type, left, right, List.of(), condition, "");
    }

    /** {@code left = right}: an expression over each side's own columns, both of one type. */
    public record EquiKey(Expression left, Expression right) {}

    public Join withCondition(List<EquiKey> newKeys, @Nullable Expression newResidual) {
      return new Join(type, left, right, newKeys, newResidual, markName, holdsLeft, merged);
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
      return new Join(
          type, inputs.get(0), inputs.get(1), keys, residual, markName, holdsLeft, merged);
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
