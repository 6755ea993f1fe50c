package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Whole partitions in memory, one after the other, numbered by row from 0. Columns that functions
 * work on are laid out as one vector each; the others stay in the batches they came in.
 */
final class WindowRows implements AutoCloseable {
  private final RowStore store;
  private final List<DataType> types;
  private final BufferAllocator allocator;
  private final int[] addresses;
  private final RowRuns partitions;
  private final RowRuns peers;

  /** The first group of peers of each partition. */
  private final RowRuns peersOfPartitions;

  private final @Nullable FieldVector[] vectors;

  /**
   * Takes over the store.
   *
   * @param types of the store's columns
   * @param partitionBy columns that are equal within a partition
   * @param orderBy columns that are equal among peers
   */
  WindowRows(
      RowStore store,
      List<DataType> types,
      int[] partitionBy,
      int[] orderBy,
      ExecutionContext context) {
    this.store = store;
    this.types = types;
    this.allocator = context.allocator();
    this.vectors = new FieldVector[types.size()];
    this.partitions = new RowRuns(allocator);
    this.peers = new RowRuns(allocator);
    this.peersOfPartitions = new RowRuns(allocator);
    this.addresses = new int[store.rowCount()];
    try {
      findRuns(partitionBy, orderBy);
    } catch (Throwable e) {
      Closeables.closeAfter(e, List.of(this));
      throw e;
    }
  }

  private void findRuns(int[] partitionBy, int[] orderBy) {
    int groups = 0;
    for (int row = 0; row < addresses.length; row++) {
      addresses[row] = store.address(row);
      boolean newPartition =
          row == 0 || !isSame(store, partitionBy, addresses[row - 1], addresses[row]);
      if (newPartition) {
        partitions.begin(row);
        peersOfPartitions.begin(groups);
      }
      if (newPartition || !isSame(store, orderBy, addresses[row - 1], addresses[row])) {
        peers.begin(row);
        groups++;
      }
    }
    partitions.begin(addresses.length);
    peers.begin(addresses.length);
    peersOfPartitions.begin(groups);
  }

  /** Whether two rows have the same values; NULL is the same as NULL. */
  private static boolean isSame(RowStore store, int[] columns, int a, int b) {
    for (int column : columns) {
      ColumnView left = store.view(column, a);
      ColumnView right = store.view(column, b);
      if (!isSame(left, a & RowStore.ROW_MASK, right, b & RowStore.ROW_MASK)) {
        return false;
      }
    }
    return true;
  }

  static boolean isSame(ColumnView left, int a, ColumnView right, int b) {
    boolean isNull = left.isNull(a);
    return isNull == right.isNull(b) && (isNull || ColumnValues.equal(left, a, right, b));
  }

  int rowCount() {
    return addresses.length;
  }

  RowRuns partitions() {
    return partitions;
  }

  RowRuns peers() {
    return peers;
  }

  /** Number of the first group of peers of the partition; that of the next one ends it. */
  int firstPeers(int partition) {
    return peersOfPartitions.start(partition);
  }

  /** All values of the column, by row. */
  ColumnView column(int index) {
    FieldVector vector = vectors[index];
    if (vector == null) {
      vector =
          Gather.column(
              types.get(index), store.views(index), addresses, 0, addresses.length, allocator);
      vectors[index] = vector;
    }
    return ColumnView.of(vector, types.get(index));
  }

  /** Adds a new vector of the rows for each of the first {@code shown.size()} columns. */
  void gatherInto(List<FieldVector> into, List<DataType> shown, int from, int to) {
    store.gatherInto(into, shown, addresses, from, to);
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(store);
    owned.add(partitions);
    owned.add(peers);
    owned.add(peersOfPartitions);
    for (int i = 0; i < vectors.length; i++) {
      owned.add(vectors[i]);
      vectors[i] = null;
    }
    Closeables.closeAll(owned);
  }

  /** The last place in the batch at which a partition begins; -1 if none does. */
  static int lastPartitionStart(RecordBatch batch, int[] partitionBy, RowStore before) {
    if (partitionBy.length == 0) {
      return -1;
    }
    ColumnView[] views = RowStore.viewsOf(batch);
    int size = batch.selection().size();
    for (int i = size - 1; i >= 0; i--) {
      for (int column : partitionBy) {
        boolean same;
        int row = batch.selection().get(i);
        if (i > 0) {
          same = isSame(views[column], batch.selection().get(i - 1), views[column], row);
        } else if (before.rowCount() > 0) {
          int last = before.address(before.rowCount() - 1);
          same = isSame(before.view(column, last), last & RowStore.ROW_MASK, views[column], row);
        } else {
          return -1;
        }
        if (!same) {
          return i;
        }
      }
    }
    return -1;
  }
}
