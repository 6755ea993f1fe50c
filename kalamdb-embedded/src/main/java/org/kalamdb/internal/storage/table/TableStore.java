package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.TableEstimate;
import org.kalamdb.internal.storage.hot.HotScan;
import org.kalamdb.internal.storage.hot.IndexStore;
import org.kalamdb.internal.storage.hot.ReadSet;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.RowWrite;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.row.RowProjection;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableType;
import org.kalamdb.schema.UserId;

/**
 * All rows of all tables: the hot ones in the key-value store, the cold ones in segments. Every key
 * has one current version, so a scan is the hot rows and, beside them, each segment without its
 * superseded rows; nothing is merged by key. Thread-safe.
 */
public final class TableStore {
  /** In place of a time for {@link #scan}: expired events too, until they are deleted. */
  public static final long EVERY_EVENT = Long.MIN_VALUE;

  private final KeyValueStore store;
  private final ColdTier cold;
  private final IntToLongFunction hotRows;
  private final IndexStore indexes;
  private final Map<Integer, RowCodec> codecs = new ConcurrentHashMap<>();
  private final Estimates estimates = new Estimates();

  /**
   * @param hotRows how many rows of a table are hot, by its number
   */
  public TableStore(KeyValueStore store, ColdTier cold, IntToLongFunction hotRows) {
    this.store = store;
    this.cold = cold;
    this.hotRows = hotRows;
    this.indexes = new IndexStore(store);
  }

  public ColdTier cold() {
    return cold;
  }

  public IndexStore indexes() {
    return indexes;
  }

  /** Encodes rows of the table's newest schema. */
  @SuppressWarnings("ReferenceEquality") // the same object nearly always, asked for each row
  public RowCodec codec(TableDefinition table) {
    RowCodec codec = codecs.get(table.number());
    // Of a version there can be two: a transaction's, and the one that is committed before it.
    if (codec == null
        || (codec.schema() != table.schema() && !codec.schema().equals(table.schema()))) {
      codec = new RowCodec(table.schema());
      codecs.put(table.number(), codec);
    }
    return codec;
  }

  private @Nullable Object[] decode(TableDefinition table, byte[] row) {
    RowCodec codec = codec(table);
    return RowCodec.schemaVersion(row) == codec.schema().version()
        ? codec.decode(row, row.length)
        : RowProjection.ofAllColumns(table, ColdTier::missingValue).decode(row, row.length);
  }

  /**
   * The version of a key in a snapshot at {@code seq}, tombstones included; null if there is none.
   */
  public @Nullable RowVersion find(
      KvSnapshot snapshot, long seq, TableDefinition table, @Nullable UserId user, byte[] rowKey) {
    return find(snapshot, seq, table, user, rowKey, null);
  }

  /**
   * The same.
   *
   * @param columns positions of those that are wanted, null: all; others may be left NULL
   */
  @Nullable RowVersion find(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable List<Integer> columns) {
    byte[] row = store.get(KeyFamily.ROWS, rowKey, snapshot);
    if (row != null) {
      return new RowVersion(RowCodec.seq(row), RowCodec.deleted(row), 0, 0, decode(table, row));
    }
    return cold.find(snapshot, seq, table, user, rowKey, columns);
  }

  /** The same in the newest state; call it under the commit lock. */
  public @Nullable RowVersion findNewest(
      TableDefinition table, @Nullable UserId user, byte[] rowKey) {
    try (KeyLookup now = newest()) {
      return now.find(table, user, rowKey);
    }
  }

  /** A lookup of several keys in the newest state, closed before the commit lock is let go. */
  public KeyLookup newest() {
    return KeyLookup.ofOwn(this, store.snapshot());
  }

  /**
   * A key than which none of the partition is greater, its prefix if there is none; null if that
   * takes more than a look at the end of the hot rows and at the manifest.
   */
  byte @Nullable [] greatestKey(
      KvSnapshot snapshot, long seq, TableDefinition table, @Nullable UserId user) {
    byte[] prefix = RowKeys.partitionPrefix(table.number(), user);
    byte[] greatest = cold.greatestKey(snapshot, seq, table, user, prefix);
    if (greatest == null) {
      return null;
    }
    ByteRange partition = RowKeys.prefixRange(prefix);
    try (KvIterator hot =
        store.iterator(KeyFamily.ROWS, partition.from(), partition.to(), true, snapshot)) {
      return hot.next() && Arrays.compareUnsigned(hot.copyKey(), greatest) > 0
          ? hot.copyKey()
          : greatest;
    }
  }

