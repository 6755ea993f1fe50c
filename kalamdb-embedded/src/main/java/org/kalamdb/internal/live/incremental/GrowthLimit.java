package org.kalamdb.internal.live.incremental;

/**
 * What a query may still take while its first rows are loaded. Pairs of a join may be many more
 * than its rows, so that looking when they are all there would be too late.
 */
final class GrowthLimit {
  private final long limit;
  private long left;

  GrowthLimit(long limit) {
    this.limit = limit;
    this.left = limit;
  }

  /** So much is taken in all. */
  void taken(long bytes) {
    left = limit - bytes;
    spend(0);
  }

  /** So much more is taken. */
  void spend(long bytes) {
    left -= bytes;
    if (left < 0) {
      throw new StateTooLargeException(limit);
    }
  }
}
