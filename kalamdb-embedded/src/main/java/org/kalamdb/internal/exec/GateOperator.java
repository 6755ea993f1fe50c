package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Lets all rows through or none, as a condition without columns says, which is asked before the
 * input is: where it does not hold, nothing of the input is computed.
 */
final class GateOperator implements Operator {
  private final Operator input;
  private final Expression condition;
  private final ExecutionContext context;
  private @Nullable Boolean open;

  GateOperator(Operator input, Expression condition, ExecutionContext context) {
    this.input = input;
    this.condition = condition;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    Boolean known = open;
    if (known == null) {
      known = Boolean.TRUE.equals(new Constants(context).evaluate(condition));
      open = known;
    }
    return known ? input.next() : null;
  }

  @Override
  public void close() {
    input.close();
  }
}
