package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.hot.IndexStore;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.table.ColdSalvage;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.HotPartitionSource;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.Rows;
import org.kalamdb.schema.UserId;

/**
 * Makes the rows of a salvaged table agree again: one version of each key, the newest; one row for
 * each key of a unique index, the newest; and indexes that hold what the rows do.
 */
final class SalvagedTables {
  private static final int BATCH = 1_000;
  private static final long CACHE_BYTES = 16L << 20;

  private final KeyValueStore store;
  private final Storages storages;
  private final BufferAllocator allocator;
  private final long seq;

  /**
   * @param seq no commit in the store is newer
   */
  SalvagedTables(KeyValueStore store, Storages storages, BufferAllocator allocator, long seq) {
    this.store = store;
    this.storages = storages;
    this.allocator = allocator;
    this.seq = seq;
  }

  /** Whose row. */
  private record Owner(@Nullable UserId user, byte[] rowKey) {}

  private interface RowVisitor {
    void visit(@Nullable UserId user, byte[] rowKey, @Nullable Object[] row, boolean deleted);
  }

  /** Leaves out what does not fit and builds the indexes; returns how many rows went. */
  long agree(TableDefinition table) {
    long leftOut = leaveOlderVersions(table);
    while (true) {
      List<Owner> losers = buildIndexes(table);
      if (losers.isEmpty()) {
        return leftOut;
      }
      leftOut += losers.size();
      KvWriteBatch batch = new KvWriteBatch();
      try (KvSnapshot snapshot = store.snapshot()) {
        TableStore tables = tables();
        for (Owner loser : losers) {
          RowVersion version = tables.find(snapshot, seq, table, loser.user(), loser.rowKey());
          if (version != null) {
            remove(batch, table, loser, version.segment(), version.segmentRow(), seq);
          }
        }
      }
      for (IndexDefinition index : table.constraints().indexes()) {
        IndexStore.addDropTo(batch, table.number(), index.number());
      }
      store.write(batch, false);
    }
  }

  /** Made anew after each change: caches know nothing of it. */
  private TableStore tables() {
    return new TableStore(store, new ColdTier(store, storages, CACHE_BYTES), table -> 0);
  }

  private long leaveOlderVersions(TableDefinition table) {
    List<Owner> twice = new ArrayList<>();
    byte[][] last = new byte[1][];
    try (KvSnapshot snapshot = store.snapshot()) {
      visitRows(
          table,
          snapshot,
          tables(),
          (user, rowKey, row, deleted) -> {
            if (last[0] != null && Arrays.equals(last[0], rowKey)) {
              twice.add(new Owner(user, rowKey));
            }
            last[0] = rowKey;
          });
      KvWriteBatch batch = new KvWriteBatch();
      ColdSalvage cold = new ColdSalvage(store, storages);
      long left = 0;
      Set<ByteKey> seen = new HashSet<>();
      for (Owner owner : twice) {
        if (seen.add(new ByteKey(owner.rowKey()))) {
          left += keepNewest(batch, cold, snapshot, table, owner);
        }
      }
      store.write(batch, false);
      return left;
    }
  }

  private long keepNewest(
      KvWriteBatch batch,
      ColdSalvage cold,
      KvSnapshot snapshot,
      TableDefinition table,
      Owner owner) {
    List<ColdSalvage.Version> versions =
        new ArrayList<>(cold.versions(snapshot, seq, table, owner.user(), owner.rowKey()));
    byte[] hot = store.get(KeyFamily.ROWS, owner.rowKey(), snapshot);
    if (hot != null) {
      // Of equal versions the cold one stays: a flush had moved it.
      versions.add(new ColdSalvage.Version(0, 0, RowCodec.seq(hot)));
    }
    versions.sort(
        Comparator.comparingLong(ColdSalvage.Version::seq)
            .thenComparingLong(ColdSalvage.Version::segment));
    long newest = versions.get(versions.size() - 1).seq();
    for (ColdSalvage.Version older : versions.subList(0, versions.size() - 1)) {
      remove(batch, table, owner, older.segment(), older.row(), newest);
    }
    return versions.size() - 1L;
  }

