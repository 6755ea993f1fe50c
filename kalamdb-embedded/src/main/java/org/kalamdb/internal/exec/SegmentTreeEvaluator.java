package org.kalamdb.internal.exec;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.internal.expr.AggregateFunction;
import org.kalamdb.internal.expr.Aggregator;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Any aggregate over any frames, by a segment tree (Leis, Kundhikanjana, Kemper, Neumann:
 * "Efficient Processing of Window Functions in Analytical SQL Queries", VLDB 2015): partial states
 * of 16 rows, of 16 such, and so on, so that a frame of n rows is put together from O(log n)
 * states.
 *
 * <p>A batch of results is computed level by level rather than row by row, so that each step is one
 * call for many groups. States are added in order of their rows, which matters to string_agg.
 */
final class SegmentTreeEvaluator implements WindowEvaluator {
  private static final int FANOUT_BITS = 4;
  private static final int FANOUT = 1 << FANOUT_BITS;

  private final FrameCursor frame;
  private final AggregateInput input;
  private final AggregateFunction function;
  private final ExecutionContext context;
  private final int rowCount;

  /** Level k has the states of 16^(k+1) rows each. */
  private final List<Aggregator> levels = new ArrayList<>();

  private final int[] sources = new int[RecordBatch.MAX_ROWS];
  private final int[] targets = new int[RecordBatch.MAX_ROWS];
  private int waiting;

  SegmentTreeEvaluator(
      FrameCursor frame,
      int rowCount,
      AggregateInput input,
      AggregateFunction function,
      ExecutionContext context) {
    this.frame = frame;
    this.rowCount = rowCount;
    this.input = input;
    this.function = function;
    this.context = context;
  }

  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    int n = to - from;
    int[][] lows = new int[3][n];
    int[][] highs = new int[3][n];
    int longest = 0;
    for (int i = 0; i < n; i++) {
      frame.seek(from + i);
      for (int piece = 0; piece < frame.pieces(); piece++) {
        lows[piece][i] = frame.pieceStart(piece);
        highs[piece][i] = frame.pieceEnd(piece);
        longest = Math.max(longest, highs[piece][i] - lows[piece][i]);
      }
    }
    if (longest > 2 * FANOUT && levels.isEmpty()) {
      build();
    }
    try (Aggregator results = function.createAggregator(context.allocator())) {
      results.ensureGroups(n);
      for (int piece = 0; piece < lows.length; piece++) {
        add(results, lows[piece], highs[piece], n);
      }
      results.finish(out, 0, n);
    }
  }

  private void build() {
    int states = parents(rowCount);
    Aggregator bottom = newLevel(states);
    for (int row = 0; row < rowCount; row++) {
      input.add(bottom, row, row >> FANOUT_BITS);
      if ((row & 0xffff) == 0) {
        context.cancel().check();
      }
    }
    input.flush(bottom);
    while (states > FANOUT) {
      Aggregator children = levels.get(levels.size() - 1);
      Aggregator parents = newLevel(parents(states));
      for (int child = 0; child < states; child++) {
        merge(parents, children, child, child >> FANOUT_BITS);
      }
      flush(parents, children);
      states = parents(states);
    }
  }

  private static int parents(int children) {
    return (children + FANOUT - 1) >> FANOUT_BITS;
  }

  private Aggregator newLevel(int states) {
    Aggregator level = function.createAggregator(context.allocator());
    levels.add(level);
    level.ensureGroups(states);
    return level;
  }

  /**
   * Adds to each result i the rows {@code low[i]} to {@code high[i] - 1}: on the way up what stands
   * before the first whole state of the next level, on the way down what stands behind the last.
   */
  private void add(Aggregator results, int[] low, int[] high, int n) {
    List<int[]> rightFrom = new ArrayList<>();
    List<int[]> rightTo = new ArrayList<>();
    boolean more = true;
    for (int level = -1; more; level++) {
      boolean top = level + 1 == levels.size();
      rightFrom.add(new int[n]);
      rightTo.add(high.clone());
      more = false;
      for (int i = 0; i < n; i++) {
        boolean all = top || high[i] - low[i] <= 2 * FANOUT;
        int leftEnd = all ? high[i] : Math.min(high[i], (low[i] + FANOUT - 1) & -FANOUT);
        for (int at = low[i]; at < leftEnd; at++) {
          take(results, level, at, i);
        }
        int wholeFrom = Math.max(low[i], leftEnd);
        int wholeTo = Math.max(wholeFrom, high[i] & -FANOUT);
        rightFrom.get(level + 1)[i] = wholeTo;
        low[i] = wholeFrom >> FANOUT_BITS;
        high[i] = wholeTo >> FANOUT_BITS;
        more |= low[i] < high[i];
      }
      flush(results, level);
    }
    for (int level = rightFrom.size() - 2; level >= -1; level--) {
      for (int i = 0; i < n; i++) {
        for (int at = rightFrom.get(level + 1)[i]; at < rightTo.get(level + 1)[i]; at++) {
          take(results, level, at, i);
        }
      }
      flush(results, level);
    }
  }

  private void take(Aggregator results, int level, int at, int group) {
    if (level < 0) {
      input.add(results, at, group);
    } else {
      merge(results, levels.get(level), at, group);
    }
  }

  private void merge(Aggregator into, Aggregator from, int source, int target) {
    sources[waiting] = source;
    targets[waiting++] = target;
    if (waiting == sources.length) {
      flush(into, from);
    }
  }

  private void flush(Aggregator results, int level) {
    if (level < 0) {
      input.flush(results);
    } else {
      flush(results, levels.get(level));
    }
  }

  private void flush(Aggregator into, Aggregator from) {
    if (waiting > 0) {
      into.merge(from, sources, targets, waiting);
      waiting = 0;
    }
  }

  @Override
  public long retainedBytes() {
    return levels.stream().mapToLong(Aggregator::retainedBytes).sum();
  }

  @Override
  public void close() {
    Closeables.closeAll(levels);
  }
}
