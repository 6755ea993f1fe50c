package org.kalamdb.internal.vector;

import java.util.Arrays;
import org.kalamdb.schema.DataType;

/**
 * Hash and equality of rows by key columns, for hash join, grouping and DISTINCT. Goes column by
 * column, so that the type is looked at once for a batch. Keys that meet in one table must have one
 * type, DECIMALs one scale.
 */
public final class RowHasher {
  private static final long SEED = 0x51_7C_C1_B7_27_22_0A_95L;
  private static final long NULL_HASH = 0x2545F4914F6CDD1DL;

  private RowHasher() {}

  /**
   * Writes the hash of row {@code rows[i]} to {@code hashes[i]}; NULL hashes like a value of its
   * own.
   */
  public static void hash(ColumnView[] keys, int[] rows, int n, long[] hashes) {
    Arrays.fill(hashes, 0, n, SEED);
    for (ColumnView key : keys) {
      add(key, rows, n, hashes);
    }
  }

  private static void add(ColumnView key, int[] rows, int n, long[] hashes) {
    if (key.mayHaveNulls()) {
      for (int i = 0; i < n; i++) {
        long value = key.isNull(rows[i]) ? NULL_HASH : ColumnValues.hash(key, rows[i]);
        hashes[i] = combine(hashes[i], value);
      }
      return;
    }
    switch (key.type().kind()) {
      case BIGINT, TIME, TIMESTAMP, TIMESTAMPTZ -> {
        for (int i = 0; i < n; i++) {
          hashes[i] = combine(hashes[i], ColumnValues.mix(key.getLong(rows[i])));
        }
      }
      case INTEGER, DATE -> {
        for (int i = 0; i < n; i++) {
          hashes[i] = combine(hashes[i], ColumnValues.mix(key.getInt(rows[i])));
        }
      }
      case TEXT, VARCHAR -> {
        for (int i = 0; i < n; i++) {
          int row = rows[i];
          hashes[i] =
              combine(
                  hashes[i], ColumnValues.hashBytes(key.valueAddress(row), key.valueLength(row)));
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          hashes[i] = combine(hashes[i], ColumnValues.hash(key, rows[i]));
        }
      }
    }
  }

  private static long combine(long hash, long value) {
    return (hash ^ value) * 0x9E3779B97F4A7C15L + (hash >>> 31);
  }

  /** Whether a hash of one key of the type has one value only: equal hashes are equal keys. */
  public static boolean isOneToOne(DataType type) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
      default -> false;
    };
  }

  /** Whether two rows have the same keys, NULL being equal to NULL: GROUP BY and DISTINCT. */
  public static boolean equal(ColumnView[] left, int leftRow, ColumnView[] right, int rightRow) {
    for (int i = 0; i < left.length; i++) {
      boolean isNull = left[i].isNull(leftRow);
      if (isNull != right[i].isNull(rightRow)
          || !isNull && !ColumnValues.equal(left[i], leftRow, right[i], rightRow)) {
        return false;
      }
    }
    return true;
  }

  /** Whether some key of the row is NULL, so that it joins with nothing. */
  public static boolean hasNull(ColumnView[] keys, int row) {
    for (ColumnView key : keys) {
      if (key.isNull(row)) {
        return true;
      }
    }
    return false;
  }
}
