package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A window: what stands after OVER, or after {@code WINDOW name AS}.
 *
 * @param base named window it refers to or extends, or null
 * @param reference true for {@code OVER w}; false for {@code OVER (w ...)} and {@code OVER (...)}
 * @param partitionBy PARTITION BY, may be empty
 * @param orderBy ORDER BY, may be empty
 * @param frame written frame, or null for the default one
 */
public record WindowSpecification(
    @Nullable Identifier base,
    boolean reference,
    List<ParsedExpression> partitionBy,
    List<Query.OrderItem> orderBy,
    @Nullable Frame frame,
    Position position) {
  public WindowSpecification {
    partitionBy = List.copyOf(partitionBy);
    orderBy = List.copyOf(orderBy);
  }

  /** {@code {ROWS|RANGE|GROUPS} BETWEEN start AND end [EXCLUDE ...]}. */
  public record Frame(
      FrameUnits units, FrameBound start, FrameBound end, FrameExclusion exclusion) {}

  public enum FrameUnits {
    ROWS,
    RANGE,
    GROUPS
  }

  /**
   * One end of a frame.
   *
   * @param offset for the kinds with an offset, else null
   */
  public record FrameBound(FrameBoundKind kind, @Nullable ParsedExpression offset) {}

  public enum FrameBoundKind {
    UNBOUNDED_PRECEDING,
    OFFSET_PRECEDING,
    CURRENT_ROW,
    OFFSET_FOLLOWING,
    UNBOUNDED_FOLLOWING
  }

  public enum FrameExclusion {
    NO_OTHERS,
    CURRENT_ROW,
    GROUP,
    TIES
  }
}
