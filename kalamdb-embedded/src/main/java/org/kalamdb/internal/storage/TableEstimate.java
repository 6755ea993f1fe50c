package org.kalamdb.internal.storage;

/** What a planner may assume of the rows of a table that one reader sees. Thread-safe. */
public interface TableEstimate {
  /** About how many rows there are; never negative. */
  double rows();

  /** Of the column at {@code position} of the table's newest schema. */
  ColumnEstimate column(int position);
}
