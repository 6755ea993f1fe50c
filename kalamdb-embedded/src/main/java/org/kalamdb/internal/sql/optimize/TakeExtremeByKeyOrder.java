package org.kalamdb.internal.sql.optimize;

import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.plan.AggregateCall;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/** The min or max of a column that a scan can come in the order of is that of its first row. */
final class TakeExtremeByKeyOrder implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(
        plan, node -> node instanceof Aggregate aggregate ? rewrite(aggregate) : node);
  }

  private static LogicalPlan rewrite(Aggregate aggregate) {
    if (!aggregate.groups().isEmpty() || aggregate.calls().size() != 1) {
      return aggregate;
    }
    AggregateCall call = aggregate.calls().get(0);
    boolean max = call.function().name().equals("max");
    if ((!max && !call.function().name().equals("min"))
        || call.filter() != null
        || !(call.arguments().get(0) instanceof Column column)
        || aggregate.input().columns().get(column.index()).nullable()) {
      return aggregate;
    }
    LogicalPlan ordered =
        UseKeyOrder.order(aggregate.input(), List.of(new SortKey(column, max, max)));
    if (ordered == null) {
      return aggregate;
    }
    Expression one = new Literal(1L, DataType.BIGINT);
    return aggregate.withInputs(List.of(new Limit(ordered, new RowLimit(one, null))));
  }
}
