package org.kalamdb.internal.storage.manifest;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.ManifestKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

/**
 * Segments and superseded rows by partition: the truth is in the key-value store, and what is used
 * is kept in caches bounded by bytes. Thread-safe.
 *
 * <p>A change goes in two steps: the {@code add...To} methods put it into the commit's batch; after
 * the write, still under the commit lock and before any reader can have the commit's seq, {@code
 * apply...} tells the caches. A reader brings a snapshot and the seq of the last commit in it.
 *
 * <p>What keeps the caches true: a cached value is right for every reader from some commit on, and
 * readers from before it read through their snapshot. A value loaded through a snapshot is cached
 * only if nothing was applied to its stripe after the snapshot's seq; loading and applying look at
 * that under one lock, so a change never falls between the two.
 */
public final class ManifestStore {
  private static final int STRIPES = 1024;

  private record PartitionKey(int table, @Nullable UserId user) {}

  private record SegmentKey(int table, @Nullable UserId user, long segment) {}

  /** A manifest, and the first commit it is right for. */
  private record CachedManifest(PartitionManifest manifest, long validFrom) {}

  private final KeyValueStore store;
  private final Cache<PartitionKey, CachedManifest> manifests;
  private final Cache<SegmentKey, SupersededRows> superseded;

  /** Tables without any segment, each with the first commit that is right for. */
  private final Map<Integer, Long> emptyTables = new ConcurrentHashMap<>();

  private final Object lock = new Object();
  private final long[] lastPublish = new long[STRIPES];
  private final long[] lastTablePublish = new long[STRIPES];
  private final long[] lastMarker = new long[STRIPES];

