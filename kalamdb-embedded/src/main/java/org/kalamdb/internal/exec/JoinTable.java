package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;

/**
 * The rows of a join's right side, found by their keys: chains of rows of one hash. Without keys
 * all rows are one chain, which makes the join a nested loop. Rows with a NULL key are in no chain.
 */
final class JoinTable implements AutoCloseable {
  static final int END = -1;

  private final RowStore rows;
  private final int[] keyColumns;
  private final OffHeapInts heads;
  private final OffHeapInts links;
  private final OffHeapLongs hashes;
  private int mask;
  private boolean hasNullKey;

  JoinTable(RowStore rows, int[] keyColumns, BufferAllocator allocator) {
    this.rows = rows;
    this.keyColumns = keyColumns;
    this.heads = new OffHeapInts(allocator);
    this.links = new OffHeapInts(allocator);
    this.hashes = new OffHeapLongs(allocator);
  }

  /** Links the rows once all are stored; chains keep the order of arrival. */
  void build() {
    int n = rows.rowCount();
    if (keyColumns.length == 0) {
      return;
    }
    int slots = Math.max(16, Integer.highestOneBit(Math.max(1, n)) << 1);
    mask = slots - 1;
    heads.reset(slots);
    links.ensure(n);
    hashes.ensure(n);
    hashAll();
    ColumnView[] keys = new ColumnView[keyColumns.length];
    for (int index = n - 1; index >= 0; index--) {
      int address = rows.address(index);
      for (int k = 0; k < keys.length; k++) {
        keys[k] = rows.view(keyColumns[k], address);
      }
      if (RowHasher.hasNull(keys, address & RowStore.ROW_MASK)) {
        hasNullKey = true;
        continue;
      }
      int slot = (int) hashes.get(index) & mask;
      links.set(index, heads.get(slot));
      heads.set(slot, index + 1);
    }
  }

  /** Hashes the rows batch by batch. */
  private void hashAll() {
    int n = rows.rowCount();
    int[] numbers = new int[RecordBatch.MAX_ROWS];
    long[] batchHashes = new long[RecordBatch.MAX_ROWS];
    ColumnView[] keys = new ColumnView[keyColumns.length];
    int from = 0;
    while (from < n) {
      int first = rows.address(from);
      int count = 0;
      while (from + count < n
          && rows.address(from + count) >> RowStore.ROW_BITS == first >> RowStore.ROW_BITS) {
        numbers[count] = rows.address(from + count) & RowStore.ROW_MASK;
        count++;
      }
      for (int k = 0; k < keys.length; k++) {
        keys[k] = rows.view(keyColumns[k], first);
      }
      RowHasher.hash(keys, numbers, count, batchHashes);
      for (int i = 0; i < count; i++) {
        hashes.set(from + i, batchHashes[i]);
      }
      from += count;
    }
  }

  int rowCount() {
    return rows.rowCount();
  }

  boolean hasNullKey() {
    return hasNullKey;
  }

  int address(int index) {
    return rows.address(index);
  }

  /** The first partner of a row with the keys and their {@link RowHasher} hash, or {@link #END}. */
  int first(ColumnView[] keys, int row, long hash) {
    if (keyColumns.length == 0) {
      return rows.rowCount() == 0 ? END : 0;
    }
    if (RowHasher.hasNull(keys, row)) {
      return END;
    }
    return matching(heads.get((int) hash & mask) - 1, hash, keys, row);
  }

  /** The next partner after {@code index}, or {@link #END}. */
  int next(int index, ColumnView[] keys, int row) {
    if (keyColumns.length == 0) {
      return index + 1 == rows.rowCount() ? END : index + 1;
    }
    return matching(links.get(index) - 1, hashes.get(index), keys, row);
  }

  private int matching(int from, long hash, ColumnView[] keys, int row) {
    int index = from;
    while (index >= 0) {
      if (hashes.get(index) == hash && isSame(index, keys, row)) {
        return index;
      }
      index = links.get(index) - 1;
    }
    return END;
  }

  private boolean isSame(int index, ColumnView[] keys, int row) {
    int address = rows.address(index);
    for (int k = 0; k < keys.length; k++) {
      if (!ColumnValues.equal(
          rows.view(keyColumns[k], address), address & RowStore.ROW_MASK, keys[k], row)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    Closeables.closeAll(heads, links, hashes);
  }
}
