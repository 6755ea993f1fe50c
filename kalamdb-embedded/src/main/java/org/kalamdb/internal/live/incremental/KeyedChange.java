package org.kalamdb.internal.live.incremental;

import org.jspecify.annotations.Nullable;

/**
 * What one transaction did to one row of a relation, which is known by a key that no other row of
 * it has. At least one of the rows is there; nobody writes to them.
 *
 * @param key equal for the same row before and after
 * @param oldRow before; null if the relation did not have it
 * @param newRow after; null if the relation no longer has it
 * @param moved whether the row of the table was there before and after, and only came into the
 *     relation or left it
 */
record KeyedChange(
    Object key,
    @Nullable Object @Nullable [] oldRow,
    @Nullable Object @Nullable [] newRow,
    boolean moved) {
  static KeyedChange added(Object key, @Nullable Object[] row) {
    return new KeyedChange(key, null, row, false);
  }
}
