package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Sorts any number of rows: in memory while its share of the query's budget lasts, else as sorted
 * runs in temporary files that are merged as the rows are asked for. Rows equal by all keys come in
 * order of arrival.
 */
final class RowSorter implements AutoCloseable {
  /** What sorting takes for each row beside the row: prefixes and addresses, twice. */
  private static final int SORT_BYTES = 32;

  /** So many batches at least are held by a merge for the bytes of one. */
  private static final int LEAST_FAN_IN = 4;

  private final RowOrder order;
  private final List<DataType> inputTypes;
  private final List<DataType> types;
  private final ExecutionContext context;
  private final MemoryBudget.Share memory;
  private final RowStore store;
  private final List<SpillFile> runs = new ArrayList<>();
  private int batchRows = RecordBatch.MAX_ROWS;
  private int @Nullable [] sorted;
  private int next;
  private @Nullable Operator merge;

  /**
   * A sorter without rows.
   *
   * @param inputTypes of the columns of all batches added
   * @param types of the first of them, which are put out
   * @param memory for the rows; closed with the sorter
   */
  RowSorter(
      RowOrder order,
      List<DataType> inputTypes,
      List<DataType> types,
      MemoryBudget.Share memory,
      ExecutionContext context) {
    this.order = order;
    this.inputTypes = inputTypes;
    this.types = types;
    this.context = context;
    this.memory = memory;
    this.store = new RowStore(context.allocator());
  }

  /** Takes the batch, also if this fails. */
  void add(RecordBatch batch) {
    store.add(batch);
    if (!memory.fits(store.bytes() + (long) SORT_BYTES * store.rowCount())) {
      spill();
    }
  }

  /** Writes the rows in memory to a run of their own. */
  private void spill() {
    if (store.rowCount() == 0) {
      return;
    }
    SpillFile run = context.spill().create();
    runs.add(run);
    int[] rows = order.sort(store, context.cancel());
    batchRows = Math.min(batchRows, fittingRows());
    int size = batchRows;
    for (int from = 0; from < rows.length; from += size) {
      context.cancel().check();
      int to = Math.min(from + size, rows.length);
      try (RecordBatch batch = store.gather(inputTypes, rows, from, to)) {
        run.write(batch, context.allocator());
      }
    }
    run.finish();
    store.close();
    memory.close();
  }

  /** Rows of a batch of a run: of long ones fewer, so that a merge can hold several batches. */
  private int fittingRows() {
    long rowBytes = Math.max(1, store.bytes() / store.rowCount());
    long fitting = memory.guaranteed() / (4 * LEAST_FAN_IN) / rowBytes;
    return (int) Math.max(1, Math.min(RecordBatch.MAX_ROWS, fitting));
  }

  /** The next rows in order, after all have been added; null at the end. */
  @Nullable RecordBatch next() {
    return runs.isEmpty() ? nextInMemory() : nextMerged();
  }

  private @Nullable RecordBatch nextInMemory() {
    if (sorted == null) {
      sorted = order.sort(store, context.cancel());
    }
    if (next == sorted.length) {
      return null;
    }
    int to = Math.min(next + RecordBatch.MAX_ROWS, sorted.length);
    RecordBatch batch = store.gather(types, sorted, next, to);
    next = to;
    return batch;
  }

  private @Nullable RecordBatch nextMerged() {
    if (merge == null) {
      spill();
      mergeDown();
      merge = merged(runs, types);
    }
    return merge.next();
  }

  /** Merges runs into longer ones until all that are left can be read at once. */
  private void mergeDown() {
    int fanIn = fanIn();
    while (runs.size() > fanIn) {
      // The oldest stay together and in front: equal rows keep their order.
      List<SpillFile> some = runs.subList(0, Math.min(fanIn, runs.size() - fanIn + 1));
      SpillFile longer = context.spill().create();
      try (Operator rows = merged(some, inputTypes)) {
        RecordBatch batch;
        while ((batch = rows.next()) != null) {
          try (RecordBatch owned = batch) {
            context.cancel().check();
            longer.write(owned, context.allocator());
          }
        }
        longer.finish();
      } catch (Throwable e) {
        Closeables.closeAfter(e, List.of(longer));
        throw e;
      }
      List<SpillFile> done = List.copyOf(some);
      some.clear();
      runs.add(0, longer);
      Closeables.closeAll(done);
    }
  }

  /** How many runs are read at once: each needs a batch in memory. */
  private int fanIn() {
    long rows = 0;
    long bytes = 0;
    for (SpillFile run : runs) {
      rows += run.rowCount();
      bytes += run.bytes();
    }
    long rowBytes = Math.max(1, bytes / Math.max(1, rows));
    long batch = batchRows * rowBytes * 2; // buffers grow by powers of two
    return (int) Math.max(LEAST_FAN_IN, Math.min(512, memory.guaranteed() / batch));
  }

  private Operator merged(List<SpillFile> some, List<DataType> shown) {
    List<Operator> inputs = new ArrayList<>();
    for (SpillFile run : some) {
      inputs.add(run.read(inputTypes, context.allocator()));
    }
    return new RunMerge(inputs, order, shown, batchRows, context);
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(memory);
    owned.add(store);
    owned.addAll(runs);
    owned.add(merge);
    runs.clear();
    merge = null;
    Closeables.closeAll(owned);
  }
}
