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
import org.kalamdb.schema.UserId;

/**
 * What a flush reads: all columns, {@code _seq} and {@code _deleted} of a partition's hot rows in
 * key order, tombstones included, and the key it has come to.
 */
public final class HotPartitionSource implements BatchSource {
  private final HotScan scan;
  private final int seqColumn;
  private byte @Nullable [] lastKey;
  private long digest;

  HotPartitionSource(
      KeyValueStore store,
      KvSnapshot snapshot,
      TableDefinition table,
      @Nullable UserId user,
      ByteRange keys,
      long limit,
      RowCodec codec,
      BufferAllocator allocator) {
    ScanRequest request = request(table, user, limit);
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
    RecordBatch batch = scan.next();
    if (batch != null) {
      lastKey = scan.viewKey(batch.rowCount() - 1);
      BigIntVector seqs = (BigIntVector) batch.column(seqColumn);
      for (int row = 0; row < batch.rowCount(); row++) {
        digest += RowDigest.of(scan.viewKey(row), seqs.get(row));
      }
    }
    return batch;
  }

  /** The sum of the {@link RowDigest}s of the rows read so far. */
  public long digest() {
    return digest;
  }

  /** The row key of the last row read; there must have been one. */
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
