package org.kalamdb.internal.engine;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Durability;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.exec.PhysicalPlanner;
import org.kalamdb.internal.exec.PointRead;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.system.Viewer;
import org.kalamdb.internal.txn.TransactionCommit;
import org.kalamdb.query.Result;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Role;
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
    if (bound instanceof BoundParts parts) {
      return new Description(describe(parts.main()).columns(), parts.parameterTypes());
    }
    if (bound instanceof BoundQuery query) {
      return new Description(query.resultColumns(), query.parameterTypes());
    }
    Returning returning = bound instanceof BoundWrite write ? write.returning() : null;
    return new Description(
        returning == null ? List.of() : returning.columns(), bound.parameterTypes());
  }

  SessionTransaction begin() {
    return session.beginStatement();
  }

  BoundStatement plan(ParsedStatement statement, SessionTransaction transaction) {
    return planned(statement, transaction).bound();
  }

  private Plans.Planned planned(ParsedStatement statement, SessionTransaction transaction) {
    Statement inner =
        statement.statement() instanceof ExplainStatement explain
            ? explain.statement()
            : statement.statement();
    if (!(inner instanceof SelectStatement)) {
      session.permissions().checkWriting("a change of rows");
    }
    return engine.plans().plan(statement, session, transaction.catalog());
  }

  /** A SELECT; the result holds the snapshot until it is closed, unless its WITH writes. */
  Result query(ParsedStatement statement, @Nullable Object[] parameters) {
    SessionTransaction open = session.transaction();
    if (open != null) {
      Plans.Planned planned = planned(statement, open);
      if (planned.bound() instanceof BoundParts) {
        return write(statement, parameters);
      }
      if (planned.point() != null) {
        return readPoint(planned, planned.point(), parameters, open);
      }
      return openQuery(planned, parameters, open.pin());
    }
    SessionTransaction transaction = begin();
    boolean handedOver = false;
    try {
      Plans.Planned planned = planned(statement, transaction);
      if (planned.bound() instanceof BoundParts) {
        return write(statement, parameters);
      }
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
        context.useThreads();
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
      return new ListResult(columns, rows, -1, engine);
    }
  }

  ExecutionContext context(
      SessionTransaction transaction, BoundStatement bound, @Nullable Object[] parameters) {
    EvaluationContext evaluation = evaluation(bound, parameters);
    return new ExecutionContext(
        engine.reader(snapshot(transaction, evaluation), viewer(evaluation, session.userId())),
        session.userId(),
        engine.resources(),
        evaluation,
        cancel);
  }

  /** Whose rows of system tables a statement sees that is evaluated so. */
  static Viewer viewer(EvaluationContext evaluation, @Nullable UserId user) {
    String role = evaluation.role();
    boolean everybody = role.equals(Role.DBA.sqlName()) || role.equals(Role.SYSTEM.sqlName());
    return new Viewer(everybody, user);
  }

  private TableSnapshot snapshot(SessionTransaction transaction, EvaluationContext evaluation) {
    return snapshot(transaction, evaluation, transaction.visibleWrites());
  }

  private TableSnapshot snapshot(
      SessionTransaction transaction, EvaluationContext evaluation, WriteSet visible) {
    return new TableSnapshot(
        engine.tables(),
        transaction.view().snapshot(),
        transaction.view().seq(),
        evaluation.statementTime().toEpochMilli(),
        visible,
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
    List<@Nullable Object> parameters = coerce(types, given, session.settings().zone());
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

  /** Parameters in the types they were bound with; arrays are copies. */
  static List<@Nullable Object> coerce(
      List<DataType> types, @Nullable Object[] given, ZoneId zone) {
    if (given.length != types.size()) {
      throw new KalamException(
          ErrorCode.UNDEFINED_PARAMETER,
          "the statement takes " + types.size() + " parameters, " + given.length + " were given");
    }
    List<@Nullable Object> parameters = new ArrayList<>(given.length);
    for (int i = 0; i < given.length; i++) {
      parameters.add(ownOf(Values.coerceParameter(given[i], types.get(i), zone)));
    }
    return parameters;
  }

  /** A row keeps its values, in the feed too, where the caller may fill an array again. */
  private static @Nullable Object ownOf(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      return bytes.clone();
    }
    return value instanceof float[] numbers ? numbers.clone() : value;
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
          session.permissions().checkWrite(table);
          transaction.checkWritable("COPY FROM");
          transaction.beginWrite();
          EvaluationContext evaluation = evaluation(write, new Object[0]);
          try (WriteRun run =
              new WriteRun(
                  engine,
                  session.userId(),
                  transaction,
                  snapshot(transaction, evaluation),
                  evaluation,
                  cancel)) {
            return run.copy(table, copied(table.schema(), columns), source);
          }
        });
  }

  private static List<Integer> copied(TableSchema schema, List<Identifier> columns) {
    List<Integer> targets = new ArrayList<>();
    for (Identifier column : columns) {
      int index = schema.indexOf(column.name());
      if (schema.column(index).generatedSql() != null) {
        throw column
            .position()
            .error(
                ErrorCode.INVALID_COLUMN_REFERENCE,
                "column \"" + column.name() + "\" is a generated column")
            .withHint("Generated columns cannot be used in COPY.");
      }
      targets.add(index);
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
          if (plan(statement, all) instanceof BoundQuery) {
            throw statement
                .statement()
                .position()
                .error(ErrorCode.FEATURE_NOT_SUPPORTED, "a batch takes a statement that writes");
          }
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
    return retrying(
        () -> {
          try (SessionTransaction transaction = begin()) {
            T result = work.apply(transaction);
            commit(transaction);
            return result;
          }
        });
  }

  private <T> T retrying(Supplier<T> attempted) {
    for (int attempt = 1; ; attempt++) {
      try {
        return attempted.get();
      } catch (KalamException e) {
        if (e.code() != ErrorCode.SERIALIZATION_FAILURE || attempt == MAX_ATTEMPTS) {
          throw e;
        }
      }
      // The winner may be ordered but not yet visible: a new snapshot before that would lose again.
      engine.pipeline().awaitNewest();
    }
  }

  /**
   * Runs work of several statements in a transaction of its own; begins again if another commit was
   * in the way.
   */
  void inOwnTransaction(Consumer<SessionTransaction> work) {
    retrying(
        () -> {
          try (SessionTransaction transaction = begin().asExplicit()) {
            work.accept(transaction);
            commit(transaction);
            return transaction;
          }
        });
  }

  void commit(SessionTransaction transaction) {
    List<CatalogStep> steps = transaction.steps();
    if (steps.isEmpty()
        && (transaction.writes().isEmpty()
            || (transaction.reads() == null
                && engine.storage().events().areLost(transaction.writes())))) {
      return;
    }
    if (transaction.writes().rows().stream().anyMatch(write -> write.newRow() != null)) {
      engine.awaitHotRoom(cancel::check);
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
            engine.storage().events(),
            transaction.firstCatalog(),
            transaction.reads(),
            durability.mode() == Durability.Mode.SYNC);
    long seq =
        engine.commit(
            steps.isEmpty()
                ? rows
                : new DraftCommit(engine.pipeline(), steps, transaction.drafted(), rows));
    session.committed(seq);
    if (durability.mode() == Durability.Mode.INTERVAL) {
      engine.syncWithin(durability.intervalMillis());
    }
    steps.forEach(step -> step.published().accept(seq));
    Set<TableDefinition> written = new HashSet<>();
    TableDefinition last = null;
    for (RowWrite write : transaction.writes().rows()) {
      if (last == null || write.table().number() != last.number()) {
        last = write.table();
        written.add(last);
      }
    }
    written.forEach(engine::tableWritten);
  }

  private WriteOutcome runWrite(
      ParsedStatement statement, @Nullable Object[] parameters, SessionTransaction transaction) {
    BoundStatement bound = plan(statement, transaction);
    EvaluationContext evaluation = evaluation(bound, parameters);
    writesOf(bound).forEach(write -> checkWrite(write, transaction));
    transaction.beginWrite();
    // Parts of a statement do not see what others of them write.
    TableSnapshot snapshot =
        bound instanceof BoundParts && transaction.isExplicit()
            ? snapshot(transaction, evaluation, transaction.writes().copy())
            : snapshot(transaction, evaluation);
    try (WriteRun run =
        new WriteRun(engine, session.userId(), transaction, snapshot, evaluation, cancel)) {
      return bound instanceof BoundParts parts ? run.run(parts) : run.run((BoundWrite) bound);
    }
  }

  private void checkWrite(BoundWrite write, SessionTransaction transaction) {
    session.permissions().checkWrite(write.table());
    engine.checkWritable();
    transaction.checkWritable(write.label());
  }

  private static List<BoundWrite> writesOf(BoundStatement bound) {
    List<BoundWrite> writes = new ArrayList<>();
    if (bound instanceof BoundParts parts) {
      parts.parts().forEach(part -> writes.addAll(writesOf(part.statement())));
      writes.addAll(writesOf(parts.main()));
    } else if (bound instanceof BoundWrite write) {
      writes.add(write);
    }
    return writes;
  }

  /** What a write changed and what its RETURNING gives. */
  record WriteOutcome(long count, List<ResultColumn> columns, List<Row> returned) {
    Result result() {
      return new ListResult(columns, returned, count);
    }
  }
}
