package org.kalamdb.internal.exec;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;

/**
 * One thread's share of an aggregation: takes rows into a table of its own, up to a number of
 * groups. Rows of further groups are put out as they are, and all rows once most of them are. The
 * table is fetched at the end, or before, by the thread of the query.
 */
final class LaneAggregate implements Operator {
  private static final int MAX_GROUPS = 1 << 14;
  private static final int TRIAL_ROWS = 1 << 14;

  private final Operator input;
  private final long maxBytes;
  private @Nullable AggregateTable table;
  private boolean full;
  private boolean passing;
  private long seen;
  private long passed;

  /**
   * Owns its input and the table.
   *
   * @param maxBytes what the table may take, more or less
   */
  LaneAggregate(Operator input, AggregateTable table, long maxBytes) {
    this.input = input;
    this.table = table;
    this.maxBytes = maxBytes;
  }

  @Override
  public @Nullable RecordBatch next() {
    RecordBatch batch;
    while ((batch = input.next()) != null) {
      try {
        if (!takeIn(batch)) {
          return batch;
        }
      } catch (Throwable e) {
        Closeables.closeAfter(e, List.of(batch));
        throw e;
      }
      batch.close();
    }
    return null;
  }

  /** False if rows are left active that the table did not take. */
  private synchronized boolean takeIn(RecordBatch batch) {
    AggregateTable groups = table;
    if (groups == null || passing) {
      return false;
    }
    if (!full) {
      groups.add(batch);
      full = groups.groupCount() > MAX_GROUPS || groups.bytes() > maxBytes;
      return true;
    }
    int rows = batch.selection().size();
    int[] others = new int[rows];
    int n = groups.addKnown(batch, others);
    batch.select(SelectionVector.of(Arrays.copyOf(others, n), n));
    seen += rows;
    passed += n;
    passing = seen >= TRIAL_ROWS && 2 * passed > seen;
    return n == 0;
  }

  /** Hands the table to the caller, who closes it; all further rows are put out. Null if it has. */
  synchronized @Nullable AggregateTable takeTable() {
    AggregateTable taken = table;
    table = null;
    return taken;
  }

  @Override
  public void close() {
    Closeables.closeAll(input, takeTable());
  }
}
