package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** sum and avg of INTERVAL. */
final class IntervalSumAggregator extends ObjectAggregator<IntervalSumAggregator.State> {
  private final boolean average;

  /** Sum and number of intervals. */
  record State(Interval sum, long count) {}

  private IntervalSumAggregator(boolean average) {
    this.average = average;
  }

  static Aggregator sum(List<DataType> arguments, DataType type) {
    return new IntervalSumAggregator(false);
  }

  static Aggregator average(List<DataType> arguments, DataType type) {
    return new IntervalSumAggregator(true);
  }

  @Override
  @Nullable State add(@Nullable State state, ColumnView[] arguments, int row) {
    if (arguments[0].isNull(row)) {
      return state;
    }
    State one = new State(arguments[0].getInterval(row), 1);
    return state == null ? one : combine(state, one);
  }

  @Override
  State combine(State left, State right) {
    return new State(IntervalFormat.add(left.sum, right.sum), left.count + right.count);
  }

  @Override
  Object result(State state) {
    return average ? IntervalFormat.multiply(state.sum, 1.0 / state.count) : state.sum;
  }
}
