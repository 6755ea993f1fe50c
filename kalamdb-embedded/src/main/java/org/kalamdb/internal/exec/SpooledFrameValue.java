package org.kalamdb.internal.exec;

import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.vector.ColumnWriter;

/** What {@link FrameValueEvaluator} is, for a {@linkplain SpooledRows spooled} partition. */
final class SpooledFrameValue implements SpooledEvaluator {
  private final SpooledFrame frame;
  private final WindowFunction.Kind kind;
  private final int[] arguments;
  private final SpooledRows.Cursor current;
  private final SpooledRows.Cursor chosen;

  SpooledFrameValue(
      SpooledRows rows, SpooledFrame frame, WindowFunction.Kind kind, int[] arguments) {
    this.frame = frame;
    this.kind = kind;
    this.arguments = arguments;
    this.current = rows.cursor();
    this.chosen = rows.cursor();
  }

  @Override
  public void evaluate(ColumnWriter out, long from, int n) {
    for (int i = 0; i < n; i++) {
      frame.seek(from + i);
      long row =
          switch (kind) {
            case FIRST_VALUE -> frame.start();
            case LAST_VALUE -> frame.end() - 1;
            default -> nth(from + i);
          };
      if (row >= frame.start() && row < frame.end()) {
        chosen.seek(row);
        out.copyValue(i, chosen.view(arguments[0]), chosen.at());
      }
    }
  }

  /** -1 for none. */
  private long nth(long row) {
    current.seek(row);
    if (current.view(arguments[1]).isNull(current.at())) {
      return -1;
    }
    int number = current.view(arguments[1]).getInt(current.at());
    FrameValueEvaluator.checkNumber(number);
    return frame.start() + number - 1;
  }
}
