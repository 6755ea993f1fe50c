package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * An input that comes sorted by some of its columns, none of which is ever NULL: its rows are taken
 * batch by batch, or up to a key. Owns the input.
 */
final class SortedRows implements AutoCloseable {
  private final Operator input;
  private final int[] keys;
  private final ExecutionContext context;
  private @Nullable RecordBatch batch;
  private boolean ended;

  SortedRows(Operator input, int[] keys, ExecutionContext context) {
    this.input = input;
    this.keys = keys;
    this.context = context;
  }

  /** Whether there are rows left; reads on to see. */
  boolean hasNext() {
    while (batch == null && !ended) {
      context.cancel().check();
      RecordBatch read = input.next();
      if (read == null) {
        ended = true;
        input.close();
      } else if (read.selection().size() == 0) {
        read.close();
      } else {
        batch = read;
      }
    }
    return batch != null;
  }

  /** The next batch, which has rows and is the caller's; null at the end. */
  @Nullable RecordBatch take() {
    if (!hasNext()) {
      return null;
    }
    RecordBatch taken = batch;
    batch = null;
    return taken;
  }

  /** The next rows whose keys are not behind the given ones; null if there are none. */
  @Nullable RecordBatch takeUpTo(ColumnView[] last) {
    if (!hasNext()) {
      return null;
    }
    RecordBatch open = Objects.requireNonNull(batch);
    SelectionVector rows = open.selection();
    int n = countUpTo(last, open);
    if (n == 0) {
      return null;
    }
    if (n == rows.size()) {
      return take();
    }
    int[] numbers = Arrays.copyOf(rows.viewRows(), rows.size());
    open.select(SelectionVector.of(numbers, n));
    RecordBatch front = VectorCopier.copyBatch(open, context.allocator());
    open.select(
        SelectionVector.of(Arrays.copyOfRange(numbers, n, numbers.length), numbers.length - n));
    return front;
  }

  private int countUpTo(ColumnView[] last, RecordBatch open) {
    ColumnView[] views = views(open);
    int low = 0;
    int high = open.selection().size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(views, open.selection().get(middle), last) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int compare(ColumnView[] views, int row, ColumnView[] other) {
    for (int i = 0; i < views.length; i++) {
      int order = ColumnValues.compare(views[i], row, other[i], 0);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private ColumnView[] views(RecordBatch rows) {
    ColumnView[] views = new ColumnView[keys.length];
    for (int i = 0; i < keys.length; i++) {
      views[i] = ColumnView.of(rows.column(keys[i]), rows.types().get(keys[i]));
    }
    return views;
  }

  /** The keys of the last row of a batch of this input, as a batch of one row. */
  RecordBatch lastKey(RecordBatch rows) {
    BufferAllocator allocator = context.allocator();
    SelectionVector selection = rows.selection();
    int[] last = {selection.get(selection.size() - 1)};
    List<DataType> types = new ArrayList<>();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (ColumnView view : views(rows)) {
        types.add(view.type());
        vectors.add(VectorCopier.copyRows(view, last, 1, allocator));
      }
      return new RecordBatch(types, vectors, 1);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  @Override
  public void close() {
    RecordBatch open = batch;
    batch = null;
    ended = true;
    Closeables.closeAll(open, input);
  }
}
