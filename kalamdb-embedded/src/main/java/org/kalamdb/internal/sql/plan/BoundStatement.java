package org.kalamdb.internal.sql.plan;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;

/**
 * A statement with all names and types resolved. Immutable; holds no parameter values.
 *
 * <p>The <b>row layout</b> of a table, over which expressions for single rows are bound, is all its
 * columns in declared order, then {@code _seq}, then {@code _deleted}.
 */
public sealed interface BoundStatement {
  /** Type of each parameter, to which its value is coerced before the statement runs. */
  List<DataType> parameterTypes();

  /** SELECT and VALUES. */
  record BoundQuery(LogicalPlan plan, List<DataType> parameterTypes) implements BoundStatement {
    public BoundQuery {
      parameterTypes = List.copyOf(parameterTypes);
    }

    public BoundQuery withPlan(LogicalPlan other) {
      return new BoundQuery(other, parameterTypes);
    }

    public List<ResultColumn> resultColumns() {
      return plan.columns().stream().map(PlanColumn::toResultColumn).toList();
    }
  }

  /** A statement that changes rows of one table. */
  sealed interface BoundWrite extends BoundStatement
      permits BoundInsert, BoundUpdate, BoundDelete, BoundMerge {
    TableDefinition table();

    @Nullable Returning returning();

    /** The statement's first word. */
    String label();

    /** The same with each of its plans replaced. */
    BoundWrite withPlans(UnaryOperator<LogicalPlan> rewrite);
  }

  /**
   * A statement whose WITH writes: every part runs once and to its end, in order, and then {@code
   * main}; all of them see the rows as they were before the statement.
   *
   * @param main a {@link BoundQuery} or {@link BoundWrite}, which gives the result
   */
  record BoundParts(List<Part> parts, BoundStatement main, List<DataType> parameterTypes)
      implements BoundStatement {
    public BoundParts {
      parts = List.copyOf(parts);
      parameterTypes = List.copyOf(parameterTypes);
    }

    /** The same with each of its plans replaced. */
    public BoundParts withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new BoundParts(
          parts.stream()
              .map(
                  part ->
                      new Part(part.number(), part.name(), rewritten(part.statement(), rewrite)))
              .toList(),
          rewritten(main, rewrite),
          parameterTypes);
    }

