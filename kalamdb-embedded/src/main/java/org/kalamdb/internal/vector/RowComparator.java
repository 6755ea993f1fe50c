package org.kalamdb.internal.vector;

/**
 * The order of rows by key columns: each ascending or descending, NULLs first or last. The columns of
 * both sides have the same types.
 */
public final class RowComparator {
  private final boolean[] descending;
  private final boolean[] nullsFirst;

  /** One element for each key; the arrays are kept. */
  public RowComparator(boolean[] descending, boolean[] nullsFirst) {
    this.descending = descending;
    this.nullsFirst = nullsFirst;
  }

  public int compare(ColumnView[] left, int leftRow, ColumnView[] right, int rightRow) {
    for (int i = 0; i < descending.length; i++) {
      int order = compareKey(i, left[i], leftRow, right[i], rightRow);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private int compareKey(int key, ColumnView left, int leftRow, ColumnView right, int rightRow) {
    boolean leftNull = left.isNull(leftRow);
    boolean rightNull = right.isNull(rightRow);
    if (leftNull || rightNull) {
      return leftNull == rightNull ? 0 : leftNull == nullsFirst[key] ? -1 : 1;
    }
    int order = ColumnValues.compare(left, leftRow, right, rightRow);
    return descending[key] ? -order : order;
  }
}
