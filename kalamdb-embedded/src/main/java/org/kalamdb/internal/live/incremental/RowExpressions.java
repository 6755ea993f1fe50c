package org.kalamdb.internal.live.incremental;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.sql.plan.ExpressionPrinter;
import org.kalamdb.schema.DataType;

/** Expressions over single rows; what computes them is made when a first row comes. */
final class RowExpressions implements AutoCloseable {
  private final List<Expression> expressions;
  private final List<DataType> types;
  private final EvaluationContext context;
  private final BufferAllocator allocator;
  private final @Nullable ExpressionEvaluator[] evaluators;

  RowExpressions(
      List<Expression> expressions, EvaluationContext context, BufferAllocator allocator) {
    this.expressions = List.copyOf(expressions);
    this.types = this.expressions.stream().map(Expression::type).toList();
    this.context = context;
    this.allocator = allocator;
    this.evaluators = new ExpressionEvaluator[expressions.size()];
  }

  int size() {
    return expressions.size();
  }

  List<DataType> types() {
    return types;
  }

  /** The values of all of them, in a new array. */
  @Nullable Object[] evaluate(@Nullable Object[] row) {
    @Nullable Object[] values = new Object[evaluators.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = evaluate(i, row);
    }
    return values;
  }

  @Nullable Object evaluate(int index, @Nullable Object[] row) {
    Expression expression = expressions.get(index);
    return expression instanceof Expression.Column column
        ? row[column.index()]
        : evaluator(index).evaluateRow(row, context);
  }

  /** Whether a condition is true: neither false nor unknown. */
  boolean isTrue(int index, @Nullable Object[] row) {
    return evaluator(index).isTrue(row, context);
  }

  private ExpressionEvaluator evaluator(int index) {
    ExpressionEvaluator evaluator = evaluators[index];
    if (evaluator == null) {
      evaluator = ExpressionEvaluator.compile(expressions.get(index), allocator);
      evaluators[index] = evaluator;
    }
    return evaluator;
  }

  /** As SQL. */
  @Override
  public String toString() {
    return expressions.stream().map(ExpressionPrinter::print).collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    for (int i = 0; i < evaluators.length; i++) {
      ExpressionEvaluator evaluator = evaluators[i];
      if (evaluator != null) {
        evaluators[i] = null;
        evaluator.close();
      }
    }
  }
}
