package org.kalamdb.internal.sql.plan;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;

/**
 * Which rows of its partition a row's window function sees.
 *
 * @param rangeKey for RANGE with an offset: what the limits of the bounds are compared with; else
 *     null
 */
public record WindowFrame(
    Units units, Bound start, Bound end, Exclusion exclusion, @Nullable Expression rangeKey) {

  /** From the partition's start through the last peer: what holds if nothing is written. */
  public static final WindowFrame DEFAULT =
      new WindowFrame(
          Units.RANGE,
          new Bound(BoundKind.UNBOUNDED_PRECEDING, null, null),
          new Bound(BoundKind.CURRENT_ROW, null, null),
          Exclusion.NO_OTHERS,
          null);

  /** What an offset counts. */
  public enum Units {
    ROWS,
    RANGE,
    GROUPS
  }

  /** The places a frame begins or ends at. */
  public enum BoundKind {
    UNBOUNDED_PRECEDING,
    OFFSET_PRECEDING,
    CURRENT_ROW,
    OFFSET_FOLLOWING,
    UNBOUNDED_FOLLOWING
  }

  /** What is taken out of the frame again. */
  public enum Exclusion {
    NO_OTHERS,
    CURRENT_ROW,
    GROUP,
    TIES
  }

  /**
   * One end of a frame.
   *
   * @param offset a constant, for the kinds with an offset; else null
   * @param limit for RANGE with an offset: the value of the order key at this end of a row's frame
   */
  public record Bound(BoundKind kind, @Nullable Expression offset, @Nullable Expression limit) {
    public boolean isUnbounded() {
      return kind == BoundKind.UNBOUNDED_PRECEDING || kind == BoundKind.UNBOUNDED_FOLLOWING;
    }
  }

  /** Whether each row's frame is its whole partition, given whether the window has an order. */
  public boolean isWholePartition(boolean ordered) {
    boolean peersAreAll = !ordered && units != Units.ROWS;
    boolean fromStart =
        start.kind() == BoundKind.UNBOUNDED_PRECEDING
            || peersAreAll && start.kind() == BoundKind.CURRENT_ROW;
    boolean toEnd =
        end.kind() == BoundKind.UNBOUNDED_FOLLOWING
            || peersAreAll && end.kind() == BoundKind.CURRENT_ROW;
    return fromStart && toEnd && exclusion == Exclusion.NO_OTHERS;
  }
}
