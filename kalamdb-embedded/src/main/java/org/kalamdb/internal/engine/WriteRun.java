package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.engine.QueryExecutor.WriteOutcome;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundQuery;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.Part;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.write.StatementWrites;
import org.kalamdb.query.Row;
import org.kalamdb.schema.UserId;

/**
 * One run of a writing statement: its parts see one snapshot, write to one write set, and what
 * foreign keys ask for is done at its end.
 */
final class WriteRun implements AutoCloseable {
  private final @Nullable UserId sessionUser;
  private final WriteSet writes;
  private final RowEvaluators evaluators;
  private final StatementRows rows;
  private final StatementWrites statement;
  private final boolean seesOwnWrites;

  WriteRun(
      Engine engine,
      @Nullable UserId sessionUser,
      SessionTransaction transaction,
      TableSnapshot snapshot,
      EvaluationContext evaluation,
      CancelToken cancel) {
    this.sessionUser = sessionUser;
    this.writes = transaction.writes();
    this.evaluators = new RowEvaluators(evaluation, engine.allocator());
    this.rows = new StatementRows(engine, sessionUser, snapshot, evaluation, cancel);
    this.seesOwnWrites = snapshot.pending() == writes;
    this.statement =
        new StatementWrites(
            transaction.catalog(),
            writes,
            new SnapshotRows(snapshot, transaction.drafted()),
            changed -> rules(engine, transaction, changed).prepare(evaluators));
  }

  /** Rules of tables as a transaction's own draft has them are nobody else's to find. */
  private static BoundRules rules(
      Engine engine, SessionTransaction transaction, TableDefinition table) {
    return transaction.steps().isEmpty() ? engine.rules(table) : BoundRules.bind(table);
  }

  WriteOutcome run(BoundWrite write) {
    WriteOutcome outcome = executor(write.table()).run(write);
    statement.finish();
    return outcome;
  }

  /** Runs the parts in order and then the main statement, which gives the outcome. */
  WriteOutcome run(BoundParts bound) {
    WriteOutcome outcome;
    writes.beginParts();
    try {
      for (Part part : bound.parts()) {
        rows.provide(part.number(), runPart(part.statement()));
      }
      writes.beginPart();
      outcome =
          bound.main() instanceof BoundQuery query
              ? select(query)
              : executor(((BoundWrite) bound.main()).table()).run((BoundWrite) bound.main());
    } finally {
      writes.endParts();
    }
    statement.finish();
    return outcome;
  }

  private List<@Nullable Object[]> runPart(BoundStatement part) {
    if (part instanceof BoundQuery query) {
      return rows.read(query.plan());
    }
    BoundWrite write = (BoundWrite) part;
    writes.beginPart();
    WriteOutcome outcome = executor(write.table()).run(write);
    return outcome.returned().stream().map(Row::toArray).toList();
  }

  private WriteOutcome select(BoundQuery query) {
    List<Row> selected = new ArrayList<>();
    for (@Nullable Object[] values : rows.read(query.plan())) {
      selected.add(new Row(query.resultColumns(), values));
    }
    return new WriteOutcome(-1, query.resultColumns(), selected);
  }

  /** Inserts rows from outside. */
  long copy(TableDefinition table, List<Integer> targets, QueryExecutor.RowsIn source) {
    long count = executor(table).copy(table, targets, source);
    statement.finish();
    return count;
  }

  private WriteExecutor executor(TableDefinition table) {
    if (table.type().isPerUser() && sessionUser == null) {
      throw new KalamException(
              ErrorCode.INSUFFICIENT_PRIVILEGE,
              "permission denied for table " + table.id().name() + ": the session has no user")
          .withHint("db.session(userId) works in a user's partition");
    }
    UserId user = table.type().isPerUser() ? sessionUser : null;
    return new WriteExecutor(table, statement.writer(table, user), evaluators, rows, seesOwnWrites);
  }

  @Override
  public void close() {
    evaluators.close();
  }
}
