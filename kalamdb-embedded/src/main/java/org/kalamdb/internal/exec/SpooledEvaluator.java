package org.kalamdb.internal.exec;

import org.kalamdb.internal.vector.ColumnWriter;

/**
 * Computes one window function over a {@linkplain SpooledRows spooled} partition, from the first
 * row to the last.
 */
interface SpooledEvaluator extends AutoCloseable {
  /** Writes the results of {@code n} rows from row {@code from} on to rows 0 and up. */
  void evaluate(ColumnWriter out, long from, int n);

  /** Bytes of heap memory held, for the query's budget. */
  default long retainedBytes() {
    return 0;
  }

  @Override
  default void close() {}
}
