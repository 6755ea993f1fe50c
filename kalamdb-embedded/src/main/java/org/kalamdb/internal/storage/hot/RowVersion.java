package org.kalamdb.internal.storage.hot;

import org.jspecify.annotations.Nullable;

/**
 * The one current version of a key: which commit wrote it and where it lies.
 *
 * @param seq commit that wrote it
 * @param deleted true for a tombstone
 * @param segment number of the segment it is in; 0 if it is hot
 * @param segmentRow row number in the segment; 0 if it is hot
 * @param values all columns in the order of the table's newest schema; of a tombstone, the last
 *     ones
 */
public record RowVersion(
    long seq, boolean deleted, long segment, long segmentRow, @Nullable Object[] values) {
  public boolean isHot() {
    return segment == 0;
  }
}
