package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.hot.WriteSet.PendingRow;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.row.RowBatchBuilder;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Rows of one partition by way of an index: entries of the snapshot, with the transaction's own
 * rows in the places their values give them, then the rows themselves by their keys, hot or cold.
 * They come in the order of the index, the first batch small for those who take a few rows only; or
 * in key order, if that is asked for, once the keys of all are known.
 */
final class IndexScan implements BatchSource {
  private static final int FIRST_ROWS = 64;

  private final TableStore tables;
  private final KvSnapshot snapshot;
  private final long seq;
  private final ScanRequest request;
  private final TableDefinition table;
  private final IndexDefinition index;
  private final boolean reverse;
  private final WriteSet pending;
  private final Iterator<ByteRange> ranges;
  private final RowBatchBuilder builder;
  private final RowCodec codec;
  private final ScanStatistics statistics = new ScanStatistics();
  private final List<OwnRow> own;
  private final List<Integer> columns;
  private int nextOwn;
  private long remaining;
  private int batchRows = FIRST_ROWS;
  private @Nullable Iterator<Found> sorted;
  private @Nullable KvIterator entries;
  private boolean entryReady;

  /** A row of the transaction and the key of its entry. */
  private record OwnRow(byte[] entry, byte[] rowKey, @Nullable Object[] row) {}

  /** A row found: one of the transaction's, or the key of a committed one. */
  private record Found(byte[] rowKey, @Nullable Object @Nullable [] own) {}

  IndexScan(
      TableStore tables,
      KvSnapshot snapshot,
      long seq,
      WriteSet pending,
      ScanRequest request,
      IndexRequest wanted,
      List<ByteRange> ranges,
      BufferAllocator allocator) {
    this.tables = tables;
    this.snapshot = snapshot;
    this.seq = seq;
    this.request = request;
    this.table = request.table();
    this.index = wanted.index();
    this.reverse = wanted.descending();
    this.pending = pending;
    this.remaining = Math.min(wanted.limit(), request.limit());
    List<ByteRange> inOrder = new ArrayList<>(ranges);
    if (reverse) {
      Collections.reverse(inOrder);
    }
    this.ranges = inOrder.iterator();
    this.own = ownRows(ranges);
    this.columns = request.columns().stream().filter(column -> column >= 0).toList();
    this.codec = tables.codec(table);
    this.builder = new RowBatchBuilder(TableStore.projection(request), allocator);
    statistics.indexEntries = 0;
  }

  /** The partition's ranges in the order of keys. */
  static List<ByteRange> byteRanges(ScanRequest request, IndexRequest wanted) {
    List<ByteRange> ranges = new ArrayList<>();
    wanted
        .ranges()
        .forEach(
            range ->
                ranges.add(
                    IndexKeys.range(request.table(), wanted.index(), request.user(), range)));
    ranges.removeIf(ByteRange::isEmpty);
    ranges.sort((a, b) -> Arrays.compareUnsigned(a.from(), b.from()));
    return ranges;
  }

  private List<OwnRow> ownRows(List<ByteRange> all) {
    List<OwnRow> rows = new ArrayList<>();
    byte[] prefix = RowKeys.partitionPrefix(table.number(), request.user());
    for (PendingRow write : pending.range(prefix, RowKeys.prefixEnd(prefix))) {
      @Nullable Object @Nullable [] row = write.newRow();
      if (row != null) {
        byte[] entry = IndexKeys.entryKey(table, index, write.key(), row);
        if (all.stream().anyMatch(range -> range.contains(entry))) {
          rows.add(new OwnRow(entry, write.key(), row));
        }
      }
    }
    Comparator<OwnRow> order = (a, b) -> Arrays.compareUnsigned(a.entry(), b.entry());
    rows.sort(reverse ? order.reversed() : order);
    return rows;
  }

  @Override
  public @Nullable RecordBatch next() {
    List<Found> found = nextRows();
    if (found.isEmpty()) {
      return null;
    }
    batchRows = Math.min(batchRows * 4, RecordBatch.MAX_ROWS);
    List<byte[]> keys = new ArrayList<>();
    for (Found row : found) {
      if (row.own() == null) {
        keys.add(row.rowKey());
      }
    }
    List<@Nullable RowVersion> versions =
        tables.findAll(snapshot, seq, table, request.user(), keys, columns);
    List<@Nullable RowVersion> located = new ArrayList<>();
    int committed = 0;
    for (Found row : found) {
      @Nullable Object[] values = row.own();
      RowVersion version = values == null ? versions.get(committed++) : null;
      append(version, values);
      located.add(version);
    }
    RecordBatch batch = builder.takeBatch();
    locate(batch, located);
    return batch;
  }

