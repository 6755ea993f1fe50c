package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * How many rows of each table are hot, tombstones included. Kept in the batch of every commit that
 * changes it, so it is exact after a crash too. Changed under the commit lock; read by anybody.
 *
 * <p>Stored in the meta family: {@code 'h'} and the table number (4 bytes) to the count (8 bytes).
 */
public final class HotCounters {
  private static final byte PREFIX = 'h';

  private final Map<Integer, AtomicLong> rows = new ConcurrentHashMap<>();

  public static HotCounters load(KeyValueStore store) {
    HotCounters counters = new HotCounters();
    try (KvIterator entries =
        store.iterator(KeyFamily.META, new byte[] {PREFIX}, new byte[] {PREFIX + 1}, false, null)) {
      while (entries.next()) {
        int table = ByteBuffer.wrap(entries.copyKey(), 1, 4).getInt();
        counters.counter(table).set(ByteBuffer.wrap(entries.copyValue()).getLong());
      }
    }
    return counters;
  }

  private AtomicLong counter(int table) {
    return rows.computeIfAbsent(table, t -> new AtomicLong());
  }

  public long hotRows(int table) {
    AtomicLong count = rows.get(table);
    return count == null ? 0 : count.get();
  }

  /** Puts the changed count into the batch; {@link #apply} follows once the batch is written. */
  public void addTo(KvWriteBatch batch, int table, long delta) {
    if (delta != 0) {
      long changed = hotRows(table) + delta;
      batch.put(KeyFamily.META, key(table), ByteBuffer.allocate(8).putLong(changed).array());
    }
  }

  public void apply(int table, long delta) {
    if (delta != 0) {
      counter(table).addAndGet(delta);
    }
  }

  public void remove(KvWriteBatch batch, int table) {
    batch.delete(KeyFamily.META, key(table));
  }

  public void removed(int table) {
    rows.remove(table);
  }

  private static byte[] key(int table) {
    return ByteBuffer.allocate(5).put(PREFIX).putInt(table).array();
  }
}
