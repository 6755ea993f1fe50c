package org.kalamdb.internal.exec;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * One thread's share of a hash join: streams its left rows past a table that all threads share. It
 * goes on when its input does after an end.
 */
final class ProbeOperator implements Operator {
  private final Operator left;
  private final JoinProbe probe;
  private final @Nullable BatchCondition residual;
  private final CancelToken cancel;
  private boolean probing;

  /** Owns its input, the probe, and the residual, which no other thread uses. */
  ProbeOperator(
      Operator left, JoinProbe probe, @Nullable BatchCondition residual, CancelToken cancel) {
    this.left = left;
    this.probe = probe;
    this.residual = residual;
    this.cancel = cancel;
  }

  @Override
  public @Nullable RecordBatch next() {
    while (true) {
      if (probing) {
        RecordBatch joined = probe.next(cancel);
        if (joined != null) {
          return joined;
        }
        probing = false;
      }
      RecordBatch batch = left.next();
      if (batch == null) {
        return null;
      }
      probing = true;
      probe.begin(batch);
    }
  }

  /** The right rows of the table, by number, that have found a partner among this one's rows. */
  BitSet matchedRight() {
    return probe.matchedRight();
  }

  @Override
  public void close() {
    Closeables.closeAll(left, residual, probe);
  }
}
