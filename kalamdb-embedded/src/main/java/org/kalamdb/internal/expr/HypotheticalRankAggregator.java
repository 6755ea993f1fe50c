package org.kalamdb.internal.expr;

import java.util.Arrays;
import java.util.List;
import org.kalamdb.internal.expr.AggregateRegistry.Order;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/**
 * Counts the rows of a group that come before a hypothetical one, and its peers. Behind an {@link
 * OrderedAggregator}, which hands over one group's rows after another's in the order of the keys,
 * so that rows with equal keys are neighbours and {@link Measure#DENSE_RANK} counts them once.
 */
final class HypotheticalRankAggregator implements Aggregator {
  private final Measure measure;
  private final List<Order> orders;
  private long[] rows = new long[16];
  private long[] before = new long[16];
  private long[] peers = new long[16];

  private ColumnView[] lastArguments = new ColumnView[0];
  private int lastRow;
  private int lastGroup = -1;

  /** What is asked of the counts. */
  enum Measure {
    RANK,
    DENSE_RANK,
    PERCENT_RANK,
    CUME_DIST;

    DataType type() {
      return this == RANK || this == DENSE_RANK ? DataType.BIGINT : DataType.DOUBLE;
    }
  }

  HypotheticalRankAggregator(Measure measure, List<Order> orders) {
    this.measure = measure;
    this.orders = List.copyOf(orders);
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > rows.length) {
      int capacity = Math.max(groups, rows.length * 2);
      rows = Arrays.copyOf(rows, capacity);
      before = Arrays.copyOf(before, capacity);
      peers = Arrays.copyOf(peers, capacity);
    }
  }

  /** The hypothetical values stand before the keys of the row. */
  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] selected, int n) {
    for (int i = 0; i < n; i++) {
      int group = groupIds[i];
      int row = selected[i];
      if (measure != Measure.DENSE_RANK || group != lastGroup || !equalsLast(arguments, row)) {
        int order = compare(arguments, row);
        rows[group]++;
        before[group] += order < 0 ? 1 : 0;
        peers[group] += order == 0 ? 1 : 0;
      }
      lastGroup = group;
      lastRow = row;
      lastArguments = arguments;
    }
  }

  private boolean equalsLast(ColumnView[] arguments, int row) {
    for (int key = orders.size(); key < arguments.length; key++) {
      ColumnView column = arguments[key];
      ColumnView last = lastArguments[key];
      boolean missing = column.isNull(row);
      if (missing != last.isNull(lastRow)
          || !missing && ColumnValues.compare(column, row, last, lastRow) != 0) {
        return false;
      }
    }
    return true;
  }

  /** Where the row stands beside the hypothetical one: negative before it. */
  private int compare(ColumnView[] arguments, int row) {
    for (int i = 0; i < orders.size(); i++) {
      ColumnView key = arguments[orders.size() + i];
      ColumnView value = arguments[i];
      boolean keyNull = key.isNull(row);
      boolean valueNull = value.isNull(row);
      if (keyNull != valueNull) {
        return keyNull == orders.get(i).nullsFirst() ? -1 : 1;
      }
      int result = keyNull ? 0 : ColumnValues.compare(key, row, value, row);
      if (result != 0) {
        return orders.get(i).descending() ? -result : result;
      }
    }
    return 0;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    throw new UnsupportedOperationException("rows are merged before they are sorted");
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      int at = row + group - from;
      switch (measure) {
        case RANK, DENSE_RANK -> out.setLong(at, before[group] + 1);
        case PERCENT_RANK ->
            out.setDouble(at, rows[group] == 0 ? 0 : (double) before[group] / rows[group]);
        case CUME_DIST ->
            out.setDouble(at, (before[group] + peers[group] + 1.0) / (rows[group] + 1));
      }
      out.setValid(at);
    }
  }

  @Override
  public boolean isGrowing() {
    return true;
  }

  @Override
  public long retainedBytes() {
    return 24L * rows.length;
  }

  @Override
  public void close() {}
}
