package org.kalamdb.internal.storage.table;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.ScanStatistics;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.internal.storage.hot.HotScan;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.key.ByteRange;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.row.RowCodec;
import org.kalamdb.internal.storage.row.RowDigest;
import org.kalamdb.internal.storage.row.RowProjection;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.UserId;

/**
 * What a flush reads: all columns, {@code _seq} and {@code _deleted} of a partition's hot rows in
 * key order, tombstones included, but those that are to stay hot, and the key it has come to.
 */
public final class HotPartitionSource implements BatchSource {
  /** A segment ends early rather than have so many deletions in the batch that publishes it. */
  private static final int MAX_DELETIONS = 100_000;

  private final HotScan scan;
  private final int seqColumn;
  private final long maxSeq;
  private final FlushedKeys flushed = new FlushedKeys();
  private byte @Nullable [] lastKey;
  private long digest;
  private boolean atEnd;

  HotPartitionSource(
      KeyValueStore store,
      KvSnapshot snapshot,
      TableDefinition table,
      @Nullable UserId user,
      ByteRange keys,
      long limit,
      long maxSeq,
      RowCodec codec,
      BufferAllocator allocator) {
    ScanRequest request = request(table, user, limit);
    this.maxSeq = maxSeq;
    seqColumn = table.schema().columns().size();
    scan =
        new HotScan(
            store,
            snapshot,
            request,
            List.of(keys),
            new WriteSet(),
            codec,
            new RowProjection(table, request.columns(), ColdTier::missingValue),
            0,
            TableStore.EVERY_EVENT,
            0,
            true,
            allocator);
  }

  /** Everything of a partition, in key order. */
  static ScanRequest request(TableDefinition table, @Nullable UserId user, long limit) {
    return new ScanRequest(
        table,
        user,
        columns(table),
        List.of(KeyRange.ALL),
        List.of(),
        ScanRequest.Order.ASCENDING,
        true,
        limit);
  }

  /** All columns of the newest schema, then {@code _seq} and {@code _deleted}. */
  public static List<Integer> columns(TableDefinition table) {
    List<Integer> columns = new ArrayList<>();
    for (int i = 0; i < table.schema().columns().size(); i++) {
      columns.add(i);
    }
    columns.add(SystemColumn.SEQ.scanNumber());
    columns.add(SystemColumn.DELETED.scanNumber());
    return columns;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (!atEnd) {
      RecordBatch batch = flushed.deletions() < MAX_DELETIONS ? scan.next() : null;
      if (batch == null) {
        atEnd = true;
        return null;
      }
      if (choose(batch)) {
        return batch;
      }
      batch.close();
    }
    return null;
  }

  /** Selects the rows that are not to stay hot; false if there is none. */
  private boolean choose(RecordBatch batch) {
    int rows = batch.rowCount();
    lastKey = scan.viewKey(rows - 1);
    BigIntVector seqs = (BigIntVector) batch.column(seqColumn);
    int[] chosen = new int[rows];
    int count = 0;
    for (int row = 0; row < rows; row++) {
      if (seqs.get(row) > maxSeq) {
        flushed.skip();
        continue;
      }
      chosen[count++] = row;
      byte[] key = scan.viewKey(row);
      flushed.add(key);
      digest += RowDigest.of(key, seqs.get(row));
    }
    if (count > 0 && count < rows) {
      batch.select(SelectionVector.of(chosen, count));
    }
    return count > 0;
  }

  /** The keys of the rows given so far. */
  public FlushedKeys flushed() {
    return flushed;
  }

  /** The sum of the {@link RowDigest}s of the rows given so far. */
  public long digest() {
    return digest;
  }

  /** False if nothing is left behind {@link #lastKey}, or nothing was read. */
  public boolean hasRead() {
    return lastKey != null;
  }

  /** The row key of the last row read, chosen or not; there must have been one. */
  public byte[] lastKey() {
    byte[] key = lastKey;
    if (key == null) {
      throw new IllegalStateException("No row was read");
    }
    return key;
  }

  @Override
  public ScanStatistics statistics() {
    return scan.statistics();
  }

  @Override
  public void close() {
    scan.close();
  }
}