  private void append(@Nullable RowVersion version, @Nullable Object @Nullable [] own) {
    if (own == null && (version == null || version.deleted())) {
      throw new KalamException(
          ErrorCode.INDEX_CORRUPTED,
          "index \"" + index.name() + "\" has an entry for a row that is not there");
    }
    byte[] encoded =
        version == null
            ? codec.encode(java.util.Objects.requireNonNull(own), 0, false)
            : codec.encode(version.values(), version.seq(), false);
    builder.append(encoded, encoded.length);
    if (version == null || version.isHot()) {
      statistics.hotRows++;
    } else {
      statistics.coldRows++;
    }
  }

  private void locate(RecordBatch batch, List<@Nullable RowVersion> versions) {
    for (int i = 0; i < request.columns().size(); i++) {
      int column = request.columns().get(i);
      boolean segment = column == SystemColumn.SEGMENT.scanNumber();
      if (segment || column == SystemColumn.SEGMENT_ROW.scanNumber()) {
        BigIntVector vector = (BigIntVector) batch.column(i);
        for (int row = 0; row < versions.size(); row++) {
          RowVersion version = versions.get(row);
          if (version != null) {
            vector.set(row, segment ? version.segment() : version.segmentRow());
          }
        }
      }
    }
  }

  private List<Found> nextRows() {
    List<Found> found = new ArrayList<>();
    while (found.size() < batchRows && remaining > 0) {
      Found row = request.order() == ScanRequest.Order.ANY ? nextRow() : nextByKey();
      if (row == null) {
        break;
      }
      found.add(row);
      remaining--;
    }
    return found;
  }

  private @Nullable Found nextByKey() {
    Iterator<Found> byKey = sorted;
    if (byKey == null) {
      List<Found> all = new ArrayList<>();
      for (Found row = nextRow(); row != null; row = nextRow()) {
        all.add(row);
      }
      Comparator<Found> order = (a, b) -> Arrays.compareUnsigned(a.rowKey(), b.rowKey());
      all.sort(request.order() == ScanRequest.Order.DESCENDING ? order.reversed() : order);
      byKey = all.iterator();
      sorted = byKey;
    }
    return byKey.hasNext() ? byKey.next() : null;
  }

  private @Nullable Found nextRow() {
    while (true) {
      KvIterator stored = positioned();
      OwnRow mine = nextOwn < own.size() ? own.get(nextOwn) : null;
      if (stored == null && mine == null) {
        return null;
      }
      if (mine != null && (stored == null || isBefore(mine, stored))) {
        nextOwn++;
        return new Found(mine.rowKey(), mine.row());
      }
      if (stored != null) {
        statistics.indexEntries++;
        byte[] rowKey = IndexKeys.rowKeyOf(table, index, request.user(), stored.copyValue());
        entryReady = stored.next();
        // What the transaction wrote to is where its new values put it.
        if (pending.find(rowKey) == null) {
          return new Found(rowKey, null);
        }
      }
    }
  }

  private boolean isBefore(OwnRow mine, KvIterator stored) {
    int order =
        Arrays.compareUnsigned(
            mine.entry(), 0, mine.entry().length, stored.viewKey(), 0, stored.keyLength());
    return reverse ? order > 0 : order < 0;
  }

  /** The iterator at an entry, or null at the end of all ranges. */
  private @Nullable KvIterator positioned() {
    while (!entryReady) {
      closeEntries();
      if (!ranges.hasNext()) {
        return null;
      }
      KvIterator opened = tables.indexes().entries(ranges.next(), reverse, snapshot);
      entries = opened;
      entryReady = opened.next();
    }
    return entries;
  }

  private void closeEntries() {
    KvIterator open = entries;
    entries = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public ScanStatistics statistics() {
    return statistics;
  }

  @Override
  public void close() {
    closeEntries();
    builder.close();
  }
}
