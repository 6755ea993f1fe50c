package org.kalamdb.internal.exec;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.exec.FrameCursor.FrameShape;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.sql.plan.WindowFrame;
import org.kalamdb.internal.sql.plan.WindowFrame.Units;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** Computes the offsets of frames when a query starts. */
final class WindowFrames {
  private final Constants constants;

  WindowFrames(ExecutionContext context) {
    this.constants = new Constants(context);
  }

  /**
   * The frame with the positions of its columns, -1 for what it has not.
   *
   * @throws KalamException 22013 for an offset that is NULL or negative
   */
  FrameShape shape(
      WindowFrame frame, List<SortKey> orderBy, int rangeKey, int startLimit, int endLimit) {
    boolean ordered = orderBy.size() == 1;
    return new FrameShape(
        frame.units(),
        frame.start().kind(),
        offset(frame.start(), frame.units(), "starting"),
        frame.end().kind(),
        offset(frame.end(), frame.units(), "ending"),
        frame.exclusion(),
        rangeKey,
        startLimit,
        endLimit,
        ordered && orderBy.get(0).descending(),
        ordered && orderBy.get(0).nullsFirst());
  }

  private long offset(WindowFrame.Bound bound, Units units, String which) {
    if (bound.offset() == null) {
      return 0;
    }
    Object value = constants.evaluate(bound.offset());
    if (value == null) {
      throw refused("frame " + which + " offset must not be null");
    }
    if (isNegative(value)) {
      throw refused(
          units == Units.RANGE
              ? "invalid preceding or following size in window function"
              : "frame " + which + " offset must not be negative");
    }
    return units == Units.RANGE ? 0 : (Long) value;
  }

  private static boolean isNegative(@Nullable Object value) {
    if (value instanceof Interval interval) {
      return Values.compare(interval, new Interval(0, 0, 0), DataType.INTERVAL) < 0;
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.signum() < 0;
    }
    // NaN is no size either.
    return value instanceof Number number && !(number.doubleValue() >= 0);
  }

  private static KalamException refused(String message) {
    return new KalamException(ErrorCode.INVALID_PRECEDING_OR_FOLLOWING_SIZE, message);
  }
}
