package org.kalamdb.internal.live;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.feed.Change;
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

  static long ofEvent(List<RowChange> changes) {
    long bytes = PER_EVENT;
    for (RowChange change : changes) {
      bytes += PER_CHANGE + ofRow(change.oldRow()) + ofRow(change.newRow());
    }
    return bytes;
  }

  /** Of changed rows of a table. */
  static long ofCommit(List<Change> changes) {
    long bytes = PER_EVENT;
    for (Change change : changes) {
      bytes += PER_CHANGE + ofRow(change.oldRow()) + ofRow(change.newRow());
    }
    return bytes;
  }

  private static long ofRow(@Nullable Row row) {
    if (row == null) {
      return 0;
    }
    long bytes = PER_ROW;
    for (int i = 0; i < row.size(); i++) {
      bytes += ofValue(row.get(i));
    }
    return bytes;
  }

  private static long ofRow(@Nullable Object @Nullable [] row) {
    if (row == null) {
      return 0;
    }
    long bytes = PER_ROW;
    for (Object value : row) {
      bytes += ofValue(value);
    }
    return bytes;
  }

  private static long ofValue(@Nullable Object value) {
    if (value instanceof String text) {
      return PER_VALUE + (long) text.length();
    } else if (value instanceof byte[] array) {
      return PER_VALUE + (long) array.length;
    } else if (value instanceof float[] array) {
      return PER_VALUE + 4L * array.length;
    }
    return PER_VALUE;
  }
}
