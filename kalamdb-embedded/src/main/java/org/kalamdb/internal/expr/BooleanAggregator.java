package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** bool_and and bool_or. */
final class BooleanAggregator implements Aggregator {
  private static final byte NONE = 0;
  private static final byte FALSE = 1;
  private static final byte TRUE = 2;

  /** The value that decides: once seen, the result is known. */
  private final byte deciding;

  private byte[] states = new byte[16];

  BooleanAggregator(boolean and) {
    this.deciding = and ? FALSE : TRUE;
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > states.length) {
      states = Arrays.copyOf(states, Math.max(groups, states.length * 2));
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    ColumnView argument = arguments[0];
    for (int i = 0; i < n; i++) {
      if (!argument.isNull(rows[i])) {
        add(groupIds[i], argument.getBoolean(rows[i]) ? TRUE : FALSE);
      }
    }
  }

  private void add(int group, byte value) {
    if (states[group] != deciding) {
      states[group] = value;
    }
  }

  @Override
  public boolean isOrderFree() {
    return true;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    BooleanAggregator that = (BooleanAggregator) other;
    for (int i = 0; i < n; i++) {
      if (that.states[from[i]] != NONE) {
        add(groupIds[i], that.states[from[i]]);
      }
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      if (states[group] != NONE) {
        out.setBoolean(row + group - from, states[group] == TRUE);
        out.setValid(row + group - from);
      }
    }
  }

  @Override
  public long retainedBytes() {
    return states.length;
  }

  @Override
  public void close() {}
}
