package org.kalamdb.internal.storage.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.UserId;

/** Entries of sorted indexes, for hot and cold rows alike. Thread-safe. */
public final class IndexStore {
  private final KeyValueStore store;

  public IndexStore(KeyValueStore store) {
    this.store = store;
  }

  /**
   * The key of the row that has the entry of a unique index, or null. A null snapshot reads the
   * newest state.
   */
  public byte @Nullable [] owner(
      TableDefinition table,
      IndexDefinition index,
      @Nullable UserId user,
      byte[] uniqueKey,
      @Nullable KvSnapshot snapshot) {
    byte[] value = store.get(KeyFamily.INDEXES, uniqueKey, snapshot);
    return value == null ? null : IndexKeys.rowKeyOf(table, index, user, value);
  }

  /** Keys of the rows whose first index columns have these values, in index order. */
  public List<byte[]> rowsWith(
      TableDefinition table,
      IndexDefinition index,
      @Nullable UserId user,
      List<Object> values,
      @Nullable KvSnapshot snapshot) {
    List<byte[]> rows = new ArrayList<>();
    ByteRange range = IndexKeys.entriesWith(table, index, user, values);
    try (KvIterator entries = entries(range, false, snapshot)) {
      while (entries.next()) {
        rows.add(IndexKeys.rowKeyOf(table, index, user, entries.copyValue()));
      }
    }
    return rows;
  }

  /** The entries in a range of keys; the caller closes it. */
  public KvIterator entries(ByteRange range, boolean reverse, @Nullable KvSnapshot snapshot) {
    return store.iterator(KeyFamily.INDEXES, range.from(), range.to(), reverse, snapshot);
  }

  /** How many entries are in the ranges, counted no further than {@code most}. */
  public long count(List<ByteRange> ranges, long most, KvSnapshot snapshot) {
    long count = 0;
    for (ByteRange range : ranges) {
      if (!range.isEmpty()) {
        try (KvIterator entries = entries(range, false, snapshot)) {
          while (count < most && entries.next()) {
            count++;
          }
        }
      }
    }
    return count;
  }

  /**
   * Adds what the writes do to the entries of their rows: first all that go, then all that come.
   */
  public static void addTo(KvWriteBatch batch, List<RowWrite> writes) {
    for (RowWrite write : writes) {
      @Nullable Object @Nullable [] old = write.oldRow();
      if (old != null) {
        for (IndexDefinition index : write.table().constraints().indexes()) {
          if (index.isSorted()) {
            byte[] key = IndexKeys.entryKey(write.table(), index, write.rowKey(), old);
            if (!Arrays.equals(key, newKey(write, index))) {
              batch.delete(KeyFamily.INDEXES, key);
            }
          }
        }
      }
    }
    for (RowWrite write : writes) {
      for (IndexDefinition index : write.table().constraints().indexes()) {
        byte[] key = index.isSorted() ? newKey(write, index) : null;
        // What builds an index passes over rows that were written meanwhile.
        if (key != null && (!index.ready() || !Arrays.equals(key, oldKey(write, index)))) {
          batch.put(KeyFamily.INDEXES, key, IndexKeys.entryValue(index, write.rowKey()));
        }
      }
    }
  }

  private static byte @Nullable [] newKey(RowWrite write, IndexDefinition index) {
    @Nullable Object @Nullable [] row = write.newRow();
    return row == null ? null : IndexKeys.entryKey(write.table(), index, write.rowKey(), row);
  }

  private static byte @Nullable [] oldKey(RowWrite write, IndexDefinition index) {
    @Nullable Object @Nullable [] row = write.oldRow();
    return row == null ? null : IndexKeys.entryKey(write.table(), index, write.rowKey(), row);
  }

  /** Adds the deletion of all entries of an index. */
  public static void addDropTo(KvWriteBatch batch, int table, int index) {
    ByteRange all = IndexKeys.entriesOf(table, index);
    byte[] end = all.to();
    if (end != null) {
      batch.deleteRange(KeyFamily.INDEXES, all.from(), end);
    }
  }
}
