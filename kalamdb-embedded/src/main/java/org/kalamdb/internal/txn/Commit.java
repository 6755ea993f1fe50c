package org.kalamdb.internal.txn;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.feed.Change;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * One thing that takes effect atomically: a transaction, a DDL statement, the publishing of a
 * segment. Methods are called by {@link CommitPipeline} under the commit lock, in this order, each
 * once.
 */
public interface Commit {
  /**
   * Checks itself against the newest state and adds its puts and deletes. An exception aborts the
   * commit and leaves nothing behind.
   *
   * @param seq the number it will have
   */
  void addTo(KvWriteBatch batch, long seq);

  /** The batch is in the log: brings shared in-memory state forward. Must not throw. */
  default void applied(long seq) {}

  /**
   * Whether it is on disk before it is acknowledged; null: as the database's option says. What
   * deletes or renames files afterwards must answer true.
   */
  default @Nullable Boolean isSynced() {
    return null;
  }

  /**
   * Whether all it does is to take rows or files away, so that it may go on where others are
   * refused for want of space. Asked after {@link #addTo}.
   */
  default boolean freesSpace() {
    return false;
  }

  /**
   * Whether a batch it added nothing to needs no place in the log: all it does is to tell {@link
   * #changes}. Asked after {@link #addTo}.
   */
  default boolean keepsNothing() {
    return false;
  }

  /** What subscribers are told, in statement order; empty for what changes no row's content. */
  default List<Change> changes() {
    return List.of();
  }

  /** The catalog from now on; null to leave it. */
  default @Nullable CatalogSnapshot catalog() {
    return null;
  }
}
