package org.kalamdb.internal.txn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.common.ByteKey;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.key.IndexKeys;
import org.kalamdb.internal.storage.key.RowKeys;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.schema.UserId;

/**
 * Enters some rows of a snapshot into indexes that writers keep up already. A row that was written
 * since the snapshot is left to whoever wrote it.
 */
public final class IndexEntries implements Commit {
  private final TableDefinition table;
  private final List<IndexDefinition> indexes;
  private final @Nullable UserId user;
  private final List<@Nullable Object[]> rows;
  private final long readSeq;
  private final TableStore tables;
  private final CommitPipeline pipeline;
  private final List<Integer> uniqueHashes = new ArrayList<>();
  private final Map<ByteKey, byte[]> entered = new HashMap<>();

  /**
   * @param rows of the user's partition, a value for each column
   * @param readSeq the newest commit in the snapshot they are from
   */
  public IndexEntries(
      TableDefinition table,
      List<IndexDefinition> indexes,
      @Nullable UserId user,
      List<@Nullable Object[]> rows,
      long readSeq,
      TableStore tables,
      CommitPipeline pipeline) {
    this.table = table;
    this.indexes = indexes;
    this.user = user;
    this.rows = rows;
    this.readSeq = readSeq;
    this.tables = tables;
    this.pipeline = pipeline;
  }

  @Override
  public void addTo(KvWriteBatch batch, long seq) {
    if (!table.isSameVersion(pipeline.newestCatalog().table(table.id()))) {
      throw new KalamException(
          ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
          "table \"" + table.id().name() + "\" was changed or dropped meanwhile");
    }
    for (@Nullable Object[] row : rows) {
      byte[] rowKey = RowKeys.rowKey(table, user, row);
      if (isCurrent(rowKey)) {
        for (IndexDefinition index : indexes) {
          addEntry(batch, index, rowKey, row);
        }
      }
    }
  }

  private boolean isCurrent(byte[] rowKey) {
    if (!pipeline.mayHaveChangedSince(readSeq, Arrays.hashCode(rowKey))) {
      return true;
    }
    RowVersion newest = tables.findNewest(table, user, rowKey);
    return newest != null && !newest.deleted() && newest.seq() <= readSeq;
  }

  private void addEntry(
      KvWriteBatch batch, IndexDefinition index, byte[] rowKey, @Nullable Object[] row) {
    byte[] uniqueKey = index.unique() ? IndexKeys.uniqueKey(table, index, rowKey, row) : null;
    if (uniqueKey != null) {
      byte[] before = entered.put(new ByteKey(uniqueKey), rowKey);
      byte[] owner = tables.indexes().owner(table, index, user, uniqueKey, null);
      if (before != null || (owner != null && !Arrays.equals(owner, rowKey))) {
        throw new KalamException(
            ErrorCode.UNIQUE_VIOLATION,
            "could not create unique index \"" + index.name() + "\": a key is there twice");
      }
      uniqueHashes.add(Arrays.hashCode(uniqueKey));
    }
    batch.put(
        KeyFamily.INDEXES,
        IndexKeys.entryKey(table, index, rowKey, row),
        IndexKeys.entryValue(index, rowKey));
  }

  @Override
  public void applied(long seq) {
    uniqueHashes.forEach(hash -> pipeline.noteWritten(seq, hash));
  }
}
