package org.kalamdb.internal.exec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/** Holds all rows and puts them out in order. */
final class SortOperator implements Operator {
  private final Operator input;
  private final RowOrder order;
  private final List<DataType> types;
  private final CancelToken cancel;
  private final RowStore store;
  private int @Nullable [] sorted;
  private int next;

  /**
   * Sorts by columns of the input.
   *
   * @param types of the input's first columns, which are put out
   */
  SortOperator(Operator input, RowOrder order, List<DataType> types, ExecutionContext context) {
    this.input = input;
    this.order = order;
    this.types = types;
    this.cancel = context.cancel();
    this.store = new RowStore(context.allocator());
  }

  @Override
  public @Nullable RecordBatch next() {
    if (sorted == null) {
      RecordBatch batch;
      while ((batch = input.next()) != null) {
        store.add(batch);
      }
      cancel.check();
      sorted = order.sort(store);
    }
    if (next == sorted.length) {
      return null;
    }
    int to = Math.min(next + RecordBatch.MAX_ROWS, sorted.length);
    RecordBatch batch = store.gather(types, sorted, next, to);
    next = to;
    return batch;
  }

  @Override
  public void close() {
    Closeables.closeAll(input, store);
  }
}
