package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.engine.QueryExecutor.WriteOutcome;
import org.kalamdb.internal.exec.CancelToken;
import org.kalamdb.internal.exec.ExecutionContext;
import org.kalamdb.internal.exec.Operator;
import org.kalamdb.internal.exec.PhysicalPlanner;
import org.kalamdb.internal.expr.EvaluationContext;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.internal.write.RowExpression;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.query.Row;
import org.kalamdb.schema.UserId;

/**
 * Runs one bound INSERT, UPDATE or DELETE against a transaction's write set. Rows to change are all
 * read before the first is changed, so that a statement never meets its own writes.
 */
final class WriteExecutor implements AutoCloseable {
  private final Engine engine;
  private final @Nullable UserId user;
  private final TableSnapshot snapshot;
  private final EvaluationContext evaluation;
  private final RowEvaluators evaluators;
  private final TableWriter writer;
  private final int columns;
  private final List<Row> returned = new ArrayList<>();

  WriteExecutor(
      Engine engine,
      @Nullable UserId sessionUser,
      TableDefinition table,
      Transaction transaction,
      TableSnapshot snapshot,
      EvaluationContext evaluation) {
    this.engine = engine;
    this.user = table.type().isPerUser() ? sessionUser : null;
    this.snapshot = snapshot;
    this.evaluation = evaluation;
    this.evaluators = new RowEvaluators(evaluation, engine.allocator());
    this.columns = table.schema().columns().size();
    if (table.type().isPerUser() && sessionUser == null) {
      throw new KalamException(
              ErrorCode.INSUFFICIENT_PRIVILEGE,
              "permission denied for table " + table.id().name() + ": the session has no user")
          .withHint("db.session(userId) works in a user's partition");
    }
    this.writer =
        new TableWriter(
            table,
            engine.rules(table).prepare(evaluators),
            user,
            transaction.writes(),
            snapshot::find);
  }

