package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.engine.QueryExecutor.WriteOutcome;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundMerge;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.internal.write.TableWriter.ExistingRow;
import org.kalamdb.internal.write.TableWriter.RowUpdate;

/**
 * Runs one bound INSERT, UPDATE, DELETE or MERGE against a transaction's write set. Rows to change
 * are all read before the first is changed, so that a statement never meets its own writes.
 */
final class WriteExecutor {
  private final RowEvaluators evaluators;
  private final StatementRows rows;
  private final TableWriter writer;
  private final int columns;
  private final boolean seesOwnWrites;

  /**
   * @param seesOwnWrites whether queries see what the writer writes
   */
  WriteExecutor(
      TableDefinition table,
      TableWriter writer,
      RowEvaluators evaluators,
      StatementRows rows,
      boolean seesOwnWrites) {
    this.evaluators = evaluators;
    this.rows = rows;
    this.writer = writer;
    this.columns = table.schema().columns().size();
    this.seesOwnWrites = seesOwnWrites;
  }

  WriteOutcome run(BoundWrite write) {
    ReturnedRows returned = new ReturnedRows(write.returning(), columns, evaluators, rows);
    long count;
    if (write instanceof BoundInsert insert) {
      count = insert(insert, returned);
    } else if (write instanceof BoundUpdate update) {
      count = update(update, returned);
    } else if (write instanceof BoundDelete delete) {
      count = delete(delete, returned);
    } else {
      count =
          new MergeRun((BoundMerge) write, writer, evaluators, returned)
              .run(rows.read(((BoundMerge) write).source()));
    }
    return returned.outcome(count);
  }

  private long insert(BoundInsert insert, ReturnedRows returned) {
    OnConflict conflict = insert.conflict();
    if (conflict == null) {
      Counter count = new Counter();
      proposed(
          insert,
          row -> {
            writer.insert(row);
            returned.add(row);
            count.value++;
          });
      return count.value;
    }
    List<@Nullable Object[]> proposed = new ArrayList<>();
    proposed(
        insert,
        row -> {
          rows.keep(row);
          proposed.add(row);
        });
    return insertOrUpdate(proposed, conflict, returned);
  }

  /** Inserts rows that hold a value, or {@link CopySource#DEFAULT}, for each target column. */
  long copy(TableDefinition table, List<Integer> targets, QueryExecutor.RowsIn source) {
    Counter count = new Counter();
    source.forEach(
        table,
        targets,
        values -> {
          @Nullable Object[] row = new @Nullable Object[columns];
          for (int i = 0; i < columns; i++) {
            int at = targets.indexOf(i);
            row[i] = at < 0 || values[at] == CopySource.DEFAULT ? writer.defaultOf(i) : values[at];
          }
          writer.insert(row);
          count.value++;
        });
    return count.value;
  }

  private static final class Counter {
    private long value;
  }

