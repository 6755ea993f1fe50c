package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * One aggregate of an {@link LogicalPlan.Aggregate}.
 *
 * @param function the resolved overload, which knows about DISTINCT
 * @param arguments coerced to it; empty for {@code count(*)}
 * @param filter rows for which it is not true do not take part; null: all do
 */
public record AggregateCall(
    AggregateFunction function, List<Expression> arguments, @Nullable Expression filter) {
  public AggregateCall {
    arguments = List.copyOf(arguments);
  }

  public AggregateCall withFilter(@Nullable Expression newFilter) {
    return new AggregateCall(function, arguments, newFilter);
  }

  public DataType type() {
    return function.type();
  }
}
