package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.ScanStatistics;

/** What one operator did in one run; for EXPLAIN ANALYZE. Written by the thread of the query. */
public final class OperatorStatistics {
  /** Active rows put out. */
  public long rows;

  /** Batches put out. */
  public long batches;

  /** Time spent in the operator and its inputs, by all threads together. */
  public long nanos;

  /** Lanes in which several threads ran the operator; 0 if one thread did. */
  public int lanes;

  /** Of a scan that was opened; else null. */
  public @Nullable ScanStatistics scan;

  /** Adds what a fork of the operator did, when no thread runs it any more. */
  void addFork(OperatorStatistics fork) {
    rows += fork.rows;
    batches += fork.batches;
    nanos += fork.nanos;
    lanes += fork.nanos > 0 ? 1 : 0;
  }
}
