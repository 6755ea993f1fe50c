package org.kalamdb.benchmarks.tpch;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Compares answers of two databases, row by row in their order. */
public final class Answer {
  private static final double TOLERANCE = 1e-9;

  private Answer() {}

  /** What differs first; null if nothing does, numbers within a relative tolerance of 1e-9. */
  public static @Nullable String difference(
      List<@Nullable Object[]> ours, List<@Nullable Object[]> theirs) {
    if (ours.size() != theirs.size()) {
      return ours.size() + " rows instead of " + theirs.size();
    }
    for (int row = 0; row < ours.size(); row++) {
      Object[] left = ours.get(row);
      Object[] right = theirs.get(row);
      for (int column = 0; column < left.length; column++) {
        if (!same(left[column], right[column])) {
          return "row "
              + (row + 1)
              + ", column "
              + (column + 1)
              + ": "
              + left[column]
              + " instead of "
              + right[column];
        }
      }
    }
    return null;
  }

  private static boolean same(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Number && right instanceof Number) {
      BigDecimal one = new BigDecimal(left.toString());
      BigDecimal other = new BigDecimal(right.toString());
      double scale = Math.max(one.abs().doubleValue(), other.abs().doubleValue());
      return one.subtract(other).abs().doubleValue() <= TOLERANCE * scale;
    }
    return String.valueOf(left).equals(String.valueOf(right));
  }
}
