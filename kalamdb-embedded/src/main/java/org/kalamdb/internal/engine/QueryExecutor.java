package org.kalamdb.internal.engine;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Explain;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.exec.PhysicalPlanner;
import org.kalamdb.internal.exec.PointRead;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.WritePrinter;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.txn.TransactionCommit;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;

/**
 * Queries and writes of one session: the plan from the cache, a snapshot (the open transaction's,
 * or one of its own), operators over it, and for writes the commit. An autocommit statement that
 * loses to another writer is run again, a bounded number of times.
 */
final class QueryExecutor {
  private static final int MAX_ATTEMPTS = 50;

  private final Engine engine;
  private final EngineSession session;
  private final CancelToken cancel;

  /**
   * @param cancel stops what is run
   */
  QueryExecutor(Engine engine, EngineSession session, CancelToken cancel) {
    this.engine = engine;
    this.session = session;
    this.cancel = cancel;
  }

  /** Stops what is run. */
  CancelToken cancel() {
    return cancel;
  }

  /** What a statement takes and returns. */
  record Description(List<ResultColumn> columns, List<DataType> parameterTypes) {}

  Description describe(ParsedStatement statement) {
    if (!Plans.isPlanned(statement.statement())) {
      return new Description(List.of(), List.of());
    }
    SessionTransaction open = session.transaction();
    if (open != null) {
      return describe(plan(statement, open));
    }
    try (SessionTransaction transaction = begin()) {
      return describe(plan(statement, transaction));
    }
  }

  private static Description describe(BoundStatement bound) {
    if (bound instanceof BoundQuery query) {
      return new Description(query.resultColumns(), query.parameterTypes());
    }
    Returning returning = bound instanceof BoundWrite write ? write.returning() : null;
    return new Description(
        returning == null ? List.of() : returning.columns(), bound.parameterTypes());
  }

  private SessionTransaction begin() {
    return session.beginStatement();
  }

  private BoundStatement plan(ParsedStatement statement, SessionTransaction transaction) {
    return planned(statement, transaction).bound();
  }

  private Plans.Planned planned(ParsedStatement statement, SessionTransaction transaction) {
    return engine.plans().plan(statement, session, transaction.catalog());
  }

  /** A SELECT; the result holds the snapshot until it is closed. */
  Result query(ParsedStatement statement, @Nullable Object[] parameters) {
    SessionTransaction open = session.transaction();
    if (open != null) {
      Plans.Planned planned = planned(statement, open);
      if (planned.point() != null) {
        return readPoint(planned, planned.point(), parameters, open);
      }
      return openQuery(planned, parameters, open.pin());
    }
    SessionTransaction transaction = begin();
    boolean handedOver = false;
    try {
      Plans.Planned planned = planned(statement, transaction);
      if (planned.point() != null) {
        return readPoint(planned, planned.point(), parameters, transaction);
      }
      handedOver = true;
      return openQuery(planned, parameters, transaction);
    } finally {
      if (!handedOver) {
        transaction.close();
      }
    }
  }

  /** Opens a result that owns the transaction; closes it if that fails. */
  private Result openQuery(
      Plans.Planned planned, @Nullable Object[] parameters, SessionTransaction transaction) {
    BoundQuery bound = (BoundQuery) planned.bound();
    ExecutionContext context = null;
    try {
      context = context(transaction, bound, parameters);
      if (!transaction.isExplicit()) {
        context.readAhead();
      }
      Operator root = PhysicalPlanner.plan(engine.plans().arrange(bound.plan(), context), context);
      return new OperatorResult(
          bound.resultColumns(), root, context, () -> end(transaction), engine);
    } catch (RuntimeException | Error e) {
      if (context != null) {
        context.close();
      }
      transaction.close();
      throw e;
    }
  }

  /** The result of a query is closed. */
  private void end(SessionTransaction transaction) {
    session.statements().end(cancel);
    transaction.close();
  }

  /** One row by its primary key, without batches. */
  private Result readPoint(
      Plans.Planned planned,
      PointRead point,
      @Nullable Object[] parameters,
      SessionTransaction transaction) {
    EvaluationContext evaluation = evaluation(planned.bound(), parameters);
    PointReader reader = new PointReader(snapshot(transaction, evaluation), session.userId());
    try (RowEvaluators evaluators = new RowEvaluators(evaluation, engine.allocator())) {
      @Nullable Object[] values = reader.read(point, evaluators);
      List<ResultColumn> columns = planned.columns();
      List<Row> rows = values == null ? List.of() : List.of(new Row(columns, values));
      return new ListResult(columns, rows, -1, engine.allocator());
    }
  }

