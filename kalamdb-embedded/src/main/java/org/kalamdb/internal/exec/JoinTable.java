package org.kalamdb.internal.exec;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.schema.DataType;

/**
 * The rows of a join's right side, found by their keys: chains of rows of one hash. Without keys
 * all rows are one chain, which makes the join a nested loop. Rows with a NULL key are in no chain.
 * Once built it only changes by being closed, and several threads may look into it.
 *
 * <p>What a look-up needs of a row lies side by side: its hash, its address and the next of its
 * chain in two longs, and behind them the keys where those are several whole numbers or times.
 */
final class JoinTable implements AutoCloseable {
  static final int END = -1;

  /** Longs of a row's entry before its keys: the hash; the address above the link. */
  private static final int HEADER = 2;

  private static final long LOW_INT = 0xFFFF_FFFFL;

  private final RowStore rows;
  private final int[] keyColumns;
  private final boolean hashIsKey;
  private final boolean keysInEntries;
  private final int entryWidth;
  private final OffHeapInts heads;
  private final OffHeapLongs entries;
  private int mask;

  /**
   * @param rows stay the caller's
   * @param keyColumns their keys' positions
   * @param keyTypes types of those
   */
  JoinTable(RowStore rows, int[] keyColumns, List<DataType> keyTypes, BufferAllocator allocator) {
    this.rows = rows;
    this.keyColumns = keyColumns;
    this.hashIsKey = keyTypes.size() == 1 && RowHasher.isOneToOne(keyTypes.get(0));
    this.keysInEntries = !hashIsKey && keyTypes.stream().allMatch(LongGroupTable::takes);
    this.entryWidth = HEADER + (keysInEntries ? keyColumns.length : 0);
    this.heads = new OffHeapInts(allocator);
    this.entries = new OffHeapLongs(allocator);
  }

  /** The most the table takes for a row, beside the row itself: memory comes in powers of two. */
  int rowBytes() {
    return 8 + 16 * entryWidth;
  }

  /** Links the rows once all are stored; chains keep the order of arrival. */
  void build(CancelToken cancel) {
    rows.freeze();
    int n = rows.rowCount();
    if (keyColumns.length == 0) {
      return;
    }
    int slots = Math.max(16, Integer.highestOneBit(Math.max(1, n)) << 1);
    mask = slots - 1;
    heads.reset(slots);
    entries.ensure((long) n * entryWidth);
    int[] numbers = new int[RecordBatch.MAX_ROWS];
    long[] batchHashes = new long[RecordBatch.MAX_ROWS];
    ColumnView[] keys = new ColumnView[keyColumns.length];
    int end = n;
    while (end > 0) {
      cancel.check();
      int batch = rows.address(end - 1) >> RowStore.ROW_BITS;
      int from = end;
      while (from > 0 && rows.address(from - 1) >> RowStore.ROW_BITS == batch) {
        from--;
      }
      int count = end - from;
      for (int i = 0; i < count; i++) {
        numbers[i] = rows.address(from + i) & RowStore.ROW_MASK;
      }
      boolean nulls = false;
      for (int k = 0; k < keys.length; k++) {
        keys[k] = rows.view(keyColumns[k], rows.address(from));
        nulls |= keys[k].mayHaveNulls();
      }
      RowHasher.hash(keys, numbers, count, batchHashes);
      for (int i = count - 1; i >= 0; i--) {
        boolean linked = !nulls || !RowHasher.hasNull(keys, numbers[i]);
        write(from + i, batchHashes[i], keys, numbers[i], linked);
      }
      end = from;
    }
  }

  private void write(int index, long hash, ColumnView[] keys, int row, boolean linked) {
    long at = (long) index * entryWidth;
    int next = 0;
    if (linked) {
      int slot = (int) hash & mask;
      next = heads.get(slot);
      heads.set(slot, index + 1);
    }
    entries.set(at, hash);
    entries.set(at + 1, (long) rows.address(index) << 32 | next & LOW_INT);
    if (keysInEntries && linked) {
      for (int k = 0; k < keys.length; k++) {
        entries.set(at + HEADER + k, LongGroupTable.read(keys[k], row));
      }
    }
  }

  int rowCount() {
    return rows.rowCount();
  }

  int address(int index) {
    return keyColumns.length == 0
        ? rows.address(index)
        : (int) (entries.get((long) index * entryWidth + 1) >>> 32);
  }

  private int link(int index) {
    return (int) entries.get((long) index * entryWidth + 1);
  }

  /**
   * The first partner of a row without a NULL key, whose keys have the {@link RowHasher} hash, or
   * {@link #END}.
   */
  int first(ColumnView[] keys, int row, long hash) {
    if (keyColumns.length == 0) {
      return rows.rowCount() == 0 ? END : 0;
    }
    return matching(heads.get((int) hash & mask) - 1, hash, keys, row);
  }

  /** The next partner after {@code index}, or {@link #END}. */
  int next(int index, ColumnView[] keys, int row, long hash) {
    if (keyColumns.length == 0) {
      return index + 1 == rows.rowCount() ? END : index + 1;
    }
    return matching(link(index) - 1, hash, keys, row);
  }

  private int matching(int from, long hash, ColumnView[] keys, int row) {
    int index = from;
    while (index >= 0) {
      long at = (long) index * entryWidth;
      if (entries.get(at) == hash && (hashIsKey || isSame(index, keys, row))) {
        return index;
      }
      index = (int) entries.get(at + 1) - 1;
    }
    return END;
  }

  private boolean isSame(int index, ColumnView[] keys, int row) {
    if (keysInEntries) {
      long at = (long) index * entryWidth + HEADER;
      for (int k = 0; k < keys.length; k++) {
        if (entries.get(at + k) != LongGroupTable.read(keys[k], row)) {
          return false;
        }
      }
      return true;
    }
    int address = address(index);
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
    Closeables.closeAll(heads, entries);
  }
}
