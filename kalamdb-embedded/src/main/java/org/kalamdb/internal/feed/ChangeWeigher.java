package org.kalamdb.internal.feed;

import org.jspecify.annotations.Nullable;

/**
 * Estimates the heap a batch keeps alive, to within a small factor: what rows share with each other
 * (an updated row's unchanged values) is counted twice, object headers by a flat rate.
 */
final class ChangeWeigher {
  private static final int PER_BATCH = 64;
  private static final int PER_CHANGE = 80;
  private static final int PER_VALUE = 24;

  private ChangeWeigher() {}

  static long bytesOf(ChangeBatch batch) {
    long bytes = PER_BATCH;
    for (Change change : batch.changes()) {
      bytes +=
          PER_CHANGE + change.key().length + bytesOf(change.oldRow()) + bytesOf(change.newRow());
    }
    return bytes;
  }

  private static long bytesOf(@Nullable Object @Nullable [] row) {
    if (row == null) {
      return 0;
    }
    long bytes = 16;
    for (Object value : row) {
      bytes += PER_VALUE;
      if (value instanceof String text) {
        bytes += text.length();
      } else if (value instanceof byte[] array) {
        bytes += array.length;
      } else if (value instanceof float[] array) {
        bytes += 4L * array.length;
      }
    }
    return bytes;
  }
}
