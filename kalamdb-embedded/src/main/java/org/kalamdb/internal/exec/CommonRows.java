package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * The rows of a common table, kept for all who read them. They are pulled from their producer when
 * the first reader comes to them, and a producer that does not end is no harm to a reader that
 * does. The last rows are in memory, and those before them in files, one for each time that the
 * memory was full.
 */
final class CommonRows implements AutoCloseable {
  private static final int PAGES_OF_MEMORY = 8;

  private final List<DataType> types;
  private final MemoryBudget.Share memory;
  private final ExecutionContext context;
  private final RowStore rows;
  private final List<SpooledRows> spooled = new ArrayList<>();

  /** Number of the first row in each of the files. */
  private final List<Long> firstRows = new ArrayList<>();

  private long firstInMemory;
  private @Nullable Operator producer;

  /**
   * Rows of an operator, which these close.
   *
   * @param producer null if rows are only {@linkplain #add added}
   * @param memory for the rows; closed with them
   */
  CommonRows(
      List<DataType> types,
      @Nullable Operator producer,
      MemoryBudget.Share memory,
      ExecutionContext context) {
    this.types = types;
    this.producer = producer;
    this.memory = memory;
    this.context = context;
    this.rows = new RowStore(context.allocator());
  }

  /** Takes the batch, also if this fails. */
  void add(RecordBatch batch) {
    rows.add(batch);
    if (!memory.fits(rows.bytes())) {
      spool();
    }
  }

  private void spool() {
    int count = rows.rowCount();
    if (count == 0) {
      return;
    }
    SpooledRows file = new SpooledRows(types, context);
    spooled.add(file);
    firstRows.add(firstInMemory);
    long rowBytes = Math.max(1, rows.bytes() / count);
    long fitting = memory.guaranteed() / PAGES_OF_MEMORY / rowBytes;
    int size = (int) Math.max(16, Math.min(RecordBatch.MAX_ROWS, fitting));
    for (int from = 0; from < count; from += size) {
      context.cancel().check();
      int[] addresses = addresses(from, Math.min(count, from + size));
      try (RecordBatch page = rows.gather(types, addresses, 0, addresses.length)) {
        file.add(page);
      }
    }
    file.finish();
    firstInMemory += count;
    rows.close();
    memory.close();
  }

  private int[] addresses(int from, int to) {
    int[] addresses = new int[to - from];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = rows.address(from + i);
    }
    return addresses;
  }

  boolean isEmpty() {
    return rowCount() == 0;
  }

  private long rowCount() {
    return firstInMemory + rows.rowCount();
  }

  /** Up to a batch of the given columns, from row {@code from} on; null if there are no more. */
  @Nullable RecordBatch read(long from, List<Integer> columns) {
    while (from >= rowCount() && pull()) {
      // An empty batch adds no row.
    }
    if (from >= rowCount()) {
      return null;
    }
    if (from < firstInMemory) {
      int file = spooled.size() - 1;
      while (firstRows.get(file) > from) {
        file--;
      }
      return spooled.get(file).read(from - firstRows.get(file), columns);
    }
    int first = (int) (from - firstInMemory);
    int to = Math.min(rows.rowCount(), first + context.batchRows());
    return rows.gatherColumns(types, columns, addresses(first, to), to - first);
  }

  private boolean pull() {
    RecordBatch batch = producer == null ? null : producer.next();
    if (batch != null) {
      add(batch);
      return true;
    }
    closeProducer();
    return false;
  }

  private void closeProducer() {
    Operator open = producer;
    producer = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(producer);
    owned.add(rows);
    owned.addAll(spooled);
    owned.add(memory);
    producer = null;
    spooled.clear();
    Closeables.closeAll(owned);
  }
}
