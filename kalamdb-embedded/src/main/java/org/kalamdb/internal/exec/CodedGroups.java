package org.kalamdb.internal.exec;

import java.util.Arrays;
import org.kalamdb.internal.vector.DictionaryCodes;

/**
 * Remembers the group of each combination of dictionaries' numbers, as long as the dictionaries
 * stay the same and have few enough combinations. Not thread-safe.
 */
final class CodedGroups {
  private static final int UNKNOWN = -1;
  private static final int MAX_COMBINATIONS = 1 << 16;

  private Object[] dictionaries = {};
  private int[] groups = {};
  private int[] combinations = {};

  /** Numbers the combinations of the rows; false if there are too many to remember. */
  boolean begin(DictionaryCodes[] codes, int[] rows, int n) {
    long size = 1;
    for (DictionaryCodes column : codes) {
      size *= column.size() + 1L;
      if (size > MAX_COMBINATIONS) {
        return false;
      }
    }
    if (!isSame(codes)) {
      dictionaries = new Object[codes.length];
      Arrays.setAll(dictionaries, i -> codes[i].dictionary());
      groups = groups.length == size ? groups : new int[(int) size];
      Arrays.fill(groups, UNKNOWN);
    }
    if (combinations.length < n) {
      combinations = new int[n];
    }
    int[] first = codes[0].codes();
    for (int i = 0; i < n; i++) {
      combinations[i] = first[rows[i]];
    }
    for (int column = 1; column < codes.length; column++) {
      int[] next = codes[column].codes();
      int width = codes[column].size() + 1;
      for (int i = 0; i < n; i++) {
        combinations[i] = combinations[i] * width + next[rows[i]];
      }
    }
    return true;
  }

  private boolean isSame(DictionaryCodes[] codes) {
    boolean same = dictionaries.length == codes.length;
    for (int i = 0; i < codes.length && same; i++) {
      same = dictionaries[i].equals(codes[i].dictionary());
    }
    return same;
  }

  /** Sets the groups that are known; returns how many are not, whose places go to {@code open}. */
  int find(int n, int[] result, int[] open) {
    int left = 0;
    for (int i = 0; i < n; i++) {
      int group = groups[combinations[i]];
      result[i] = group;
      open[left] = i;
      left += group >> 31 & 1;
    }
    return left;
  }

  /** The group of the combination at a place, if an earlier place has made it known; else -1. */
  int group(int place) {
    return groups[combinations[place]];
  }

  void put(int place, int group) {
    groups[combinations[place]] = group;
  }
}
