package org.kalamdb.internal.flush;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.UserId;

/**
 * Takes expired events out of the store. No reader sees them any more, since reads look at the time
 * themselves; so this is no commit, only space given back: one range delete for each partition that
 * begins with expired events.
 */
final class EventEviction {
  private static final int MAX_BATCH = 1_000;

  private final KeyValueStore store;

  EventEviction(KeyValueStore store) {
    this.store = store;
  }

  void evict(TableDefinition table, long nowMillis) {
    long bucket = EventKeys.bucketOf(nowMillis);
    ByteRange all = RowKeys.prefixRange(RowKeys.tablePrefix(table.number()));
    byte @Nullable [] from = all.from();
    KvWriteBatch batch = new KvWriteBatch();
    try (KvIterator events = store.iterator(KeyFamily.STREAMS, all.from(), all.to(), false, null)) {
      while (from != null) {
        events.seek(from);
        if (!events.next()) {
          break;
        }
        byte[] first = events.copyKey();
        UserId user = RowKeys.userOf(first);
        if (user == null) {
          throw new IllegalStateException("An event without a user");
        }
        byte[] partition = RowKeys.partitionPrefix(table.number(), user);
        byte[] live = EventKeys.bucketStart(table.number(), user, bucket);
        if (Arrays.compareUnsigned(first, live) < 0) {
          batch.deleteRange(KeyFamily.STREAMS, partition, live);
        }
        if (batch.size() == MAX_BATCH) {
          write(batch);
        }
        from = RowKeys.prefixEnd(partition);
      }
    }
    write(batch);
  }

  private void write(KvWriteBatch batch) {
    if (!batch.isEmpty()) {
      store.write(batch, false);
      batch.clear();
    }
  }
}
