package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.live.SubscriptionRequest;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.UserId;

/** From the text of a live query to what keeps it true. */
final class LiveBinding {
  private LiveBinding() {}

  static SubscriptionRequest bind(
      Engine engine,
      EngineSession session,
      ParsedStatement statement,
      @Nullable Object[] parameters) {
    CatalogSnapshot catalog = session.role().view(engine.currentCatalog());
    Binder binder =
        new Binder(catalog, FunctionRegistry.instance(), session.bindingContext());
    BoundSubscription bound = binder.bindSubscription(queryOf(statement));
    EvaluationContext evaluation =
        QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters);
    UserId user = bound.table().type().isPerUser() ? session.userId() : null;
    return new SubscriptionRequest(
        statement.sql(),
        user,
        new Compiled(engine, bound, evaluation),
        // A snapshot is read beside the changes, so it evaluates with an instance of its own.
        new LiveSnapshots(engine, user, () -> new Compiled(engine, bound, evaluation)),
        null);
  }

  private static Query queryOf(ParsedStatement statement) {
    if (statement.statement() instanceof SelectStatement select) {
      return select.query();
    }
    if (statement.statement() instanceof SubscribeStatement subscribe) {
      if (!subscribe.options().isEmpty()) {
        throw subscribe
            .options()
            .get(0)
            .position()
            .error(ErrorCode.FEATURE_NOT_SUPPORTED, "OPTIONS of SUBSCRIBE TO are not supported here")
            .withHint("SubscriptionOptions");
      }
      return subscribe.query();
    }
    throw new KalamException(ErrorCode.WRONG_OBJECT_TYPE, "Only a SELECT can be subscribed to");
  }

  /** Filter and projection over single rows; used by one thread at a time. */
  private static final class Compiled implements CompiledSubscription {
    private final BoundSubscription bound;
    private final RowEvaluators evaluators;
    private final @Nullable RowExpression filter;
    private final List<RowExpression> projection;

    Compiled(Engine engine, BoundSubscription bound, EvaluationContext evaluation) {
      this.bound = bound;
      this.evaluators = new RowEvaluators(evaluation, engine.allocator());
      this.filter = bound.filter() == null ? null : evaluators.overRow(bound.filter());
      this.projection = bound.projection().stream().map(evaluators::overRow).toList();
    }

    @Override
    public TableDefinition table() {
      return bound.table();
    }

    @Override
    public List<ResultColumn> columns() {
      return bound.columns();
    }

    @Override
    public boolean matches(@Nullable Object[] row) {
      return filter == null || Boolean.TRUE.equals(filter.evaluate(row));
    }

    @Override
    public @Nullable Object[] project(@Nullable Object[] row) {
      @Nullable Object[] values = new @Nullable Object[projection.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = projection.get(i).evaluate(row);
      }
      return values;
    }

    @Override
    public void close() {
      evaluators.close();
    }
  }
}
