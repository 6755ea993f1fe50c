package org.kalamdb.internal.engine;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.PointRead;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.optimize.Optimizer;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.MergeStatement;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.query.ResultColumn;

/**
 * Bound and optimized statements by text, namespace, role and catalog version: a statement is
 * planned again when any table changed. Plans hold no parameter values and no user, so sessions
 * share them. Thread-safe.
 */
final class Plans {
  private static final long MAX_PLANS = 2_000;

  private final Cache<Key, Planned> cache = Caffeine.newBuilder().maximumSize(MAX_PLANS).build();
  private final Cache<LogicalPlan, Optional<PointRead>> points =
      Caffeine.newBuilder().weakKeys().maximumSize(MAX_PLANS).build();
  private final Optimizer optimizer;
  private final Arrangements arrangements;

  Plans(BufferAllocator allocator) {
    this.optimizer = Optimizer.standard(allocator);
    this.arrangements = new Arrangements(optimizer);
  }

  /**
   * A statement ready to run.
   *
   * @param point a query as a read of one row by its key, if that is what it is
   * @param columns of a query's result
   */
  record Planned(BoundStatement bound, @Nullable PointRead point, List<ResultColumn> columns) {
    static Planned of(BoundStatement bound) {
      return bound instanceof BoundQuery query
          ? new Planned(bound, PointRead.of(query.plan()), query.resultColumns())
          : new Planned(bound, null, List.of());
    }
  }

  private record Key(
      String sql,
      String scope,
      boolean hasUser,
      String role,
      Set<String> disabledPasses,
      long catalog) {}

  /** Whether the statement is one that is bound and planned. */
  static boolean isPlanned(Statement statement) {
    return statement instanceof SelectStatement
        || statement instanceof InsertStatement
        || statement instanceof UpdateStatement
        || statement instanceof DeleteStatement
        || statement instanceof MergeStatement;
  }

  /** Forgets them: versions of the catalog may come to mean other tables. */
  void clear() {
    cache.invalidateAll();
    points.invalidateAll();
  }

  Planned plan(ParsedStatement parsed, EngineSession session, CatalogSnapshot catalog) {
    Key key =
        new Key(
            parsed.sql(),
            session.scope(catalog),
            session.userId() != null,
            session.role().sqlName(),
            session.settings().disabledPasses(),
            catalog.version());
    Planned known = cache.getIfPresent(key);
    if (known != null) {
      return known;
    }
    Planned planned;
    try {
      planned = bindAndOptimize(parsed.statement(), session, catalog, key.disabledPasses());
    } catch (StackOverflowError e) {
      // The parser keeps trees low enough for a whole stack; this caller has used much of its own.
      throw new KalamException(
          ErrorCode.STATEMENT_TOO_COMPLEX, "statement is too complex for this thread's stack");
    }
    cache.put(key, planned);
    return planned;
  }

  private Planned bindAndOptimize(
      Statement statement,
      EngineSession session,
      CatalogSnapshot catalog,
      Set<String> disabledPasses) {
    Statement inner =
        statement instanceof ExplainStatement explain ? explain.statement() : statement;
    return Planned.of(optimize(binder(session, catalog).bind(inner), disabledPasses));
  }

  /** The query of a statement that is not kept as a plan. */
  BoundQuery plan(Query query, EngineSession session, CatalogSnapshot catalog) {
    BoundQuery bound = binder(session, catalog).bindQuery(query);
    return bound.withPlan(optimize(bound.plan(), session.settings().disabledPasses()));
  }

  private static Binder binder(EngineSession session, CatalogSnapshot catalog) {
    return new Binder(
        session.permissions().view(catalog), FunctionRegistry.instance(), session.bindingContext());
  }

  /** A plan of a statement as it suits the tables that the context reads. */
  LogicalPlan arrange(LogicalPlan plan, ExecutionContext context) {
    return arrangements.arrange(plan, context);
  }

  /** All the passes there are. */
  Optimizer optimizer() {
    return optimizer;
  }

  /** The optimized plan as a read of one row by its key, or null if it is not one. */
  @Nullable PointRead pointRead(LogicalPlan plan) {
    return points.get(plan, key -> Optional.ofNullable(PointRead.of(key))).orElse(null);
  }

  private BoundStatement optimize(BoundStatement bound, Set<String> disabledPasses) {
    if (bound instanceof BoundQuery query) {
      return query.withPlan(optimize(query.plan(), disabledPasses));
    }
    if (bound instanceof BoundParts parts) {
      return parts.withPlans(plan -> optimize(plan, disabledPasses));
    }
    return bound instanceof BoundWrite write
        ? write.withPlans(plan -> optimize(plan, disabledPasses))
        : bound;
  }

  private LogicalPlan optimize(LogicalPlan plan, Set<String> disabledPasses) {
    if (disabledPasses.isEmpty()) {
      return optimizer.optimize(plan);
    }
    Optimizer narrowed = optimizer.without(disabledPasses);
    LogicalPlan optimized = narrowed.optimize(plan);
    arrangements.register(optimized, narrowed);
    return optimized;
  }
}
