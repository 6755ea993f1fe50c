package org.kalamdb.internal.exec;

import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/** A condition asked about batches. */
final class BatchCondition implements AutoCloseable {
  private final Expression condition;
  private final ExecutionContext context;
  private final ExpressionEvaluator evaluator;
  private final EvaluationContext evaluation;

  BatchCondition(Expression condition, ExecutionContext context) {
    this.condition = condition;
    this.context = context;
    this.evaluator = ExpressionEvaluator.compile(condition, context.allocator());
    this.evaluation = context.evaluation();
  }

  /** The same condition for another thread; the caller closes it. */
  BatchCondition fork() {
    return new BatchCondition(condition, context);
  }

  /** Whether threads may ask it at the same time, each its own fork. */
  boolean isForkable() {
    return !Expressions.isVolatile(condition);
  }

  /** The active rows for which the condition is true. */
  SelectionVector select(RecordBatch batch) {
    return evaluator.filter(batch, evaluation);
  }

  /** The active rows for which the condition is NULL. */
  SelectionVector selectNull(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    ColumnView values = evaluator.evaluate(batch, rows, evaluation);
    int[] chosen = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (values.isNull(rows.get(i))) {
        chosen[n++] = rows.get(i);
      }
    }
    return SelectionVector.of(chosen, n);
  }

  @Override
  public void close() {
    evaluator.close();
  }
}
