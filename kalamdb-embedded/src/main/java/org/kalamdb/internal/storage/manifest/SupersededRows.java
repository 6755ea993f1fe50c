package org.kalamdb.internal.storage.manifest;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which rows of one segment were replaced, for every reader from some commit on: a bitmap of the
 * markers up to that commit, and the later markers in commit order. A reader gets the bitmap of
 * exactly the markers it may see; while nothing changes it is the same bitmap. Thread-safe.
 */
final class SupersededRows {
  /** So many later markers are merged into the base; readers from before then load their own. */
  private static final int MAX_LATER = 4096;

  private RoaringBitmap base;

  /** The base is right for readers at this commit and later. */
  private long validFrom;

  private long[] laterSeqs = {};
  private long[] laterRows = {};
  private int later;

  /**
   * The base with the first {@code mergedCount} later markers. Never changed once it is handed out.
   */
  private RoaringBitmap merged;

  private int mergedCount;

  /** {@code base} is taken over and must not be changed. */
  SupersededRows(RoaringBitmap base, long validFrom) {
    this.base = base;
    this.merged = base;
    this.validFrom = validFrom;
  }

  /** Adds markers of one commit; commits come in order. */
  synchronized void add(long[] rows, long seq) {
    if (later + rows.length > laterSeqs.length) {
      int capacity = Math.max(later + rows.length, laterSeqs.length * 2 + 8);
      laterSeqs = Arrays.copyOf(laterSeqs, capacity);
      laterRows = Arrays.copyOf(laterRows, capacity);
    }
    for (long row : rows) {
      laterSeqs[later] = seq;
      laterRows[later++] = row;
    }
    if (later > MAX_LATER) {
      base = mergedWith(later);
      merged = base;
      mergedCount = 0;
      later = 0;
      validFrom = seq;
    }
  }

  /** The bitmap for a reader, read-only; null if its commit is too old for this object. */
  synchronized @Nullable RoaringBitmap at(long readSeq) {
    if (readSeq < validFrom) {
      return null;
    }
    int visible = upperBound(readSeq);
    if (visible == mergedCount) {
      return merged;
    }
    RoaringBitmap bitmap = mergedWith(visible);
    if (visible > mergedCount) {
      merged = bitmap;
      mergedCount = visible;
    }
    return bitmap;
  }

  private RoaringBitmap mergedWith(int count) {
    boolean onTop = count >= mergedCount;
    RoaringBitmap bitmap = (onTop ? merged : base).clone();
    for (int i = onTop ? mergedCount : 0; i < count; i++) {
      bitmap.add(Math.toIntExact(laterRows[i]));
    }
    return bitmap;
  }

  /** How many later markers have a seq up to this one. */
  private int upperBound(long seq) {
    int low = 0;
    int high = later;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (laterSeqs[middle] <= seq) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Bytes of memory, about. */
  synchronized int weight() {
    return 128 + 2 * base.getSizeInBytes() + 16 * laterSeqs.length;
  }
}
