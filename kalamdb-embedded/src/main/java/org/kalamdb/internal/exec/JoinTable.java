package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;

/**
 * The rows of a join's right side, found by their keys: chains of rows of one hash. Without keys all
 * rows are one chain, which makes the join a nested loop. Rows with a NULL key are in no chain.
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
    ColumnView[] keys = new ColumnView[keyColumns.length];
    for (int index = n - 1; index >= 0; index--) {
      int address = rows.address(index);
      int row = address & RowStore.ROW_MASK;
      boolean isNull = false;
      for (int k = 0; k < keys.length; k++) {
        keys[k] = rows.view(keyColumns[k], address);
        isNull |= keys[k].isNull(row);
      }
      if (isNull) {
        hasNullKey = true;
        continue;
      }
      long hash = hash(keys, row);
      hashes.set(index, hash);
      int slot = (int) hash & mask;
      links.set(index, heads.get(slot));
      heads.set(slot, index + 1);
    }
  }

  /** The hash of keys that are not NULL. */
  private static long hash(ColumnView[] keys, int row) {
    if (keys.length == 1) {
      return ColumnValues.hash(keys[0], row);
    }
    return ColumnGroupTable.hash(keys, row);
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

  /** The first partner of a row with the keys, or {@link #END}. */
  int first(ColumnView[] keys, int row) {
    if (keyColumns.length == 0) {
      return rows.rowCount() == 0 ? END : 0;
    }
    for (ColumnView key : keys) {
      if (key.isNull(row)) {
        return END;
      }
    }
    long hash = hash(keys, row);
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
