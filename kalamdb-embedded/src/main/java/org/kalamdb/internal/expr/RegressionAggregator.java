package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/**
 * The aggregates of pairs (y, x): correlation, covariance and the least-squares line. Pairs with a
 * NULL are left out. Sums of squared distances are kept by Youngs and Cramer's method.
 */
final class RegressionAggregator implements Aggregator {
  private static final int SUMS = 5;
  private static final int SX = 0;
  private static final int SXX = 1;
  private static final int SY = 2;
  private static final int SYY = 3;
  private static final int SXY = 4;

  private final Measure measure;
  private long[] counts = new long[16];
  private double[] sums = new double[16 * SUMS];

  /** What is asked of the pairs. */
  enum Measure {
    CORR,
    COVAR_POP,
    COVAR_SAMP,
    REGR_AVGX,
    REGR_AVGY,
    REGR_COUNT,
    REGR_INTERCEPT,
    REGR_R2,
    REGR_SLOPE,
    REGR_SXX,
    REGR_SXY,
    REGR_SYY
  }

  RegressionAggregator(Measure measure) {
    this.measure = measure;
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > counts.length) {
      int capacity = Math.max(groups, counts.length * 2);
      counts = Arrays.copyOf(counts, capacity);
      sums = Arrays.copyOf(sums, capacity * SUMS);
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      if (!arguments[0].isNull(row) && !arguments[1].isNull(row)) {
        add(groupIds[i], arguments[0].getDouble(row), arguments[1].getDouble(row));
      }
    }
  }

  private void add(int group, double y, double x) {
    double count = ++counts[group];
    int at = group * SUMS;
    sums[at + SX] += x;
    sums[at + SY] += y;
    if (count > 1) {
      double distanceX = x * count - sums[at + SX];
      double distanceY = y * count - sums[at + SY];
      double scale = 1.0 / (count * (count - 1));
      sums[at + SXX] += distanceX * distanceX * scale;
      sums[at + SYY] += distanceY * distanceY * scale;
      sums[at + SXY] += distanceX * distanceY * scale;
    } else {
      if (!Double.isFinite(x)) {
        sums[at + SXX] = Double.NaN;
        sums[at + SXY] = Double.NaN;
      }
      if (!Double.isFinite(y)) {
        sums[at + SYY] = Double.NaN;
        sums[at + SXY] = Double.NaN;
      }
    }
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    RegressionAggregator that = (RegressionAggregator) other;
    for (int i = 0; i < n; i++) {
      merge(that, from[i], groupIds[i]);
    }
  }

  private void merge(RegressionAggregator that, int source, int group) {
    double ours = counts[group];
    double theirs = that.counts[source];
    if (theirs == 0) {
      return;
    }
    int at = group * SUMS;
    int other = source * SUMS;
    if (ours > 0) {
      double distanceX = sums[at + SX] / ours - that.sums[other + SX] / theirs;
      double distanceY = sums[at + SY] / ours - that.sums[other + SY] / theirs;
      double weight = ours * theirs / (ours + theirs);
      sums[at + SXX] += weight * distanceX * distanceX;
      sums[at + SYY] += weight * distanceY * distanceY;
      sums[at + SXY] += weight * distanceX * distanceY;
    }
    for (int sum = 0; sum < SUMS; sum++) {
      sums[at + sum] += that.sums[other + sum];
    }
    counts[group] += that.counts[source];
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      int target = row + group - from;
      if (measure == Measure.REGR_COUNT) {
        out.setLong(target, counts[group]);
        out.setValid(target);
      } else if (hasValue(group)) {
        out.setDouble(target, value(group));
        out.setValid(target);
      }
    }
  }

  private boolean hasValue(int group) {
    double xx = sums[group * SUMS + SXX];
    double yy = sums[group * SUMS + SYY];
    return counts[group] > (measure == Measure.COVAR_SAMP ? 1 : 0)
        && switch (measure) {
          case CORR -> xx != 0 && yy != 0;
          case REGR_INTERCEPT, REGR_SLOPE, REGR_R2 -> xx != 0;
          default -> true;
        };
  }

  private double value(int group) {
    double count = counts[group];
    int at = group * SUMS;
    double xx = sums[at + SXX];
    double yy = sums[at + SYY];
    double xy = sums[at + SXY];
    return switch (measure) {
      case CORR -> xy / Math.sqrt(xx * yy);
      case COVAR_POP -> xy / count;
      case COVAR_SAMP -> xy / (count - 1);
      case REGR_AVGX -> sums[at + SX] / count;
      case REGR_AVGY -> sums[at + SY] / count;
      case REGR_COUNT -> count;
      case REGR_INTERCEPT -> (sums[at + SY] - sums[at + SX] * xy / xx) / count;
      case REGR_R2 -> yy == 0 ? 1 : xy * xy / (xx * yy);
      case REGR_SLOPE -> xy / xx;
      case REGR_SXX -> xx;
      case REGR_SXY -> xy;
      case REGR_SYY -> yy;
    };
  }

  @Override
  public long retainedBytes() {
    return 8L * (counts.length + sums.length);
  }

  @Override
  public void close() {}
}
