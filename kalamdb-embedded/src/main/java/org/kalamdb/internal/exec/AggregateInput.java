package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Feeds rows of a window's columns to an aggregator, many at a time, without those that the filter
 * leaves out. Rows wait until there are enough of them or until {@link #flush}.
 */
final class AggregateInput {
  private final ColumnView[] arguments;
  private final @Nullable ColumnView filter;
  private final int[] rows = new int[RecordBatch.MAX_ROWS];
  private final int[] groups = new int[RecordBatch.MAX_ROWS];
  private int waiting;

  AggregateInput(ColumnView[] arguments, @Nullable ColumnView filter) {
    this.arguments = arguments;
    this.filter = filter;
  }

  /** Hands the rows {@code from} to {@code to - 1} to a group. */
  void add(Aggregator to, int from, int end, int group) {
    for (int row = from; row < end; row++) {
      add(to, row, group);
    }
  }

  void add(Aggregator to, int row, int group) {
    if (filter != null && (filter.isNull(row) || !filter.getBoolean(row))) {
      return;
    }
    rows[waiting] = row;
    groups[waiting++] = group;
    if (waiting == rows.length) {
      flush(to);
    }
  }

  /** Lets no row wait any longer. */
  void flush(Aggregator to) {
    if (waiting > 0) {
      to.update(arguments, groups, rows, waiting);
      waiting = 0;
    }
  }

  /** Takes rows out of a group that have been handed to it. */
  void remove(Aggregator of, int from, int end, int group) {
    for (int row = from; row < end; row++) {
      if (filter == null || !filter.isNull(row) && filter.getBoolean(row)) {
        rows[waiting] = row;
        groups[waiting++] = group;
      }
      if (waiting == rows.length || row == end - 1) {
        of.remove(arguments, groups, rows, waiting);
        waiting = 0;
      }
    }
  }
}
