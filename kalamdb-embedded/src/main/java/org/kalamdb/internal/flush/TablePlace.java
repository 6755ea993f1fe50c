package org.kalamdb.internal.flush;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/** Where a table's partitions are by one catalog. */
record TablePlace(TableId id, Storages.Home home) {
  boolean isSame(TablePlace other) {
    return id.equals(other.id) && home.isSamePlace(other.home);
  }

  String directoryOf(@Nullable UserId user) {
    return home.directoryOf(id, user);
  }
}
