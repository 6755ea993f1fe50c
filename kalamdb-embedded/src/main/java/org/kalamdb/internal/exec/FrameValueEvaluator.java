package org.kalamdb.internal.exec;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** first_value, last_value and nth_value: the argument at one row of the frame. */
final class FrameValueEvaluator implements WindowEvaluator {
  private static final int NO_ROW = -1;

  private final FrameCursor frame;
  private final WindowFunction.Kind kind;
  private final ColumnView[] arguments;

  FrameValueEvaluator(FrameCursor frame, WindowFunction.Kind kind, ColumnView[] arguments) {
    this.frame = frame;
    this.kind = kind;
    this.arguments = arguments;
  }

  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    for (int row = from; row < to; row++) {
      frame.seek(row);
      int chosen =
          switch (kind) {
            case FIRST_VALUE -> frame.pieces() == 0 ? NO_ROW : frame.pieceStart(0);
            case LAST_VALUE ->
                frame.pieces() == 0 ? NO_ROW : frame.pieceEnd(frame.pieces() - 1) - 1;
            default -> nth(row);
          };
      if (chosen != NO_ROW) {
        out.copyValue(row - from, arguments[0], chosen);
      }
    }
  }

  /** Throws 22016 for what is no number of a row. */
  static void checkNumber(int number) {
    if (number <= 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_NTH_VALUE,
          "argument of nth_value must be greater than zero");
    }
  }

  private int nth(int row) {
    if (arguments[1].isNull(row)) {
      return NO_ROW;
    }
    int left = arguments[1].getInt(row);
    checkNumber(left);
    for (int piece = 0; piece < frame.pieces(); piece++) {
      int size = frame.pieceEnd(piece) - frame.pieceStart(piece);
      if (left <= size) {
        return frame.pieceStart(piece) + left - 1;
      }
      left -= size;
    }
    return NO_ROW;
  }
}
