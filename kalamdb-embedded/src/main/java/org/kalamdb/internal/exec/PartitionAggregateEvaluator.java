package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** An aggregate whose frame is always the whole partition: computed once for each. */
final class PartitionAggregateEvaluator implements WindowEvaluator {
  private final WindowRows rows;
  private final AggregateInput input;
  private final Aggregator aggregator;
  private final ColumnWriter results;
  private @Nullable ColumnView result;
  private int partition;

  PartitionAggregateEvaluator(
      WindowRows rows, AggregateInput input, AggregateFunction function, ExecutionContext context) {
    this.rows = rows;
    this.input = input;
    this.results = new ColumnWriter(function.type(), context.allocator());
    this.aggregator = function.createAggregator(context.allocator());
  }

  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    ColumnView values = result == null ? computeAll() : result;
    for (int row = from; row < to; row++) {
      partition = rows.partitions().seek(row, partition);
      out.copyValue(row - from, values, partition);
    }
  }

  private ColumnView computeAll() {
    int count = rows.partitions().count();
    aggregator.ensureGroups(count);
    for (int i = 0; i < count; i++) {
      input.add(aggregator, rows.partitions().start(i), rows.partitions().end(i), i);
    }
    input.flush(aggregator);
    results.begin(count);
    aggregator.finish(results, 0, count);
    result = results.finish(count);
    return result;
  }

  @Override
  public long retainedBytes() {
    return aggregator.retainedBytes();
  }

  @Override
  public void close() {
    Closeables.closeAll(aggregator, results);
  }
}
