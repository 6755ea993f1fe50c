package org.kalamdb.internal.storage;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A range of primary keys inside a partition: the first key columns equal to {@code prefix}, the
 * next one between the bounds. Values have the Java class of their column and are never null.
 */
public record KeyRange(List<Object> prefix, @Nullable Bound lower, @Nullable Bound upper) {
  /** Every key. */
  public static final KeyRange ALL = new KeyRange(List.of(), null, null);

  public KeyRange {
    prefix = List.copyOf(prefix);
  }

  /** One end of a range. */
  public record Bound(Object value, boolean inclusive) {}

  public boolean isAll() {
    return prefix.isEmpty() && lower == null && upper == null;
  }
}
