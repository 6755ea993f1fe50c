package org.kalamdb.internal.sql.bind;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds the name a person most likely meant. */
final class Suggestions {
  private Suggestions() {}

  /**
   * The nearest of the names, or null if none is near: at most a third of the letters may differ.
   */
  static @Nullable String nearest(String wanted, Collection<String> names) {
    String best = null;
    int bestDistance = Math.max(1, wanted.length() / 3) + 1;
    for (String name : names) {
      int distance = distance(wanted, name, bestDistance);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = name;
      }
    }
    return best;
  }

  /** Levenshtein's distance; any number from {@code limit} up if it is not smaller than that. */
  private static int distance(String a, String b, int limit) {
    if (Math.abs(a.length() - b.length()) >= limit) {
      return limit;
    }
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(previous[j - 1] + change, Math.min(previous[j], current[j - 1]) + 1);
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
