package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType.Kind;

/**
 * Variance and standard deviation in double precision, by Youngs and Cramer: the sum of squared
 * distances from the mean is kept up to date, so that large means do not drown small variances.
 */
final class VarianceAggregator implements Aggregator {
  private final boolean sample;
  private final boolean root;
  private long[] counts = new long[16];
  private double[] sums = new double[16];
  private double[] squares = new double[16];

  VarianceAggregator(boolean sample, boolean root) {
    this.sample = sample;
    this.root = root;
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > counts.length) {
      int capacity = Math.max(groups, counts.length * 2);
      counts = Arrays.copyOf(counts, capacity);
      sums = Arrays.copyOf(sums, capacity);
      squares = Arrays.copyOf(squares, capacity);
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    ColumnView argument = arguments[0];
    boolean single = argument.type().kind() == Kind.REAL;
    for (int i = 0; i < n; i++) {
      if (!argument.isNull(rows[i])) {
        add(groupIds[i], single ? argument.getFloat(rows[i]) : argument.getDouble(rows[i]));
      }
    }
  }

  private void add(int group, double value) {
    double count = ++counts[group];
    sums[group] += value;
    if (count > 1) {
      double distance = value * count - sums[group];
      squares[group] += distance * distance / (count * (count - 1));
    } else if (!Double.isFinite(value)) {
      squares[group] = Double.NaN;
    }
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    VarianceAggregator that = (VarianceAggregator) other;
    for (int i = 0; i < n; i++) {
      int source = from[i];
      int group = groupIds[i];
      double theirs = that.counts[source];
      double ours = counts[group];
      if (theirs == 0) {
        continue;
      }
      double squared = that.squares[source];
      if (ours > 0) {
        double distance = sums[group] / ours - that.sums[source] / theirs;
        squared += squares[group] + ours * theirs * distance * distance / (ours + theirs);
      }
      squares[group] = squared;
      sums[group] += that.sums[source];
      counts[group] += that.counts[source];
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      if (counts[group] > (sample ? 1 : 0)) {
        double variance = squares[group] / (sample ? counts[group] - 1 : counts[group]);
        out.setDouble(row + group - from, root ? Math.sqrt(variance) : variance);
        out.setValid(row + group - from);
      }
    }
  }

  @Override
  public long retainedBytes() {
    return 24L * counts.length;
  }

  @Override
  public void close() {}
}
