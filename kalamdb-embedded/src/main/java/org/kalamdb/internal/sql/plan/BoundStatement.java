package org.kalamdb.internal.sql.plan;

import java.util.List;
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

  /**
   * INSERT. Exactly one of {@code rows} and {@code source} is there; both are coerced to the target
   * columns. Columns that are no target get their defaults.
   *
   * @param targetColumns positions in the table's schema
   * @param rows of VALUES: for each target column its value or DEFAULT; DEFAULT VALUES is one row
   *     without items
   * @param source a query with one output column for each target column
   * @param conflict ON CONFLICT, or null
   * @param returning RETURNING over the new row, or null
   */
  record BoundInsert(
      TableDefinition table,
      List<Integer> targetColumns,
      @Nullable List<List<InsertItem>> rows,
      @Nullable LogicalPlan source,
      @Nullable OnConflict conflict,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundStatement {
    public BoundInsert {
      targetColumns = List.copyOf(targetColumns);
      parameterTypes = List.copyOf(parameterTypes);
    }

    public BoundInsert withSource(LogicalPlan other) {
      return new BoundInsert(
          table, targetColumns, rows, other, conflict, returning, parameterTypes);
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
   * ON CONFLICT.
   *
   * @param columns the key that may collide, as positions in the schema; null: any
   * @param assignedColumns columns DO UPDATE sets; null for DO NOTHING
   * @param values for each assigned column, coerced, over the row layout of the existing row
   *     followed by all columns of the row proposed for insertion
   * @param condition WHERE of DO UPDATE over the same layout, or null
   */
  record OnConflict(
      @Nullable List<Integer> columns,
      @Nullable List<Integer> assignedColumns,
      List<Expression> values,
      @Nullable Expression condition) {}

  /** RETURNING: expressions over the row layout and what the result calls them. */
  record Returning(List<Expression> expressions, List<ResultColumn> columns) {
    public Returning {
      expressions = List.copyOf(expressions);
      columns = List.copyOf(columns);
    }
  }

  /**
   * UPDATE.
   *
   * @param source puts out all table columns in declared order, SEQ, SEGMENT, SEGMENT_ROW, then the
   *     new value of each assigned column, coerced
   * @param assignedColumns positions in the schema
   * @param updatesKey whether a primary-key column is among them
   * @param returning RETURNING over the new row, or null
   */
  record BoundUpdate(
      TableDefinition table,
      LogicalPlan source,
      List<Integer> assignedColumns,
      boolean updatesKey,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundStatement {
    public BoundUpdate {
      assignedColumns = List.copyOf(assignedColumns);
      parameterTypes = List.copyOf(parameterTypes);
    }

    public BoundUpdate withSource(LogicalPlan other) {
      return new BoundUpdate(table, other, assignedColumns, updatesKey, returning, parameterTypes);
    }
  }

  /**
   * DELETE.
   *
   * @param source puts out all table columns in declared order, SEQ, SEGMENT, SEGMENT_ROW
   * @param returning RETURNING over the old row, or null
   */
  record BoundDelete(
      TableDefinition table,
      LogicalPlan source,
      @Nullable Returning returning,
      List<DataType> parameterTypes)
      implements BoundStatement {
    public BoundDelete {
      parameterTypes = List.copyOf(parameterTypes);
    }

    public BoundDelete withSource(LogicalPlan other) {
      return new BoundDelete(table, other, returning, parameterTypes);
    }
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