  /** {@code cacheBytes} bounds the memory of cached manifests and bitmaps together. */
  public ManifestStore(KeyValueStore store, long cacheBytes) {
    this.store = store;
    this.manifests =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes / 2)
            .weigher((PartitionKey key, CachedManifest value) -> value.manifest().weight())
            .executor(Runnable::run)
            .build();
    this.superseded =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes / 2)
            .weigher((SegmentKey key, SupersededRows value) -> value.weight())
            .executor(Runnable::run)
            .build();
  }

  private static int stripe(Object key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash >>> 22;
  }

  /** The segments of a partition as the snapshot has them. */
  public PartitionManifest manifestAt(
      TableDefinition table, @Nullable UserId user, KvSnapshot snapshot, long readSeq) {
    PartitionKey key = new PartitionKey(table.number(), user);
    CachedManifest cached = manifests.getIfPresent(key);
    if (cached != null && readSeq >= cached.validFrom()) {
      return cached.manifest();
    }
    if (isWithoutSegments(table.number(), snapshot, readSeq)) {
      return PartitionManifest.EMPTY;
    }
    PartitionManifest loaded = loadNamed(table, key, snapshot);
    synchronized (lock) {
      long last = lastPublish[stripe(key)];
      if (readSeq >= last) {
        manifests.put(key, new CachedManifest(loaded, last));
      }
    }
    return loaded;
  }

  /** So that a table nobody has flushed costs a look into a map, whatever its number of users. */
  private boolean isWithoutSegments(int table, KvSnapshot snapshot, long readSeq) {
    Long validFrom = emptyTables.get(table);
    if (validFrom != null && readSeq >= validFrom) {
      return true;
    }
    if (lastTablePublish[stripe(table)] > 0) {
      return false;
    }
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table));
    try (KvIterator iterator =
        store.iterator(KeyFamily.MANIFEST, range.from(), range.to(), false, snapshot)) {
      if (iterator.next()) {
        // The table has segments: remember to ask by partition from now on.
        synchronized (lock) {
          int stripe = stripe(table);
          lastTablePublish[stripe] = Math.max(lastTablePublish[stripe], 1);
        }
        return false;
      }
    }
    synchronized (lock) {
      if (lastTablePublish[stripe(table)] == 0) {
        emptyTables.put(table, 0L);
      }
    }
    return true;
  }

  private PartitionManifest loadNamed(
      TableDefinition table, PartitionKey key, KvSnapshot snapshot) {
    try {
      return load(key, snapshot);
    } catch (KalamException e) {
      throw e.code() == ErrorCode.DATA_CORRUPTED
          ? new KalamException(
              ErrorCode.DATA_CORRUPTED,
              "the manifest of table " + table.id() + " is damaged: " + e.reason(),
              e)
          : e;
    }
  }

  private PartitionManifest load(PartitionKey key, KvSnapshot snapshot) {
    ByteRange range = RowKeys.prefixRange(RowKeys.partitionPrefix(key.table(), key.user()));
    List<SegmentEntry> segments = new ArrayList<>();
    try (KvIterator iterator =
        store.iterator(KeyFamily.MANIFEST, range.from(), range.to(), false, snapshot)) {
      while (iterator.next()) {
        segments.add(entryOf(iterator));
      }
    }
    return PartitionManifest.of(segments);
  }

  private static SegmentEntry entryOf(KvIterator iterator) {
    long number = ManifestKeys.segmentOf(iterator.viewKey(), iterator.keyLength());
    return SegmentEntryCodec.decode(number, iterator.viewValue(), iterator.valueLength());
  }

  /**
   * An entry as it is stored.
   *
   * @throws KalamException XX001 if it is damaged
   */
  public static SegmentEntry decode(byte[] key, byte[] value) {
    return SegmentEntryCodec.decode(ManifestKeys.segmentOf(key, key.length), value, value.length);
  }

  /**
   * The rows of a segment that were replaced by the commits in the snapshot; read-only, null if
   * there are none.
   */
  public @Nullable RoaringBitmap supersededAt(
      TableDefinition table,
      @Nullable UserId user,
      long segment,
      KvSnapshot snapshot,
      long readSeq) {
    SegmentKey key = new SegmentKey(table.number(), user, segment);
    SupersededRows cached = superseded.getIfPresent(key);
    @Nullable RoaringBitmap rows = cached == null ? null : cached.at(readSeq);
    if (rows == null) {
      rows = loadSuperseded(key, snapshot, readSeq);
      synchronized (lock) {
        long last = lastMarker[stripe(key)];
        if (cached == null && readSeq >= last && superseded.getIfPresent(key) == null) {
          superseded.put(key, new SupersededRows(rows, last));
        }
      }
    }
    return rows.isEmpty() ? null : rows;
  }

  private RoaringBitmap loadSuperseded(SegmentKey key, KvSnapshot snapshot, long readSeq) {
    ByteRange range =
        RowKeys.prefixRange(ManifestKeys.segment(key.table(), key.user(), key.segment()));
    RoaringBitmap rows = new RoaringBitmap();
    try (KvIterator iterator =
        store.iterator(KeyFamily.SUPERSEDED, range.from(), range.to(), false, snapshot)) {
      while (iterator.next()) {
        long row = ManifestKeys.rowOf(iterator.viewKey(), iterator.keyLength());
        if (row < 0 || row > Integer.MAX_VALUE) {
          throw new KalamException(
              ErrorCode.DATA_CORRUPTED,
              "segment " + key.segment() + " has a marker for row " + row);
        }
        if (ManifestKeys.seqOf(iterator.viewValue(), iterator.valueLength()) <= readSeq) {
          rows.add((int) row);
        }
      }
    }
    rows.runOptimize();
    return rows;
  }

  /** Puts new segments into a batch and takes others out, with the markers on them. */
  public void addPublishTo(
      KvWriteBatch batch,
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> added,
      List<SegmentEntry> removed) {
    for (SegmentEntry entry : removed) {
      byte[] key = ManifestKeys.segment(table.number(), user, entry.number());
      ByteRange markers = RowKeys.prefixRange(key);
      byte[] end = markers.to();
      if (end != null) {
        batch.deleteRange(KeyFamily.SUPERSEDED, markers.from(), end);
      }
      batch.delete(KeyFamily.MANIFEST, key);
    }
    for (SegmentEntry entry : added) {
      if (entry.rows() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("A segment has at most 2^31 - 1 rows: " + entry);
      }
      batch.put(
          KeyFamily.MANIFEST,
          ManifestKeys.segment(table.number(), user, entry.number()),
          SegmentEntryCodec.encode(entry));
    }
  }

  /** Puts another entry in the place of a segment's, whose number, rows and markers stay. */
  public void addMoveTo(
      KvWriteBatch batch, TableDefinition table, @Nullable UserId user, SegmentEntry moved) {
    batch.put(
        KeyFamily.MANIFEST,
        ManifestKeys.segment(table.number(), user, moved.number()),
        SegmentEntryCodec.encode(moved));
  }

  /**
   * Puts the marker into a batch that commit {@code seq} replaced or deleted a row of a segment.
   */
  public static void addMarkerTo(
      KvWriteBatch batch,
      TableDefinition table,
      @Nullable UserId user,
      long segment,
      long row,
      long seq) {
    batch.put(
        KeyFamily.SUPERSEDED,
        ManifestKeys.superseded(table.number(), user, segment, row),
        ManifestKeys.supersededValue(seq));
  }

  /** Tells the caches of a written publish; under the commit lock, with the commit's seq. */
  public void applyPublish(
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> added,
      List<SegmentEntry> removed,
      long seq) {
    PartitionKey key = new PartitionKey(table.number(), user);
    synchronized (lock) {
      emptyTables.remove(table.number());
      lastTablePublish[stripe(table.number())] = seq;
      lastPublish[stripe(key)] = seq;
      CachedManifest cached = manifests.getIfPresent(key);
      if (cached != null) {
        manifests.put(key, new CachedManifest(cached.manifest().with(added, removed), seq));
      }
      for (SegmentEntry entry : removed) {
        SegmentKey gone = new SegmentKey(table.number(), user, entry.number());
        lastMarker[stripe(gone)] = seq;
        superseded.invalidate(gone);
      }
    }
  }

  /** Tells the caches of written markers; under the commit lock, with the commit's seq. */
  public void applyMarkers(
      TableDefinition table, @Nullable UserId user, long segment, long[] rows, long seq) {
    SegmentKey key = new SegmentKey(table.number(), user, segment);
    synchronized (lock) {
      lastMarker[stripe(key)] = seq;
      SupersededRows cached = superseded.getIfPresent(key);
      if (cached != null) {
        int before = cached.weight();
        cached.add(rows, seq);
        if (cached.weight() > before) {
          superseded.put(key, cached);
        }
      }
    }
  }

  /** Puts the removal of everything about a table into a batch. */
  public void addDropTo(KvWriteBatch batch, int table) {
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table));
    byte[] end = range.to();
    if (end != null) {
      batch.deleteRange(KeyFamily.MANIFEST, range.from(), end);
      batch.deleteRange(KeyFamily.SUPERSEDED, range.from(), end);
    }
  }

  /** Tells the caches of a written drop; under the commit lock, with the commit's seq. */
  public void applyDrop(int table, long seq) {
    synchronized (lock) {
      emptyTables.remove(table);
      lastTablePublish[stripe(table)] = seq;
      // Partitions that are not cached may be in the middle of being loaded.
      Arrays.fill(lastPublish, seq);
      Arrays.fill(lastMarker, seq);
      manifests.asMap().keySet().removeIf(key -> key.table() == table);
      superseded.asMap().keySet().removeIf(key -> key.table() == table);
    }
  }

  /** Receives a segment with its partition. */
  @FunctionalInterface
  public interface SegmentVisitor {
    void visit(int table, @Nullable UserId user, SegmentEntry entry);
  }

  /** Whether any partition of the table has a segment. */
  public boolean hasSegments(int table, KvSnapshot snapshot) {
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table));
    try (KvIterator iterator =
        store.iterator(KeyFamily.MANIFEST, range.from(), range.to(), false, snapshot)) {
      return iterator.next();
    }
  }

  /** Visits every segment of a table, partition after partition. */
  public void visitTable(int table, KvSnapshot snapshot, SegmentVisitor visitor) {
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table));
    try (KvIterator iterator =
        store.iterator(KeyFamily.MANIFEST, range.from(), range.to(), false, snapshot)) {
      while (iterator.next()) {
        visitor.visit(table, RowKeys.userOf(iterator.copyKey()), entryOf(iterator));
      }
    }
  }

  /** Visits the manifest keys of all segments of a table that have markers on their rows. */
  public void visitMarkedSegments(int table, KvSnapshot snapshot, Consumer<byte[]> visitor) {
    ByteRange range = RowKeys.prefixRange(RowKeys.tablePrefix(table));
    try (KvIterator markers =
        store.iterator(KeyFamily.SUPERSEDED, range.from(), range.to(), false, snapshot)) {
      while (markers.next()) {
        // A marker's key is its segment's and the row's number.
        byte[] segment = Arrays.copyOf(markers.viewKey(), markers.keyLength() - Long.BYTES);
        visitor.accept(segment);
        byte[] next = RowKeys.prefixEnd(segment);
        if (next == null) {
          return;
        }
        markers.seek(next);
      }
    }
  }

  /** Whether segments of the table may have been published after commit {@code seq}. */
  public boolean publishedSince(int table, long seq) {
    synchronized (lock) {
      return lastTablePublish[stripe(table)] > seq;
    }
  }

  /**
   * Visits some segments of the database, partition after partition.
   *
   * @param from where to begin: empty, or what the visit before gave
   * @param most how many
   * @return where to go on; null at the end
   */
  public byte @Nullable [] visitSome(
      byte[] from, int most, KvSnapshot snapshot, SegmentVisitor visitor) {
    try (KvIterator iterator = store.iterator(KeyFamily.MANIFEST, from, null, false, snapshot)) {
      for (int i = 0; i < most; i++) {
        if (!iterator.next()) {
          return null;
        }
        byte[] key = iterator.copyKey();
        visitor.visit(RowKeys.tableOf(key), RowKeys.userOf(key), entryOf(iterator));
      }
      return iterator.next() ? iterator.copyKey() : null;
    }
  }

  /** Visits every segment of the database, partition after partition; for the checks at open. */
  public void visitAll(KvSnapshot snapshot, SegmentVisitor visitor) {
    try (KvIterator iterator =
        store.iterator(KeyFamily.MANIFEST, new byte[0], null, false, snapshot)) {
      while (iterator.next()) {
        byte[] key = iterator.copyKey();
        visitor.visit(RowKeys.tableOf(key), RowKeys.userOf(key), entryOf(iterator));
      }
    }
  }
}
