package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.row.RowDigest;

/**
 * How many rows of each table are hot, tombstones included, and the sum of their {@link
 * RowDigest}s. Kept in the batch of every commit that changes it, so it is exact after a crash too,
 * and shows whether the rows that are there are the ones that were committed. Changed under the
 * commit lock; read by anybody.
 *
 * <p>Stored in the meta family: {@code 'h'} and the table number (4 bytes) to count and sum (8
 * bytes each).
 */
public final class HotCounters {
  private static final byte PREFIX = 'h';

  /**
   * What is hot of a table, or a change of it.
   *
   * @param rows how many versions
   * @param digest the sum of their digests, wrapping around
   */
  public record Content(long rows, long digest) {
    public static final Content NONE = new Content(0, 0);

    public Content plus(Content other) {
      return new Content(rows + other.rows, digest + other.digest);
    }

    public Content negated() {
      return new Content(-rows, -digest);
    }

    /** With one version more. */
    public Content withRow(byte[] rowKey, long seq) {
      return new Content(rows + 1, digest + RowDigest.of(rowKey, seq));
    }

    /** With one version less. */
    public Content withoutRow(byte[] rowKey, long seq) {
      return new Content(rows - 1, digest - RowDigest.of(rowKey, seq));
    }

    private boolean isNone() {
      return rows == 0 && digest == 0;
    }
  }

  private final Map<Integer, Content> tables = new ConcurrentHashMap<>();
  private final Map<Integer, RowSize> sizes = new ConcurrentHashMap<>(); // not stored
  private volatile long totalBytes;

  /** What rows of a table take with their keys, as the last ones that were written say. */
  private record RowSize(double rows, double bytes) {
    /** So many rows the average is about. */
    private static final double WINDOW = 10_000;

    RowSize plus(RowSize other) {
      double kept = Math.max(0, Math.min(1, (WINDOW - other.rows) / rows));
      return new RowSize(rows * kept + other.rows, bytes * kept + other.bytes);
    }
  }

  public static HotCounters load(KeyValueStore store) {
    return load(store, null);
  }

  /** As they were at a snapshot; null: as they are. */
  public static HotCounters load(KeyValueStore store, @Nullable KvSnapshot snapshot) {
    HotCounters counters = new HotCounters();
    try (KvIterator entries =
        store.iterator(
            KeyFamily.META, new byte[] {PREFIX}, new byte[] {PREFIX + 1}, false, snapshot)) {
      while (entries.next()) {
        int table = ByteBuffer.wrap(entries.copyKey(), 1, 4).getInt();
        ByteBuffer value = ByteBuffer.wrap(entries.copyValue());
        counters.tables.put(table, new Content(value.getLong(), value.getLong()));
      }
    }
    return counters;
  }

  /** Counters of a store that is only now filled; put into the batch in place of others. */
  static HotCounters of(Map<Integer, Content> tables, KvWriteBatch batch) {
    HotCounters counters = new HotCounters();
    batch.deleteRange(KeyFamily.META, new byte[] {PREFIX}, new byte[] {PREFIX + 1});
    tables.forEach(
        (table, content) -> {
          counters.addTo(batch, table, content);
          counters.apply(table, content);
        });
    return counters;
  }

  public long hotRows(int table) {
    return content(table).rows();
  }

  /** Rows of the table take so many bytes, keys included; together, not each. Thread-safe. */
  public void noteSize(int table, long rows, long bytes) {
    if (rows > 0) {
      sizes.merge(table, new RowSize(rows, bytes), RowSize::plus);
    }
  }

  /** Whether anything is known of the size of the table's rows. */
  public boolean knowsSize(int table) {
    return sizes.containsKey(table);
  }

  /** About how many bytes a hot row of the table takes; 0: not known. */
  public double rowBytes(int table) {
    RowSize size = sizes.get(table);
    return size == null ? 0 : size.bytes() / size.rows();
  }

  /** About how many bytes the table's hot rows take. */
  public long hotBytes(int table) {
    return (long) (hotRows(table) * rowBytes(table));
  }

  /** About how many bytes all hot rows take; {@link #measure} corrects it. */
  public long totalBytes() {
    return totalBytes;
  }

  /** Adds up anew what all hot rows take. */
  public void measure() {
    long sum = 0;
    for (int table : tables.keySet()) {
      sum += hotBytes(table);
    }
    totalBytes = sum;
  }

  public Content content(int table) {
    return tables.getOrDefault(table, Content.NONE);
  }

  /** The numbers of the tables that have something hot. */
  public Set<Integer> tables() {
    return new TreeSet<>(tables.keySet());
  }

  /** Puts the changed content into the batch; {@link #apply} follows once the batch is written. */
  public void addTo(KvWriteBatch batch, int table, Content change) {
    if (!change.isNone()) {
      Content changed = content(table).plus(change);
      batch.put(
          KeyFamily.META,
          key(table),
          ByteBuffer.allocate(16).putLong(changed.rows()).putLong(changed.digest()).array());
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // under the commit lock, but for measure()
  public void apply(int table, Content change) {
    if (!change.isNone()) {
      totalBytes += (long) (change.rows() * rowBytes(table));
      tables.merge(table, change, Content::plus);
    }
  }

  public void remove(KvWriteBatch batch, int table) {
    batch.delete(KeyFamily.META, key(table));
  }

  public void removed(int table) {
    tables.remove(table);
    sizes.remove(table);
  }

  private static byte[] key(int table) {
    return ByteBuffer.allocate(5).put(PREFIX).putInt(table).array();
  }
}
