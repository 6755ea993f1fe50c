package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.Expression.When;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.schema.DataType;

/**
 * The condition of an {@link Apply} as a part of its right side, where the operator that runs it
 * row by row expects it. A MARK becomes the SINGLE of a query that aggregates the condition.
 */
public final class DependentCondition {
  private DependentCondition() {}

  /**
   * The same rows by an apply without a condition.
   *
   * @param numbers for outer columns that the plan has not
   */
  public static Apply inside(Apply apply, IntSupplier numbers) {
    Expression condition = apply.condition();
    if (condition == null) {
      return apply;
    }
    int leftWidth = apply.left().columns().size();
    List<Apply.Correlation> correlations = new ArrayList<>(apply.correlations());
    Expression inside =
        Expressions.rewrite(
            condition,
            part -> {
              if (!(part instanceof Column column)) {
                return part;
              }
              if (column.index() >= leftWidth) {
                return new Column(column.index() - leftWidth, column.type(), column.name());
              }
              int id = numbers.getAsInt();
              correlations.add(new Apply.Correlation(id, column));
              return new OuterColumn(id, column.type(), column.name());
            });
    if (apply.type() == JoinType.MARK) {
      return new Apply(
          JoinType.SINGLE,
          apply.left(),
          mark(apply.right(), inside, apply.markName()),
          correlations,
          null,
          "");
    }
    return new Apply(
        apply.type(),
        apply.left(),
        new Filter(apply.right(), inside),
        correlations,
        null,
        apply.markName());
  }

  /** One row: true if the condition is true of some row, else NULL if it is that of some. */
  private static LogicalPlan mark(LogicalPlan rows, Expression condition, String name) {
    List<AggregateCall> calls = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (Expression argument : List.of(condition, new IsNull(condition, false))) {
      AggregateRegistry.Resolved any =
          AggregateRegistry.resolve("bool_or", List.of(argument), false);
      calls.add(new AggregateCall(any.function(), any.arguments(), null));
      columns.add(PlanColumn.computed("bool_or", DataType.BOOLEAN));
    }
    Aggregate aggregate = new Aggregate(rows, List.of(), calls, columns);
    Expression mark =
        new Expression.Case(
            List.of(
                new When(new Column(0, DataType.BOOLEAN, "bool_or"), Expressions.TRUE),
                new When(
                    new Column(1, DataType.BOOLEAN, "bool_or"),
                    new Literal(null, DataType.BOOLEAN))),
            Expressions.FALSE,
            DataType.BOOLEAN);
    return new Project(
        aggregate, List.of(mark), List.of(PlanColumn.computed(name, DataType.BOOLEAN)));
  }
}
