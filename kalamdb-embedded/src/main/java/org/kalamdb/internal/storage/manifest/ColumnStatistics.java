package org.kalamdb.internal.storage.manifest;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a segment knows of one column. Bounds are in Parquet's PLAIN encoding of the type the column
 * had in the segment's schema version; a long text's bound is shortened to one that still holds.
 *
 * @param columnId id of the column, for life
 * @param min at or below every value; null if unknown or there is no value
 * @param max at or above every value; null if unknown or there is no value
 * @param nulls how many rows are null
 * @param distinct about how many different values there are; 0 if unknown
 */
@SuppressWarnings("ArrayRecordComponent") // compared by content, below
public record ColumnStatistics(
    int columnId, byte @Nullable [] min, byte @Nullable [] max, long nulls, long distinct) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ColumnStatistics that
        && columnId == that.columnId
        && nulls == that.nulls
        && distinct == that.distinct
        && Arrays.equals(min, that.min)
        && Arrays.equals(max, that.max);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * columnId + Arrays.hashCode(min)) + Arrays.hashCode(max);
  }

  @Override
  public String toString() {
    return "ColumnStatistics["
        + columnId
        + ", "
        + Arrays.toString(min)
        + " to "
        + Arrays.toString(max)
        + ", nulls="
        + nulls
        + ", distinct="
        + distinct
        + "]";
  }
}
