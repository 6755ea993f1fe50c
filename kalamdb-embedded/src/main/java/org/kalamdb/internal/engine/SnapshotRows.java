package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.table.KeyLookup;
import org.kalamdb.internal.storage.table.TableSnapshot;
import org.kalamdb.internal.write.RowFinder;
import org.kalamdb.schema.UserId;

/** Rows of a snapshot, as one statement's writes look for them. */
final class SnapshotRows implements RowFinder {
  private final TableSnapshot snapshot;
  private final DraftedEntries drafted;
  private final KeyLookup keys;

  /**
   * @param drafted entries of indexes that are not in the snapshot because the transaction made
   *     them
   */
  SnapshotRows(TableSnapshot snapshot, DraftedEntries drafted) {
    this.snapshot = snapshot;
    this.drafted = drafted;
    this.keys = new KeyLookup(snapshot.tables(), snapshot.snapshot(), snapshot.seq());
  }

  @Override
  public @Nullable RowVersion find(TableDefinition table, @Nullable UserId user, byte[] rowKey) {
    return keys.find(table, user, rowKey);
  }

  @Override
  public byte @Nullable [] owner(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, byte[] uniqueKey) {
    return drafted.has(table, index)
        ? drafted.owner(table, index, user, uniqueKey)
        : snapshot.tables().indexes().owner(table, index, user, uniqueKey, snapshot.snapshot());
  }

  @Override
  public List<byte[]> rowsWith(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, List<Object> values) {
    return drafted.has(table, index)
        ? drafted.rowsWith(table, index, user, values)
        : snapshot.tables().indexes().rowsWith(table, index, user, values, snapshot.snapshot());
  }
}
