package org.kalamdb.internal.storage.table;

/**
 * When an index pays: nanoseconds of the next row of a scan against those of a row found by its
 * key, estimated (docs/designs/secondary-indexes.md).
 */
final class IndexCost {
  private static final long SCAN_HOT = 400;
  private static final long SCAN_COLD = 60;
  private static final long FIND_HOT = 6_000;
  private static final long FIND_COLD = 60_000;

  /** As few rows as these are found by their keys in no time. */
  private static final long ALWAYS = 8;

  private IndexCost() {}

  /** How many rows found by keys cost as much as a scan of all rows. */
  static long mostRows(long hotRows, long coldRows) {
    long all = Math.max(1, hotRows + coldRows);
    double scan = (double) hotRows * SCAN_HOT + (double) coldRows * SCAN_COLD;
    double find = ((double) hotRows * FIND_HOT + (double) coldRows * FIND_COLD) / all;
    return ALWAYS + (long) (scan / Math.max(find, 1));
  }
}
