package org.kalamdb.internal.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogLoader;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.StorageCodec;
import org.kalamdb.internal.catalog.StorageDefinition;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.catalog.UserCodec;
import org.kalamdb.internal.catalog.ViewCodec;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.key.ManifestKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.kv.rocksdb.EntryVisitor;
import org.kalamdb.internal.storage.kv.rocksdb.RocksSalvage;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableType;

/**
 * Copies what is left of a damaged store into a new one, entry by entry, as far as it can be
 * understood and belongs to a table that is there. Indexes are not copied: they are built anew.
 */
final class SalvagedEntries {
  private static final long BATCH_BYTES = 1 << 20;

  private final RocksSalvage from;
  private final KeyValueStore to;
  private final List<String> findings;
  private final KvWriteBatch batch = new KvWriteBatch();
  private final Map<Long, RowCodec> codecs = new HashMap<>();
  private final Map<ByteKey, Long> segmentRows = new HashMap<>();
  private final Map<String, Long> leftOut = new TreeMap<>();
  private CatalogSnapshot catalog = CatalogSnapshot.of(1, List.of());
  private int greatestTable;
  private long newestSeq;
  private long rowsLeftOut;

  SalvagedEntries(RocksSalvage from, KeyValueStore to, List<String> findings) {
    this.from = from;
    this.to = to;
    this.findings = findings;
  }

  void copy() {
    copyCatalog();
    each(KeyFamily.META, (family, key, value) -> put(family, key, value, this::isNotOlder));
    each(KeyFamily.JOBS, (family, key, value) -> put(family, key, value, (old, now) -> true));
    each(KeyFamily.ROWS, this::copyRow);
    each(KeyFamily.STREAMS, this::copyEvent);
    each(KeyFamily.MANIFEST, this::copySegment);
    each(KeyFamily.SUPERSEDED, this::copyMarker);
    KvWriteBatch next = new KvWriteBatch();
    byte[] stored = to.get(KeyFamily.CATALOG, CatalogKeys.NEXT_TABLE_NUMBER, null);
    int number = stored == null || stored.length != 4 ? 1 : ByteBuffer.wrap(stored).getInt();
    next.put(
        KeyFamily.CATALOG,
        CatalogKeys.NEXT_TABLE_NUMBER,
        ByteBuffer.allocate(4).putInt(Math.max(number, greatestTable + 1)).array());
    to.write(next, false);
    leftOut.forEach((what, count) -> findings.add(count + " " + what + " are left out"));
  }

  CatalogSnapshot catalog() {
    return catalog;
  }

  /** No commit that was seen is newer. */
  long newestSeq() {
    return newestSeq;
  }

  long rowsLeftOut() {
    return rowsLeftOut;
  }

  private interface Preference {
    /** Whether the value is to replace the old one. */
    boolean replaces(byte[] old, byte[] value);
  }

  /** In order of keys, then what has no place in that order, and all of it written. */
  private void each(KeyFamily family, EntryVisitor visitor) {
    EntryVisitor guarded =
        (f, key, value) -> {
          try {
            visitor.visit(f, key, value);
          } catch (KalamException | IllegalArgumentException | IndexOutOfBoundsException e) {
            leaveOut(f, "entries of " + f.storedName() + " that cannot be understood");
          }
          if (batch.approximateBytes() > BATCH_BYTES) {
            flush();
          }
        };
    from.visit(family, guarded);
    flush();
    from.visitStrays(
        family,
        (f, key, value) -> {
          guarded.visit(f, key, value);
          flush(); // the next one may be of the same key
        });
  }

  private void flush() {
    if (!batch.isEmpty()) {
      to.write(batch, false);
      batch.clear();
    }
  }

  private void leaveOut(KeyFamily family, String what) {
    leftOut.merge(what, 1L, Long::sum);
    if (family == KeyFamily.ROWS || family == KeyFamily.STREAMS) {
      rowsLeftOut++;
    }
  }

  private void put(KeyFamily family, byte[] key, byte[] value, Preference preference) {
    byte[] old = to.get(family, key, null);
    if (old == null || preference.replaces(old, value)) {
      batch.put(family, key, value);
    }
  }

  private boolean isNotOlder(byte[] old, byte[] value) {
    return old.length != value.length || Arrays.compareUnsigned(value, old) >= 0;
  }

  // ---- catalog

