package org.kalamdb.internal.storage.cold;

import java.util.Arrays;

/** Row numbers as disjoint ascending ranges, ends exclusive. Immutable. */
final class RowRanges {
  static final RowRanges NONE = new RowRanges(new long[0]);

  /** From, to, from, to, ... */
  private final long[] bounds;

  private RowRanges(long[] bounds) {
    this.bounds = bounds;
  }

  static RowRanges of(long from, long to) {
    return from < to ? new RowRanges(new long[] {from, to}) : NONE;
  }

  int size() {
    return bounds.length / 2;
  }

  boolean isEmpty() {
    return bounds.length == 0;
  }

  long from(int range) {
    return bounds[2 * range];
  }

  long to(int range) {
    return bounds[2 * range + 1];
  }

  long rows() {
    long rows = 0;
    for (int i = 0; i < size(); i++) {
      rows += to(i) - from(i);
    }
    return rows;
  }

  /** With the rows of a range that begins at or behind the beginning of the last one. */
  RowRanges plus(long from, long to) {
    if (from >= to) {
      return this;
    }
    int length = bounds.length;
    if (length > 0 && bounds[length - 1] >= from) {
      long[] merged = bounds.clone();
      merged[length - 1] = Math.max(merged[length - 1], to);
      return new RowRanges(merged);
    }
    long[] longer = Arrays.copyOf(bounds, length + 2);
    longer[length] = from;
    longer[length + 1] = to;
    return new RowRanges(longer);
  }

  RowRanges and(RowRanges other) {
    RowRanges result = NONE;
    int i = 0;
    int j = 0;
    while (i < size() && j < other.size()) {
      result = result.plus(Math.max(from(i), other.from(j)), Math.min(to(i), other.to(j)));
      if (to(i) < other.to(j)) {
        i++;
      } else {
        j++;
      }
    }
    return result;
  }

  boolean intersects(long from, long to) {
    for (int i = 0; i < size(); i++) {
      if (from(i) < to && from < to(i)) {
        return true;
      }
    }
    return false;
  }
}
