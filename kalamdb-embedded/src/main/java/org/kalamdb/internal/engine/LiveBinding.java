package org.kalamdb.internal.engine;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.live.CompiledSubscription;
import org.kalamdb.internal.live.EqualityCondition;
import org.kalamdb.internal.live.EvaluatedSubscription;
import org.kalamdb.internal.live.LiveQueries;
import org.kalamdb.internal.live.Missed;
import org.kalamdb.internal.live.QueryArguments;
import org.kalamdb.internal.live.ResultRequest;
import org.kalamdb.internal.live.ResultRequest.RerunQuery;
import org.kalamdb.internal.live.ResultRequest.ResultSource;
import org.kalamdb.internal.live.RowQuery;
import org.kalamdb.internal.live.SnapshotReaders.SnapshotReader;
import org.kalamdb.internal.live.SubscriptionRequest;
import org.kalamdb.internal.live.incremental.IncrementalPlanner;
import org.kalamdb.internal.live.incremental.IncrementalPlanner.NotIncremental;
import org.kalamdb.internal.live.incremental.IncrementalQuery;
import org.kalamdb.internal.live.incremental.StateTooLargeException;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.sql.plan.ExpressionPrinter;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.ResultKeys;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.StatementOutline;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.UserId;

/**
 * From the text of a live query to what keeps it true: filter and projection of one table's rows,
 * operators that keep a result, or the query itself to be run again.
 */
final class LiveBinding {
  private final Engine engine;
  private final EngineSession session;

  /** The text without options: with whichever, it is the same query. */
  private final String queryText;

  private final List<Option> sqlOptions;
  private final @Nullable Object[] parameters;
  private final CatalogSnapshot catalog;
  private final Binder binder;

  private LiveBinding(
      Engine engine,
      EngineSession session,
      String sql,
      @Nullable SubscribeStatement subscribe,
      @Nullable Object[] parameters) {
    this.engine = engine;
    this.session = session;
    this.queryText = subscribe == null ? sql : subscribe.sql();
    this.sqlOptions = subscribe == null ? List.of() : subscribe.options();
    this.parameters = parameters;
    this.catalog = session.permissions().view(engine.currentCatalog());
    this.binder = new Binder(catalog, FunctionRegistry.instance(), session.bindingContext());
  }

  /** A live query to be registered, and the tables it reads. */
  interface Bound {
    List<TableDefinition> tables();

    /** What the statement says beside the query. */
    List<Option> sqlOptions();

    ShareKey key();

    /** Whose rows it reads. */
    @Nullable UserId user();

    /** How it would be kept true; with {@code load}, with what it would keep now. */
    StatementOutline outline(Engine engine, boolean load);

    Subscription register(
        LiveQueries queries, SubscriptionOptions options, ChangeListener listener);

    /** Lets go of a query that is not registered. */
    void discard();

    /** What changed since a commit, of a query that is not registered; discards it. */
    Missed changesSince(Engine engine, long seq);

    /** The caller's options with those of the statement in their place. */
    default SubscriptionOptions options(SubscriptionOptions given) {
      SubscriptionOptions options = given;
      for (Option option : sqlOptions()) {
        long value = Long.parseLong(option.text());
        options =
            switch (option.name()) {
              case "last_rows" -> options.withLastRows(value);
              case "batch_size" -> options.withBatchSize((int) Math.min(value, Integer.MAX_VALUE));
              case "from" -> options.withFrom(new SeqId(value));
              default -> throw new IllegalStateException(option.name());
            };
      }
      return options;
    }

    /** What its session may do. */
    Role role();

    /** Registers it; ends it if a table was dropped, or hidden from it, after it was bound. */
    default Subscription subscribe(
        Engine engine, SubscriptionOptions options, ChangeListener listener) {
      Subscription subscription;
      try (StreamExpiry.Pins pins = engine.streams().pin(tables(), user())) {
        subscription = register(engine.liveQueries(), options, listener);
      }
      for (TableDefinition table : tables()) {
        // Perhaps before it could be told so with the others.
        TableDefinition now = engine.currentCatalog().table(table.number());
        if (now == null) {
          engine.liveQueries().closeTable(table.number(), "table " + table.id() + " was dropped");
        } else {
          if (!table.hasSameColumns(now)) {
            engine.liveQueries().tellAltered(subscription, subscription.lastSeq().value(), now);
          }
          engine.endUnreadable(table.number());
        }
      }
      return subscription;
    }
  }

