package org.kalamdb.internal.storage.hot;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** About how many bytes of heap the Java values of rows take. */
public final class RowBytes {
  private static final int ARRAY = 16;
  private static final int REFERENCE = 8;
  private static final int SMALL_VALUE = 24;
  private static final int TEXT = 56;

  private RowBytes() {}

  /** The array and the values in it; 0 for null. */
  public static long of(@Nullable Object @Nullable [] row) {
    if (row == null) {
      return 0;
    }
    long bytes = ARRAY + (long) row.length * REFERENCE;
    for (Object value : row) {
      bytes += of(value);
    }
    return bytes;
  }

  private static long of(@Nullable Object value) {
    if (value == null || value instanceof Boolean) {
      return 0;
    } else if (value instanceof String text) {
      return (long) TEXT + text.length();
    } else if (value instanceof byte[] array) {
      return (long) ARRAY + array.length;
    } else if (value instanceof float[] array) {
      return ARRAY + 4L * array.length;
    } else if (value instanceof BigDecimal) {
      return 4 * SMALL_VALUE;
    }
    return SMALL_VALUE;
  }
}
