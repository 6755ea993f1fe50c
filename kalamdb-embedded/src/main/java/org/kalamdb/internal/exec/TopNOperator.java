package org.kalamdb.internal.exec;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * The first rows of an order. Rows are gathered until there are a good deal more than are needed,
 * then sorted and cut; from then on rows behind the last one kept are left out as they come. Rows
 * that are too many for memory are all sorted instead.
 */
final class TopNOperator implements Operator {
  private static final int LEAST_SLACK = 4 * RecordBatch.MAX_ROWS;

  private final Operator input;
  private final RowOrder order;
  private final List<DataType> types;
  private final List<DataType> inputTypes;
  private final RowLimit limit;
  private final ExecutionContext context;
  private final MemoryBudget.Share memory;
  private RowStore store;
  private @Nullable RowSorter sorter;
  private long toSkip;
  private long toTake;
  private boolean bounded;
  private int @Nullable [] sorted;
  private int next;
  private int end;

  /** As {@link SortOperator}; {@code inputTypes} are those of all input columns. */
  TopNOperator(
      Operator input,
      RowOrder order,
      List<DataType> types,
      List<DataType> inputTypes,
      RowLimit limit,
      ExecutionContext context) {
    this.input = input;
    this.order = order;
    this.types = types;
    this.inputTypes = inputTypes;
    this.limit = limit;
    this.context = context;
    this.memory = context.memory().share();
    this.store = new RowStore(context.allocator());
  }

  @Override
  public @Nullable RecordBatch next() {
    if (sorted == null) {
      RowWindow window = RowWindow.of(limit, new Constants(context));
      if (window.end() > window.start()) {
        consume(window.end());
      }
      toSkip = window.start();
      toTake = window.end() - window.start();
      sorted = order.sort(store, context.cancel());
      next = (int) Math.min(window.start(), sorted.length);
      end = (int) Math.min(window.end(), sorted.length);
    }
    RowSorter all = sorter;
    if (all != null) {
      return nextSorted(all);
    }
    if (next >= end) {
      return null;
    }
    int to = Math.min(next + RecordBatch.MAX_ROWS, end);
    RecordBatch batch = store.gather(types, sorted, next, to);
    next = to;
    return batch;
  }

  /** The window out of all rows in order. */
  private @Nullable RecordBatch nextSorted(RowSorter all) {
    RecordBatch batch;
    while (toTake > 0 && (batch = all.next()) != null) {
      SelectionVector rows = batch.selection();
      int from = (int) Math.min(rows.size(), toSkip);
      int to = (int) Math.min(rows.size(), from + toTake);
      toSkip -= from;
      if (from == to) {
        batch.close();
        continue;
      }
      toTake -= to - from;
      batch.select(SelectionVector.of(Arrays.copyOfRange(rows.viewRows(), from, to), to - from));
      return batch;
    }
    return null;
  }

  /** Hands the rows so far to a sorter, to which the rest goes too. */
  private void sortAll() {
    RowSorter all = new RowSorter(order, inputTypes, types, memory, context);
    sorter = all;
    store.takeBatches(all::add);
    store.close();
    memory.close();
    RecordBatch batch;
    while ((batch = input.next()) != null) {
      all.add(batch);
    }
  }

  private void consume(long wanted) {
    RecordBatch batch;
    while ((batch = input.next()) != null) {
      if (bounded) {
        leaveOut(batch, (int) wanted);
      }
      store.add(batch);
      if (store.rowCount() - wanted > Math.max(wanted, LEAST_SLACK)) {
        cut((int) wanted);
      }
      if (!memory.fits(store.bytes())) {
        sortAll();
        return;
      }
    }
  }

  /** Keeps the first {@code wanted} rows, in order; the last of them is the bound. */
  private void cut(int wanted) {
    int[] best = order.sort(store, context.cancel());
    RowStore kept = new RowStore(context.allocator());
    try {
      for (int from = 0; from < wanted; from += RecordBatch.MAX_ROWS) {
        int to = Math.min(from + RecordBatch.MAX_ROWS, wanted);
        kept.add(store.gather(inputTypes, best, from, to));
      }
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(kept));
      throw e;
    }
    RowStore old = store;
    store = kept;
    bounded = true;
    old.close();
  }

  /** Drops rows that are not before the bound: equal ones came later than it. */
  private void leaveOut(RecordBatch batch, int wanted) {
    ColumnView[] views = RowStore.viewsOf(batch);
    int bound = store.address(wanted - 1);
    SelectionVector rows = batch.selection();
    int[] kept = new int[rows.size()];
    int n = 0;
    for (int i = 0; i < rows.size(); i++) {
      if (order.compare(views, rows.get(i), store, bound) < 0) {
        kept[n++] = rows.get(i);
      }
    }
    batch.select(SelectionVector.of(kept, n));
  }

  @Override
  public void close() {
    Closeables.closeAll(memory, input, store, sorter);
  }
}