  /** The rows an INSERT brings, one after the other, each in a new array. */
  private void proposed(BoundInsert insert, Consumer<@Nullable Object[]> each) {
    List<List<InsertItem>> written = insert.rows();
    if (written != null) {
      @Nullable Object[] values =
          insert.subqueries() == null ? null : rows.read(insert.subqueries()).get(0);
      for (List<InsertItem> items : written) {
        each.accept(rowOf(insert, items, values));
      }
      return;
    }
    Consumer<@Nullable Object[]> fill =
        values -> {
          @Nullable Object[] row = defaults(insert);
          for (int i = 0; i < values.length; i++) {
            row[insert.targetColumns().get(i)] = values[i];
          }
          each.accept(row);
        };
    if (seesOwnWrites) {
      rows.read(Objects.requireNonNull(insert.source())).forEach(fill);
    } else {
      rows.forEach(Objects.requireNonNull(insert.source()), fill);
    }
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

  private @Nullable Object[] rowOf(
      BoundInsert insert, List<InsertItem> items, @Nullable Object @Nullable [] subqueries) {
    @Nullable Object[] row = defaults(insert);
    List<Integer> targets = insert.targetColumns();
    for (int i = 0; i < targets.size(); i++) {
      Expression value = i < items.size() ? items.get(i).value() : null;
      row[targets.get(i)] =
          value == null
              ? writer.defaultOf(targets.get(i))
              : subqueries == null
                  ? evaluators.constant(value)
                  : evaluators.overRow(value).evaluate(subqueries);
    }
    return row;
  }

  /** Row by row: what one row leaves behind, the next one meets. */
  private long insertOrUpdate(
      List<@Nullable Object[]> proposed, OnConflict conflict, ReturnedRows returned) {
    Set<ByteKey> touched = new HashSet<>();
    boolean updates = conflict.assignedColumns() != null;
    long count = 0;
    for (@Nullable Object[] row : proposed) {
      ExistingRow existing = writer.tryInsert(row, conflict.columns());
      @Nullable Object @Nullable [] left = null;
      if (existing == null) {
        left = row;
        if (updates) {
          touched.add(writer.identityOf(new RowVersion(0, false, 0, 0, row)));
        }
      } else if (updates) {
        left = updateConflict(existing, row, conflict, touched);
      }
      if (left != null) {
        count++;
        returned.add(left);
      }
    }
    return count;
  }

  private @Nullable Object[] bothRows(ExistingRow existing, @Nullable Object[] proposed) {
    @Nullable Object[] both = new @Nullable Object[columns + 2 + columns];
    System.arraycopy(existing.row(), 0, both, 0, columns);
    both[columns] = existing.base() == null ? 0L : existing.base().seq();
    both[columns + 1] = false;
    System.arraycopy(proposed, 0, both, columns + 2, columns);
    return both;
  }

  /** The updated row; null if WHERE leaves the existing one as it is. */
  private @Nullable Object @Nullable [] updateConflict(
      ExistingRow existing,
      @Nullable Object[] proposed,
      OnConflict conflict,
      Set<ByteKey> touched) {
    if (touched.contains(new ByteKey(existing.key()))) {
      throw twice();
    }
    @Nullable Object[] both =
        rows.widened(conflict.input(), List.<@Nullable Object[]>of(bothRows(existing, proposed)))
            .get(0);
    Expression condition = conflict.condition();
    if (condition != null && !Boolean.TRUE.equals(evaluators.overRow(condition).evaluate(both))) {
      return null;
    }
    touched.add(new ByteKey(existing.key()));
    List<Integer> assigned = Objects.requireNonNull(conflict.assignedColumns());
    @Nullable Object[] updated = Arrays.copyOf(existing.row(), columns);
    for (int i = 0; i < assigned.size(); i++) {
      updated[assigned.get(i)] = evaluators.overRow(conflict.values().get(i)).evaluate(both);
    }
    writer.update(List.of(new RowUpdate(versionOf(existing), updated)));
    touched.add(writer.identityOf(new RowVersion(0, false, 0, 0, updated)));
    return updated;
  }

  private static KalamException twice() {
    return new KalamException(
            ErrorCode.CARDINALITY_VIOLATION,
            "ON CONFLICT DO UPDATE command cannot affect row a second time")
        .withHint(
            "Ensure that no rows proposed for insertion within the same command have duplicate"
                + " constrained values.");
  }

  private static RowVersion versionOf(ExistingRow existing) {
    RowVersion base = existing.base();
    return base == null
        ? new RowVersion(0, false, 0, 0, existing.row())
        : new RowVersion(base.seq(), false, base.segment(), base.segmentRow(), existing.row());
  }

  private long update(BoundUpdate update, ReturnedRows returned) {
    int assigned = columns + 3;
    int carried = assigned + update.assignedColumns().size();
    List<RowUpdate> updates = new ArrayList<>();
    List<@Nullable Object[]> sources = new ArrayList<>();
    Set<ByteKey> seen = new HashSet<>();
    for (@Nullable Object[] source : rows.read(update.source())) {
      RowVersion base = versionOf(source);
      if (update.joined() && !seen.add(writer.identityOf(base))) {
        continue;
      }
      @Nullable Object[] updated = Arrays.copyOf(source, columns);
      for (int i = 0; i < update.assignedColumns().size(); i++) {
        updated[update.assignedColumns().get(i)] = source[assigned + i];
      }
      updates.add(new RowUpdate(base, updated));
      sources.add(source);
    }
    writer.update(updates);
    for (int i = 0; i < updates.size(); i++) {
      returned.add(updates.get(i).updated(), sources.get(i), carried);
    }
    return updates.size();
  }

  private long delete(BoundDelete delete, ReturnedRows returned) {
    long count = 0;
    Set<ByteKey> seen = new HashSet<>();
    for (@Nullable Object[] source : rows.read(delete.source())) {
      RowVersion base = versionOf(source);
      if (delete.joined() && !seen.add(writer.identityOf(base))) {
        continue;
      }
      writer.delete(base);
      returned.add(base.values(), source, columns + 3);
      count++;
    }
    return count;
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
}
