package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** any_value: the first value that is not NULL, kept in a column in order of arrival. */
final class AnyValueAggregator implements Aggregator {
  private final ColumnWriter stored;
  private ColumnView values;
  private int storedCount;

  /** The group's stored row + 1, 0 where there is none yet. */
  private int[] rowOfGroup = new int[16];

  AnyValueAggregator(DataType type, BufferAllocator allocator) {
    this.stored = new ColumnWriter(type, allocator);
    stored.begin(16);
    values = stored.finish(0);
  }

  @Override
  public void ensureGroups(int groups) {
    if (groups > rowOfGroup.length) {
      rowOfGroup = Arrays.copyOf(rowOfGroup, Math.max(groups, rowOfGroup.length * 2));
    }
  }

  @Override
  public void update(ColumnView[] arguments, int[] groupIds, int[] rows, int n) {
    ColumnView argument = arguments[0];
    for (int i = 0; i < n; i++) {
      if (rowOfGroup[groupIds[i]] == 0 && !argument.isNull(rows[i])) {
        store(groupIds[i], argument, rows[i]);
      }
    }
  }

  private void store(int group, ColumnView source, int row) {
    stored.ensureRows(storedCount + 1);
    stored.copyValue(storedCount, source, row);
    values = stored.finish(++storedCount);
    rowOfGroup[group] = storedCount;
  }

  @Override
  public void merge(Aggregator other, int[] from, int[] groupIds, int n) {
    AnyValueAggregator that = (AnyValueAggregator) other;
    for (int i = 0; i < n; i++) {
      int row = that.rowOfGroup[from[i]];
      if (row != 0 && rowOfGroup[groupIds[i]] == 0) {
        store(groupIds[i], that.values, row - 1);
      }
    }
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    for (int group = from; group < to; group++) {
      if (rowOfGroup[group] != 0) {
        out.copyValue(row + group - from, values, rowOfGroup[group] - 1);
      }
    }
  }

  @Override
  public long retainedBytes() {
    return 4L * rowOfGroup.length;
  }

  @Override
  public void close() {
    stored.close();
  }
}
