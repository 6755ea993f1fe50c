package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.plan.WindowFrame.BoundKind;
import org.kalamdb.internal.sql.plan.WindowFrame.Exclusion;
import org.kalamdb.internal.sql.plan.WindowFrame.Units;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;

/**
 * The frames of one row after the other. Both ends only ever move forward within a partition, since
 * offsets are constants, so that all frames together cost one pass over the rows.
 *
 * <p>A frame is up to three {@link #pieces} of neighbouring rows: what is excluded is cut out.
 */
final class FrameCursor {
  private final WindowRows rows;
  private final FrameShape shape;
  private final @Nullable ColumnView rangeKey;
  private final @Nullable ColumnView startLimit;
  private final @Nullable ColumnView endLimit;

  private int partition;
  private int peerGroup;
  private int partitionStart = -1;
  private int partitionEnd;
  private int rangeStart;
  private int rangeEnd;
  private int start;
  private int end;
  private int pieces;
  private final int[] pieceStarts = new int[3];
  private final int[] pieceEnds = new int[3];

  /**
   * A frame with its offsets computed and its expressions as columns.
   *
   * @param startOffset rows or groups
   * @param rangeKey column, or -1
   * @param startLimit column, or -1
   * @param descending direction of the one order key of RANGE with an offset
   * @param nullsFirst where its NULLs are
   */
  record FrameShape(
      Units units,
      BoundKind startKind,
      long startOffset,
      BoundKind endKind,
      long endOffset,
      Exclusion exclusion,
      int rangeKey,
      int startLimit,
      int endLimit,
      boolean descending,
      boolean nullsFirst) {}

  FrameCursor(WindowRows rows, FrameShape shape) {
    this.rows = rows;
    this.shape = shape;
    this.rangeKey = column(shape.rangeKey());
    this.startLimit = column(shape.startLimit());
    this.endLimit = column(shape.endLimit());
  }

  private @Nullable ColumnView column(int index) {
    return index < 0 ? null : rows.column(index);
  }

  /** Goes to a row, which is not before the last one. */
  void seek(int row) {
    partition = rows.partitions().seek(row, partition);
    peerGroup = rows.peers().seek(row, peerGroup);
    int first = rows.partitions().start(partition);
    if (first != partitionStart) {
      partitionStart = first;
      partitionEnd = rows.partitions().end(partition);
      rangeStart = first;
      rangeEnd = first;
    }
    start = Math.max(partitionStart, Math.min(startOf(row), partitionEnd));
    end = Math.max(start, Math.min(endOf(row), partitionEnd));
    cut(row);
  }

  int partition() {
    return partition;
  }

  int partitionStart() {
    return partitionStart;
  }

  int start() {
    return start;
  }

  int end() {
    return end;
  }

  /** How many pieces the frame has without what it excludes. */
  int pieces() {
    return pieces;
  }

  int pieceStart(int piece) {
    return pieceStarts[piece];
  }

  int pieceEnd(int piece) {
    return pieceEnds[piece];
  }

  private int startOf(int row) {
    return switch (shape.startKind()) {
      case UNBOUNDED_PRECEDING -> partitionStart;
      case UNBOUNDED_FOLLOWING -> partitionEnd;
      case CURRENT_ROW -> shape.units() == Units.ROWS ? row : rows.peers().start(peerGroup);
      case OFFSET_PRECEDING -> startAt(row, -shape.startOffset());
      case OFFSET_FOLLOWING -> startAt(row, shape.startOffset());
    };
  }

  private int startAt(int row, long offset) {
    return switch (shape.units()) {
      case ROWS -> bounded((long) row + bounded(offset));
      case GROUPS -> groupStart(bounded((long) peerGroup + bounded(offset)));
      case RANGE -> startInRange(row);
    };
  }

  private int endOf(int row) {
    return switch (shape.endKind()) {
      case UNBOUNDED_PRECEDING -> partitionStart;
      case UNBOUNDED_FOLLOWING -> partitionEnd;
      case CURRENT_ROW -> shape.units() == Units.ROWS ? row + 1 : rows.peers().end(peerGroup);
      case OFFSET_PRECEDING -> endAt(row, -shape.endOffset());
      case OFFSET_FOLLOWING -> endAt(row, shape.endOffset());
    };
  }

  private int endAt(int row, long offset) {
    return switch (shape.units()) {
      case ROWS -> bounded(row + 1L + bounded(offset));
      case GROUPS -> groupStart(bounded(peerGroup + 1L + bounded(offset)));
      case RANGE -> endInRange(row);
    };
  }

  /** Numbers of rows are below 2^30, so that farther ones are all the same. */
  private static int bounded(long value) {
    return (int) Math.max(-(1 << 30), Math.min(value, 1 << 30));
  }

  /** The first row of a group of the partition, or the end it lies behind. */
  private int groupStart(int group) {
    if (group <= rows.firstPeers(partition)) {
      return partitionStart;
    }
    return group >= rows.firstPeers(partition + 1) ? partitionEnd : rows.peers().start(group);
  }

  private int startInRange(int row) {
    ColumnView key = required(rangeKey);
    ColumnView limit = required(startLimit);
    if (key.isNull(row)) {
      return rows.peers().start(peerGroup);
    }
    while (rangeStart < partitionEnd
        && (key.isNull(rangeStart) ? shape.nullsFirst() : order(key, rangeStart, limit, row) < 0)) {
      rangeStart++;
    }
    return rangeStart;
  }

  private int endInRange(int row) {
    ColumnView key = required(rangeKey);
    ColumnView limit = required(endLimit);
    if (key.isNull(row)) {
      return rows.peers().end(peerGroup);
    }
    while (rangeEnd < partitionEnd
        && (key.isNull(rangeEnd) ? shape.nullsFirst() : order(key, rangeEnd, limit, row) <= 0)) {
      rangeEnd++;
    }
    return rangeEnd;
  }

  private int order(ColumnView key, int row, ColumnView limit, int limitRow) {
    int order = ColumnValues.compare(key, row, limit, limitRow);
    return shape.descending() ? -order : order;
  }

  private static ColumnView required(@Nullable ColumnView column) {
    if (column == null) {
      throw new IllegalStateException("RANGE with an offset has columns to compare");
    }
    return column;
  }

  private void cut(int row) {
    pieces = 0;
    switch (shape.exclusion()) {
      case NO_OTHERS -> add(start, end);
      case CURRENT_ROW -> {
        add(start, Math.min(end, row));
        add(Math.max(start, row + 1), end);
      }
      case GROUP -> {
        add(start, Math.min(end, rows.peers().start(peerGroup)));
        add(Math.max(start, rows.peers().end(peerGroup)), end);
      }
      case TIES -> {
        add(start, Math.min(end, rows.peers().start(peerGroup)));
        add(Math.max(start, row), Math.min(end, row + 1));
        add(Math.max(start, rows.peers().end(peerGroup)), end);
      }
    }
  }

  private void add(int from, int to) {
    if (from < to) {
      pieceStarts[pieces] = from;
      pieceEnds[pieces++] = to;
    }
  }
}
