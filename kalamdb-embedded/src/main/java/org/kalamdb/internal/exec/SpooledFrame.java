package org.kalamdb.internal.exec;

import org.kalamdb.internal.exec.FrameCursor.FrameShape;
import org.kalamdb.internal.sql.plan.WindowFrame.BoundKind;
import org.kalamdb.internal.sql.plan.WindowFrame.Exclusion;
import org.kalamdb.internal.sql.plan.WindowFrame.Units;
import org.kalamdb.internal.vector.ColumnValues;

/**
 * The frames of one row after the other of a {@linkplain SpooledRows spooled} partition: what
 * {@link FrameCursor} is for rows in memory. Of exclusions and of GROUPS with an offset it knows
 * nothing.
 */
final class SpooledFrame {
  private final FrameShape shape;
  private final long rowCount;
  private final SpooledPeers peers;
  private final SpooledRows.Cursor current;
  private final SpooledRows.Cursor bound;
  private long rangeStart;
  private long rangeEnd;
  private long start;
  private long end;

  /**
   * Begins before the first row.
   *
   * @param shape with columns of the spooled rows
   */
  SpooledFrame(SpooledRows rows, int[] orderBy, FrameShape shape) {
    this.shape = shape;
    this.rowCount = rows.rowCount();
    this.peers = new SpooledPeers(rows, orderBy);
    this.current = rows.cursor();
    this.bound = rows.cursor();
  }

  static boolean supports(FrameShape shape) {
    boolean offset = isOffset(shape.startKind()) || isOffset(shape.endKind());
    return shape.exclusion() == Exclusion.NO_OTHERS && !(shape.units() == Units.GROUPS && offset);
  }

  private static boolean isOffset(BoundKind kind) {
    return kind == BoundKind.OFFSET_PRECEDING || kind == BoundKind.OFFSET_FOLLOWING;
  }

  /** Goes to a row, which is not before the last one. */
  void seek(long row) {
    start = Math.min(bound(row, shape.startKind(), shape.startOffset(), true), rowCount);
    end =
        Math.max(start, Math.min(bound(row, shape.endKind(), shape.endOffset(), false), rowCount));
  }

  long start() {
    return start;
  }

  long end() {
    return end;
  }

  private long bound(long row, BoundKind kind, long offset, boolean isStart) {
    return switch (kind) {
      case UNBOUNDED_PRECEDING -> 0;
      case UNBOUNDED_FOLLOWING -> rowCount;
      case CURRENT_ROW ->
          shape.units() == Units.ROWS ? row + (isStart ? 0 : 1) : ofPeers(row, isStart);
      case OFFSET_PRECEDING -> at(row, -offset, isStart);
      case OFFSET_FOLLOWING -> at(row, offset, isStart);
    };
  }

  private long ofPeers(long row, boolean isStart) {
    peers.seek(row);
    return isStart ? peers.start() : peers.end();
  }

  private long at(long row, long offset, boolean isStart) {
    if (shape.units() == Units.RANGE) {
      return isStart ? startInRange(row) : endInRange(row);
    }
    // A farther row than there are is as good as the farthest.
    long bounded = Math.max(-rowCount - 1, Math.min(offset, rowCount + 1));
    return Math.max(0, row + bounded + (isStart ? 0 : 1));
  }

  private long startInRange(long row) {
    if (current.seek(row).view(shape.rangeKey()).isNull(current.at())) {
      return ofPeers(row, true);
    }
    while (rangeStart < rowCount && isBefore(rangeStart, shape.startLimit(), true)) {
      rangeStart++;
    }
    return rangeStart;
  }

  private long endInRange(long row) {
    if (current.seek(row).view(shape.rangeKey()).isNull(current.at())) {
      return ofPeers(row, false);
    }
    while (rangeEnd < rowCount && isBefore(rangeEnd, shape.endLimit(), false)) {
      rangeEnd++;
    }
    return rangeEnd;
  }

  /** Whether the row's key is before the current row's limit, or at it if that is not strict. */
  private boolean isBefore(long row, int limit, boolean strict) {
    bound.seek(row);
    if (bound.view(shape.rangeKey()).isNull(bound.at())) {
      return shape.nullsFirst();
    }
    int order =
        ColumnValues.compare(
            bound.view(shape.rangeKey()), bound.at(), current.view(limit), current.at());
    int directed = shape.descending() ? -order : order;
    return strict ? directed < 0 : directed <= 0;
  }
}
