package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Joins two inputs that come sorted by their first keys, which are never NULL. Both are taken in
 * runs: about as many right rows as are quickly looked through, on to the end of the last key, and
 * the left rows up to the same key. Rows of different runs are no partners, so that a {@link
 * HashJoin} of each run answers for its rows, whatever the type of the join (but for MARK, which
 * asks about all right rows).
 *
 * <p>Only a key whose right rows are more than fit makes a run that is large. It is joined in
 * blocks, not parted by hash: so inner, semi and anti joins put out their rows in order of the keys
 * they are merged by.
 */
final class MergeJoinOperator implements Operator {
  /** What right rows a run begins with, in bytes: a hash table of them stays near the processor. */
  private static final long RUN_BYTES = 2 << 20;

  /** What a hash table takes for a row, about. */
  private static final int TABLE_ROW_BYTES = 80;

  private final JoinShape shape;
  private final SortedRows left;
  private final SortedRows right;
  private final @Nullable BatchCondition residual;
  private final MemoryBudget.Share memory;
  private final ExecutionContext context;
  private @Nullable Run run;
  private boolean ended;

  /**
   * Takes the inputs and the residual over.
   *
   * @param sorted by how many of the first keys of the shape the inputs are sorted, ascending
   */
  MergeJoinOperator(
      JoinShape shape,
      int sorted,
      Operator left,
      Operator right,
      @Nullable BatchCondition residual,
      ExecutionContext context) {
    this.shape = shape;
    this.left = new SortedRows(left, Arrays.copyOf(shape.leftKeys(), sorted), context);
    this.right = new SortedRows(right, Arrays.copyOf(shape.rightKeys(), sorted), context);
    this.residual = residual;
    this.memory = context.memory().share();
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (!ended) {
      Run open = run;
      if (open == null) {
        if (!left.hasNext() && !shape.endsWithRight()) {
          ended = true;
          return null;
        }
        open = new Run();
        run = open;
        open.begin();
      }
      RecordBatch batch = open.join.next();
      if (batch != null) {
        return batch;
      }
      ended = open.last == null;
      run = null;
      open.close();
    }
    return null;
  }

  /** The rows up to a key, of both sides. */
  private final class Run implements AutoCloseable {
    private final Deque<RecordBatch> first = new ArrayDeque<>();
    private @Nullable RecordBatch last;
    private final HashJoin join =
        new HashJoin(
            shape,
            new HashJoin.Input(
                new Side(this::nextLeft),
                new Side(this::nextRight),
                SpillPartitions.MAX_LEVEL + 1,
                List.of()),
            residual,
            new JoinFacts(),
            memory,
            context);

    /** Reads the right rows the run begins with; their last key is where it ends. */
    void begin() {
      long most = Math.min(RUN_BYTES, memory.guaranteed() / 16);
      long bytes = 0;
      RecordBatch batch;
      while (bytes < most && (batch = right.take()) != null) {
        first.add(batch);
        bytes += batch.bytes() + (long) TABLE_ROW_BYTES * batch.selection().size();
      }
      if (right.hasNext()) {
        last = right.lastKey(first.getLast());
      }
    }

    private @Nullable RecordBatch nextLeft() {
      RecordBatch end = last;
      return end == null ? left.take() : left.takeUpTo(RowStore.viewsOf(end));
    }

    private @Nullable RecordBatch nextRight() {
      RecordBatch end = last;
      RecordBatch begun = first.poll();
      if (begun != null || end == null) {
        return begun;
      }
      return right.takeUpTo(RowStore.viewsOf(end));
    }

    @Override
    public void close() {
      List<@Nullable AutoCloseable> owned = new ArrayList<>(first);
      owned.add(last);
      owned.add(join);
      first.clear();
      last = null;
      Closeables.closeAll(owned);
    }
  }

  @FunctionalInterface
  private interface Rows {
    @Nullable RecordBatch next();
  }

  /** One side of a run; the rows behind it stay where they are when it is closed. */
  private static final class Side implements Operator {
    private final Rows rows;

    Side(Rows rows) {
      this.rows = rows;
    }

    @Override
    public @Nullable RecordBatch next() {
      return rows.next();
    }

    @Override
    public void close() {
      // Its rows are the operator's.
    }
  }

  @Override
  public void close() {
    ended = true;
    Run open = run;
    run = null;
    Closeables.closeAll(memory, residual, open, left, right);
  }
}
