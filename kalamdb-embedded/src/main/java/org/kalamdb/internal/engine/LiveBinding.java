package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.live.EvaluatedSubscription;
import org.kalamdb.internal.live.SubscriptionRequest;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.schema.UserId;

/** From the text of a live query to what keeps it true. */
final class LiveBinding {
  private LiveBinding() {}

  /** A request and the table it reads. */
  record Bound(SubscriptionRequest request, TableDefinition table) {}

  static Bound bind(
      Engine engine,
      EngineSession session,
      ParsedStatement statement,
      @Nullable Object[] parameters) {
    CatalogSnapshot catalog = session.role().view(engine.currentCatalog());
    Binder binder = new Binder(catalog, FunctionRegistry.instance(), session.bindingContext());
    BoundSubscription bound = binder.bindSubscription(queryOf(statement));
    EvaluationContext evaluation =
        QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters);
    UserId user = bound.table().type().isPerUser() ? session.userId() : null;
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < parameters.length; i++) {
      values.add(evaluation.parameter(i));
    }
    Supplier<CompiledSubscription> compiler =
        () ->
            EvaluatedSubscription.factory(
                    QueryExecutor.evaluation(engine, session, bound.parameterTypes(), parameters),
                    engine.allocator())
                .compile(
                    bound.table(),
                    bound.filter(),
                    bound.projection(),
                    bound.columns(),
                    values.toArray());
    // A snapshot is read beside the changes, so it is evaluated by an instance of its own.
    SubscriptionRequest request =
        new SubscriptionRequest(
            statement.sql(),
            user,
            compiler.get(),
            new LiveSnapshots(engine, user, compiler),
            new ShareKey(statement.sql(), session.scope(catalog), values));
    return new Bound(request, bound.table());
  }

  /** What makes two live queries on a partition the same. */
  private record ShareKey(String sql, String namespace, List<@Nullable Object> parameters) {}

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
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED, "OPTIONS of SUBSCRIBE TO are not supported here")
            .withHint("SubscriptionOptions");
      }
      return subscribe.query();
    }
    throw new KalamException(ErrorCode.WRONG_OBJECT_TYPE, "Only a SELECT can be subscribed to");
  }
}