  private record BoundRows(
      SubscriptionRequest request,
      EvaluatedSubscription query,
      List<TableDefinition> tables,
      List<Option> sqlOptions,
      ShareKey key)
      implements Bound {
    @Override
    public @Nullable UserId user() {
      return request.user();
    }

    @Override
    public Role role() {
      return request.role();
    }

    @Override
    public StatementOutline outline(Engine engine, boolean load) {
      try (CompiledSubscription compiled = request.compiled()) {
        List<String> details = new ArrayList<>();
        details.add("way: each changed row is filtered and projected");
        details.add("changes of: " + nameOf(query.table()));
        if (compiled.requiredEquality() != null) {
          details.add("found by: " + foundBy(query.table(), compiled.requiredEquality()));
        }
        Expression filter = query.query().filter();
        if (filter != null) {
          details.add("filter: " + ExpressionPrinter.print(filter));
        }
        details.add("keeps: nothing");
        return new StatementOutline("Live query", "", details, List.of(), List.of());
      }
    }

    @Override
    public Subscription register(
        LiveQueries queries, SubscriptionOptions options, ChangeListener listener) {
      return queries.subscribe(request, options, listener);
    }

    @Override
    public void discard() {
      request.compiled().close();
    }

    @Override
    public Missed changesSince(Engine engine, long seq) {
      discard();
      return request.source().changesSince(seq);
    }
  }

  private record BoundResult(
      ResultRequest request, List<TableDefinition> tables, List<Option> sqlOptions, ShareKey key)
      implements Bound {
    @Override
    public @Nullable UserId user() {
      return request.user();
    }

    @Override
    public Role role() {
      return request.role();
    }

    @Override
    public StatementOutline outline(Engine engine, boolean load) {
      List<String> details = new ArrayList<>();
      List<StatementOutline> parts = List.of();
      List<LogicalPlan> plans = List.of();
      IncrementalQuery operators = request.query();
      try {
        if (operators == null) {
          details.add("way: run again when a table has changed");
          details.add("because of: " + request.fallback());
          plans = List.of(engine.plans().optimizer().optimize(request.rerun().plan()));
        } else {
          details.add("way: operators on changes");
          if (load) {
            try (SnapshotReader reader = request.reader().open()) {
              operators.load(reader::read, engine.options().liveMemoryBytes());
              details.add("state: about " + operators.stateBytes() + " bytes");
            } catch (StateTooLargeException e) {
              details.add("state: " + e.getMessage() + " (liveMemoryBytes): it would be run again");
            }
          }
          parts = List.of(operators.outline());
        }
        for (ResultSource source : request.sources()) {
          TableDefinition table = source.rows().table();
          EqualityCondition found = source.rows().requiredEquality();
          details.add(
              "changes of: "
                  + nameOf(table)
                  + (found == null ? "" : ", found by " + foundBy(table, found)));
        }
        long open = engine.liveQueries().stateBytes(request.shareKey());
        if (open >= 0) {
          details.add("open now: keeps about " + open + " bytes");
        }
        return new StatementOutline("Live query", "", details, plans, parts);
      } finally {
        if (operators != null) {
          operators.close();
        }
        request.sources().forEach(source -> source.rows().close());
      }
    }

    @Override
    public Subscription register(
        LiveQueries queries, SubscriptionOptions options, ChangeListener listener) {
      return queries.subscribe(request, options, listener);
    }

    @Override
    public void discard() {
      request.close();
    }

    @Override
    public Missed changesSince(Engine engine, long seq) {
      discard();
      // Taken before the tables are looked at: what it contains is not overlooked then.
      long present;
      try (ReadView view = engine.pipeline().acquireView()) {
        present = view.seq();
      }
      String changed = request.reader().changedSince(seq);
      return changed == null ? Missed.nothing(Math.max(seq, present)) : Missed.lost(changed);
    }
  }

