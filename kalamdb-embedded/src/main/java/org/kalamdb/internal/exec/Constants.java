package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;

/** Computes expressions without columns: limits, key values, rows of VALUES. */
final class Constants {
  private final EvaluationContext evaluation;
  private final BufferAllocator allocator;

  Constants(ExecutionContext context) {
    this(context.evaluation(), context.allocator());
  }

  Constants(EvaluationContext evaluation, BufferAllocator allocator) {
    this.evaluation = evaluation;
    this.allocator = allocator;
  }

  @Nullable Object evaluate(Expression expression) {
    return ExpressionEvaluator.evaluateScalar(expression, evaluation, allocator);
  }
}
