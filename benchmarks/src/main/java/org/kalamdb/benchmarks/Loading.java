package org.kalamdb.benchmarks;

/** Fills a store in commits of a moderate size. */
final class Loading {
  private static final int ROWS_PER_COMMIT = 1_000;

  private Loading() {}

  /** Messages 1 to {@code rows} for one user. */
  static void load(MessageStore store, String user, long rows) {
    for (long first = 1; first <= rows; first += ROWS_PER_COMMIT) {
      store.load(user, Message.range(first, Math.min(rows, first + ROWS_PER_COMMIT - 1)));
    }
  }
}
