package org.kalamdb.internal.exec;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * An aggregate over the frames of a {@linkplain SpooledRows spooled} partition, whose ends only
 * ever move forward. Rows behind the end are added; where the start moves, rows are taken out if
 * the state allows that. Else a frame is two parts: of the first there is a state for each row it
 * may begin at, of the second one. Once the start passes the first part, the second becomes it (the
 * queue of two stacks), so that each row is added at most twice.
 */
final class SpooledAggregate implements SpooledEvaluator {
  private final SpooledFrame frame;
  private final SpooledRows.Cursor starts;
  private final SpooledRows.Cursor ends;
  private final int[] arguments;
  private final int filter;
  private final AggregateFunction function;
  private final ExecutionContext context;
  private final int[] rows = new int[RecordBatch.MAX_ROWS];
  private final int[] groups = new int[RecordBatch.MAX_ROWS];
  private final boolean removes;

  /** Of the rows from {@link #middle}, or from the frame's start, to its end. */
  private Aggregator back;

  /** Group i is of the rows from {@code middle - 1 - i} to {@code middle - 1}. */
  private @Nullable Aggregator front;

  private long start;
  private long middle;
  private long end;

  /**
   * Begins before the first row.
   *
   * @param startMoves whether frames begin at different rows
   * @param filter column or -1
   */
  SpooledAggregate(
      SpooledRows spooled,
      SpooledFrame frame,
      boolean startMoves,
      int[] arguments,
      int filter,
      AggregateFunction function,
      ExecutionContext context) {
    this.frame = frame;
    this.arguments = arguments;
    this.filter = filter;
    this.function = function;
    this.context = context;
    this.starts = spooled.cursor();
    this.ends = spooled.cursor();
    this.back = newState();
    this.removes = !startMoves || back.isRemovable();
  }

  /** Whether the function's states can be put together from those of parts of a frame. */
  static boolean supports(
      AggregateFunction function, boolean startMoves, ExecutionContext context) {
    if (!startMoves) {
      return true;
    }
    if (function.distinctMatters()) {
      return false;
    }
    try (Aggregator state = function.createAggregator(context.allocator())) {
      return state.isRemovable() || !state.isGrowing();
    }
  }

  private Aggregator newState() {
    Aggregator state = function.createAggregator(context.allocator());
    state.ensureGroups(1);
    return state;
  }

  @Override
  public void evaluate(ColumnWriter out, long from, int n) {
    for (int i = 0; i < n; i++) {
      frame.seek(from + i);
      if (removes) {
        slide();
        back.finish(out, i, 0, 1);
      } else {
        finishParts(out, i);
      }
    }
  }

  private void slide() {
    if (frame.start() > start) {
      feed(back, starts, start, Math.min(frame.start(), end), true);
      start = frame.start();
      end = Math.max(end, start);
    }
    extend();
  }

  private void extend() {
    if (frame.end() > end) {
      feed(back, ends, end, frame.end(), false);
      end = frame.end();
    }
  }

  private void finishParts(ColumnWriter out, int at) {
    end = Math.max(end, frame.start());
    if (frame.start() > middle) {
      turn(frame.start(), end);
    }
    extend();
    Aggregator first = front;
    if (first == null || frame.start() == middle) {
      back.finish(out, at, 0, 1);
      return;
    }
    try (Aggregator whole = newState()) {
      whole.merge(first, new int[] {(int) (middle - 1 - frame.start())}, new int[] {0}, 1);
      whole.merge(back, new int[] {0}, new int[] {0}, 1);
      whole.finish(out, at, 0, 1);
    }
  }

  /** Makes the rows {@code from} to {@code to - 1} the first part, from its last row down. */
  private void turn(long from, long to) {
    Aggregator old = front;
    front = null;
    Closeables.closeAll(old, back);
    back = newState();
    middle = to;
    if (from == to) {
      return;
    }
    Aggregator states = function.createAggregator(context.allocator());
    front = states;
    int count = Math.toIntExact(to - from);
    states.ensureGroups(count);
    if (retainedBytes() > context.allocator().getLimit()) {
      throw WindowOperator.outOfMemory();
    }
    for (int i = 0; i < count; i++) {
      long row = to - 1 - i;
      add(states, starts.seek(row), i);
      if (i > 0) {
        states.merge(states, new int[] {i - 1}, new int[] {i}, 1);
      }
    }
  }

  private void add(Aggregator state, SpooledRows.Cursor at, int group) {
    if (passes(at, at.at())) {
      rows[0] = at.at();
      groups[0] = group;
      state.update(at.views(arguments), groups, rows, 1);
    }
  }

  private boolean passes(SpooledRows.Cursor at, int row) {
    return filter < 0 || !at.view(filter).isNull(row) && at.view(filter).getBoolean(row);
  }

  private void feed(
      Aggregator state, SpooledRows.Cursor cursor, long from, long to, boolean remove) {
    Arrays.fill(groups, 0);
    long row = from;
    while (row < to) {
      cursor.seek(row);
      int n = (int) Math.min(cursor.left(), to - row);
      int chosen = 0;
      for (int i = 0; i < n; i++) {
        if (passes(cursor, cursor.at() + i)) {
          rows[chosen++] = cursor.at() + i;
        }
      }
      if (chosen > 0 && remove) {
        state.remove(cursor.views(arguments), groups, rows, chosen);
      } else if (chosen > 0) {
        state.update(cursor.views(arguments), groups, rows, chosen);
      }
      row += n;
    }
  }

  @Override
  public long retainedBytes() {
    return back.retainedBytes() + (front == null ? 0 : front.retainedBytes());
  }

  @Override
  public void close() {
    Aggregator first = front;
    front = null;
    Closeables.closeAll(back, first);
  }
}
