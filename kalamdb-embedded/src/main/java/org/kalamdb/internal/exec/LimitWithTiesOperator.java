package org.kalamdb.internal.exec;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;

/** Lets a run of sorted rows through and then those equal to its last by the sort's columns. */
final class LimitWithTiesOperator implements Operator {
  private final Operator input;
  private final int[] keys;
  private final RowLimit limit;
  private final ExecutionContext context;
  private @Nullable RowWindow window;
  private @Nullable RecordBatch last;
  private long seen;
  private boolean ended;

  LimitWithTiesOperator(Operator input, int[] keys, RowLimit limit, ExecutionContext context) {
    this.input = input;
    this.keys = keys;
    this.limit = limit;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    RowWindow run = window;
    if (run == null) {
      run = RowWindow.of(limit, new Constants(context));
      window = run;
      ended = run.end() <= run.start();
    }
    while (!ended) {
      RecordBatch batch = input.next();
      if (batch == null) {
        ended = true;
        return null;
      }
      try {
        narrow(batch, run);
      } catch (Throwable e) {
        Closeables.closeAfter(e, List.of(batch));
        throw e;
      }
      if (batch.selection().size() > 0) {
        return batch;
      }
      batch.close();
    }
    return null;
  }

  private void narrow(RecordBatch batch, RowWindow run) {
    int[] rows = batch.selection().viewRows();
    int size = batch.selection().size();
    int from = (int) Math.max(0, Math.min(size, run.start() - seen));
    int to = (int) Math.max(0, Math.min(size, run.end() - seen));
    if (to > 0 && seen + to == run.end()) {
      keepLast(batch, rows[to - 1]);
    }
    seen += size;
    RecordBatch bound = last;
    if (bound != null) {
      while (to < size && isTie(batch, rows[to], bound)) {
        to++;
      }
      ended = to < size;
    }
    batch.select(
        SelectionVector.of(
            Arrays.copyOfRange(rows, from, Math.max(from, to)), Math.max(0, to - from)));
  }

  private void keepLast(RecordBatch batch, int row) {
    SelectionVector all = batch.selection();
    batch.select(SelectionVector.of(new int[] {row}, 1));
    last = VectorCopier.copyBatch(batch, context.allocator());
    batch.select(all);
  }

  private boolean isTie(RecordBatch batch, int row, RecordBatch bound) {
    for (int key : keys) {
      ColumnView here = ColumnView.of(batch.column(key), batch.types().get(key));
      ColumnView there = ColumnView.of(bound.column(key), bound.types().get(key));
      if (!WindowRows.isSame(here, row, there, 0)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    RecordBatch bound = last;
    last = null;
    Closeables.closeAll(input, bound);
  }
}
