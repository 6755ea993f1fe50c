package org.kalamdb.internal.live;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.query.ResultColumn;

/**
 * A live query computed by the engine's one evaluator. Evaluators, and with them any off-heap
 * memory, are made when the first change comes; plain columns need none.
 */
public final class EvaluatedSubscription implements CompiledSubscription {
  private final TableDefinition table;
  private final @Nullable Expression filter;
  private final List<Expression> projection;
  private final List<ResultColumn> columns;
  private final @Nullable EqualityCondition requiredEquality;
  private final EvaluationContext context;
  private final BufferAllocator allocator;
  private @Nullable ExpressionEvaluator filterEvaluator;
  private @Nullable ExpressionEvaluator @Nullable [] projectionEvaluators;

  private EvaluatedSubscription(
      TableDefinition table,
      @Nullable Expression filter,
      List<Expression> projection,
      List<ResultColumn> columns,
      @Nullable Object[] parameters,
      EvaluationContext context,
      BufferAllocator allocator) {
    this.table = table;
    this.filter = filter;
    this.projection = projection;
    this.columns = columns;
    this.requiredEquality = EqualityCondition.impliedBy(filter, table, parameters);
    this.context = context;
    this.allocator = allocator;
  }

  /**
   * Makes subscriptions of one session.
   *
   * @param context knows the same parameters as are given to the factory; used by nobody else
   * @param allocator outlives the subscriptions
   */
  public static Factory factory(EvaluationContext context, BufferAllocator allocator) {
    return (table, filter, projection, columns, parameters) ->
        new EvaluatedSubscription(
            table, filter, projection, columns, parameters, context, allocator);
  }

  @Override
  public TableDefinition table() {
    return table;
  }

  @Override
  public List<ResultColumn> columns() {
    return columns;
  }

  @Override
  public @Nullable EqualityCondition requiredEquality() {
    return requiredEquality;
  }

  @Override
  public boolean uses(int column) {
    return (filter != null && names(filter, column))
        || projection.stream().anyMatch(value -> names(value, column));
  }

  private static boolean names(Expression expression, int position) {
    return (expression instanceof Expression.Column column && column.index() == position)
        || ExpressionTree.children(expression).stream().anyMatch(child -> names(child, position));
  }

  @Override
  public boolean matches(@Nullable Object[] row) {
    if (filter == null) {
      return true;
    }
    if (filterEvaluator == null) {
      filterEvaluator = ExpressionEvaluator.compile(filter, allocator);
    }
    return filterEvaluator.isTrue(row, context);
  }

  @Override
  public @Nullable Object[] project(@Nullable Object[] row) {
    @Nullable Object[] values = new Object[projection.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          projection.get(i) instanceof Expression.Column column
              ? row[column.index()]
              : evaluator(i).evaluateRow(row, context);
    }
    return values;
  }

  private ExpressionEvaluator evaluator(int index) {
    if (projectionEvaluators == null) {
      projectionEvaluators = new ExpressionEvaluator[projection.size()];
    }
    ExpressionEvaluator evaluator = projectionEvaluators[index];
    if (evaluator == null) {
      evaluator = ExpressionEvaluator.compile(projection.get(index), allocator);
      projectionEvaluators[index] = evaluator;
    }
    return evaluator;
  }

  @Override
  public void close() {
    if (filterEvaluator != null) {
      filterEvaluator.close();
      filterEvaluator = null;
    }
    if (projectionEvaluators != null) {
      for (ExpressionEvaluator evaluator : projectionEvaluators) {
        if (evaluator != null) {
          evaluator.close();
        }
      }
      projectionEvaluators = null;
    }
  }
}
