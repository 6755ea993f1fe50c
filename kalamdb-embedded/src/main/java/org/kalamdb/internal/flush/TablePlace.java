package org.kalamdb.internal.flush;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.table.Storages;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/**
 * Where a table's partitions are by one catalog.
 *
 * @param home of those whose users have no storage
 * @param homes all storages by name, if the table looks at those of its users; else empty
 */
record TablePlace(TableId id, Storages.Home home, Map<String, Storages.Home> homes) {
  boolean usesUserStorage() {
    return !homes.isEmpty();
  }

  /** A storage that came or went makes no difference: no user had it, or has it any more. */
  boolean isSame(TablePlace other) {
    return id.equals(other.id)
        && home.isSamePlace(other.home)
        && usesUserStorage() == other.usesUserStorage()
        && homes.entrySet().stream()
            .allMatch(
                entry -> {
                  Storages.Home its = other.homes.get(entry.getKey());
                  return its == null || entry.getValue().isSamePlace(its);
                });
  }

  /**
   * The directory of a partition.
   *
   * @param storage the user's own; null: none
   */
  String directoryOf(@Nullable UserId user, @Nullable String storage) {
    Storages.Home own = user == null || storage == null ? null : homes.get(storage);
    return (own == null ? home : own).directoryOf(id, user);
  }
}
