package org.kalamdb.internal.storage.table;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.storage.IndexRequest;
import org.kalamdb.internal.storage.ScanRequest;
import org.kalamdb.internal.storage.TableEstimate;
import org.kalamdb.internal.storage.TableReader;
import org.kalamdb.internal.storage.hot.ReadSet;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.hot.WriteSet;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.schema.UserId;

/**
 * All tables at one commit, for one statement.
 *
 * @param snapshot stays the caller's
 * @param seq the newest commit in it
 * @param nowMillis the statement's time, by which events expire
 * @param pending the transaction's own writes, seen on top by scans
 * @param reads where everything that is looked at is noted; null: nowhere
 */
public record TableSnapshot(
    TableStore tables,
    KvSnapshot snapshot,
    long seq,
    long nowMillis,
    WriteSet pending,
    @Nullable ReadSet reads)
    implements TableReader {
  /** For a reader whose reads nobody has to remember. */
  public TableSnapshot(
      TableStore tables, KvSnapshot snapshot, long seq, long nowMillis, WriteSet pending) {
    this(tables, snapshot, seq, nowMillis, pending, null);
  }

  @Override
  public BatchSource scan(ScanRequest request, BufferAllocator allocator) {
    if (reads != null) {
      TableStore.noteScan(reads, request);
    }
    return tables.scan(snapshot, seq, nowMillis, pending, request, allocator);
  }

  @Override
  public List<? extends BatchSource> scanParts(ScanRequest request, BufferAllocator allocator) {
    return tables.scanParts(snapshot, seq, nowMillis, pending, request, allocator);
  }

  @Override
  public @Nullable BatchSource scanByIndex(
      ScanRequest request, IndexRequest index, BufferAllocator allocator) {
    if (reads != null) {
      TableStore.noteIndexScan(reads, request, index);
    }
    return tables.scanByIndex(snapshot, seq, pending, request, index, allocator);
  }

  @Override
  public TableEstimate estimate(
      TableDefinition table, @Nullable UserId user, BufferAllocator allocator) {
    return tables.estimate(snapshot, seq, table, user, allocator);
  }

  /**
   * The committed version of a key, tombstones included; pending writes do not count.
   *
   * @param columns positions of those that are wanted; others may be left NULL
   */
  public @Nullable RowVersion find(
      TableDefinition table, @Nullable UserId user, byte[] rowKey, List<Integer> columns) {
    if (reads != null) {
      reads.add(table);
      reads.add(KeyFamily.ROWS, rowKey);
    }
    return tables.find(snapshot, seq, table, user, rowKey, columns);
  }
}
