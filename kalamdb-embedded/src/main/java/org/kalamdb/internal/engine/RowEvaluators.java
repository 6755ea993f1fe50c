package org.kalamdb.internal.engine;

import java.util.IdentityHashMap;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.write.RowExpression;

/**
 * Expressions over single rows within one statement or live query: each is compiled when it is
 * first needed and freed at the end. Not thread-safe.
 */
final class RowEvaluators implements AutoCloseable {
  private final EvaluationContext context;
  private final BufferAllocator allocator;
  private final Map<Expression, ExpressionEvaluator> compiled = new IdentityHashMap<>();

  RowEvaluators(EvaluationContext context, BufferAllocator allocator) {
    this.context = context;
    this.allocator = allocator;
  }

  private ExpressionEvaluator evaluator(Expression expression) {
    ExpressionEvaluator known = compiled.get(expression);
    if (known == null) {
      known = ExpressionEvaluator.compile(expression, allocator);
      compiled.put(expression, known);
    }
    return known;
  }

  /** The value of an expression without columns. */
  @Nullable Object constant(Expression expression) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Parameter parameter) {
      return context.parameter(parameter.index());
    }
    return evaluator(expression).evaluateScalar(context);
  }

  /** The expression over rows of the layout it was bound with. */
  RowExpression overRow(Expression expression) {
    if (expression instanceof Expression.Column column) {
      return row -> row[column.index()];
    }
    return row -> evaluator(expression).evaluateRow(row, context);
  }

  @Override
  public void close() {
    compiled.values().forEach(ExpressionEvaluator::close);
    compiled.clear();
  }
}
