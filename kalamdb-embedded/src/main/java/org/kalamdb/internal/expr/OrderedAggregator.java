package org.kalamdb.internal.expr;

import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.expr.AggregateFunction.ArgumentOrder;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.schema.DataType;

/**
 * Hands an aggregate its rows group by group, in an order of each group's rows: keeps them all as
 * columns until the first result is asked for. Rows that are equal by the order come as they came.
 */
final class OrderedAggregator implements Aggregator {
  private final Aggregator plain;
  private final List<ArgumentOrder> order;
  private final ColumnWriter[] stored;
  private final ColumnView[] views;
  private int[] groups = new int[64];
  private int count;
  private boolean handedOver;

  OrderedAggregator(
      Aggregator plain,
      List<DataType> arguments,
      List<ArgumentOrder> order,
      BufferAllocator allocator) {
    this.plain = plain;
    this.order = order;
    this.stored = new ColumnWriter[arguments.size()];
    this.views = new ColumnView[arguments.size()];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = new ColumnWriter(arguments.get(i), allocator);
      stored[i].begin(groups.length);
      views[i] = stored[i].finish(0);
    }
  }

  @Override
  public void ensureGroups(int newGroups) {
    plain.ensureGroups(newGroups);
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    for (int i = 0; i < n; i++) {
      store(arguments, groupIds[i], rows[i]);
    }
    for (int i = 0; i < stored.length; i++) {
      views[i] = stored[i].finish(count);
    }
  }

  private void store(ColumnView[] arguments, int group, int row) {
    if (count == groups.length) {
      groups = Arrays.copyOf(groups, count * 2);
    }
    groups[count] = group;
    for (int i = 0; i < stored.length; i++) {
      stored[i].ensureRows(count + 1);
      stored[i].copyValue(count, arguments[i], row);
    }
    count++;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    OrderedAggregator that = (OrderedAggregator) other;
    int most = Arrays.stream(from, 0, n).max().orElse(-1);
    int[] targets = new int[most + 1];
    Arrays.fill(targets, -1);
    for (int i = 0; i < n; i++) {
      targets[from[i]] = groupIds[i];
    }
    for (int row = 0; row < that.count; row++) {
      if (that.groups[row] <= most && targets[that.groups[row]] >= 0) {
        store(that.views, targets[that.groups[row]], row);
      }
    }
    for (int i = 0; i < stored.length; i++) {
      views[i] = stored[i].finish(count);
    }
  }

  private void handOver() {
    int[] sorted = sorted();
    int[] batchGroups = new int[Math.min(count, RecordBatch.MAX_ROWS)];
    for (int from = 0; from < count; from += RecordBatch.MAX_ROWS) {
      int to = Math.min(from + RecordBatch.MAX_ROWS, count);
      int[] rows = Arrays.copyOfRange(sorted, from, to);
      for (int i = 0; i < rows.length; i++) {
        batchGroups[i] = groups[rows[i]];
      }
      plain.update(views, batchGroups, rows, rows.length);
    }
    handedOver = true;
  }

  /** A stable merge sort of the row numbers. */
  private int[] sorted() {
    int[] rows = new int[count];
    Arrays.setAll(rows, i -> i);
    int[] other = new int[count];
    for (int width = 1; width < count; width *= 2) {
      for (int from = 0; from < count; from += 2 * width) {
        merge(rows, other, from, Math.min(from + width, count), Math.min(from + 2 * width, count));
      }
      int[] swap = rows;
      rows = other;
      other = swap;
    }
    return rows;
  }

  private void merge(int[] source, int[] target, int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int at = from; at < to; at++) {
      boolean takeLeft = right >= to || left < middle && compare(source[left], source[right]) <= 0;
      target[at] = takeLeft ? source[left++] : source[right++];
    }
  }

  private int compare(int a, int b) {
    if (groups[a] != groups[b]) {
      return Integer.compare(groups[a], groups[b]);
    }
    for (ArgumentOrder key : order) {
      ColumnView column = views[key.argument()];
      boolean leftNull = column.isNull(a);
      boolean rightNull = column.isNull(b);
      if (leftNull != rightNull) {
        return leftNull == key.nullsFirst() ? -1 : 1;
      }
      int result = leftNull ? 0 : ColumnValues.compare(column, a, column, b);
      if (result != 0) {
        return key.descending() ? -result : result;
      }
    }
    return 0;
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    if (!handedOver) {
      handOver();
    }
    plain.finish(out, row, from, to);
  }

  @Override
  public boolean isGrowing() {
    return true;
  }

  @Override
  public long retainedBytes() {
    return plain.retainedBytes() + 4L * groups.length;
  }

  @Override
  public void close() {
    for (ColumnWriter writer : stored) {
      writer.close();
    }
    plain.close();
  }
}
