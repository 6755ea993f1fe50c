package org.kalamdb.internal.flush;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.table.ColdTier;
import org.kalamdb.internal.storage.table.Storages;

/**
 * Work on the partitions of a table, one after the other: where they are in several storages, one
 * that is not available keeps it from its own partitions only, and fails it at the end.
 */
final class OtherPartitions {
  private final boolean several;
  private final Storages storages;
  private @Nullable KalamException first;

  OtherPartitions(TableDefinition table, ColdTier cold) {
    this.several = table.options().useUserStorage();
    this.storages = cold.storages();
  }

  /** Works on a partition; goes on if only its storage is in the way. */
  void goOnWithout(Runnable partition) {
    try {
      partition.run();
    } catch (KalamException e) {
      if (!several || e.code() != ErrorCode.IO_ERROR || !storages.isAnyUnavailable()) {
        throw e;
      }
      first = first == null ? e : first;
    }
  }

  /**
   * All partitions have had their turn.
   *
   * @throws KalamException the first that was left out
   */
  void end() {
    if (first != null) {
      throw first;
    }
  }
}