  /**
   * Opens a scan.
   *
   * @param seq the newest commit in the snapshot
   * @param nowMillis events that have expired by then are left out, unless it is {@link
   *     #EVERY_EVENT}
   * @param pending writes on top of the snapshot
   */
  public BatchSource scan(
      KvSnapshot snapshot,
      long seq,
      long nowMillis,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    if (request.table().partitioned() != null) {
      return scanAllUsers(snapshot, seq, nowMillis, pending, request, allocator);
    }
    if (request.table().type() == TableType.STREAM) {
      return scanEvents(snapshot, nowMillis, pending, request, allocator);
    }
    boolean ordered = request.order() != ScanRequest.Order.ANY;
    List<? extends KeyedSource> segments = cold.open(snapshot, seq, pending, request, allocator);
    boolean merge = ordered && !segments.isEmpty();
    HotScan hot = openHot(snapshot, pending, request, merge, allocator);
    if (segments.isEmpty()) {
      return hot;
    }
    if (merge) {
      List<KeyedSource> sources = new ArrayList<>(segments);
      sources.add(new HotSource(hot));
      return new MergeSource(sources, request, projection(request).types(), allocator);
    }
    List<BatchSource> sources = new ArrayList<>();
    sources.add(hot);
    sources.addAll(segments);
    return new UnionSource(sources);
  }

  private BatchSource scanAllUsers(
      KvSnapshot snapshot,
      long seq,
      long nowMillis,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    TableDefinition table = request.table().stored();
    return new AllUsersSource(
        request,
        users -> {
          visitPartitions(table, snapshot, user -> users.accept(Objects.requireNonNull(user)));
          for (RowWrite write : pending.rows()) {
            if (write.table().number() == table.number()) {
              users.accept(Objects.requireNonNull(write.user()));
            }
          }
        },
        partition -> scan(snapshot, seq, nowMillis, pending, partition, allocator),
        allocator);
  }

  /** As {@link #scan} in no order, as sources that may be read at the same time. */
  List<? extends BatchSource> scanParts(
      KvSnapshot snapshot,
      long seq,
      long nowMillis,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    if (request.table().partitioned() != null) {
      return List.of(scanAllUsers(snapshot, seq, nowMillis, pending, request, allocator));
    }
    if (request.table().type() == TableType.STREAM) {
      return List.of(scanEvents(snapshot, nowMillis, pending, request, allocator));
    }
    List<BatchSource> parts = new ArrayList<>();
    parts.add(openHot(snapshot, pending, request, false, allocator));
    parts.addAll(cold.openParts(snapshot, seq, pending, request, allocator));
    return parts;
  }

  /**
   * Opens a scan by way of an index, or returns null if reading all rows is less work. Entries in
   * the ranges are counted, up to where an index would lose: a row found by key costs so many times
   * what the next row of a scan does.
   */
  @Nullable BatchSource scanByIndex(
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      IndexRequest index,
      BufferAllocator allocator) {
    List<ByteRange> ranges = IndexScan.byteRanges(request, index);
    long most =
        IndexCost.mostRows(
            hotRows.applyAsLong(request.table().number()),
            cold.manifest(request.table(), request.user(), snapshot, seq).rows());
    if (index.limit() > most && indexes.count(ranges, most + 1, snapshot) > most) {
      return null;
    }
    return new IndexScan(this, snapshot, seq, pending, request, index, ranges, allocator);
  }

  /**
   * The versions of keys in a snapshot, in their order, null where there is none.
   *
   * @param columns positions of those that are wanted; others may be left NULL
   */
  List<@Nullable RowVersion> findAll(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      List<byte[]> rowKeys,
      List<Integer> columns) {
    List<@Nullable RowVersion> found = new ArrayList<>(rowKeys.size());
    List<byte[]> missing = new ArrayList<>();
    for (byte @Nullable [] row : store.multiGet(KeyFamily.ROWS, rowKeys, snapshot)) {
      if (row == null) {
        missing.add(rowKeys.get(found.size()));
        found.add(null);
      } else {
        found.add(
            new RowVersion(RowCodec.seq(row), RowCodec.deleted(row), 0, 0, decode(table, row)));
      }
    }
    if (!missing.isEmpty()) {
      Map<ByteKey, RowVersion> inSegments =
          cold.findAll(snapshot, seq, table, user, missing, columns);
      for (int i = 0; i < found.size(); i++) {
        if (found.get(i) == null) {
          found.set(i, inSegments.get(new ByteKey(rowKeys.get(i))));
        }
      }
    }
    return found;
  }

