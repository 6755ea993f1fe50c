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

  /** Of the rows being read and of those being kept, in turn. */
  private MemoryBudget.Share readMemory;

  private MemoryBudget.Share keptMemory;

  /** How many there are without those of a round; -1 before the first. */
  private int shares = -1;

  private @Nullable Operator round;
  private @Nullable CommonRows working;
  private CommonRows next;

  RecursiveUnionOperator(RecursiveUnion union, Operator base, ExecutionContext context) {
    this.union = union;
    this.types = union.columns().stream().map(PlanColumn::type).toList();
    this.context = context;
    this.seen = union.distinct() ? new DistinctRows(types, context) : null;
    this.round = base;
    this.readMemory = context.memory().share();
    this.keptMemory = context.memory().share();
    this.next = new CommonRows(types, null, keptMemory, context);
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
    MemoryBudget.Share free = readMemory;
    readMemory = keptMemory;
    keptMemory = free;
    next = new CommonRows(types, null, keptMemory, context);
    context.share(union.workingTable(), Objects.requireNonNull(working));
    if (shares < 0) {
      shares = context.memory().shares();
    }
    context.memory().leaveShares(shares); // those of the round before are over
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
