package org.kalamdb.internal.sql.bind;

import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.bind.OuterQuery.Reference;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.DataType;

/** Takes the subqueries of an expression into the plan its input comes from. */
interface SubqueryTarget {
  /** Joins the subquery and gives the columns that joining adds. */
  List<Column> attach(Subquery subquery);

  /**
   * A subquery in an expression.
   *
   * @param type SINGLE for its values, MARK or EXISTS for a truth about it
   * @param references what it uses of the expression's input
   * @param condition over the expression's input, with {@link #column} for the subquery's own
   *     columns: of a MARK what is asked of its rows, of a SINGLE whether its value is needed;
   *     null: true
   * @param name of the column of a MARK or EXISTS
   */
  record Subquery(
      JoinType type,
      LogicalPlan plan,
      List<Reference> references,
      @Nullable Expression condition,
      String name) {
    private static final int OWN_COLUMNS = 1 << 22;

    /** Column {@code index} of the subquery, for use in {@code condition}. */
    static Column column(LogicalPlan plan, int index) {
      return new Column(
          OWN_COLUMNS + index, plan.columns().get(index).type(), plan.columns().get(index).name());
    }

    /** Whether the column in a condition is the subquery's own. */
    static boolean isOwn(Column column) {
      return column.index() >= OWN_COLUMNS;
    }

    /** Leaves those of the expression's input. */
    static void clearOwn(BitSet columns) {
      if (columns.length() > OWN_COLUMNS) {
        columns.clear(OWN_COLUMNS, columns.length());
      }
    }

    /** The same over another input. */
    Subquery mapped(UnaryOperator<Expression> mapCondition, Function<Reference, Column> mapColumn) {
      return new Subquery(
          type,
          plan,
          references.stream()
              .map(r -> new Reference(r.id(), mapColumn.apply(r), r.position()))
              .toList(),
          condition == null ? null : mapCondition.apply(condition),
          name);
    }

    /** The columns that a join with the subquery adds. */
    List<PlanColumn> columns() {
      return type.marks() ? List.of(PlanColumn.computed(name, DataType.BOOLEAN)) : plan.columns();
    }

    /** The join of {@code left} with the subquery. */
    LogicalPlan joinTo(LogicalPlan left) {
      int width = left.columns().size();
      Expression residual =
          condition == null
              ? null
              : Expressions.mapColumns(
                  condition, i -> i >= OWN_COLUMNS ? i - OWN_COLUMNS + width : i);
      List<Apply.Correlation> correlations =
          references.stream().map(r -> new Apply.Correlation(r.id(), r.column())).toList();
      Apply apply = new Apply(type, left, plan, correlations, residual, type.marks() ? name : "");
      return correlations.isEmpty() ? apply.toJoin() : apply;
    }
  }
}
