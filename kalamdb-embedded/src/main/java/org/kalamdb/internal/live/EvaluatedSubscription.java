package org.kalamdb.internal.live;

import java.util.List;
import java.util.Set;
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
  private @Nullable Evaluation evaluation;

  /** What evaluating needs; made when a first row comes. */
  private static final class Evaluation {
    private final EvaluationContext context;
    private final @Nullable ExpressionEvaluator filter;
    private final @Nullable ExpressionEvaluator[] projection;

    private Evaluation(RowQuery query, QueryArguments arguments) {
      context = arguments.newContext();
      filter =
          query.filter() == null
              ? null
              : ExpressionEvaluator.compile(query.filter(), query.allocator());
      projection = new ExpressionEvaluator[query.projection().size()];
    }

    private void close() {
      if (filter != null) {
        filter.close();
      }
      for (ExpressionEvaluator evaluator : projection) {
        if (evaluator != null) {
          evaluator.close();
        }
      }
    }
  }

  public EvaluatedSubscription(RowQuery query, QueryArguments arguments) {
    this.query = query;
    this.arguments = arguments;
  }

  /** The same query for another thread. */
  public EvaluatedSubscription copy() {
    return new EvaluatedSubscription(query, arguments);
  }

  /** What it shares with others of its text. */
  public RowQuery query() {
    return query;
  }

  /** Whose rows it looks at; null for a table without rows per user. */
  public @Nullable UserId user() {
    return query.table().type().isPerUser() ? arguments.user() : null;
  }

  /** A number that every commit since it was subscribed to is above. */
  public long subscribedAt() {
    return arguments.firstSeq() - 1;
  }

  @Override
  public Snapshot open(long lastRows, int batchSize) {
    return query.snapshots().open(this, lastRows, batchSize);
  }

  @Override
  public Missed changesSince(long seq) {
    return query.snapshots().changesSince(this, seq);
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
  public Set<String> columnNames() {
    return query.columnNames();
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

  private Evaluation evaluation() {
    Evaluation known = evaluation;
    if (known == null) {
      known = new Evaluation(query, arguments);
      evaluation = known;
    }
    return known;
  }

  @Override
  public boolean matches(@Nullable Object[] row) {
    if (query.filter() == null) {
      return true;
    }
    Evaluation with = evaluation();
    return with.filter == null || with.filter.isTrue(row, with.context);
  }

  @Override
  public @Nullable Object[] project(@Nullable Object[] row) {
    List<Expression> projection = query.projection();
    @Nullable Object[] values = new Object[projection.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          projection.get(i) instanceof Expression.Column column
              ? row[column.index()]
              : evaluate(i, row);
    }
    return values;
  }

  private @Nullable Object evaluate(int index, @Nullable Object[] row) {
    Evaluation with = evaluation();
    ExpressionEvaluator evaluator = with.projection[index];
    if (evaluator == null) {
      evaluator = ExpressionEvaluator.compile(query.projection().get(index), query.allocator());
      with.projection[index] = evaluator;
    }
    return evaluator.evaluateRow(row, with.context);
  }

  @Override
  public void close() {
    if (evaluation != null) {
      evaluation.close();
      evaluation = null;
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