  private ExecutionContext context(
      SessionTransaction transaction, BoundStatement bound, @Nullable Object[] parameters) {
    EvaluationContext evaluation = evaluation(bound, parameters);
    return new ExecutionContext(
        snapshot(transaction, evaluation),
        session.userId(),
        engine.resources(),
        evaluation,
        cancel);
  }

  private TableSnapshot snapshot(SessionTransaction transaction, EvaluationContext evaluation) {
    return new TableSnapshot(
        engine.tables(),
        transaction.view().snapshot(),
        transaction.view().seq(),
        evaluation.statementTime().toEpochMilli(),
        transaction.visibleWrites(),
        transaction.reads());
  }

  private EvaluationContext evaluation(BoundStatement bound, @Nullable Object[] given) {
    return evaluation(engine, session, bound.parameterTypes(), given);
  }

  /**
   * The parameters in the types they were bound with, and what expressions may know of the session.
   */
  static EvaluationContext evaluation(
      Engine engine, EngineSession session, List<DataType> types, @Nullable Object[] given) {
    if (given.length != types.size()) {
      throw new KalamException(
          ErrorCode.UNDEFINED_PARAMETER,
          "the statement takes " + types.size() + " parameters, " + given.length + " were given");
    }
    List<@Nullable Object> parameters = new ArrayList<>(given.length);
    for (int i = 0; i < given.length; i++) {
      parameters.add(Values.coerceParameter(given[i], types.get(i), session.settings().zone()));
    }
    Instant now = engine.options().clock().instant();
    UserId user = session.userId();
    return EvaluationContext.builder(engine.ids())
        .parameters(parameters)
        .statementTime(now)
        .user(user == null ? "" : user.value())
        .role(session.role().sqlName())
        .namespace(session.namespace())
        .zone(session.settings().zone())
        .build();
  }

  /** INSERT, UPDATE or DELETE: in the open transaction, or committed before it returns. */
  Result write(ParsedStatement statement, @Nullable Object[] parameters) {
    return inTransaction(transaction -> runWrite(statement, parameters, transaction).result());
  }

  /** Gives rows for the target columns of a table, one after the other. */
  @FunctionalInterface
  interface RowsIn {
    void forEach(TableDefinition table, List<Integer> targets, Consumer<@Nullable Object[]> each);
  }

  /**
   * Rows from outside into the table of an INSERT, in one commit.
   *
   * @param columns written target columns; empty: all that can be given values
   */
  long copyIn(ParsedStatement insert, List<Identifier> columns, RowsIn source) {
    return inTransaction(
        transaction -> {
          BoundWrite write = (BoundWrite) plan(insert, transaction);
          TableDefinition table = write.table();
          session.role().checkWrite(table);
          transaction.checkWritable("COPY FROM");
          transaction.beginWrite();
          EvaluationContext evaluation = evaluation(write, new Object[0]);
          try (WriteExecutor executor =
              new WriteExecutor(
                  engine,
                  session.userId(),
                  table,
                  transaction,
                  snapshot(transaction, evaluation),
                  evaluation,
                  cancel)) {
            return executor.copy(table, copied(table.schema(), columns), source);
          }
        });
  }

  private static List<Integer> copied(TableSchema schema, List<Identifier> columns) {
    List<Integer> targets = new ArrayList<>();
    for (Identifier column : columns) {
      targets.add(schema.indexOf(column.name()));
    }
    for (int i = 0; i < schema.visibleColumns() && columns.isEmpty(); i++) {
      if (schema.column(i).generatedSql() == null) {
        targets.add(i);
      }
    }
    return targets;
  }

  /** Writing statements without parameters, all in one commit. */
  void writeAll(List<ParsedStatement> statements) {
    inTransaction(
        transaction -> {
          SessionTransaction all =
              transaction.isExplicit() ? transaction : transaction.asExplicit();
          long count = 0;
          for (ParsedStatement statement : statements) {
            count += runWrite(statement, new Object[0], all).count();
          }
          return count;
        });
  }

  /** The statement once per row of parameters, all in one commit. */
  long[] writeBatch(ParsedStatement statement, List<@Nullable Object[]> rows) {
    return inTransaction(
        transaction -> {
          long[] counts = new long[rows.size()];
          // Later rows see what earlier ones wrote.
          SessionTransaction all =
              transaction.isExplicit() ? transaction : transaction.asExplicit();
          for (int i = 0; i < counts.length; i++) {
            counts[i] = runWrite(statement, rows.get(i), all).count();
          }
          return counts;
        });
  }

