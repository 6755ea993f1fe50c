package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.cold.PointLookup;
import org.kalamdb.internal.storage.cold.SegmentFiles;
import org.kalamdb.internal.storage.cold.SegmentReader;
import org.kalamdb.internal.storage.cold.SegmentStore;
import org.kalamdb.internal.storage.cold.SegmentWriter;
import org.kalamdb.internal.storage.cold.StoredRow;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.ManifestKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.manifest.ManifestJson;
import org.kalamdb.internal.storage.manifest.ManifestStore;
import org.kalamdb.internal.storage.manifest.PartitionManifest;
import org.kalamdb.internal.storage.manifest.SegmentEntry;
import org.kalamdb.internal.storage.row.RowProjection;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments of all tables in all storages: which there are at a snapshot, their current rows,
 * and the writing and publishing of new ones. Thread-safe.
 */
public final class ColdTier {
  private static final Logger LOG = LoggerFactory.getLogger(ColdTier.class);

  /** Rows of a segment that are worth a thread's while; a part has twice as many at most. */
  private static final long PART_ROWS = 16L * RecordBatch.MAX_ROWS;

  private final Storages storages;
  private final StorageFiles files;
  private final SegmentStore segments;
  private final ManifestStore manifests;
  private volatile boolean isWhole;

  /** Segments in the storages, listed in the store's manifest family. */
  public ColdTier(KeyValueStore store, Storages storages, long cacheBytes) {
    this.storages = storages;
    this.files = storages.files();
    this.segments =
        new SegmentStore(files, (table, column) -> missingValue(column), cacheBytes / 4 * 3);
    this.manifests = new ManifestStore(store, cacheBytes / 4);
  }

  /** What a row written before the column was added has in it. */
  static @Nullable Object missingValue(ColumnSchema column) {
    return column.missingValue();
  }

  /** Where new segments of the partition go. */
  String directoryOf(TableDefinition table, @Nullable UserId user) {
    return storages.homeOf(table, user).directoryOf(table.id(), user);
  }

  public Storages storages() {
    return storages;
  }

  /** What lies in storages. */
  public StorageContents contents() {
    return new StorageContents(files, manifests);
  }

  /** Whether the segment is in the partition's storage. */
  public boolean isAtHome(TableDefinition table, @Nullable UserId user, SegmentEntry entry) {
    return StorageFiles.storageOf(entry.file()) == storages.homeOf(table, user).number();
  }

  // ---- reading

  /**
   * The current version of a key among cold rows, tombstones included; null if there is none.
   *
   * @param columns positions of those that are wanted, null: all; others are left NULL
   */
  @Nullable RowVersion find(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable List<Integer> columns) {
    PartitionManifest manifest = manifests.manifestAt(table, user, snapshot, seq);
    if (manifest.segments().isEmpty()) {
      return null;
    }
    byte[] primaryKey =
        Arrays.copyOfRange(rowKey, RowKeys.primaryKeyAt(rowKey, rowKey.length), rowKey.length);
    List<Object> values =
        Arrays.asList(RowKeys.primaryKeyOf(table.schema(), rowKey, rowKey.length));
    for (SegmentEntry entry : manifest.segments()) {
      if (!SegmentStore.mayHaveKey(table, entry, primaryKey)) {
        continue;
      }
      try (PointLookup lookup = segments.lookup(table, entry)) {
        long row = lookup.findRow(values);
        if (row >= 0 && !isSuperseded(table, user, entry, row, snapshot, seq)) {
          StoredRow found = lookup.readRow(row, columns);
          return new RowVersion(
              found.seq(), found.deleted(), entry.number(), found.row(), found.values());
        }
      }
    }
    return null;
  }

  /**
   * A key than which no cold one is greater, {@code prefix} if there is none; null if segments of
   * another schema, whose keys may be of other types, do not tell.
   */
  byte @Nullable [] greatestKey(
      KvSnapshot snapshot, long seq, TableDefinition table, @Nullable UserId user, byte[] prefix) {
    byte[] greatest = prefix;
    for (SegmentEntry entry : manifests.manifestAt(table, user, snapshot, seq).segments()) {
      if (entry.schemaVersion() != table.schema().version()) {
        return null;
      }
      byte[] last = Arrays.copyOf(prefix, prefix.length + entry.maxKey().length);
      System.arraycopy(entry.maxKey(), 0, last, prefix.length, entry.maxKey().length);
      if (Arrays.compareUnsigned(last, greatest) > 0) {
        greatest = last;
      }
    }
    return greatest;
  }

