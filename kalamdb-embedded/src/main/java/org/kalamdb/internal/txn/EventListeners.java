package org.kalamdb.internal.txn;

import org.kalamdb.schema.UserId;

/** Who listens to events of stream tables. Cheap, lock-free, asked under the commit lock too. */
public interface EventListeners {
  /** Nobody, ever. */
  EventListeners NONE = (table, user) -> false;

  /**
   * Whether live queries on the partition are told of a commit that is ordered now; true too while
   * one is about to be registered.
   */
  boolean isListened(int table, UserId user);
}