  /** What makes two live queries with a result that is kept the same. */
  private record ResultKey(ShareKey query, QueryArguments.Asker asker) {}

  /** What makes two live queries on a partition the same. */
  record ShareKey(
      String sql,
      String namespace,
      @Nullable UserId user,
      List<@Nullable Object> parameters,
      List<Integer> schemas) {
    /** The same for what outlives the process. */
    byte[] digest() {
      StringBuilder text = new StringBuilder(namespace).append('\n').append(sql);
      for (Object parameter : parameters) {
        Object[] value = {parameter};
        text.append('\n')
            .append(parameter == null ? "" : parameter.getClass().getName())
            .append(Arrays.deepToString(value));
      }
      try {
        return MessageDigest.getInstance("SHA-256")
            .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("Every JVM has SHA-256", e);
      }
    }
  }

  private static String nameOf(TableDefinition table) {
    return (table.partitioned() == null ? "" : "all users of ") + table.id();
  }

  private static String foundBy(TableDefinition table, EqualityCondition condition) {
    String column = table.schema().column(table.schema().positionOf(condition.columnId())).name();
    return column + (condition.values().size() == 1 ? " = constant" : " IN (constants)");
  }

  /** How a live query would be kept true, for EXPLAIN. */
  static StatementOutline outline(
      Engine engine,
      EngineSession session,
      SubscribeStatement subscribe,
      @Nullable Object[] parameters,
      boolean load) {
    return new LiveBinding(engine, session, subscribe.sql(), subscribe, parameters)
        .bind(subscribe.query())
        .outline(engine, load);
  }

  static Bound bind(
      Engine engine,
      EngineSession session,
      ParsedStatement statement,
      @Nullable Object[] parameters) {
    if (statement.statement() instanceof SelectStatement select) {
      return new LiveBinding(engine, session, statement.sql(), null, parameters)
          .bind(select.query());
    }
    if (statement.statement() instanceof SubscribeStatement subscribe) {
      return new LiveBinding(engine, session, statement.sql(), subscribe, parameters)
          .bind(subscribe.query());
    }
    throw new KalamException(ErrorCode.WRONG_OBJECT_TYPE, "Only a SELECT can be subscribed to");
  }

  private Bound bind(Query query) {
    LivePlans.Key key =
        new LivePlans.Key(
            queryText,
            session.scope(catalog),
            session.userId() != null,
            session.role().sqlName(),
            catalog.version());
    LivePlans.Rows rows = engine.livePlans().rows(key, () -> rowsOf(query));
    return rows != null ? bind(rows) : bind(query, binder.bindQuery(query));
  }

  /** The query as columns and a filter of one table; null if it is another one. */
  private LivePlans.@Nullable Rows rowsOf(Query query) {
    BoundSubscription bound = binder.bindSubscription(query);
    return bound == null
        ? null
        : new LivePlans.Rows(
            new RowQuery(
                queryText,
                bound.table(),
                bound.filter(),
                bound.projection(),
                bound.columns(),
                engine.allocator(),
                engine.liveSnapshots()),
            bound.parameterTypes());
  }

  private QueryArguments arguments(List<DataType> types) {
    return new QueryArguments(
        session.asker(),
        engine.options().clock().instant(),
        QueryExecutor.coerce(types, parameters, session.settings().zone()));
  }

  private @Nullable UserId userOf(TableDefinition table) {
    return table.type().isPerUser() ? session.userId() : null;
  }

  // ---- one table's rows

  private Bound bind(LivePlans.Rows rows) {
    QueryArguments arguments = arguments(rows.parameterTypes());
    EvaluatedSubscription query = new EvaluatedSubscription(rows.query(), arguments);
    return new BoundRows(
        new SubscriptionRequest(
            queryText, query.user(), session.userId(), session.role(), query, query, query),
        query,
        List.of(query.table().stored()),
        sqlOptions,
        new ShareKey(
            queryText, session.scope(catalog), query.user(), arguments.values(), List.of()));
  }

