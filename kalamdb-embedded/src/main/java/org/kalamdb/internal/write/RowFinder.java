package org.kalamdb.internal.write;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.schema.UserId;

/** The committed version of a key as the running transaction sees it, tombstones included. */
@FunctionalInterface
public interface RowFinder {
  @Nullable RowVersion find(TableDefinition table, @Nullable UserId user, byte[] rowKey);
}
