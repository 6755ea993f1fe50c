package org.kalamdb.internal.expr;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * Hands an aggregate only the first row of each combination of arguments in a group. The
 * combinations are kept as columns and found by open addressing.
 */
final class DistinctAggregator implements Aggregator {
  private final Aggregator plain;
  private final ColumnWriter[] stored;
  private final ColumnView[] storedViews;
  private int[] storedGroups = new int[64];
  private int storedCount;

  /** Stored row + 1 by hash, 0 where free; twice as long as there are rows. */
  private int[] table = new int[256];

  private long[] hashes = new long[64];

  DistinctAggregator(Aggregator plain, List<DataType> arguments, BufferAllocator allocator) {
    this.plain = plain;
    this.stored = new ColumnWriter[arguments.size()];
    this.storedViews = new ColumnView[arguments.size()];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = new ColumnWriter(arguments.get(i), allocator);
      stored[i].begin(storedGroups.length);
      storedViews[i] = stored[i].finish(0);
    }
  }

  @Override
  public void ensureGroups(int groups) {
    plain.ensureGroups(groups);
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    int[] freshRows = new int[n];
    int[] freshGroups = new int[n];
    int fresh = 0;
    for (int i = 0; i < n; i++) {
      if (add(arguments, groupIds[i], rows[i])) {
        freshRows[fresh] = rows[i];
        freshGroups[fresh++] = groupIds[i];
      }
    }
    plain.update(arguments, freshGroups, freshRows, fresh);
  }

  private boolean add(ColumnView[] arguments, int group, int row) {
    long hash = ColumnValues.mix(group);
    for (ColumnView argument : arguments) {
      hash = ColumnValues.mix(hash + (argument.isNull(row) ? 7 : ColumnValues.hash(argument, row)));
    }
    int mask = table.length - 1;
    int slot = (int) hash & mask;
    while (table[slot] != 0) {
      int at = table[slot] - 1;
      if (hashes[at] == hash && storedGroups[at] == group && same(arguments, row, at)) {
        return false;
      }
      slot = slot + 1 & mask;
    }
    store(arguments, group, row, hash);
    table[slot] = storedCount;
    if (storedCount * 2 > table.length) {
      rehash();
    }
    return true;
  }

  private boolean same(ColumnView[] arguments, int row, int at) {
    for (int i = 0; i < arguments.length; i++) {
      boolean isNull = arguments[i].isNull(row);
      if (isNull != storedViews[i].isNull(at)
          || !isNull && !ColumnValues.equal(arguments[i], row, storedViews[i], at)) {
        return false;
      }
    }
    return true;
  }

  private void store(ColumnView[] arguments, int group, int row, long hash) {
    if (storedCount == storedGroups.length) {
      storedGroups = Arrays.copyOf(storedGroups, storedCount * 2);
      hashes = Arrays.copyOf(hashes, storedCount * 2);
    }
    storedGroups[storedCount] = group;
    hashes[storedCount] = hash;
    for (int i = 0; i < arguments.length; i++) {
      stored[i].ensureRows(storedCount + 1);
      stored[i].copyValue(storedCount, arguments[i], row);
      stored[i].finish(storedCount + 1);
    }
    storedCount++;
  }

  private void rehash() {
    table = new int[table.length * 2];
    int mask = table.length - 1;
    for (int at = 0; at < storedCount; at++) {
      int slot = (int) hashes[at] & mask;
      while (table[slot] != 0) {
        slot = slot + 1 & mask;
      }
      table[slot] = at + 1;
    }
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    DistinctAggregator that = (DistinctAggregator) other;
    Map<Integer, Integer> targets = new HashMap<>();
    for (int i = 0; i < n; i++) {
      targets.put(from[i], groupIds[i]);
    }
    int[] rows = new int[that.storedCount];
    int[] groups = new int[that.storedCount];
    int taken = 0;
    for (int i = 0; i < rows.length; i++) {
      Integer target = targets.get(that.storedGroups[i]);
      if (target != null) {
        rows[taken] = i;
        groups[taken++] = target;
      }
    }
    update(that.storedViews, groups, rows, taken);
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    plain.finish(out, row, from, to);
  }

  @Override
  public long retainedBytes() {
    return plain.retainedBytes() + 4L * table.length + 12L * hashes.length;
  }

  @Override
  public void close() {
    for (ColumnWriter writer : stored) {
      writer.close();
    }
    plain.close();
  }
}
