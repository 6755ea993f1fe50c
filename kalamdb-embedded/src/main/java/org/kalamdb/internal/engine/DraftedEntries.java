package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.UserId;

/**
 * Entries of committed rows in indexes that a transaction has made and not committed. Until COMMIT
 * writes them, such an index is not ready, so no query uses it; keys are looked up here. Confined
 * to the transaction.
 */
final class DraftedEntries {
  /** What an entry takes beside its bytes. */
  private static final int ENTRY_BYTES = 100;

  private final Map<Place, NavigableMap<byte[], byte[]>> indexes = new HashMap<>();

  private final long limit;
  private long bytes;

  private record Place(int table, int index) {}

  /**
   * @param limit about how many bytes of heap they may take
   */
  DraftedEntries(long limit) {
    this.limit = limit;
  }

  /** Whether the index is of this transaction. */
  boolean has(TableDefinition table, IndexDefinition index) {
    return !indexes.isEmpty() && indexes.containsKey(new Place(table.number(), index.number()));
  }

  private NavigableMap<byte[], byte[]> entriesOf(TableDefinition table, IndexDefinition index) {
    return indexes.computeIfAbsent(
        new Place(table.number(), index.number()), key -> new TreeMap<>(Arrays::compareUnsigned));
  }

  /** An index of this transaction, without entries so far. */
  void begin(TableDefinition table, IndexDefinition index) {
    entriesOf(table, index).clear();
  }

  /** Adds an entry and returns the row key that was there under the key; null if none. */
  byte @Nullable [] add(
      TableDefinition table,
      IndexDefinition index,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable Object[] row) {
    byte[] key = IndexKeys.entryKey(table, index, rowKey, row);
    byte[] value = IndexKeys.entryValue(index, rowKey);
    bytes += ENTRY_BYTES + key.length + value.length;
    if (bytes > limit) {
      throw WriteSet.tooLarge(limit);
    }
    byte[] before = entriesOf(table, index).put(key, value);
    return before == null ? null : IndexKeys.rowKeyOf(table, index, user, before);
  }

  /** The committed row that has the entry of a unique index, or null. */
  byte @Nullable [] owner(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, byte[] uniqueKey) {
    byte[] value = entriesOf(table, index).get(uniqueKey);
    return value == null ? null : IndexKeys.rowKeyOf(table, index, user, value);
  }

  /** Keys of the committed rows whose first index columns have these values. */
  List<byte[]> rowsWith(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, List<Object> values) {
    ByteRange range = IndexKeys.entriesWith(table, index, user, values);
    NavigableMap<byte[], byte[]> from = entriesOf(table, index).tailMap(range.from(), true);
    byte[] to = range.to();
    List<byte[]> rows = new ArrayList<>();
    (to == null ? from : from.headMap(to, false))
        .values()
        .forEach(value -> rows.add(IndexKeys.rowKeyOf(table, index, user, value)));
    return rows;
  }

  /** Numbers of the tables with such indexes. */
  Set<Integer> tables() {
    Set<Integer> tables = new HashSet<>();
    indexes.keySet().forEach(place -> tables.add(place.table()));
    return tables;
  }

  /** Adds the entries of those indexes that are still there. */
  void addTo(KvWriteBatch batch, CatalogSnapshot following) {
    indexes.forEach(
        (place, entries) -> {
          TableDefinition table = following.table(place.table());
          if (table != null && table.constraints().index(place.index()) != null) {
            entries.forEach((key, value) -> batch.put(KeyFamily.INDEXES, key, value));
          }
        });
  }
}
