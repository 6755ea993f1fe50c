package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** count(*) and count(x). */
final class CountAggregator implements Aggregator {
  private long[] counts = new long[16];

  @Override
  public void ensureGroups(int groups) {
    if (groups > counts.length) {
      counts = Arrays.copyOf(counts, Math.max(groups, counts.length * 2));
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    if (arguments.length == 0 || !arguments[0].mayHaveNulls()) {
      for (int i = 0; i < n; i++) {
        counts[groupIds[i]]++;
      }
      return;
    }
    ColumnView argument = arguments[0];
    for (int i = 0; i < n; i++) {
      if (!argument.isNull(rows[i])) {
        counts[groupIds[i]]++;
      }
    }
  }

  @Override
  public void updateSingle(ColumnView[] arguments, int[] zeros, int[] rows, int n) {
    if (arguments.length == 0 || !arguments[0].mayHaveNulls()) {
      counts[0] += n;
    } else {
      update(arguments, zeros, rows, n);
    }
  }

  @Override
  public boolean isRemovable() {
    return true;
  }

  @Override
  public void remove(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      if (arguments.length == 0 || !arguments[0].isNull(rows[i])) {
        counts[groupIds[i]]--;
      }
    }
  }

  @Override
  public boolean isOrderFree() {
    return true;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    CountAggregator that = (CountAggregator) other;
    for (int i = 0; i < n; i++) {
      counts[groupIds[i]] += that.counts[from[i]];
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      out.setLong(row + group - from, counts[group]);
      out.setValid(row + group - from);
    }
  }

  @Override
  public long retainedBytes() {
    return 8L * counts.length;
  }

  @Override
  public void close() {}
}
