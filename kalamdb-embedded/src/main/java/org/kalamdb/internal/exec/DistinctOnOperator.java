package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;

/** Lets the first of neighbouring rows that are equal by some columns through. */
final class DistinctOnOperator implements Operator {
  private final Operator input;
  private final int[] keys;
  private final ExecutionContext context;

  /** A copy of the last row of the batches before. */
  private @Nullable RecordBatch last;

  DistinctOnOperator(Operator input, int[] keys, ExecutionContext context) {
    this.input = input;
    this.keys = keys;
    this.context = context;
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch = input.next();
    if (batch == null || batch.selection().size() == 0) {
      return batch;
    }
    try {
      narrow(batch);
      return batch;
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  private void narrow(RecordBatch batch) {
    SelectionVector rows = batch.selection();
    ColumnView[] views = keysOf(batch);
    int[] kept = new int[rows.size()];
    int n = 0;
    RecordBatch before = last;
    if (before == null || !isSame(keysOf(before), 0, views, rows.get(0))) {
      kept[n++] = rows.get(0);
    }
    for (int i = 1; i < kept.length; i++) {
      if (!isSame(views, rows.get(i - 1), views, rows.get(i))) {
        kept[n++] = rows.get(i);
      }
    }
    batch.select(SelectionVector.of(new int[] {rows.get(kept.length - 1)}, 1));
    last = VectorCopier.copyBatch(batch, context.allocator());
    batch.select(SelectionVector.of(kept, n));
    if (before != null) {
      before.close();
    }
  }

  private ColumnView[] keysOf(RecordBatch batch) {
    ColumnView[] views = new ColumnView[keys.length];
    for (int i = 0; i < keys.length; i++) {
      views[i] = ColumnView.of(batch.column(keys[i]), batch.types().get(keys[i]));
    }
    return views;
  }

  private static boolean isSame(ColumnView[] left, int a, ColumnView[] right, int b) {
    for (int i = 0; i < left.length; i++) {
      if (!WindowRows.isSame(left[i], a, right[i], b)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    RecordBatch row = last;
    last = null;
    Closeables.closeAll(input, row);
  }
}
