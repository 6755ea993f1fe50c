package org.kalamdb.internal.txn;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.kalamdb.internal.common.ByteKey;

/**
 * Keys that commits wrote while a flush of their table was under way: the flush must not remove
 * those from the hot tier. All methods are called under the commit lock.
 */
public final class ActiveFlushes {
  private final Map<Integer, Set<ByteKey>> changedByTable = new HashMap<>();

  /** From now on keys of the table are collected. One flush a table at a time. */
  public void begin(int table) {
    if (changedByTable.putIfAbsent(table, new HashSet<>()) != null) {
      throw new IllegalStateException("Table " + table + " is being flushed already");
    }
  }

  public void end(int table) {
    changedByTable.remove(table);
  }

  void noteWritten(int table, byte[] rowKey) {
    if (!changedByTable.isEmpty()) {
      Set<ByteKey> changed = changedByTable.get(table);
      if (changed != null) {
        changed.add(new ByteKey(rowKey));
      }
    }
  }

  /** The keys collected since {@link #begin}. */
  public Set<ByteKey> changed(int table) {
    return changedByTable.getOrDefault(table, Set.of());
  }
}
