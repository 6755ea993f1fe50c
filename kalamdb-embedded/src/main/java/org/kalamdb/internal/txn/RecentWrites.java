package org.kalamdb.internal.txn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.kalamdb.internal.storage.hot.ReadSet;
import org.kalamdb.internal.storage.kv.KeyFamily;

/**
 * Keys that were written by the newest commits, kept while SERIALIZABLE transactions are open: such
 * a transaction may commit only if nothing it read was written since it began (backward validation
 * of optimistic concurrency control; Kung and Robinson, 1981). Called under the commit lock.
 */
final class RecentWrites {
  private static final long MAX_KEYS = 1_000_000;

  /** A key that a commit wrote. */
  private record Written(KeyFamily family, byte[] key) {}

  private record Entry(long seq, List<Written> keys) {}

  private final ArrayDeque<Entry> entries = new ArrayDeque<>();
  private final TreeMap<Long, Integer> readers = new TreeMap<>();
  private List<Written> collecting = new ArrayList<>();
  private long keys;
  private long forgottenUpTo;

  /** Whether anybody will ask. */
  boolean isActive() {
    return !readers.isEmpty();
  }

  /** From now on everything written after {@code seq} is kept, until {@link #end}. */
  void begin(long seq) {
    readers.merge(seq, 1, Integer::sum);
  }

  void end(long seq) {
    readers.computeIfPresent(seq, (s, count) -> count == 1 ? null : count - 1);
    if (readers.isEmpty()) {
      entries.clear();
      keys = 0;
      return;
    }
    long oldest = readers.firstKey();
    for (Iterator<Entry> all = entries.iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      if (entry.seq() > oldest) {
        break;
      }
      keys -= entry.keys().size();
      all.remove();
    }
  }

  /** A key of the commit that is under way. */
  void collect(KeyFamily family, byte[] key) {
    collecting.add(new Written(family, key));
  }

  /** The commit whose keys were collected is written. */
  void collected(long seq) {
    if (collecting.isEmpty()) {
      return;
    }
    entries.add(new Entry(seq, collecting));
    keys += collecting.size();
    collecting = new ArrayList<>();
    while (keys > MAX_KEYS) {
      Entry oldest = entries.remove();
      keys -= oldest.keys().size();
      forgottenUpTo = oldest.seq();
    }
  }

  /** Whether something in the read set may have been written after {@code seq}. */
  boolean mayHaveWritten(ReadSet reads, long seq) {
    if (seq < forgottenUpTo) {
      return true;
    }
    for (Iterator<Entry> newest = entries.descendingIterator(); newest.hasNext(); ) {
      Entry entry = newest.next();
      if (entry.seq() <= seq) {
        return false;
      }
      for (Written written : entry.keys()) {
        if (reads.covers(written.family(), written.key())) {
          return true;
        }
      }
    }
    return false;
  }
}
