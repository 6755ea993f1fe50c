package org.kalamdb.internal.exec;

import org.kalamdb.internal.vector.ColumnWriter;

/** Computes one window function over {@link WindowRows}, from the first row to the last. */
interface WindowEvaluator extends AutoCloseable {
  /** Writes the results of the rows {@code from} to {@code to - 1} to rows 0 and up. */
  void evaluate(ColumnWriter out, int from, int to);

  /** Bytes of heap memory held, for the query's budget. */
  default long retainedBytes() {
    return 0;
  }

  @Override
  default void close() {}
}
