package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundMerge;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeAction;
import org.kalamdb.internal.sql.plan.BoundStatement.MergeBranch;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.write.TableWriter;
import org.kalamdb.internal.write.TableWriter.RowUpdate;

/**
 * One run of a MERGE: decides for every joined row, then changes the table, so that no row meets
 * what the statement did to another. Expressions of branches that do not apply are not computed.
 */
final class MergeRun {
  private final BoundMerge merge;
  private final TableWriter writer;
  private final RowEvaluators evaluators;
  private final ReturnedRows returned;
  private final int columns;
  private final int sourceAt;
  private final List<RowVersion> deletes = new ArrayList<>();
  private final List<RowUpdate> updates = new ArrayList<>();
  private final List<@Nullable Object[]> inserts = new ArrayList<>();
  private final Set<ByteKey> touched = new HashSet<>();

  /** A changed row, the joined row it comes from and what was done. */
  private record Outcome(MergeAction action, @Nullable Object[] row, @Nullable Object[] joined) {}

  MergeRun(BoundMerge merge, TableWriter writer, RowEvaluators evaluators, ReturnedRows returned) {
    this.merge = merge;
    this.writer = writer;
    this.evaluators = evaluators;
    this.returned = returned;
    this.columns = merge.table().schema().columns().size();
    this.sourceAt = columns + 4;
  }

  /** Merges the joined rows and gives the number of changed ones. */
  long run(List<@Nullable Object[]> joined) {
    List<Outcome> outcomes = new ArrayList<>();
    for (@Nullable Object[] row : joined) {
      MergeBranch branch = branchFor(row);
      if (branch != null && branch.action() != MergeAction.DO_NOTHING) {
        outcomes.add(new Outcome(branch.action(), decide(branch, row), row));
      }
    }
    deletes.forEach(writer::delete);
    writer.update(updates);
    inserts.forEach(writer::insert);
    for (Outcome outcome : outcomes) {
      @Nullable Object[] merged =
          Arrays.copyOfRange(outcome.joined(), sourceAt, sourceAt + merge.sourceColumns() + 1);
      merged[merge.sourceColumns()] = outcome.action().name();
      returned.add(outcome.row(), merged, 0);
    }
    return outcomes.size();
  }

  private @Nullable MergeBranch branchFor(@Nullable Object[] row) {
    boolean hasTarget = row[columns] != null;
    boolean hasSource = row[sourceAt + merge.sourceColumns()] != null;
    for (MergeBranch branch : merge.branches()) {
      if (branch.onTarget() == hasTarget && branch.onSource() == hasSource) {
        Expression condition = branch.condition();
        if (condition == null || Boolean.TRUE.equals(evaluators.overRow(condition).evaluate(row))) {
          return branch;
        }
      }
    }
    return null;
  }

  /** Notes the change and gives the new row; of a DELETE, the old one. */
  private @Nullable Object[] decide(MergeBranch branch, @Nullable Object[] joined) {
    if (branch.action() == MergeAction.INSERT) {
      @Nullable Object[] row = new @Nullable Object[columns];
      for (int i = 0; i < columns; i++) {
        if (!branch.columns().contains(i)) {
          row[i] = writer.defaultOf(i);
        }
      }
      fill(row, branch, joined);
      inserts.add(row);
      return row;
    }
    RowVersion base =
        new RowVersion(
            (Long) Objects.requireNonNull(joined[columns]),
            false,
            (Long) Objects.requireNonNull(joined[columns + 2]),
            (Long) Objects.requireNonNull(joined[columns + 3]),
            Arrays.copyOf(joined, columns));
    if (!touched.add(writer.identityOf(base))) {
      throw new KalamException(
              ErrorCode.CARDINALITY_VIOLATION, "MERGE command cannot affect row a second time")
          .withHint("Ensure that not more than one source row matches any one target row.");
    }
    if (branch.action() == MergeAction.DELETE) {
      deletes.add(base);
      return base.values();
    }
    @Nullable Object[] updated = Arrays.copyOf(joined, columns);
    fill(updated, branch, joined);
    updates.add(new RowUpdate(base, updated));
    return updated;
  }

  private void fill(@Nullable Object[] row, MergeBranch branch, @Nullable Object[] joined) {
    for (int i = 0; i < branch.columns().size(); i++) {
      Expression value = branch.values().get(i).value();
      int column = branch.columns().get(i);
      row[column] =
          value == null ? writer.defaultOf(column) : evaluators.overRow(value).evaluate(joined);
    }
  }
}
