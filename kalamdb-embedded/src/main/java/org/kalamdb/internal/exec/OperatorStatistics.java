package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.ScanStatistics;

/** What one operator did in one run; for EXPLAIN ANALYZE. Written by the thread of the query. */
public final class OperatorStatistics {
  /** Active rows put out. */
  public long rows;

  /** Batches put out. */
  public long batches;

  /** Time spent in the operator and its inputs. */
  public long nanos;

  /** Of a scan that was opened; else null. */
  public @Nullable ScanStatistics scan;
}
