package org.kalamdb.internal.exec;

/**
 * What is known of the whole right side of a join, wherever its rows are; it decides between false
 * and unknown. Complete when the right side has been read.
 */
final class JoinFacts {
  private boolean hasRows;
  private boolean hasNullKey;

  void noteRows() {
    hasRows = true;
  }

  void noteNullKey() {
    hasNullKey = true;
  }

  boolean hasRows() {
    return hasRows;
  }

  /** Whether some right row has a NULL among its keys. */
  boolean hasNullKey() {
    return hasNullKey;
  }
}
