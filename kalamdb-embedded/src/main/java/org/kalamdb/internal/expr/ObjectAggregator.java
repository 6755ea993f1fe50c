package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** State of one Java object a group, for the aggregates whose values have no primitive form. */
abstract class ObjectAggregator<S> implements Aggregator {
  /** Headers of a small object or two. */
  static final long OBJECT_BYTES = 48;

  private @Nullable Object[] states = new Object[16];
  private long stateBytes;

  /** The group's state with one more row; {@code state} is null before the first. */
  abstract @Nullable S add(@Nullable S state, ColumnView[] arguments, int row);

  /** Both states in one; neither is null. May change {@code left}, never {@code right}. */
  abstract S combine(S left, S right);

  /** Bytes that the state holds, roughly. */
  long bytesOf(S state) {
    return OBJECT_BYTES;
  }

  /** A state that may be changed without changing this one. */
  S copy(S state) {
    return state;
  }

  /** The result in the Java class of its type. */
  abstract @Nullable Object result(S state);

  @Override
  public void ensureGroups(int groups) {
    if (groups > states.length) {
      states = Arrays.copyOf(states, Math.max(groups, states.length * 2));
    }
  }

  @SuppressWarnings("unchecked")
  private @Nullable S state(int group) {
    return (S) states[group];
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      S before = state(groupIds[i]);
      stateBytes -= before == null ? 0 : bytesOf(before);
      S after = add(before, arguments, rows[i]);
      stateBytes += after == null ? 0 : bytesOf(after);
      states[groupIds[i]] = after;
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    ObjectAggregator<S> that = (ObjectAggregator<S>) other;
    for (int i = 0; i < n; i++) {
      S right = that.state(from[i]);
      if (right != null) {
        S left = state(groupIds[i]);
        stateBytes -= left == null ? 0 : bytesOf(left);
        S both = left == null ? copy(right) : combine(left, right);
        stateBytes += bytesOf(both);
        states[groupIds[i]] = both;
      }
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      S state = state(group);
      out.setObject(row + group - from, state == null ? null : result(state));
    }
  }

  @Override
  public long retainedBytes() {
    return 4L * states.length + stateBytes;
  }

  @Override
  public void close() {}
}