  // ---- any query

  private Bound bind(Query query, BoundQuery bound) {
    List<Scan> scans = new ArrayList<>();
    collect(bound.plan(), scans);
    if (scans.isEmpty()) {
      throw query
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED, "a live query that reads no table is not supported");
    }
    for (Scan scan : scans) {
      if (SystemTable.of(scan.table()) != null) {
        throw query
            .position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "a live query of a system table is not supported: " + scan.table().id());
      }
      if (scan.table().options().ephemeral()) {
        throw query
            .position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "a live query over an ephemeral stream filters and projects its events, no more:"
                    + " nothing is kept of "
                    + scan.table().id())
            .withHint("Leave EPHEMERAL out, or filter the events one by one.");
      }
    }
    QueryArguments arguments = arguments(bound.parameterTypes());
    IncrementalQuery operators = null;
    String fallback = null;
    try {
      operators =
          IncrementalPlanner.plan(
              engine.plans().optimizer().forChanges().optimize(bound.plan()),
              arguments.newContext(),
              engine.allocator());
    } catch (NotIncremental e) {
      fallback = e.reason();
    }
    List<ResultSource> sources =
        operators == null ? rerunSources(bound.plan(), arguments) : sources(operators, arguments);
    ShareKey key =
        new ShareKey(
            queryText,
            session.scope(catalog),
            session.userId(),
            arguments.values(),
            // What * means is not what it meant before its table was altered.
            scans.stream().map(scan -> scan.table().schema().version()).toList());
    // The operators know one moment for good; each run of the query is a new one.
    Supplier<EvaluationContext> contexts =
        operators == null
            ? () -> arguments.at(engine.options().clock().instant()).newContext()
            : arguments::newContext;
    ResultRequest request =
        new ResultRequest(
            queryText,
            session.userId(),
            session.role(),
            bound.resultColumns(),
            operators,
            fallback,
            new RerunQuery(
                bound.plan(), ResultKeys.of(bound.plan()), ResultKeys.isOrdered(bound.plan())),
            sources,
            new LiveReaders(engine, session.userId(), contexts, bound.plan()),
            new ResultKey(key, session.asker()));
    return new BoundResult(
        request,
        scans.stream().map(scan -> scan.table().stored()).distinct().toList(),
        sqlOptions,
        key);
  }

  private static void collect(LogicalPlan plan, List<Scan> scans) {
    if (plan instanceof Scan scan) {
      scans.add(scan);
    }
    plan.inputs().forEach(input -> collect(input, scans));
  }

  private List<ResultSource> sources(IncrementalQuery operators, QueryArguments arguments) {
    List<ResultSource> sources = new ArrayList<>();
    for (IncrementalQuery.Source source : operators.sources()) {
      sources.add(
          new ResultSource(
              compiled(source.table(), source.filter(), source.values(), arguments),
              userOf(source.table()),
              source));
    }
    return sources;
  }

  private CompiledSubscription compiled(
      TableDefinition table,
      @Nullable Expression filter,
      List<Expression> values,
      QueryArguments arguments) {
    return new EvaluatedSubscription(
        new RowQuery(
            queryText,
            table,
            filter,
            values,
            List.of(),
            engine.allocator(),
            engine.liveSnapshots()),
        arguments);
  }

  /** Every table with the columns that the query uses: a change of others changes nothing. */
  private List<ResultSource> rerunSources(LogicalPlan plan, QueryArguments arguments) {
    List<Scan> pruned = new ArrayList<>();
    collect(engine.plans().optimizer().pruning().optimize(plan), pruned);
    List<ResultSource> sources = new ArrayList<>();
    for (Scan scan : pruned) {
      List<Expression> used = new ArrayList<>();
      for (int number : scan.scanColumns()) {
        if (number >= 0) {
          used.add(
              new Expression.Column(
                  number,
                  scan.table().schema().column(number).type(),
                  scan.table().schema().column(number).name()));
        }
      }
      sources.add(
          new ResultSource(
              compiled(scan.table(), null, used, arguments), userOf(scan.table()), null));
    }
    return sources;
  }
}
