package org.kalamdb.internal.txn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import org.kalamdb.internal.common.ByteKey;

/**
 * Keys that commits wrote while their rows were being moved: a flush must not remove those from the
 * hot tier, and a compaction marks its copies of them. All methods are called under the commit
 * lock.
 */
public final class ActiveFlushes {
  private final Map<Integer, NavigableSet<ByteKey>> changedByTable = new HashMap<>();
  private final Map<Long, List<byte[]>> supersededBySegment = new HashMap<>();

  /** From now on keys of the table are collected. One flush a table at a time. */
  public void begin(int table) {
    if (changedByTable.putIfAbsent(table, new TreeSet<>()) != null) {
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

  /** The keys collected since {@link #begin}; not to be used after the lock was given back. */
  public NavigableSet<ByteKey> changed(int table) {
    return changedByTable.getOrDefault(table, Collections.emptyNavigableSet());
  }

  /** From now on the keys of rows in these segments that are replaced are collected. */
  public void beginCompaction(Collection<Long> segments) {
    segments.forEach(segment -> supersededBySegment.put(segment, new ArrayList<>()));
  }

  public void endCompaction(Collection<Long> segments) {
    segments.forEach(supersededBySegment::remove);
  }

  void noteSuperseded(long segment, byte[] rowKey) {
    if (!supersededBySegment.isEmpty()) {
      List<byte[]> keys = supersededBySegment.get(segment);
      if (keys != null) {
        keys.add(rowKey);
      }
    }
  }

  /** The keys collected since {@link #beginCompaction}; no longer complete if it has ended. */
  public List<byte[]> superseded(Collection<Long> segments) {
    List<byte[]> keys = new ArrayList<>();
    segments.forEach(segment -> keys.addAll(supersededBySegment.getOrDefault(segment, List.of())));
    return keys;
  }
}