  private void copyCatalog() {
    Map<Integer, TableDefinition> tables = new TreeMap<>();
    Set<String> storages = new HashSet<>();
    each(
        KeyFamily.CATALOG,
        (family, key, value) -> {
          if (key[0] == CatalogKeys.TABLE) {
            TableDefinition table = CatalogCodec.decode(value);
            greatestTable = Math.max(greatestTable, table.number());
            tables.merge(
                table.number(), table, (old, now) -> now.revision() >= old.revision() ? now : old);
          } else {
            if (key[0] == CatalogKeys.USER) {
              UserCodec.decode(key, value);
            } else if (key[0] == CatalogKeys.VIEW) {
              ViewCodec.decode(value);
            } else if (key[0] == CatalogKeys.STORAGE) {
              StorageDefinition storage = StorageCodec.decode(value);
              storages.add(storage.id());
              greatestTable = Math.max(greatestTable, storage.number());
            }
            put(family, key, value, this::isNotOlder);
          }
        });
    leaveOutLostStorages(storages);
    Set<String> names = new HashSet<>();
    // Of two tables of one name the later made one counts: TRUNCATE leaves an earlier one behind.
    List<TableDefinition> latestFirst = new ArrayList<>(tables.values());
    java.util.Collections.reverse(latestFirst);
    Set<Integer> there = new HashSet<>();
    latestFirst.removeIf(
        table -> {
          boolean second = !names.add(table.id().toString());
          if (!second) {
            there.add(table.number());
          }
          return second;
        });
    for (TableDefinition table : latestFirst) {
      TableDefinition kept = withoutMissing(withStorage(table, storages), there);
      batch.put(KeyFamily.CATALOG, CatalogKeys.table(kept.number()), CatalogCodec.encode(kept));
      NamespaceId namespace = kept.id().namespace();
      if (!namespace.equals(NamespaceId.DEFAULT)) {
        byte[] key = CatalogKeys.namespace(namespace.name());
        put(KeyFamily.CATALOG, key, new byte[0], (old, now) -> false);
      }
    }
    flush();
    catalog = CatalogLoader.load(to);
  }

  /** In the local storage from now on if its own is gone. */
  private TableDefinition withStorage(TableDefinition table, Set<String> storages) {
    String storage = table.options().storageId();
    if (storage == null || storages.contains(storage)) {
      return table;
    }
    findings.add(table.id() + ": its storage " + storage + " is gone from the catalog");
    return table.withOptions(table.options().withStorage(null));
  }

  /** Users whose storage is gone have none from now on. */
  private void leaveOutLostStorages(Set<String> storages) {
    CatalogLoader.userStorages(to)
        .forEach(
            (user, storage) -> {
              if (!storage.equals(StorageDefinition.LOCAL_ID) && !storages.contains(storage)) {
                findings.add("user " + user + ": the storage " + storage + " is gone");
                batch.delete(KeyFamily.CATALOG, CatalogKeys.user(user));
              }
            });
  }

  /** Without foreign keys to tables that are gone. */
  private TableDefinition withoutMissing(TableDefinition table, Set<Integer> there) {
    TableConstraints constraints = table.constraints();
    for (ForeignKey key : table.constraints().foreignKeys()) {
      if (!there.contains(key.table())) {
        constraints = constraints.without(key);
        findings.add(
            table.id() + ": foreign key " + key.name() + " refers to a table that is gone");
      }
    }
    return table.withConstraints(constraints);
  }

  // ---- rows

  private @Nullable TableDefinition tableOf(KeyFamily family, byte[] key) {
    int number = RowKeys.tableOf(key);
    greatestTable = Math.max(greatestTable, number);
    TableDefinition table = catalog.table(number);
    if (table == null) {
      leaveOut(family, "entries of " + family.storedName() + " of tables that are gone");
    }
    return table;
  }

  private void copyRow(KeyFamily family, byte[] key, byte[] value) {
    TableDefinition table = tableOf(family, key);
    if (table != null) {
      RowKeys.primaryKeyOf(table.schema(), key, key.length);
      decode(table, value);
      newestSeq = Math.max(newestSeq, RowCodec.seq(value));
      put(family, key, value, (old, now) -> RowCodec.seq(now) > RowCodec.seq(old));
    }
  }

  private void copyEvent(KeyFamily family, byte[] key, byte[] value) {
    TableDefinition table = tableOf(family, key);
    if (table != null && table.type() == TableType.STREAM) {
      decode(table, value);
      newestSeq = Math.max(newestSeq, RowCodec.seq(value));
      put(family, key, value, (old, now) -> false);
    }
  }

  private void decode(TableDefinition table, byte[] value) {
    int version = RowCodec.schemaVersion(value);
    codecs
        .computeIfAbsent(
            (long) table.number() << 32 | version, n -> new RowCodec(table.schema(version)))
        .decode(value, value.length);
  }

  // ---- segments

  private void copySegment(KeyFamily family, byte[] key, byte[] value) {
    TableDefinition table = tableOf(family, key);
    if (table != null) {
      SegmentEntry entry = ManifestStore.decode(key, value);
      newestSeq = Math.max(newestSeq, entry.maxSeq());
      segmentRows.put(new ByteKey(key), entry.rows());
      put(family, key, value, (old, now) -> false);
    }
  }

  private void copyMarker(KeyFamily family, byte[] key, byte[] value) {
    Long rows = segmentRows.get(new ByteKey(Arrays.copyOf(key, key.length - Long.BYTES)));
    long row = ManifestKeys.rowOf(key, key.length);
    if (rows != null && row >= 0 && row < rows) {
      newestSeq = Math.max(newestSeq, ManifestKeys.seqOf(value, value.length));
      put(family, key, value, (old, now) -> false);
    }
  }
}
