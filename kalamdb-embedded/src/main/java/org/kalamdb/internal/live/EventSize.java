package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
import org.kalamdb.live.ChangeEvent.RowChange;
import org.kalamdb.query.Row;

/**
 * Estimates the heap of what waits for a listener, to within a small factor: object headers by a
 * flat rate, and what rows share with each other counted as if they did not.
 */
final class EventSize {
  private static final int PER_EVENT = 64;
  private static final int PER_CHANGE = 56;
  private static final int PER_ROW = 40;
  private static final int PER_VALUE = 24;

  private EventSize() {}

  static long of(Iterable<RowChange> changes) {
    long bytes = PER_EVENT;
    for (RowChange change : changes) {
      bytes += PER_CHANGE + of(change.oldRow()) + of(change.newRow());
    }
    return bytes;
  }

  private static long of(@Nullable Row row) {
    if (row == null) {
      return 0;
    }
    long bytes = PER_ROW;
    for (int i = 0; i < row.size(); i++) {
      bytes += PER_VALUE;
      Object value = row.get(i);
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
