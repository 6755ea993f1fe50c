package org.kalamdb.internal.storage.hot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.WriteSet.PendingRow;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.key.EventKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.row.RowBatchBuilder;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.row.RowProjection;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.TableType;

/**
 * Hot rows of one partition in key order, with a transaction's pending writes merged in: a pending
 * row stands in for the stored one of the same key. Of a stream table, the events that have not
 * expired.
 */
public final class HotScan implements BatchSource {
  private final KeyValueStore store;
  private final KvSnapshot snapshot;
  private final ScanRequest request;
  private final Iterator<ByteRange> ranges;
  private final WriteSet pending;
  private final RowCodec codec;
  private final RowBatchBuilder builder;
  private final ScanStatistics statistics = new ScanStatistics();
  private final KeyFamily family;
  private final boolean reverse;
  private final long minSeq;
  private final long nowMillis;
  private final long nowBucket;
  private final long ownBucket;
  private final @Nullable List<byte[]> keys;
  private long remaining;

  private @Nullable KvIterator stored;
  private boolean storedReady;
  private Iterator<PendingRow> written = List.<PendingRow>of().iterator();
  private @Nullable PendingRow nextWritten;

  /**
   * @param ranges of keys, in the order of the request
   * @param minSeq rows of older commits do not count: for a stream, they have expired
   * @param nowMillis of a stream: what has expired by then does not count; the least: everything
   * @param ownBucket of a stream: when events of this transaction would expire, in seconds
   * @param keepKeys whether {@link #viewKey} will be asked
   */
  public HotScan(
      KeyValueStore store,
      KvSnapshot snapshot,
      ScanRequest request,
      List<ByteRange> ranges,
      WriteSet pending,
      RowCodec codec,
      RowProjection projection,
      long minSeq,
      long nowMillis,
      long ownBucket,
      boolean keepKeys,
      BufferAllocator allocator) {
    this.store = store;
    this.snapshot = snapshot;
    this.request = request;
    this.ranges = ranges.iterator();
    this.pending = pending;
    this.codec = codec;
    this.family = request.table().type() == TableType.STREAM ? KeyFamily.STREAMS : KeyFamily.ROWS;
    this.reverse = request.order() == ScanRequest.Order.DESCENDING;
    this.minSeq = minSeq;
    this.nowMillis = nowMillis;
    this.nowBucket = EventKeys.bucketOf(nowMillis);
    this.ownBucket = ownBucket;
    this.remaining = request.limit();
    int capacity = (int) Math.max(1, Math.min(request.limit(), RecordBatch.MAX_ROWS));
    this.builder = new RowBatchBuilder(projection, allocator, capacity);
    this.keys = keepKeys || family == KeyFamily.STREAMS ? new ArrayList<>() : null;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (remaining > 0 && !builder.isFull() && advance()) {
      remaining--;
    }
    int rows = builder.rowCount();
    if (rows == 0) {
      return null;
    }
    statistics.hotRows += rows;
    RecordBatch batch = builder.takeBatch();
    if (family == KeyFamily.STREAMS) {
      locateEvents(batch);
    }
    return batch;
  }

  /** The key of a row of the last batch, in the rows family. */
  public byte[] viewKey(int row) {
    List<byte[]> kept = keys;
    if (kept == null) {
      throw new IllegalStateException("The scan keeps no keys");
    }
    return kept.get(row);
  }

  /** Appends the next row that counts; false at the end. */
  private boolean advance() {
    while (true) {
      if (!positioned()) {
        return false;
      }
      PendingRow write = nextWritten;
      KvIterator iterator = storedReady ? stored : null;
      int order = write == null ? -1 : iterator == null ? 1 : compare(iterator, write.key());
      if (order <= 0 && iterator != null) {
        // The pending row stands in for the stored one of the same key.
        boolean appended = order < 0 && appendStored(iterator);
        storedReady = iterator.next();
        if (appended) {
          return true;
        }
      }
      if (order >= 0 && write != null) {
        nextWritten = written.hasNext() ? written.next() : null;
        if (appendPending(write)) {
          return true;
        }
      }
    }
  }

  /** Positive if the stored key comes after the pending one in scan order. */
  private int compare(KvIterator iterator, byte[] key) {
    int order =
        Arrays.compareUnsigned(iterator.viewKey(), 0, iterator.keyLength(), key, 0, key.length);
    return reverse ? -order : order;
  }

  private boolean positioned() {
    while (!storedReady && nextWritten == null) {
      closeIterator();
      if (!ranges.hasNext()) {
        return false;
      }
      ByteRange range = ranges.next();
      if (range.isEmpty()) {
        continue;
      }
      KvIterator iterator = store.iterator(family, range.from(), range.to(), reverse, snapshot);
      stored = iterator;
      storedReady = iterator.next();
      List<PendingRow> writes =
          family == KeyFamily.STREAMS
              ? pending.events(
                  request.table().number(), Objects.requireNonNull(request.user()), ownBucket)
              : pending.range(range.from(), range.to());
      if (reverse) {
        Collections.reverse(writes);
      }
      written = writes.iterator();
      nextWritten = written.hasNext() ? written.next() : null;
    }
    return true;
  }

  private boolean appendStored(KvIterator iterator) {
    byte[] value = iterator.viewValue();
    if (RowCodec.seq(value) < minSeq
        || (!request.includeDeleted() && RowCodec.deleted(value))
        || (family == KeyFamily.STREAMS && hasExpired(iterator.viewKey(), iterator.keyLength()))) {
      return false;
    }
    keepKey(iterator.viewKey(), iterator.keyLength());
    builder.append(value, iterator.valueLength());
    return true;
  }

  /** The second of its expiry is where an event's key begins; only of this very one more counts. */
  private boolean hasExpired(byte[] key, int length) {
    return EventKeys.bucketIn(key, length) == nowBucket
        && EventKeys.expiryIn(key, length) <= nowMillis;
  }

  private boolean appendPending(PendingRow write) {
    @Nullable Object @Nullable [] row = write.newRow();
    boolean deleted = row == null;
    if (row == null) {
      row = write.oldRow();
      if (row == null || !request.includeDeleted()) {
        return false;
      }
    }
    keepKey(write.key(), write.key().length);
    byte[] encoded = codec.encode(row, 0, deleted);
    builder.append(encoded, encoded.length);
    return true;
  }

  private void keepKey(byte[] key, int length) {
    List<byte[]> kept = keys;
    if (kept != null) {
      if (builder.rowCount() == 0) {
        kept.clear();
      }
      kept.add(Arrays.copyOf(key, length));
    }
  }

  /** An event's location is its bucket and its place in its commit. */
  private void locateEvents(RecordBatch batch) {
    for (int i = 0; i < request.columns().size(); i++) {
      int column = request.columns().get(i);
      boolean bucket = column == SystemColumn.SEGMENT.scanNumber();
      if (bucket || column == SystemColumn.SEGMENT_ROW.scanNumber()) {
        BigIntVector vector = (BigIntVector) batch.column(i);
        for (int row = 0; row < batch.rowCount(); row++) {
          byte[] key = viewKey(row);
          vector.set(
              row,
              bucket ? EventKeys.bucketIn(key, key.length) : EventKeys.ordinalIn(key, key.length));
        }
      }
    }
  }

  @Override
  public ScanStatistics statistics() {
    return statistics;
  }

  private void closeIterator() {
    KvIterator open = stored;
    stored = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    closeIterator();
    builder.close();
  }
}
