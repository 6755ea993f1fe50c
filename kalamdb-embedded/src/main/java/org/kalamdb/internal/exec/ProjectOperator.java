package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.internal.vector.VectorTypes;
import org.kalamdb.schema.DataType;

/**
 * Computes expressions. A column that is only passed on keeps its vector where the batch's rows
 * stay where they are: if there is nothing to compute, or most rows have not been filtered out.
 */
final class ProjectOperator implements Operator {
  private final Operator input;
  private final List<Expression> expressions;
  private final List<DataType> types;
  private final List<@Nullable ExpressionEvaluator> evaluators = new ArrayList<>();
  private final boolean computes;
  private final EvaluationContext evaluation;
  private final BufferAllocator allocator;
  private final ExecutionContext context;

  ProjectOperator(Operator input, List<Expression> expressions, ExecutionContext context) {
    this.input = input;
    this.context = context;
    this.expressions = expressions;
    this.types = expressions.stream().map(Expression::type).toList();
    this.evaluation = context.evaluation();
    this.allocator = context.allocator();
    Set<Integer> passed = new HashSet<>();
    boolean computing = false;
    try {
      for (Expression expression : expressions) {
        boolean passes = expression instanceof Column column && passed.add(column.index());
        evaluators.add(
            passes ? null : ExpressionEvaluator.compile(expression, context.allocator()));
        computing |= !passes;
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, evaluators);
      throw e;
    }
    this.computes = computing;
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null) {
      return null;
    }
    try (batch) {
      if (batch.selection().size() == 0) {
        return empty();
      }
      SelectionVector rows = batch.selection();
      boolean inPlace = !computes || 2 * rows.size() > batch.rowCount();
      return inPlace ? projectInPlace(batch) : projectCompacted(batch);
    }
  }

  /** Nothing is looked at for no rows. */
  private RecordBatch empty() {
    List<FieldVector> vectors = new ArrayList<>();
    for (DataType type : types) {
      vectors.add(VectorTypes.createVector("", type, allocator));
    }
    return new RecordBatch(types, vectors, 0);
  }

  private RecordBatch projectInPlace(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    List<FieldVector> computed = new ArrayList<>();
    try {
      for (int i = 0; i < expressions.size(); i++) {
        ExpressionEvaluator evaluator = evaluators.get(i);
        if (evaluator != null) {
          computed.add(evaluator.takeInPlace(batch, rows, evaluation));
        }
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, computed);
      throw e;
    }
    int[] positions = new int[expressions.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = evaluators.get(i) == null ? ((Column) expressions.get(i)).index() : -1;
    }
    return batch.rearrange(types, positions, computed);
  }

  private RecordBatch projectCompacted(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (int i = 0; i < expressions.size(); i++) {
        ExpressionEvaluator evaluator = evaluators.get(i);
        if (evaluator == null) {
          int column = ((Column) expressions.get(i)).index();
          ColumnView source = ColumnView.of(batch.column(column), types.get(i));
          vectors.add(VectorCopier.copyRows(source, rows.viewRows(), rows.size(), allocator));
        } else {
          vectors.add(evaluator.takeVector(batch, rows, evaluation));
        }
      }
      return new RecordBatch(types, vectors, rows.size());
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  @Override
  public void leaveOutCounted(LongConsumer counted) {
    if (expressions.isEmpty()) {
      input.leaveOutCounted(counted);
    }
  }

  @Override
  public boolean isForkable() {
    return expressions.stream().noneMatch(Expressions::isVolatile) && input.isForkable();
  }

  @Override
  public @Nullable ScanParts prepareForks() {
    return input.prepareForks();
  }

  @Override
  public Operator fork(ScanParts.Reader source) {
    return new ProjectOperator(input.fork(source), expressions, context);
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(input);
    owned.addAll(evaluators);
    Closeables.closeAll(owned);
  }
}
