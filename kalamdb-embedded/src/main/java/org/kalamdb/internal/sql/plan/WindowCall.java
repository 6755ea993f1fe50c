package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.schema.DataType;

/**
 * One function of a {@link LogicalPlan.Window}.
 *
 * @param arguments coerced to the function
 * @param filter rows for which it is not true are not aggregated; null: all are
 */
public record WindowCall(
    WindowFunction function,
    List<Expression> arguments,
    @Nullable Expression filter,
    WindowFrame frame) {
  public WindowCall {
    arguments = List.copyOf(arguments);
  }

  public DataType type() {
    return function.type();
  }
}