  WriteOutcome insert(BoundInsert insert) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    List<List<InsertItem>> items = insert.rows();
    if (items != null) {
      for (List<InsertItem> row : items) {
        rows.add(rowOf(insert, row));
      }
    } else {
      read(
          Objects.requireNonNull(insert.source()),
          values -> {
            @Nullable Object[] row = defaults(insert);
            for (int i = 0; i < values.length; i++) {
              row[insert.targetColumns().get(i)] = values[i];
            }
            rows.add(row);
          });
    }
    long count = 0;
    OnConflict conflict = insert.conflict();
    for (@Nullable Object[] row : rows) {
      TableWriter.ExistingRow existing = writer.tryInsert(row);
      if (existing == null) {
        count++;
        addReturned(insert.returning(), row);
      } else if (conflict == null) {
        throw writer.duplicate(row);
      } else if (conflict.assignedColumns() != null) {
        count +=
            updateExisting(conflict, conflict.assignedColumns(), existing, row, insert.returning());
      }
    }
    return outcome(count, insert.returning());
  }

  private @Nullable Object[] defaults(BoundInsert insert) {
    @Nullable Object[] row = new @Nullable Object[columns];
    for (int i = 0; i < columns; i++) {
      if (!insert.targetColumns().contains(i)) {
        row[i] = writer.defaultOf(i);
      }
    }
    return row;
  }

  private @Nullable Object[] rowOf(BoundInsert insert, List<InsertItem> items) {
    @Nullable Object[] row = defaults(insert);
    List<Integer> targets = insert.targetColumns();
    for (int i = 0; i < targets.size(); i++) {
      Expression value = i < items.size() ? items.get(i).value() : null;
      row[targets.get(i)] =
          value == null ? writer.defaultOf(targets.get(i)) : evaluators.constant(value);
    }
    return row;
  }

  private long updateExisting(
      OnConflict conflict,
      List<Integer> assigned,
      TableWriter.ExistingRow existing,
      @Nullable Object[] proposed,
      @Nullable Returning returning) {
    @Nullable Object[] both = new @Nullable Object[columns + 2 + columns];
    System.arraycopy(existing.row(), 0, both, 0, columns);
    both[columns] = existing.base() == null ? 0L : existing.base().seq();
    both[columns + 1] = false;
    System.arraycopy(proposed, 0, both, columns + 2, columns);
    Expression condition = conflict.condition();
    if (condition != null && !Boolean.TRUE.equals(evaluators.overRow(condition).evaluate(both))) {
      return 0;
    }
    @Nullable Object[] updated = Arrays.copyOf(existing.row(), columns);
    for (int i = 0; i < assigned.size(); i++) {
      updated[assigned.get(i)] = evaluators.overRow(conflict.values().get(i)).evaluate(both);
    }
    RowVersion base = existing.base();
    writer.update(
        new RowVersion(
            base == null ? 0 : base.seq(),
            false,
            base == null ? 0 : base.segment(),
            base == null ? 0 : base.segmentRow(),
            existing.row()),
        updated);
    addReturned(returning, updated);
    return 1;
  }

  WriteOutcome update(BoundUpdate update) {
    List<@Nullable Object[]> found = new ArrayList<>();
    read(update.source(), found::add);
    for (@Nullable Object[] source : found) {
      RowVersion base = versionOf(source);
      @Nullable Object[] updated = Arrays.copyOf(source, columns);
      for (int i = 0; i < update.assignedColumns().size(); i++) {
        updated[update.assignedColumns().get(i)] = source[columns + 3 + i];
      }
      writer.update(base, updated);
      addReturned(update.returning(), updated);
    }
    return outcome(found.size(), update.returning());
  }

  WriteOutcome delete(BoundDelete delete) {
    List<@Nullable Object[]> found = new ArrayList<>();
    read(delete.source(), found::add);
    for (@Nullable Object[] source : found) {
      RowVersion base = versionOf(source);
      writer.delete(base);
      addReturned(delete.returning(), base.values());
    }
    return outcome(found.size(), delete.returning());
  }

  /** A row of a source: all columns, then {@code _seq}, segment and row in the segment. */
  private RowVersion versionOf(@Nullable Object[] source) {
    return new RowVersion(
        (Long) Objects.requireNonNull(source[columns]),
        false,
        (Long) Objects.requireNonNull(source[columns + 1]),
        (Long) Objects.requireNonNull(source[columns + 2]),
        Arrays.copyOf(source, columns));
  }

  private void read(LogicalPlan source, Consumer<@Nullable Object[]> rows) {
    try (ExecutionContext context =
            new ExecutionContext(
                snapshot,
                user,
                engine.resources(),
                evaluation,
                CancelToken.until(engine.shutdown()));
        Operator root = PhysicalPlanner.plan(source, context)) {
      for (RecordBatch batch = root.next(); batch != null; batch = root.next()) {
        try (RecordBatch current = batch) {
          for (int i = 0; i < current.selection().size(); i++) {
            rows.accept(Rows.read(current, current.selection().get(i)));
          }
        }
      }
    }
  }

  private void addReturned(@Nullable Returning returning, @Nullable Object[] row) {
    if (returning == null) {
      return;
    }
    @Nullable Object[] layout = Arrays.copyOf(row, columns + 2);
    layout[columns + 1] = false;
    @Nullable Object[] values = new @Nullable Object[returning.expressions().size()];
    for (int i = 0; i < values.length; i++) {
      RowExpression expression = evaluators.overRow(returning.expressions().get(i));
      values[i] = expression.evaluate(layout);
    }
    returned.add(new Row(returning.columns(), values));
  }

  private WriteOutcome outcome(long count, @Nullable Returning returning) {
    return new WriteOutcome(count, returning == null ? List.of() : returning.columns(), returned);
  }

  @Override
  public void close() {
    evaluators.close();
  }
}
