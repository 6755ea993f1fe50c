package org.kalamdb.slt;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Counts of records by folder, and their table. */
final class Tally {
  private final Map<String, int[]> counts = new TreeMap<>();

  void add(String folder, boolean passed) {
    int[] count = counts.computeIfAbsent(folder, f -> new int[2]);
    count[0] += passed ? 1 : 0;
    count[1]++;
  }

  Iterable<String> folders() {
    return counts.keySet();
  }

  double percent(String folder) {
    return percent(counts.get(folder));
  }

  double percent() {
    return percent(all());
  }

  private int[] all() {
    int[] all = new int[2];
    for (int[] count : counts.values()) {
      all[0] += count[0];
      all[1] += count[1];
    }
    return all;
  }

  private static double percent(int[] count) {
    return 100.0 * count[0] / count[1];
  }

  /** A line a folder and one for all: passed, total, percent. */
  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    counts.forEach((folder, count) -> line(table, folder, count));
    line(table, "all", all());
    return table.toString();
  }

  private static void line(StringBuilder table, String name, int[] count) {
    table.append(
        String.format(
            Locale.ROOT, "%-12s %6d of %6d  %6.2f %%%n", name, count[0], count[1], percent(count)));
  }
}
