package org.kalamdb.internal.flush;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.txn.Commit;
import org.kalamdb.internal.txn.CommitPipeline;
import org.kalamdb.internal.txn.StoredEvents;
import org.kalamdb.schema.UserId;

/**
 * Takes expired events of a whole table out of the store. No statement sees them any more, and
 * partitions with live queries are left to {@link EventExpiry}: so this tells nobody, but it is a
 * commit, for a live query that begins must know what of it comes before its snapshot. One range
 * delete for each partition that begins with expired events.
 */
final class EventEviction {
  private static final int MAX_BATCH = 1_000;

  private final KeyValueStore store;
  private final CommitPipeline pipeline;
  private final StoredEvents events;

  EventEviction(KeyValueStore store, CommitPipeline pipeline, StoredEvents events) {
    this.store = store;
    this.pipeline = pipeline;
    this.events = events;
  }

  void evict(TableDefinition table, long nowMillis) {
    long bucket = EventKeys.bucketOf(nowMillis);
    ByteRange all = RowKeys.prefixRange(RowKeys.tablePrefix(table.number()));
    byte @Nullable [] from = all.from();
    List<UserId> expired = new ArrayList<>();
    try (KvIterator stored = store.iterator(KeyFamily.STREAMS, all.from(), all.to(), false, null)) {
      while (from != null) {
        stored.seek(from);
        if (!stored.next()) {
          break;
        }
        byte[] first = stored.copyKey();
        UserId user = RowKeys.userOf(first);
        if (user == null) {
          throw new IllegalStateException("An event without a user");
        }
        byte[] live = EventKeys.bucketStart(table.number(), user, bucket);
        if (Arrays.compareUnsigned(first, live) < 0 && !events.isListened(table.number(), user)) {
          expired.add(user);
        }
        if (expired.size() == MAX_BATCH) {
          commit(table.number(), bucket, expired);
        }
        from = RowKeys.prefixEnd(RowKeys.partitionPrefix(table.number(), user));
      }
    }
    commit(table.number(), bucket, expired);
  }

  private void commit(int table, long bucket, List<UserId> expired) {
    if (!expired.isEmpty()) {
      pipeline.commit(new Eviction(table, bucket, List.copyOf(expired)));
      expired.clear();
    }
  }

  private final class Eviction implements Commit {
    private final int table;
    private final long bucket;
    private final List<UserId> users;
    private final List<UserId> silent = new ArrayList<>();

    private Eviction(int table, long bucket, List<UserId> users) {
      this.table = table;
      this.bucket = bucket;
      this.users = users;
    }

    @Override
    public void addTo(KvWriteBatch batch, long seq) {
      for (UserId user : users) {
        // Whoever begins to listen from now on waits for this commit before the first snapshot.
        if (!events.isListened(table, user)) {
          silent.add(user);
          batch.deleteRange(
              KeyFamily.STREAMS,
              RowKeys.partitionPrefix(table, user),
              EventKeys.bucketStart(table, user, bucket));
        }
      }
    }

    @Override
    public void applied(long seq) {
      silent.forEach(user -> events.forget(table, user));
      if (!silent.isEmpty()) {
        events.noteSilent(table, seq);
      }
    }

    /** What comes back after a crash has expired all the same. */
    @Override
    public Boolean isSynced() {
      return false;
    }

    @Override
    public boolean freesSpace() {
      return true;
    }

    @Override
    public boolean keepsNothing() {
      return silent.isEmpty();
    }
  }
}