  private static void remove(
      KvWriteBatch batch, TableDefinition table, Owner owner, long segment, long row, long by) {
    if (segment == 0) {
      batch.delete(KeyFamily.ROWS, owner.rowKey());
    } else {
      ManifestStore.addMarkerTo(batch, table, owner.user(), segment, row, by);
    }
  }

  /** Returns the rows whose key of a unique index a newer row has. */
  private List<Owner> buildIndexes(TableDefinition table) {
    List<IndexDefinition> indexes =
        table.constraints().indexes().stream()
            .filter(index -> index.isSorted() && index.ready())
            .toList();
    if (indexes.isEmpty()) {
      return List.of();
    }
    List<Owner> losers = new ArrayList<>();
    Set<ByteKey> lost = new HashSet<>();
    KvWriteBatch batch = new KvWriteBatch();
    Map<ByteKey, byte[]> pending = new HashMap<>();
    try (KvSnapshot snapshot = store.snapshot()) {
      TableStore tables = tables();
      visitRows(
          table,
          snapshot,
          tables,
          (user, rowKey, row, deleted) -> {
            for (IndexDefinition index : deleted ? List.<IndexDefinition>of() : indexes) {
              byte[] entry = IndexKeys.entryKey(table, index, rowKey, row);
              byte[] before = pending.get(new ByteKey(entry));
              before = before == null ? store.get(KeyFamily.INDEXES, entry, null) : before;
              if (before != null) {
                byte[] otherKey = IndexKeys.rowKeyOf(table, index, user, before);
                Owner loser =
                    older(tables, snapshot, table, new Owner(user, rowKey), ownerOf(otherKey));
                if (lost.add(new ByteKey(loser.rowKey()))) {
                  losers.add(loser);
                }
              }
              byte[] value = IndexKeys.entryValue(index, rowKey);
              batch.put(KeyFamily.INDEXES, entry, value);
              pending.put(new ByteKey(entry), value);
            }
            if (batch.size() >= BATCH) {
              store.write(batch, false);
              batch.clear();
              pending.clear();
            }
          });
    }
    store.write(batch, false);
    return losers;
  }

  private static Owner ownerOf(byte[] rowKey) {
    return new Owner(RowKeys.userOf(rowKey), rowKey);
  }

  private Owner older(
      TableStore tables, KvSnapshot snapshot, TableDefinition table, Owner one, Owner other) {
    RowVersion first = tables.find(snapshot, seq, table, one.user(), one.rowKey());
    RowVersion second = tables.find(snapshot, seq, table, other.user(), other.rowKey());
    return first == null || (second != null && first.seq() < second.seq()) ? one : other;
  }

  private void visitRows(
      TableDefinition table, KvSnapshot snapshot, TableStore tables, RowVisitor visitor) {
    List<@Nullable UserId> partitions = new ArrayList<>();
    tables.visitPartitions(table, snapshot, partitions::add);
    int width = table.schema().columns().size();
    for (UserId user : partitions) {
      ScanRequest request =
          new ScanRequest(
              table,
              user,
              HotPartitionSource.columns(table),
              List.of(KeyRange.ALL),
              List.of(),
              ScanRequest.Order.ASCENDING,
              true,
              Long.MAX_VALUE);
      try (BatchSource source = tables.scan(snapshot, seq, 0, new WriteSet(), request, allocator)) {
        for (RecordBatch batch = source.next(); batch != null; batch = source.next()) {
          try (RecordBatch current = batch) {
            for (int i = 0; i < current.selection().size(); i++) {
              @Nullable Object[] row = Rows.read(current, current.selection().get(i));
              byte[] rowKey = RowKeys.rowKey(table, user, row);
              visitor.visit(user, rowKey, row, Boolean.TRUE.equals(row[width + 1]));
            }
          }
        }
      }
    }
  }
}
