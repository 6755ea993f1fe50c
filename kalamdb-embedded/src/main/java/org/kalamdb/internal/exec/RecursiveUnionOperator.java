package org.kalamdb.internal.exec;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RecursiveUnion;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Runs the base and then the step over the rows of the round before, until a round gives none. Each
 * batch is put out as it comes and copied to what the next round reads.
 */
final class RecursiveUnionOperator implements Operator {
  private final RecursiveUnion union;
  private final List<DataType> types;
  private final ExecutionContext context;
  private final @Nullable DistinctRows seen;
  private @Nullable Operator round;
  private @Nullable CommonRows working;
  private CommonRows next;

  RecursiveUnionOperator(RecursiveUnion union, Operator base, ExecutionContext context) {
    this.union = union;
    this.types = union.columns().stream().map(PlanColumn::type).toList();
    this.context = context;
    this.seen = union.distinct() ? new DistinctRows(types, context) : null;
    this.round = base;
    this.next = new CommonRows(types, null, context);
  }

  @Override
  public @Nullable RecordBatch next() {
    while (round != null) {
      context.cancel().check();
      RecordBatch batch = round.next();
      if (batch == null) {
        beginRound();
        continue;
      }
      if (keep(batch)) {
        return batch;
      }
    }
    return null;
  }

  /** Remembers the batch's new rows for the next round; false, and closed, if there are none. */
  private boolean keep(RecordBatch batch) {
    try {
      if (seen != null) {
        seen.keepNew(batch);
      }
      if (batch.selection().size() == 0) {
        batch.close();
        return false;
      }
      next.add(VectorCopier.copyBatch(batch, context.allocator()));
      return true;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  private void beginRound() {
    Operator ended = round;
    CommonRows read = working;
    round = null;
    working = null;
    Closeables.closeAll(ended, read);
    if (next.isEmpty()) {
      return;
    }
    working = next;
    next = new CommonRows(types, null, context);
    context.share(union.workingTable(), Objects.requireNonNull(working));
    round = PhysicalPlanner.plan(union.step(), context);
  }

  @Override
  public void close() {
    Operator open = round;
    CommonRows read = working;
    round = null;
    working = null;
    Closeables.closeAll(open, read, next, seen);
  }
}
