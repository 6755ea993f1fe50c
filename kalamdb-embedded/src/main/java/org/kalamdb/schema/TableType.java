package org.kalamdb.schema;

/** What kind of table: how its rows are laid out and how long they stay. */
public enum TableType {
  /** One private partition per user. */
  USER,
  /** One partition for all. */
  SHARED,
  /** One private partition of events per user, each event gone when its time to live is over. */
  STREAM;

  /** True where rows belong to a user and a session without one has nothing to see. */
  public boolean isPerUser() {
    return this != SHARED;
  }
}