  private <T> T inTransaction(java.util.function.Function<SessionTransaction, T> work) {
    SessionTransaction open = session.transaction();
    if (open != null) {
      return work.apply(open);
    }
    for (int attempt = 1; ; attempt++) {
      try (SessionTransaction transaction = begin()) {
        T result = work.apply(transaction);
        commit(transaction);
        return result;
      } catch (KalamException e) {
        if (e.code() != ErrorCode.SERIALIZATION_FAILURE || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
      // The winner may be ordered but not yet visible: a new snapshot before that would lose again.
      engine.pipeline().awaitNewest();
    }
  }

  void commit(SessionTransaction transaction) {
    List<CatalogStep> steps = transaction.steps();
    if (transaction.writes().isEmpty() && steps.isEmpty()) {
      return;
    }
    Durability wanted = transaction.options().durability();
    Durability durability = wanted == null ? session.settings().durability() : wanted;
    TransactionCommit rows =
        new TransactionCommit(
            transaction.writes(),
            transaction.firstSeq(),
            engine.tables(),
            engine.pipeline(),
            engine.counters(),
            engine.flushes(),
            transaction.firstCatalog(),
            transaction.reads(),
            durability.mode() == Durability.Mode.SYNC);
    long seq =
        engine.commit(steps.isEmpty() ? rows : new DraftCommit(engine.pipeline(), steps, rows));
    if (durability.mode() == Durability.Mode.INTERVAL) {
      engine.syncWithin(durability.intervalMillis());
    }
    steps.forEach(step -> step.published().accept(seq));
    Set<TableDefinition> written = new HashSet<>();
    transaction.writes().rows().forEach(write -> written.add(write.table()));
    written.forEach(engine::tableWritten);
  }

  private WriteOutcome runWrite(
      ParsedStatement statement, @Nullable Object[] parameters, SessionTransaction transaction) {
    BoundWrite write = (BoundWrite) plan(statement, transaction);
    EvaluationContext evaluation = evaluation(write, parameters);
    session.role().checkWrite(write.table());
    transaction.checkWritable(write.label());
    transaction.beginWrite();
    try (WriteExecutor executor =
        new WriteExecutor(
            engine,
            session.userId(),
            write.table(),
            transaction,
            snapshot(transaction, evaluation),
            evaluation,
            cancel)) {
      return executor.run(write);
    }
  }

  /** What a write changed and what its RETURNING gives. */
  record WriteOutcome(long count, List<ResultColumn> columns, List<Row> returned) {
    Result result() {
      return new ListResult(columns, returned, count);
    }
  }

  Result explain(
      ParsedStatement parsed, ExplainStatement statement, @Nullable Object[] parameters) {
    try (SessionTransaction own = session.transaction() == null ? begin() : null) {
      SessionTransaction transaction = own == null ? session.transaction() : own;
      if (transaction == null) {
        throw new IllegalStateException("no transaction");
      }
      BoundStatement bound = plan(parsed, transaction);
      if (bound instanceof BoundWrite write) {
        return explain(parsed, write, statement, parameters);
      }
      if (!(bound instanceof BoundQuery query)) {
        throw statement
            .position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED, "EXPLAIN of this statement is not supported yet");
      }
      ShowExecutor.Listing lines =
          new ShowExecutor.Listing()
              .column("plan", statement.json() ? DataType.JSON : DataType.TEXT);
      explain(query, statement, transaction, parameters).forEach(lines::row);
      return lines.result();
    }
  }

  /** The plans of a write; ANALYZE carries it out. */
  private Result explain(
      ParsedStatement parsed,
      BoundWrite write,
      ExplainStatement statement,
      @Nullable Object[] parameters) {
    if (statement.json()) {
      throw statement
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "EXPLAIN (FORMAT JSON) is for queries only");
    }
    ShowExecutor.Listing lines = new ShowExecutor.Listing().column("plan", DataType.TEXT);
    List<String> notes = new ArrayList<>();
    if (statement.analyze()) {
      long start = System.nanoTime();
      long count = inTransaction(tx -> runWrite(parsed, parameters, tx)).count();
      notes.add(
          String.format(
              Locale.ROOT, "rows: %d, time: %.3f ms", count, (System.nanoTime() - start) / 1e6));
    }
    WritePrinter.print(write, notes).forEach(lines::row);
    return lines.result();
  }

  private List<String> explain(
      BoundQuery query,
      ExplainStatement statement,
      SessionTransaction transaction,
      @Nullable Object[] parameters) {
    // What is not run needs no values.
    boolean unknown = !statement.analyze() && parameters.length == 0;
    @Nullable Object[] values =
        unknown ? new @Nullable Object[query.parameterTypes().size()] : parameters;
    try (ExecutionContext context = context(transaction, query, values)) {
      LogicalPlan plan = engine.plans().arrange(query.plan(), context);
      Explain explain =
          statement.analyze()
              ? Explain.analyze(plan, context)
              : Explain.of(plan, context.estimates());
      return statement.json() ? List.of(explain.json()) : explain.text();
    }
  }
}
