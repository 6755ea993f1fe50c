package org.kalamdb.internal.write;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.schema.UserId;

/** Committed rows as the running transaction sees them. */
public interface RowFinder {
  /** The version of a key, tombstones included. */
  @Nullable RowVersion find(TableDefinition table, @Nullable UserId user, byte[] rowKey);

  /** The key of the row that has an entry of a unique index, or null. */
  byte @Nullable [] owner(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, byte[] uniqueKey);

  /**
   * The keys of the rows that have these values, none of them NULL, in the first columns of an
   * index: of the user's partition, or of all partitions if the index spans users.
   */
  List<byte[]> rowsWith(
      TableDefinition table, IndexDefinition index, @Nullable UserId user, List<Object> values);
}
