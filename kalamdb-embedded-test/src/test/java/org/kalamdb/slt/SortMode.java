package org.kalamdb.slt;

/** How results are put in order before they are compared. */
enum SortMode {
  /** As they come: the query has a total ORDER BY. */
  NOSORT,
  ROWSORT,
  /** All values of all rows, one by one. */
  VALUESORT
}