    private static BoundStatement rewritten(
        BoundStatement statement, UnaryOperator<LogicalPlan> rewrite) {
      return statement instanceof BoundQuery query
          ? query.withPlan(rewrite.apply(query.plan()))
          : ((BoundWrite) statement).withPlans(rewrite);
    }
  }

  /**
   * A part of a statement.
   *
   * @param number of the {@link LogicalPlan.BufferedRows} by which later parts read its rows
   * @param statement a {@link BoundQuery} or {@link BoundWrite}; without RETURNING, nobody reads it
   */
  record Part(int number, String name, BoundStatement statement) {}

  private static @Nullable LogicalPlan rewritten(
      @Nullable LogicalPlan plan, UnaryOperator<LogicalPlan> rewrite) {
    return plan == null ? null : rewrite.apply(plan);
  }

  /**
   * INSERT. Exactly one of {@code rows} and {@code source} is there; both are coerced to the target
   * columns. Columns that are no target get their defaults.
   *
   * @param targetColumns positions in the table's schema
   * @param rows of VALUES: for each target column its value or DEFAULT; DEFAULT VALUES is one row
   *     without items
   * @param subqueries puts out one row, over which the values in {@code rows} are bound; null if
   *     they hold no subquery
   * @param source a query with one output column for each target column
   * @param conflict ON CONFLICT, or null
   * @param returning RETURNING over the new row, or null
   */
  record BoundInsert(
      TableDefinition table,
      List<Integer> targetColumns,
      @Nullable List<List<InsertItem>> rows,
      @Nullable LogicalPlan subqueries,
      @Nullable LogicalPlan source,
      @Nullable OnConflict conflict,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundWrite {
    public BoundInsert {
      targetColumns = List.copyOf(targetColumns);
      parameterTypes = List.copyOf(parameterTypes);
    }

    @Override
    public String label() {
      return "INSERT";
    }

    @Override
    public BoundInsert withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new BoundInsert(
          table,
          targetColumns,
          rows,
          rewritten(subqueries, rewrite),
          rewritten(source, rewrite),
          conflict == null ? null : conflict.withPlans(rewrite),
          returning == null ? null : returning.withPlans(rewrite),
          parameterTypes);
    }
  }

  /** A value of a VALUES row; null for the word DEFAULT. */
  record InsertItem(@Nullable Expression value) {
    public static final InsertItem DEFAULT = new InsertItem(null);

    public boolean isDefault() {
      return value == null;
    }
  }

  /**
   * ON CONFLICT. Its expressions are over the row layout of the existing row followed by all
   * columns of the row proposed for insertion, and then over what {@code input} appends.
   *
   * @param columns the key that may collide, as positions in the schema; null: any
   * @param assignedColumns columns DO UPDATE sets; null for DO NOTHING
   * @param values for each assigned column, coerced
   * @param condition WHERE of DO UPDATE, or null
   * @param input appends the values of subqueries to each row of its {@link
   *     LogicalPlan.BufferedRows}; null if there are none
   */
  record OnConflict(
      @Nullable List<Integer> columns,
      @Nullable List<Integer> assignedColumns,
      List<Expression> values,
      @Nullable Expression condition,
      @Nullable LogicalPlan input) {
    OnConflict withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new OnConflict(columns, assignedColumns, values, condition, rewritten(input, rewrite));
    }
  }

  /**
   * RETURNING: expressions over the row layout, then over the columns of the further sources of the
   * statement, then over what {@code input} appends.
   *
   * @param input appends the values of subqueries to each row of its {@link
   *     LogicalPlan.BufferedRows}; null if there are none
   * @param columns what the result calls the expressions
   */
  record Returning(
      @Nullable LogicalPlan input, List<Expression> expressions, List<ResultColumn> columns) {
    public Returning {
      expressions = List.copyOf(expressions);
      columns = List.copyOf(columns);
    }

    Returning withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new Returning(rewritten(input, rewrite), expressions, columns);
    }
  }

  /**
   * UPDATE.
   *
   * @param source puts out all table columns in declared order, SEQ, SEGMENT, SEGMENT_ROW, then the
   *     new value of each assigned column, coerced, then what RETURNING can name of further sources
   * @param assignedColumns positions in the schema
   * @param updatesKey whether a primary-key column is among them
   * @param joined whether the source can put out a row of the table more than once; the first
   *     counts
   * @param returning RETURNING over the new row, or null
   */
  record BoundUpdate(
      TableDefinition table,
      LogicalPlan source,
      List<Integer> assignedColumns,
      boolean updatesKey,
      boolean joined,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundWrite {
    public BoundUpdate {
      assignedColumns = List.copyOf(assignedColumns);
      parameterTypes = List.copyOf(parameterTypes);
    }

    @Override
    public String label() {
      return "UPDATE";
    }

    @Override
    public BoundUpdate withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new BoundUpdate(
          table,
          rewrite.apply(source),
          assignedColumns,
          updatesKey,
          joined,
          returning == null ? null : returning.withPlans(rewrite),
          parameterTypes);
    }
  }

  /**
   * DELETE.
   *
   * @param source puts out all table columns in declared order, SEQ, SEGMENT, SEGMENT_ROW, then
   *     what RETURNING can name of further sources
   * @param joined whether the source can put out a row of the table more than once; the first
   *     counts
   * @param returning RETURNING over the old row, or null
   */
  record BoundDelete(
      TableDefinition table,
      LogicalPlan source,
      boolean joined,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundWrite {
    public BoundDelete {
      parameterTypes = List.copyOf(parameterTypes);
    }

    @Override
    public String label() {
      return "DELETE";
    }

    @Override
    public BoundDelete withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new BoundDelete(
          table,
          rewrite.apply(source),
          joined,
          returning == null ? null : returning.withPlans(rewrite),
          parameterTypes);
    }
  }

  /**
   * MERGE.
   *
   * @param source puts out the row layout of the table, SEGMENT and SEGMENT_ROW (all NULL where
   *     only the merged rows have one), then {@code sourceColumns} columns of the merged rows, then
   *     TRUE (NULL where only the table has a row), then the values of subqueries; the expressions
   *     of branches are over all of it
   * @param branches in written order: the first that applies to a row counts
   * @param returning RETURNING over the new or deleted row, the merged row and the action's name
   */
  record BoundMerge(
      TableDefinition table,
      LogicalPlan source,
      int sourceColumns,
      List<MergeBranch> branches,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundWrite {
    public BoundMerge {
      branches = List.copyOf(branches);
      parameterTypes = List.copyOf(parameterTypes);
    }

    @Override
    public String label() {
      return "MERGE";
    }

    @Override
    public BoundMerge withPlans(UnaryOperator<LogicalPlan> rewrite) {
      return new BoundMerge(
          table,
          rewrite.apply(source),
          sourceColumns,
          branches,
          returning == null ? null : returning.withPlans(rewrite),
          parameterTypes);
    }
  }

  /**
   * A WHEN of a MERGE.
   *
   * @param onTarget whether it applies to rows of the table
   * @param onSource whether it applies to merged rows; with {@code onTarget}, to pairs
   * @param condition further condition, or null
   * @param columns those that INSERT and UPDATE give values
   * @param values for each column its value, coerced, or DEFAULT
   */
  record MergeBranch(
      boolean onTarget,
      boolean onSource,
      @Nullable Expression condition,
      MergeAction action,
      List<Integer> columns,
      List<InsertItem> values) {
    public MergeBranch {
      columns = List.copyOf(columns);
      values = List.copyOf(values);
    }
  }

  /** What a branch of MERGE does. */
  enum MergeAction {
    INSERT,
    UPDATE,
    DELETE,
    DO_NOTHING
  }

  /**
   * A live query over one table.
   *
   * @param filter over the row layout, or null
   * @param projection over the row layout
   * @param columns what the projection is called
   */
  record BoundSubscription(
      TableDefinition table,
      @Nullable Expression filter,
      List<Expression> projection,
      List<ResultColumn> columns,
      List<DataType> parameterTypes)
      implements BoundStatement {
    public BoundSubscription {
      projection = List.copyOf(projection);
      columns = List.copyOf(columns);
      parameterTypes = List.copyOf(parameterTypes);
    }
  }
}
