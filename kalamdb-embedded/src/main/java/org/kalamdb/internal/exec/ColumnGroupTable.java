package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.internal.vector.VectorCopier;
import org.kalamdb.schema.DataType;

/** Groups by any columns: the keys of each group are kept as columns and found by their hash. */
final class ColumnGroupTable extends GroupTable {
  private static final int FIRST_SLOTS = 1024;

  private final BufferAllocator allocator;
  private final ColumnWriter[] stored;
  private final ColumnView[] storedViews;
  private final OffHeapInts slots;
  private final OffHeapLongs hashes;
  private int slotCount = FIRST_SLOTS;
  private int groupCount;
  private boolean begun;
  private long[] rowHashes = new long[0];

  ColumnGroupTable(List<DataType> types, BufferAllocator allocator) {
    this.allocator = allocator;
    this.stored = new ColumnWriter[types.size()];
    this.storedViews = new ColumnView[types.size()];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = new ColumnWriter(types.get(i), allocator);
    }
    this.slots = new OffHeapInts(allocator);
    this.hashes = new OffHeapLongs(allocator);
  }

  private void begin() {
    slots.reset(slotCount);
    for (int i = 0; i < stored.length; i++) {
      stored[i].begin(FIRST_SLOTS / 2);
      storedViews[i] = stored[i].finish(0);
    }
    begun = true;
  }

  @Override
  void assign(ColumnView[] keys, int[] rows, int n, int[] groups) {
    if (!begun) {
      begin();
    }
    if (rowHashes.length < n) {
      rowHashes = new long[n];
    }
    RowHasher.hash(keys, rows, n, rowHashes);
    for (int i = 0; i < n; i++) {
      groups[i] = group(keys, rows[i], rowHashes[i]);
    }
  }

  private int group(ColumnView[] keys, int row, long hash) {
    int mask = slotCount - 1;
    int slot = (int) hash & mask;
    int group;
    while ((group = slots.get(slot)) != 0) {
      if (hashes.get(group - 1L) == hash && RowHasher.equal(keys, row, storedViews, group - 1)) {
        return group - 1;
      }
      slot = (slot + 1) & mask;
    }
    store(keys, row);
    hashes.ensure(groupCount + 1L);
    hashes.set(groupCount, hash);
    slots.set(slot, ++groupCount);
    if (2L * groupCount > slotCount) {
      grow();
    }
    return groupCount - 1;
  }

  private void store(ColumnView[] keys, int row) {
    for (int i = 0; i < keys.length; i++) {
      stored[i].ensureRows(groupCount + 1);
      stored[i].copyValue(groupCount, keys[i], row);
      storedViews[i] = stored[i].finish(groupCount + 1);
    }
  }

  private void grow() {
    slotCount = Math.multiplyExact(slotCount, 2);
    slots.reset(slotCount);
    int mask = slotCount - 1;
    for (int group = 0; group < groupCount; group++) {
      int slot = (int) hashes.get(group) & mask;
      while (slots.get(slot) != 0) {
        slot = (slot + 1) & mask;
      }
      slots.set(slot, group + 1);
    }
  }

  @Override
  int groupCount() {
    return groupCount;
  }

  @Override
  FieldVector takeKeys(int index, int from, int to) {
    int[] rows = new int[to - from];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = from + i;
    }
    return VectorCopier.copyRows(storedViews[index], rows, rows.length, allocator);
  }

  @Override
  public void close() {
    List<AutoCloseable> owned = new ArrayList<>(List.of(slots, hashes));
    owned.addAll(List.of(stored));
    Closeables.closeAll(owned);
  }
}
