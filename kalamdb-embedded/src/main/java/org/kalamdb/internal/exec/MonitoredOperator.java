package org.kalamdb.internal.exec;

import java.util.function.LongConsumer;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Counts what an operator puts out, lets a query be stopped between batches, and names memory
 * errors.
 */
final class MonitoredOperator implements Operator {
  private final Operator operator;
  private final CancelToken cancel;
  private final OperatorStatistics statistics;

  /** What a fork adds its counters to when it is closed. */
  private @Nullable OperatorStatistics whole;

  MonitoredOperator(Operator operator, CancelToken cancel, OperatorStatistics statistics) {
    this.operator = operator;
    this.cancel = cancel;
    this.statistics = statistics;
  }

  @Override
  public @Nullable RecordBatch next() {
    cancel.check();
    long start = System.nanoTime();
    try {
      RecordBatch batch = operator.next();
      if (batch != null) {
        statistics.batches++;
        statistics.rows += batch.selection().size();
      }
      return batch;
    } catch (OutOfMemoryException e) {
      throw new KalamException(
              ErrorCode.OUT_OF_MEMORY, "the query needs more memory than its limit allows", e)
          .withHint("Select fewer rows or columns, or raise the memory limit of queries.");
    } finally {
      statistics.nanos += System.nanoTime() - start;
    }
  }

  @Override
  public void leaveOutCounted(LongConsumer counted) {
    operator.leaveOutCounted(
        rows -> {
          statistics.rows += rows;
          counted.accept(rows);
        });
  }

  @Override
  public boolean isForkable() {
    return operator.isForkable();
  }

  @Override
  public @Nullable ScanParts prepareForks() {
    return operator.prepareForks();
  }

  @Override
  public Operator fork(ScanParts.Reader source) {
    MonitoredOperator fork =
        new MonitoredOperator(operator.fork(source), cancel, new OperatorStatistics());
    fork.whole = statistics;
    return fork;
  }

  @Override
  public void close() {
    OperatorStatistics sum = whole;
    whole = null;
    if (sum != null) {
      sum.addFork(statistics);
    }
    operator.close();
  }
}
