package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * The ordered-set aggregates. Behind an {@link OrderedAggregator}, which hands over one group's
 * values after another's, so that those of a group are neighbours here.
 */
final class SortedValuesAggregator implements Aggregator {
  private final Measure measure;
  private final ColumnWriter values;
  private ColumnView view;
  private int count;
  private int[] starts = new int[16];
  private int[] sizes = new int[16];
  private double[] fractions = new double[16];

  /** What is asked of a group's values. */
  enum Measure {
    PERCENTILE_CONT,
    PERCENTILE_DISC,
    MODE
  }

  SortedValuesAggregator(Measure measure, DataType type, BufferAllocator allocator) {
    this.measure = measure;
    this.values = new ColumnWriter(type, allocator);
    values.begin(16);
    this.view = values.finish(0);
    Arrays.fill(fractions, Double.NaN);
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > starts.length) {
      int before = starts.length;
      int capacity = Math.max(groups, before * 2);
      starts = Arrays.copyOf(starts, capacity);
      sizes = Arrays.copyOf(sizes, capacity);
      fractions = Arrays.copyOf(fractions, capacity);
      Arrays.fill(fractions, before, capacity, Double.NaN);
    }
  }

  /** The value is the last argument; a fraction stands before it, the same for the whole group. */
  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    boolean hasFraction = measure != Measure.MODE;
    ColumnView argument = arguments[hasFraction ? 1 : 0];
    for (int i = 0; i < n; i++) {
      int group = groupIds[i];
      if (hasFraction && Double.isNaN(fractions[group]) && !arguments[0].isNull(rows[i])) {
        fractions[group] = checked(arguments[0].getDouble(rows[i]));
      }
      if (!argument.isNull(rows[i])) {
        if (sizes[group]++ == 0) {
          starts[group] = count;
        }
        values.ensureRows(count + 1);
        values.copyValue(count++, argument, rows[i]);
      }
    }
    view = values.finish(count);
  }

  /** The fraction of a percentile; 22003 if it is not from 0 to 1. */
  static double checked(double fraction) {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "percentile value " + fraction + " is not between 0 and 1");
    }
    return fraction;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    throw new UnsupportedOperationException("values are merged before they are sorted");
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      boolean known = measure == Measure.MODE || !Double.isNaN(fractions[group]);
      if (sizes[group] > 0 && known) {
        write(out, row + group - from, group);
      }
    }
  }

  private void write(ColumnWriter out, int at, int group) {
    int start = starts[group];
    int size = sizes[group];
    switch (measure) {
      case PERCENTILE_DISC -> {
        int position = (int) Math.ceil(fractions[group] * size);
        out.copyValue(at, view, start + Math.max(position, 1) - 1);
      }
      case PERCENTILE_CONT -> {
        double position = fractions[group] * (size - 1);
        int low = (int) Math.floor(position);
        int high = (int) Math.ceil(position);
        interpolate(out, at, start + low, start + high, position - low);
      }
      case MODE -> out.copyValue(at, view, mode(start, start + size));
    }
  }

  private void interpolate(ColumnWriter out, int at, int low, int high, double share) {
    if (view.type().kind() == Kind.INTERVAL) {
      Interval first = view.getInterval(low);
      Interval step = IntervalFormat.add(view.getInterval(high), IntervalFormat.negate(first));
      out.setInterval(at, IntervalFormat.add(first, IntervalFormat.multiply(step, share)));
    } else {
      double first = view.getDouble(low);
      out.setDouble(at, low == high ? first : first + share * (view.getDouble(high) - first));
    }
    out.setValid(at);
  }

  /** The first row of the longest run of equal values. */
  private int mode(int start, int end) {
    int best = start;
    int longest = 0;
    int from = start;
    for (int row = start + 1; row <= end; row++) {
      if (row == end || !ColumnValues.equal(view, row, view, from)) {
        if (row - from > longest) {
          longest = row - from;
          best = from;
        }
        from = row;
      }
    }
    return best;
  }

  @Override
  public boolean isGrowing() {
    return true;
  }

  @Override
  public long retainedBytes() {
    return 16L * starts.length;
  }

  @Override
  public void close() {
    values.close();
  }
}