  private HotScan openHot(
      KvSnapshot snapshot,
      WriteSet pending,
      ScanRequest request,
      boolean keepKeys,
      BufferAllocator allocator) {
    return new HotScan(
        store,
        snapshot,
        request,
        keyRanges(request),
        pending,
        codec(request.table()),
        projection(request),
        0,
        EVERY_EVENT,
        0,
        keepKeys,
        allocator);
  }

  static RowProjection projection(ScanRequest request) {
    return new RowProjection(request.table(), request.columns(), ColdTier::missingValue);
  }

  /** Notes everything that a scan could come across. */
  static void noteScan(ReadSet reads, ScanRequest request) {
    TableDefinition table = request.table().stored();
    reads.add(table);
    if (request.table().partitioned() != null) {
      reads.add(KeyFamily.ROWS, RowKeys.prefixRange(RowKeys.tablePrefix(table.number())));
    } else if (table.type() == TableType.STREAM) {
      byte[] partition = RowKeys.partitionPrefix(table.number(), request.user());
      reads.add(KeyFamily.STREAMS, RowKeys.prefixRange(partition));
    } else {
      keyRanges(request).forEach(range -> reads.add(KeyFamily.ROWS, range));
    }
  }

  /** The same for a scan by index; a row that changes has its entries noted as written too. */
  static void noteIndexScan(ReadSet reads, ScanRequest request, IndexRequest index) {
    reads.add(request.table());
    IndexScan.byteRanges(request, index).forEach(range -> reads.add(KeyFamily.INDEXES, range));
  }

  private static List<ByteRange> keyRanges(ScanRequest request) {
    List<ByteRange> ranges = new ArrayList<>();
    request.ranges().forEach(r -> ranges.add(RowKeys.keyRange(request.table(), request.user(), r)));
    if (request.order() == ScanRequest.Order.DESCENDING) {
      Collections.reverse(ranges);
    }
    return ranges;
  }

  private BatchSource scanEvents(
      KvSnapshot snapshot,
      long nowMillis,
      WriteSet pending,
      ScanRequest request,
      BufferAllocator allocator) {
    TableDefinition table = request.table();
    UserId user = Objects.requireNonNull(request.user(), "user");
    byte[] from = RowKeys.partitionPrefix(table.number(), user);
    byte[] to = RowKeys.prefixEnd(from);
    long ttlMillis = table.options().ttlSeconds() * 1000;
    long minSeq = 0;
    long ownBucket = 0;
    if (nowMillis != EVERY_EVENT) {
      from = EventKeys.bucketStart(table.number(), user, EventKeys.bucketOf(nowMillis));
      minSeq = SeqId.firstAt(Math.max(SeqId.EPOCH_MILLIS, nowMillis - ttlMillis + 1)).value();
      ownBucket = EventKeys.bucketOf(nowMillis + ttlMillis);
    }
    return new HotScan(
        store,
        snapshot,
        request,
        List.of(new ByteRange(from, to)),
        table.options().ephemeral() ? new WriteSet() : pending,
        codec(table),
        projection(request),
        minSeq,
        nowMillis,
        ownBucket,
        false,
        allocator);
  }

  /** An event's columns as the table has them now. */
  public @Nullable Object[] eventRow(TableDefinition table, byte[] stored) {
    return decode(table, stored);
  }

  /** Whether an event is stored in the newest state. */
  public boolean hasEvent(byte[] key) {
    return store.get(KeyFamily.STREAMS, key, null) != null;
  }

  /** Tells each partition of a table that has rows, tombstones and expired events included. */
  public void visitPartitions(
      TableDefinition table, KvSnapshot snapshot, Consumer<@Nullable UserId> visitor) {
    if (!table.type().isPerUser()) {
      visitor.accept(null);
      return;
    }
    Set<UserId> users = new LinkedHashSet<>();
    byte[] from = RowKeys.tablePrefix(table.number());
    byte[] end = RowKeys.prefixEnd(from);
    KeyFamily family = table.type() == TableType.STREAM ? KeyFamily.STREAMS : KeyFamily.ROWS;
    try (KvIterator keys = store.iterator(family, from, end, false, snapshot)) {
      while (keys.next()) {
        UserId user = Objects.requireNonNull(RowKeys.userOf(keys.viewKey(), keys.keyLength()));
        users.add(user);
        keys.seek(
            Objects.requireNonNull(
                RowKeys.prefixEnd(RowKeys.partitionPrefix(table.number(), user))));
      }
    }
    users.addAll(cold.usersOf(table, snapshot));
    users.forEach(visitor);
  }

