package org.kalamdb.internal.exec;

import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.DictionaryCodes;
import org.kalamdb.internal.vector.RowHasher;
import org.kalamdb.schema.DataType;

/** Groups by any columns: the keys of each group are kept as columns and found by their hash. */
final class ColumnGroupTable extends GroupTable {
  private static final int FIRST_SLOTS = 1024;

  private final KeyChunks chunks;
  private final OffHeapInts slots;
  private final OffHeapLongs hashes;
  private int slotCount = FIRST_SLOTS;
  private int groupCount;
  private boolean begun;
  private long[] rowHashes = new long[0];
  private long[] packedKeys = new long[0];
  private int[] unknown = new int[0];
  private final ShortKeys shortKeys;
  private final CodedGroups coded = new CodedGroups();

  ColumnGroupTable(List<DataType> types, BufferAllocator allocator) {
    this.shortKeys = new ShortKeys(types);
    this.chunks = new KeyChunks(types, allocator);
    this.slots = new OffHeapInts(allocator);
    this.hashes = new OffHeapLongs(allocator);
  }

  @Override
  void assign(ColumnView[] keys, int[] rows, int n, int[] groups) {
    lookUp(keys, rows, n, groups, true);
  }

  @Override
  boolean assignByCodes(
      DictionaryCodes[] codes, Supplier<ColumnView[]> keys, int[] rows, int n, int[] groups) {
    begin(n);
    if (!coded.begin(codes, rows, n)) {
      return false;
    }
    int left = coded.find(n, groups, unknown);
    if (left == 0) {
      return true;
    }
    boolean single = codes.length == 1;
    ColumnView[] views = single ? new ColumnView[] {codes[0].values().get()} : keys.get();
    int[] row = new int[1];
    for (int i = 0; i < left; i++) {
      int place = unknown[i];
      int group = coded.group(place);
      if (group < 0) {
        row[0] = single ? codes[0].codes()[rows[place]] : rows[place];
        RowHasher.hash(views, row, 1, rowHashes);
        group = group(views, row[0], rowHashes[0], true);
        coded.put(place, group);
      }
      groups[place] = group;
    }
    return true;
  }

  @Override
  void find(ColumnView[] keys, int[] rows, int n, int[] groups) {
    lookUp(keys, rows, n, groups, false);
  }

  private void begin(int n) {
    if (!begun) {
      slots.reset(slotCount);
      begun = true;
    }
    if (rowHashes.length < n) {
      rowHashes = new long[n];
      packedKeys = new long[n];
      unknown = new int[n + 1];
    }
  }

  private void lookUp(ColumnView[] keys, int[] rows, int n, int[] groups, boolean add) {
    begin(n);
    if (shortKeys.isUseful()) {
      lookUpShort(keys, rows, n, groups, add);
      return;
    }
    RowHasher.hash(keys, rows, n, rowHashes);
    for (int i = 0; i < n; i++) {
      groups[i] = group(keys, rows[i], rowHashes[i], add);
    }
  }

  /** As look-up by hash, which is left for the keys that are not remembered. */
  private void lookUpShort(ColumnView[] keys, int[] rows, int n, int[] groups, boolean add) {
    int left = 0;
    for (int i = 0; i < n; i++) {
      long packed = ShortKeys.pack(keys, rows[i]);
      int group = shortKeys.find(packed);
      groups[i] = group;
      if (group == ShortKeys.UNKNOWN) {
        packedKeys[left] = packed;
        unknown[left++] = i;
      }
    }
    if (left == 0) {
      return;
    }
    int[] unknownRows = new int[left];
    for (int i = 0; i < left; i++) {
      unknownRows[i] = rows[unknown[i]];
    }
    RowHasher.hash(keys, unknownRows, left, rowHashes);
    for (int i = 0; i < left; i++) {
      int group = group(keys, unknownRows[i], rowHashes[i], add);
      groups[unknown[i]] = group;
      if (group >= 0 && packedKeys[i] != ShortKeys.TOO_LONG) {
        shortKeys.put(packedKeys[i], group);
      }
    }
  }

  private int group(ColumnView[] keys, int row, long hash, boolean add) {
    int mask = slotCount - 1;
    int slot = (int) hash & mask;
    int group;
    while ((group = slots.get(slot)) != 0) {
      if (hashes.get(group - 1L) == hash && chunks.isEqual(keys, row, group - 1)) {
        return group - 1;
      }
      slot = (slot + 1) & mask;
    }
    if (!add) {
      return -1;
    }
    chunks.append(keys, row);
    hashes.ensure(groupCount + 1L);
    hashes.set(groupCount, hash);
    slots.set(slot, ++groupCount);
    if (2L * groupCount > slotCount) {
      grow();
    }
    return groupCount - 1;
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
  long growth(int groups) {
    boolean slotsGrow = 2L * (groupCount + groups) > slotCount;
    return hashes.growth(groupCount + (long) groups) + (slotsGrow ? 8L * slotCount : 0);
  }

  @Override
  FieldVector takeKeys(int index, int from, int to, BufferAllocator target) {
    return chunks.copy(index, from, to, target);
  }

  @Override
  public void close() {
    Closeables.closeAll(slots, hashes, chunks);
  }
}
