package org.kalamdb.internal.storage;

/**
 * What a planner may assume of a column's values.
 *
 * @param distinct how many different ones there are; 0 if unknown
 * @param nullFraction share of rows that are NULL, 0 to 1
 * @param low the smallest as an {@link Ordinals ordinal}; NaN if unknown
 * @param high the greatest as an ordinal; NaN if unknown
 */
public record ColumnEstimate(double distinct, double nullFraction, double low, double high) {
  public static final ColumnEstimate UNKNOWN = new ColumnEstimate(0, 0, Double.NaN, Double.NaN);

  public boolean hasRange() {
    return low <= high;
  }

  public ColumnEstimate withDistinct(double newDistinct) {
    return new ColumnEstimate(newDistinct, nullFraction, low, high);
  }
}
