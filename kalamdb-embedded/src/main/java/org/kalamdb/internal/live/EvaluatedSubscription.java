package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.ExpressionEvaluator;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.UserId;

/**
 * A live query computed by the engine's one evaluator. Evaluators, and with them any off-heap
 * memory, are made when the first change comes; plain columns need none. Two are equal if one
 * evaluation serves both.
 */
public final class EvaluatedSubscription implements CompiledSubscription, SnapshotSource {
  private final RowQuery query;
  private final QueryArguments arguments;
  private @Nullable EvaluationContext context;
  private @Nullable ExpressionEvaluator filterEvaluator;
  private @Nullable ExpressionEvaluator @Nullable [] projectionEvaluators;

  public EvaluatedSubscription(RowQuery query, QueryArguments arguments) {
    this.query = query;
    this.arguments = arguments;
  }

  /** The same query for another thread. */
  public EvaluatedSubscription copy() {
    return new EvaluatedSubscription(query, arguments);
  }

  /** Whose rows it looks at, if the table has rows per user. */
  public @Nullable UserId user() {
    return arguments.user();
  }

  @Override
  public Snapshot open(long lastRows, int batchSize) {
    return query.snapshots().open(this, lastRows, batchSize);
  }

  @Override
  public TableDefinition table() {
    return query.table();
  }

  @Override
  public List<ResultColumn> columns() {
    return query.columns();
  }

  @Override
  public @Nullable EqualityCondition requiredEquality() {
    return EqualityCondition.impliedBy(query.filter(), query.table(), arguments.parameters());
  }

  @Override
  public boolean uses(int column) {
    return (query.filter() != null && names(query.filter(), column))
        || query.projection().stream().anyMatch(value -> names(value, column));
  }

  private static boolean names(Expression expression, int position) {
    return (expression instanceof Expression.Column column && column.index() == position)
        || ExpressionTree.children(expression).stream().anyMatch(child -> names(child, position));
  }

  private EvaluationContext context() {
    EvaluationContext known = context;
    if (known == null) {
      known = arguments.newContext();
      context = known;
    }
    return known;
  }

  @Override
  public boolean matches(@Nullable Object[] row) {
    Expression filter = query.filter();
    if (filter == null) {
      return true;
    }
    if (filterEvaluator == null) {
      filterEvaluator = ExpressionEvaluator.compile(filter, query.allocator());
    }
    return filterEvaluator.isTrue(row, context());
  }

  @Override
  public @Nullable Object[] project(@Nullable Object[] row) {
    @Nullable Object[] values = new Object[query.projection().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          query.projection().get(i) instanceof Expression.Column column
              ? row[column.index()]
              : evaluator(i).evaluateRow(row, context());
    }
    return values;
  }

  private ExpressionEvaluator evaluator(int index) {
    if (projectionEvaluators == null) {
      projectionEvaluators = new ExpressionEvaluator[query.projection().size()];
    }
    ExpressionEvaluator evaluator = projectionEvaluators[index];
    if (evaluator == null) {
      evaluator = ExpressionEvaluator.compile(query.projection().get(index), query.allocator());
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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EvaluatedSubscription that
        && query == that.query
        && arguments.givesTheSame(that.arguments, query.asksSession());
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(query) * 31 + arguments.parametersHash();
  }
}