  /** The current versions of keys among cold rows, each segment opened once for all of them. */
  Map<ByteKey, RowVersion> findAll(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      List<byte[]> rowKeys,
      List<Integer> columns) {
    PartitionManifest manifest = manifests.manifestAt(table, user, snapshot, seq);
    Map<ByteKey, RowVersion> found = new HashMap<>();
    List<byte[]> left = new ArrayList<>(rowKeys);
    // One page after the other.
    left.sort(Arrays::compareUnsigned);
    for (SegmentEntry entry : manifest.segments()) {
      List<byte[]> here = new ArrayList<>();
      for (byte[] rowKey : left) {
        int at = RowKeys.primaryKeyAt(rowKey, rowKey.length);
        byte[] primaryKey = Arrays.copyOfRange(rowKey, at, rowKey.length);
        if (!found.containsKey(new ByteKey(rowKey))
            && SegmentStore.mayHaveKey(table, entry, primaryKey)) {
          here.add(rowKey);
        }
      }
      if (!here.isEmpty()) {
        findIn(entry, snapshot, seq, table, user, here, columns, found);
      }
    }
    return found;
  }

  private void findIn(
      SegmentEntry entry,
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      List<byte[]> rowKeys,
      List<Integer> columns,
      Map<ByteKey, RowVersion> found) {
    try (PointLookup lookup = segments.lookup(table, entry)) {
      for (byte[] rowKey : rowKeys) {
        long row =
            lookup.findRow(
                Arrays.asList(RowKeys.primaryKeyOf(table.schema(), rowKey, rowKey.length)));
        if (row >= 0 && !isSuperseded(table, user, entry, row, snapshot, seq)) {
          StoredRow stored = lookup.readRow(row, columns);
          found.put(
              new ByteKey(rowKey),
              new RowVersion(
                  stored.seq(), stored.deleted(), entry.number(), stored.row(), stored.values()));
        }
      }
    }
  }

  private boolean isSuperseded(
      TableDefinition table,
      @Nullable UserId user,
      SegmentEntry entry,
      long row,
      KvSnapshot snapshot,
      long seq) {
    RoaringBitmap superseded = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
    return superseded != null && superseded.contains((int) row);
  }

  /**
   * Opens the segments that may have rows for the request, in scan order of their first keys; the
   * caller closes them. For an ordered request they put out the primary key after its columns.
   */
  List<? extends KeyedSource> open(
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    List<SegmentEntry> entries =
        manifests.manifestAt(request.table(), request.user(), snapshot, seq).segments();
    return entries.isEmpty()
        ? List.of()
        : open(snapshot, seq, pending, request, entries, allocator);
  }

  private List<ColdSource> open(
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      List<SegmentEntry> entries,
      BufferAllocator allocator) {
    ScanRequest keyed =
        request.order() == ScanRequest.Order.ANY ? request : ColdSource.withKeys(request);
    List<ColdSource> sources = new ArrayList<>();
    for (SegmentEntry entry : inScanOrder(entries, request.order())) {
      if (entry.maxSeq() <= request.afterSeq()) {
        continue;
      }
      sources.add(
          new ColdSource(
              keyed,
              request.columns().size(),
              entry,
              statistics ->
                  openReader(
                      snapshot,
                      seq,
                      pending,
                      keyed,
                      SegmentStore.Part.whole(entry),
                      allocator,
                      statistics)));
    }
    return sources;
  }

  /** As {@link #open} in no order; large segments come as several sources. */
  List<? extends KeyedSource> openParts(
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    PartitionManifest manifest =
        manifests.manifestAt(request.table(), request.user(), snapshot, seq);
    List<ColdSource> sources = new ArrayList<>();
    for (SegmentEntry entry : manifest.segments()) {
      // What only counts is there as soon without several threads.
      boolean onlyCounts = request.columns().isEmpty() && entry.tombstones() == 0;
      for (long from = 0; from < entry.rows(); from += PART_ROWS) {
        long first = from;
        boolean last = onlyCounts || entry.rows() - from < 2 * PART_ROWS;
        long end = last ? entry.rows() : from + PART_ROWS;
        sources.add(
            new ColdSource(
                request,
                request.columns().size(),
                entry,
                statistics ->
                    openReader(
                        snapshot,
                        seq,
                        pending,
                        request,
                        new SegmentStore.Part(entry, first, end),
                        allocator,
                        statistics)));
        if (last) {
          break;
        }
      }
    }
    return sources;
  }

