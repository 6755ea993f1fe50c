package org.kalamdb.internal.exec;

import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnWriter;

/**
 * An aggregate over frames that only ever move forward: the rows by which a frame differs from the
 * one before are added and, where the frame's start moves, taken out again. Each row is added once
 * and removed at most once.
 */
final class SlidingAggregateEvaluator implements WindowEvaluator {
  private final FrameCursor frame;
  private final AggregateInput input;
  private final Aggregator aggregator;
  private int partition = -1;
  private int start;
  private int end;

  SlidingAggregateEvaluator(
      FrameCursor frame,
      AggregateInput input,
      AggregateFunction function,
      ExecutionContext context) {
    this.frame = frame;
    this.input = input;
    this.aggregator = function.createAggregator(context.allocator());
  }

  /** Each partition is a group of its own, so that none has to be emptied. */
  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    for (int row = from; row < to; row++) {
      frame.seek(row);
      if (frame.partition() != partition) {
        partition = frame.partition();
        aggregator.ensureGroups(partition + 1);
        start = frame.partitionStart();
        end = start;
      }
      move();
      aggregator.finish(out, row - from, partition, partition + 1);
    }
  }

  private void move() {
    if (frame.start() > start) {
      input.remove(aggregator, start, Math.min(frame.start(), end), partition);
      start = frame.start();
      end = Math.max(end, start);
    }
    if (frame.end() > end) {
      input.add(aggregator, end, frame.end(), partition);
      input.flush(aggregator);
      end = frame.end();
    }
  }

  @Override
  public long retainedBytes() {
    return aggregator.retainedBytes();
  }

  @Override
  public void close() {
    aggregator.close();
  }
}