  /**
   * The hot rows of a partition with keys in the range, for a flush; the caller closes it.
   *
   * @param maxSeq rows of later commits stay hot
   */
  public HotPartitionSource hotPartition(
      KvSnapshot snapshot,
      TableDefinition table,
      @Nullable UserId user,
      ByteRange keys,
      long limit,
      long maxSeq,
      BufferAllocator allocator) {
    return new HotPartitionSource(
        store, snapshot, table, user, keys, limit, maxSeq, codec(table), allocator);
  }

  /** Adds the deletion of everything the store keeps of a table. */
  public void addDropTo(KvWriteBatch batch, TableDefinition table) {
    byte[] from = RowKeys.tablePrefix(table.number());
    byte[] to = Objects.requireNonNull(RowKeys.prefixEnd(from), "table numbers are below 2^31");
    for (KeyFamily family :
        List.of(
            KeyFamily.ROWS,
            KeyFamily.INDEXES,
            KeyFamily.STREAMS,
            KeyFamily.MANIFEST,
            KeyFamily.SUPERSEDED)) {
      batch.deleteRange(family, from, to);
    }
  }

  /** What a planner may assume of a partition; good while the snapshot is. */
  TableEstimate estimate(
      KvSnapshot snapshot,
      long seq,
      TableDefinition table,
      @Nullable UserId user,
      BufferAllocator allocator) {
    if (table.type() == TableType.STREAM) {
      return StreamEstimate.INSTANCE;
    }
    if (table.partitioned() != null) {
      return estimateAllUsers(snapshot, table.stored());
    }
    HotSample sample =
        new HotSample(
            request -> openHot(snapshot, new WriteSet(), request, false, allocator), table, user);
    return estimates.of(
        table,
        user,
        hotRows.applyAsLong(table.number()),
        cold.manifest(table, user, snapshot, seq),
        sample);
  }

  private TableEstimate estimateAllUsers(KvSnapshot snapshot, TableDefinition table) {
    double rows = hotRows.applyAsLong(table.number()) + cold.rows(table, snapshot);
    return new TableEstimate() {
      @Override
      public double rows() {
        return rows;
      }

      @Override
      public ColumnEstimate column(int position) {
        return ColumnEstimate.UNKNOWN;
      }
    };
  }

  /** Events live for a short time: what is true of them now is not worth finding out. */
  private enum StreamEstimate implements TableEstimate {
    INSTANCE;

    private static final double ROWS = 1000;

    @Override
    public double rows() {
      return ROWS;
    }

    @Override
    public ColumnEstimate column(int position) {
      return ColumnEstimate.UNKNOWN;
    }
  }

  public TableStatistics statistics(TableDefinition table, KvSnapshot snapshot, long seq) {
    return table.type() == TableType.STREAM
        ? new TableStatistics(countEvents(table), 0, 0, 0, 0, 0)
        : cold.statistics(table, hotRows.applyAsLong(table.number()), snapshot, seq);
  }

  /** Whether there is any row, hot or cold, deleted ones included; costs one look. */
  public boolean hasRows(TableDefinition table, KvSnapshot snapshot) {
    if (table.type() != TableType.STREAM) {
      return hotRows.applyAsLong(table.number()) > 0 || cold.hasSegments(table, snapshot);
    }
    ByteRange all = RowKeys.prefixRange(RowKeys.tablePrefix(table.number()));
    try (KvIterator events = store.iterator(KeyFamily.STREAMS, all.from(), all.to(), false, null)) {
      return events.next();
    }
  }

  /** Stored events as of now: eviction is no commit, so a snapshot would not show it. */
  private long countEvents(TableDefinition table) {
    ByteRange all = RowKeys.prefixRange(RowKeys.tablePrefix(table.number()));
    long count = 0;
    try (KvIterator events = store.iterator(KeyFamily.STREAMS, all.from(), all.to(), false, null)) {
      while (events.next()) {
        count++;
      }
    }
    return count;
  }

  /** Forgets what is cached of a dropped table. */
  public void forget(TableDefinition table) {
    codecs.remove(table.number());
  }

  /**
   * Whether a flush moved rows of the table after commit {@code seq}; call it under the commit
   * lock.
   */
  public boolean publishedSince(int table, long seq) {
    return cold.publishedSince(table, seq);
  }

  /** A commit replaced a row of a segment; call it under the commit lock. */
  public void noteSuperseded(
      TableDefinition table, @Nullable UserId user, long segment, long row, long seq) {
    cold.noteSuperseded(table, user, segment, row, seq);
  }
}