  private @Nullable SegmentReader openReader(
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      SegmentStore.Part part,
      BufferAllocator allocator,
      ScanStatistics statistics) {
    SegmentEntry entry = part.entry();
    RoaringBitmap superseded =
        manifests.supersededAt(request.table(), request.user(), entry.number(), snapshot, seq);
    Set<Long> own = pending.supersededRows(entry.number());
    if (!own.isEmpty()) {
      superseded = superseded == null ? new RoaringBitmap() : superseded.clone();
      for (long row : own) {
        superseded.add((int) row);
      }
    }
    return segments.scan(request, part, superseded, allocator, statistics);
  }

  private static List<SegmentEntry> inScanOrder(
      List<SegmentEntry> segments, ScanRequest.Order order) {
    List<SegmentEntry> entries = new ArrayList<>(segments);
    switch (order) {
      case ANY -> {}
      case ASCENDING ->
          entries.sort(Comparator.comparing(SegmentEntry::minKey, Arrays::compareUnsigned));
      case DESCENDING ->
          entries.sort(
              Comparator.comparing(SegmentEntry::maxKey, Arrays::compareUnsigned).reversed());
    }
    return entries;
  }

  /** The users who have segments of the table. */
  public Set<UserId> usersOf(TableDefinition table, KvSnapshot snapshot) {
    Set<UserId> users = new LinkedHashSet<>();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          if (user != null) {
            users.add(user);
          }
        });
    return users;
  }

  /** See {@link ManifestStore#visitSome}. */
  public byte @Nullable [] visitSegments(
      byte[] from, int most, KvSnapshot snapshot, ManifestStore.SegmentVisitor visitor) {
    return manifests.visitSome(from, most, snapshot, visitor);
  }

  /** Receives a segment with its partition. */
  @FunctionalInterface
  public interface SegmentVisitor {
    void visit(@Nullable UserId user, SegmentEntry entry);
  }

  /** Visits every segment of a table, partition after partition. */
  public void visitSegments(TableDefinition table, KvSnapshot snapshot, SegmentVisitor visitor) {
    manifests.visitTable(
        table.number(), snapshot, (number, user, entry) -> visitor.visit(user, entry));
  }

  /** The partition's segments in a snapshot. */
  public PartitionManifest manifest(
      TableDefinition table, @Nullable UserId user, KvSnapshot snapshot, long seq) {
    return manifests.manifestAt(table, user, snapshot, seq);
  }

  /** Rows in segments of the partition (or of all, if none is named), superseded ones taken off. */
  TableStatistics statistics(TableDefinition table, long hotRows, KvSnapshot snapshot, long seq) {
    Totals totals = new Totals();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          totals.add(user, entry);
          RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
          totals.superseded += gone == null ? 0 : gone.getLongCardinality();
        });
    return new TableStatistics(
        hotRows, totals.rows, totals.superseded, totals.segments, totals.bytes, totals.partitions);
  }

  /** Rows in the segments of all partitions, replaced ones too. */
  long rows(TableDefinition table, KvSnapshot snapshot) {
    Totals totals = new Totals();
    manifests.visitTable(
        table.number(), snapshot, (number, user, entry) -> totals.add(user, entry));
    return totals.rows;
  }

  private static final class Totals {
    long rows;
    long superseded;
    long segments;
    long bytes;
    long partitions;
    private @Nullable UserId last;

    void add(@Nullable UserId user, SegmentEntry entry) {
      if (segments == 0 || !Objects.equals(user, last)) {
        partitions++;
        last = user;
      }
      segments++;
      rows += entry.rows();
      bytes += entry.bytes();
    }
  }

  /** Whether any partition of the table has a segment. */
  public boolean hasSegments(TableDefinition table, KvSnapshot snapshot) {
    return manifests.hasSegments(table.number(), snapshot);
  }

  /** How many rows of a segment of the partition are superseded. */
  public long superseded(
      TableDefinition table,
      @Nullable UserId user,
      SegmentEntry entry,
      KvSnapshot snapshot,
      long seq) {
    RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
    return gone == null ? 0 : gone.getLongCardinality();
  }

  /** Opens what a compaction reads: the current rows of the segments, as a flush reads hot ones. */
  public BatchSource openAll(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> entries,
      BufferAllocator allocator) {
    ScanRequest request = HotPartitionSource.request(table, user, Long.MAX_VALUE);
    return new MergeSource(
        new ArrayList<>(open(snapshot, seq, new WriteSet(), request, entries, allocator)),
        request,
        new RowProjection(table, request.columns(), ColdTier::missingValue).types(),
        allocator);
  }

  // ---- writing

  /** Files that are to be published together. */
  public NewFiles newFiles() {
    return new NewFiles(files);
  }

  /**
   * Writes rows, in key order, into a new file, which is on disk when the group is published, and
   * counts for nothing until its entry is. Null if there are no rows.
   *
   * @param level 0 for rows that were hot
   */
  public @Nullable SegmentEntry write(
      TableDefinition table,
      @Nullable UserId user,
      long number,
      int level,
      BatchSource rows,
      long nowMillis,
      NewFiles group) {
    @SuppressWarnings("resource") // closed as "first" below
    RecordBatch batch = rows.next();
    if (batch == null) {
      return null;
    }
    String file = SegmentFiles.newFile(directoryOf(table, user), number);
    try (RecordBatch first = batch;
        SegmentWriter writer = segments.createWriter(table, user, file)) {
      writer.append(first);
      for (RecordBatch next = rows.next(); next != null; next = rows.next()) {
        try (RecordBatch current = next) {
          writer.append(current);
        }
      }
      return writer.finishInto(group).toEntry(number, level, nowMillis);
    }
  }

  /**
   * Copies a segment into a new file where new segments of the partition go, makes it durable and
   * reads it back; it counts for nothing until it is published.
   *
   * @param progress told of bytes as they are copied
   * @return the segment with the new file
   */
  public SegmentEntry copyHome(
      TableDefinition table, @Nullable UserId user, SegmentEntry entry, LongConsumer progress) {
    String file = SegmentFiles.newFile(directoryOf(table, user), entry.number());
    segments.copy(table, entry, file, progress);
    return entry.withFile(file);
  }

  /** The row number of a key in a segment just written, or -1. */
  public long rowOf(TableDefinition table, SegmentEntry entry, byte[] rowKey) {
    try (PointLookup lookup = segments.lookup(table, entry)) {
      return lookup.findRow(
          Arrays.asList(RowKeys.primaryKeyOf(table.schema(), rowKey, rowKey.length)));
    }
  }

  /** Puts segments into a partition, and takes others out with the markers on their rows. */
  public void addPublishTo(
      KvWriteBatch batch,
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> added,
      List<SegmentEntry> removed) {
    manifests.addPublishTo(batch, table, user, added, removed);
  }

  /** Names another file as that of a segment. */
  public void addMoveTo(
      KvWriteBatch batch, TableDefinition table, @Nullable UserId user, SegmentEntry moved) {
    manifests.addMoveTo(batch, table, user, moved);
  }

  /** The segments' commit is in the log; call it under the commit lock. */
  public void published(
      TableDefinition table,
      @Nullable UserId user,
      List<SegmentEntry> added,
      List<SegmentEntry> removed,
      long seq) {
    manifests.applyPublish(table, user, added, removed, seq);
  }

  /** A commit replaced a row of a segment; call it under the commit lock. */
  public void noteSuperseded(
      TableDefinition table, @Nullable UserId user, long segment, long row, long seq) {
    manifests.applyMarkers(table, user, segment, new long[] {row}, seq);
  }

  /**
   * Whether a segment of the table was published after commit {@code seq}; under the commit lock.
   */
  boolean publishedSince(int table, long seq) {
    return manifests.publishedSince(table, seq);
  }

  /** The manifest.json of partitions. */
  public ManifestCopies copies() {
    return new ManifestCopies(this, files, manifests);
  }

  // ---- files

  /**
   * Files of all segments of a table at a snapshot, and the copies of its manifests; of a damaged
   * manifest those that can be read. It is asked in order to drop them: the others are orphans
   * then.
   */
  public List<String> filesOf(TableDefinition table, KvSnapshot snapshot) {
    Set<String> found = new LinkedHashSet<>();
    try {
      manifests.visitTable(
          table.number(),
          snapshot,
          (number, user, entry) -> {
            found.add(entry.file());
            found.add(directoryOf(table, user) + "/" + ManifestJson.FILE_NAME);
          });
    } catch (KalamException e) {
      if (e.code() != ErrorCode.DATA_CORRUPTED) {
        throw e;
      }
      LOG.atWarn()
          .setCause(e)
          .addKeyValue("table", table.id())
          .log(
              "A damaged manifest is dropped; files it does not show are deleted at the next open");
    }
    return List.copyOf(found);
  }

  /** Whether a path of {@link #filesOf} is a copy of a manifest. */
  public static boolean isManifestJson(String path) {
    return path.endsWith("/" + ManifestJson.FILE_NAME);
  }

  /** Forgets a dropped table; under the commit lock, with the drop's seq. */
  public void dropped(TableDefinition table, long seq) {
    manifests.applyDrop(table.number(), seq);
  }

  /** Deletes segments nobody reads any more; what cannot be deleted is swept at the next open. */
  public void deleteSegments(TableDefinition table, List<SegmentEntry> entries) {
    for (SegmentEntry entry : entries) {
      try {
        segments.delete(table, entry);
      } catch (KalamException e) {
        LOG.atWarn().setCause(e).addKeyValue("file", entry.file()).log("A file cannot be deleted");
      }
    }
  }

  /** Deletes files nobody reads any more; what cannot be deleted is swept at the next open. */
  public void deleteFiles(List<String> paths) {
    for (String path : paths) {
      try {
        files.delete(path);
      } catch (KalamException e) {
        LOG.atWarn().setCause(e).addKeyValue("file", path).log("A file could not be deleted");
      }
    }
  }

  /**
   * At open: deletes what a crash left behind, that is temporary files and segments no manifest
   * names, and repairs copies of manifests. Files of other kinds are left alone. Where a manifest
   * cannot be read, nothing is deleted.
   */
  public Sweep sweepOrphans(Collection<TableDefinition> tables, KvSnapshot snapshot, long seq) {
    Sweep sweep = new ColdSweep(this, storages, manifests, snapshot, seq).run(tables);
    isWhole = sweep.missing().isEmpty() && sweep.unavailable().isEmpty();
    return sweep;
  }

  /** Instead, where {@link SettledFiles} says so: looks which storages are available. */
  public Sweep lookAtStorages() {
    List<String> unavailable = new ArrayList<>();
    for (int storage : files.numbers()) {
      String problem = files.problem(storage);
      if (problem != null) {
        unavailable.add(storages.nameOf(storage) + ": " + problem);
      }
    }
    isWhole = unavailable.isEmpty();
    return new Sweep(List.of(), List.of(), List.of(), unavailable, Set.of());
  }

  /** Whether everything was there when it was opened, and no file can be left that nobody names. */
  public boolean isSettled() {
    return isWhole && !files.mayHaveLeftFiles();
  }

  /**
   * Reads all segments of a table and compares them, and the markers on them, with the manifest.
   */
  public void check(
      TableDefinition table,
      KvSnapshot snapshot,
      long seq,
      BufferAllocator allocator,
      ColdFindings findings) {
    Set<ByteKey> there = new HashSet<>();
    manifests.visitTable(
        table.number(),
        snapshot,
        (number, user, entry) -> {
          there.add(new ByteKey(ManifestKeys.segment(number, user, entry.number())));
          try {
            RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
            new SegmentCheck(table, user, entry, findings).run(segments, gone, allocator);
          } catch (KalamException e) {
            findings.problem(entry.file(), e.getMessage());
          }
        });
    manifests.visitMarkedSegments(
        table.number(),
        snapshot,
        segment -> {
          if (!there.contains(new ByteKey(segment))) {
            findings.problem(
                table.id().toString(), "rows of a segment are marked that is in no manifest");
          }
        });
  }

  /**
   * What a look at all files found.
   *
   * @param deleted files that no manifest named
   * @param rewritten copies of manifests that were damaged
   * @param missing segments that are not there, or not as long as they were; tables whose manifest
   *     cannot be read
   * @param unavailable storages that could not be looked at, and why
   * @param misplaced numbers of tables with segments that are not in their partition's storage
   */
  public record Sweep(
      List<String> deleted,
      List<String> rewritten,
      List<String> missing,
      List<String> unavailable,
      Set<Integer> misplaced) {}

  Map<Long, RoaringBitmap> supersededOf(
      PartitionManifest manifest,
      TableDefinition table,
      @Nullable UserId user,
      KvSnapshot snapshot,
      long seq) {
    Map<Long, RoaringBitmap> rows = new HashMap<>();
    for (SegmentEntry entry : manifest.segments()) {
      RoaringBitmap gone = manifests.supersededAt(table, user, entry.number(), snapshot, seq);
      if (gone != null) {
        rows.put(entry.number(), gone);
      }
    }
    return rows;
  }
}
