package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** Groups by one whole number or time: keys are longs in open addressing. */
final class LongGroupTable extends GroupTable {
  private static final int FIRST_SLOTS = 1024;

  private final DataType type;
  private final OffHeapInts slots;
  private final OffHeapLongs keys;
  private int slotCount = FIRST_SLOTS;
  private int groupCount;
  private int nullGroup = -1;

  LongGroupTable(DataType type, BufferAllocator allocator) {
    this.type = type;
    this.slots = new OffHeapInts(allocator);
    this.keys = new OffHeapLongs(allocator);
  }

  static boolean takes(DataType type) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
      default -> false;
    };
  }

  @Override
  void assign(ColumnView[] columns, int[] rows, int n, int[] groups) {
    lookUp(columns, rows, n, groups, true);
  }

  @Override
  void find(ColumnView[] columns, int[] rows, int n, int[] groups) {
    lookUp(columns, rows, n, groups, false);
  }

  private void lookUp(ColumnView[] columns, int[] rows, int n, int[] groups, boolean add) {
    ColumnView column = columns[0];
    if (groupCount == 0) {
      slots.reset(slotCount);
    }
    boolean nulls = column.mayHaveNulls();
    for (int i = 0; i < n; i++) {
      groups[i] =
          nulls && column.isNull(rows[i]) ? nullGroup(add) : group(read(column, rows[i]), add);
    }
  }

  /** The value of a column whose type it {@linkplain #takes takes}. */
  static long read(ColumnView column, int row) {
    return switch (column.type().kind()) {
      case SMALLINT -> column.getShort(row);
      case INTEGER, DATE -> column.getInt(row);
      default -> column.getLong(row);
    };
  }

  private int nullGroup(boolean add) {
    if (nullGroup < 0 && add) {
      keys.ensure(groupCount + 1L);
      keys.set(groupCount, 0);
      nullGroup = groupCount++;
    }
    return nullGroup;
  }

  private int group(long key, boolean add) {
    int mask = slotCount - 1;
    int slot = (int) ColumnValues.mix(key) & mask;
    int group;
    while ((group = slots.get(slot)) != 0) {
      if (keys.get(group - 1L) == key) {
        return group - 1;
      }
      slot = (slot + 1) & mask;
    }
    if (!add) {
      return -1;
    }
    keys.ensure(groupCount + 1L);
    keys.set(groupCount, key);
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
      if (group == nullGroup) {
        continue;
      }
      int slot = (int) ColumnValues.mix(keys.get(group)) & mask;
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
    return keys.growth(groupCount + (long) groups) + (slotsGrow ? 8L * slotCount : 0);
  }

  @Override
  FieldVector takeKeys(int index, int from, int to, BufferAllocator target) {
    try (ColumnWriter out = new ColumnWriter(type, target)) {
      out.begin(to - from);
      for (int group = from; group < to; group++) {
        if (group != nullGroup) {
          write(out, group - from, keys.get(group));
        }
      }
      return out.takeVector(to - from);
    }
  }

  private void write(ColumnWriter out, int row, long key) {
    switch (type.kind()) {
      case SMALLINT -> out.setShort(row, (short) key);
      case INTEGER, DATE -> out.setInt(row, (int) key);
      default -> out.setLong(row, key);
    }
    out.setValid(row);
  }

  @Override
  public void close() {
    Closeables.closeAll(slots, keys);
  }
}
