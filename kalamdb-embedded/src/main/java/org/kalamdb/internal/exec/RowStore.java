package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/**
 * Rows held in memory as the batches they came in, and the owner of those. A row's address is the
 * number of its batch shifted left by {@value #ROW_BITS} plus its row number. A batch of which most
 * rows are filtered out is compacted first.
 */
final class RowStore implements AutoCloseable {
  static final int ROW_BITS = 12;
  static final int ROW_MASK = (1 << ROW_BITS) - 1;

  /** The address of no row: gathered as NULLs. */
  static final int NO_ROW = -1;

  private final BufferAllocator allocator;
  private final List<RecordBatch> batches = new ArrayList<>();
  private final List<ColumnView[]> views = new ArrayList<>();
  private final OffHeapInts addresses;
  private ColumnView[][] byColumn = {};
  private int rowCount;
  private long batchBytes;

  RowStore(BufferAllocator allocator) {
    this.allocator = allocator;
    this.addresses = new OffHeapInts(allocator);
  }

  /** Takes the batch, also if this fails. */
  void add(RecordBatch batch) {
    RecordBatch kept = compacted(batch);
    if (kept.selection().size() == 0) {
      kept.close();
      return;
    }
    byColumn = new ColumnView[0][];
    int number = batches.size();
    batches.add(kept);
    views.add(viewsOf(kept));
    batchBytes += kept.bytes();
    SelectionVector rows = kept.selection();
    if (number >= 1 << (31 - ROW_BITS) || (long) rowCount + rows.size() > Integer.MAX_VALUE / 2) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED, "an operator holds at most 2^30 rows");
    }
    addresses.ensure((long) rowCount + rows.size());
    for (int i = 0; i < rows.size(); i++) {
      addresses.set(rowCount + i, number << ROW_BITS | rows.get(i));
    }
    rowCount += rows.size();
  }

  /** Hands all batches over, in order of arrival, and is empty then. */
  void takeBatches(Consumer<RecordBatch> taker) {
    while (!batches.isEmpty()) {
      // The taker owns it even if it fails; what is left is closed with the store.
      taker.accept(batches.remove(0));
    }
    close();
  }

  private RecordBatch compacted(RecordBatch batch) {
    int active = batch.selection().size();
    if (active == 0 || active * 2 >= batch.rowCount()) {
      return batch;
    }
    try (batch) {
      return VectorCopier.copyBatch(batch, allocator);
    }
  }

  void forEachBatch(Consumer<RecordBatch> each) {
    batches.forEach(each);
  }

  static ColumnView[] viewsOf(RecordBatch batch) {
    ColumnView[] views = new ColumnView[batch.columnCount()];
    for (int i = 0; i < views.length; i++) {
      views[i] = ColumnView.of(batch.column(i), batch.types().get(i));
    }
    return views;
  }

  int rowCount() {
    return rowCount;
  }

  /** Memory held. */
  long bytes() {
    return batchBytes + 4L * rowCount;
  }

  /** Address of row {@code index} in order of arrival. */
  int address(int index) {
    return addresses.get(index);
  }

  /** The column in the batch that holds the row of the address. */
  ColumnView view(int column, int address) {
    return views.get(address >> ROW_BITS)[column];
  }

  /** To be called once all rows are there, if several threads are to read them. */
  void freeze() {
    int columns = views.isEmpty() ? 0 : views.get(0).length;
    ColumnView[][] frozen = new ColumnView[columns][];
    for (int column = 0; column < columns; column++) {
      frozen[column] = collectViews(column);
    }
    byColumn = frozen;
  }

  /** The column in each batch. */
  ColumnView[] views(int column) {
    return column < byColumn.length ? byColumn[column] : collectViews(column);
  }

  /** The rows of each batch that are held. */
  List<SelectionVector> selections() {
    return batches.stream().map(RecordBatch::selection).toList();
  }

  private ColumnView[] collectViews(int column) {
    ColumnView[] columns = new ColumnView[views.size()];
    for (int b = 0; b < columns.length; b++) {
      columns[b] = views.get(b)[column];
    }
    return columns;
  }

  /**
   * A new batch of the rows {@code rowAddresses[from..to)}, of the first {@code types.size()}
   * columns.
   */
  RecordBatch gather(List<DataType> types, int[] rowAddresses, int from, int to) {
    List<FieldVector> vectors = new ArrayList<>(types.size());
    try {
      gatherInto(vectors, types, rowAddresses, from, to);
      return new RecordBatch(types, vectors, to - from);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /**
   * A new batch of {@code n} rows, of some columns.
   *
   * @param types of all columns
   */
  RecordBatch gatherColumns(
      List<DataType> types, List<Integer> columns, int[] rowAddresses, int n) {
    List<FieldVector> vectors = new ArrayList<>(columns.size());
    List<DataType> chosen = new ArrayList<>(columns.size());
    try {
      for (int column : columns) {
        chosen.add(types.get(column));
        vectors.add(gatherColumn(types.get(column), column, rowAddresses, 0, n));
      }
      return new RecordBatch(chosen, vectors, n);
    } catch (Throwable e) {
      Closeables.closeAfter(e, vectors);
      throw e;
    }
  }

  /** Adds one new vector for each column to {@code vectors}, whose owner closes them. */
  void gatherInto(
      List<FieldVector> vectors, List<DataType> types, int[] rowAddresses, int from, int to) {
    for (int column = 0; column < types.size(); column++) {
      vectors.add(gatherColumn(types.get(column), column, rowAddresses, from, to));
    }
  }

  /**
   * As {@link #gatherInto}, but the row at {@code rowAddresses[i]} goes to row {@code rows[i]} of
   * {@code rowCount}, ascending; other rows are NULL.
   */
  void gatherAt(
      List<FieldVector> vectors,
      List<DataType> types,
      int[] rows,
      int[] rowAddresses,
      int n,
      int rowCount) {
    for (int column = 0; column < types.size(); column++) {
      DataType type = types.get(column);
      vectors.add(Gather.columnAt(type, views(column), rows, rowAddresses, n, rowCount, allocator));
    }
  }

  private FieldVector gatherColumn(
      DataType type, int column, int[] rowAddresses, int from, int to) {
    return Gather.column(type, views(column), rowAddresses, from, to, allocator);
  }

  @Override
  public void close() {
    List<AutoCloseable> owned = new ArrayList<>(batches);
    owned.add(addresses);
    batches.clear();
    views.clear();
    byColumn = new ColumnView[0][];
    rowCount = 0;
    batchBytes = 0;
    Closeables.closeAll(owned);
  }
}
