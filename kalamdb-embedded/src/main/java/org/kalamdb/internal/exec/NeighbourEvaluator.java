package org.kalamdb.internal.exec;

import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** lag and lead: the value, how many rows away (1 if not given), what else (NULL if not given). */
final class NeighbourEvaluator implements WindowEvaluator {
  private final WindowRows rows;
  private final boolean backwards;
  private final ColumnView[] arguments;
  private int partition;

  NeighbourEvaluator(WindowRows rows, boolean backwards, ColumnView[] arguments) {
    this.rows = rows;
    this.backwards = backwards;
    this.arguments = arguments;
  }

  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    for (int row = from; row < to; row++) {
      partition = rows.partitions().seek(row, partition);
      if (arguments.length > 1 && arguments[1].isNull(row)) {
        continue; // NULL, as everything is after begin
      }
      long distance = arguments.length > 1 ? arguments[1].getInt(row) : 1;
      long target = backwards ? row - distance : row + distance;
      if (target >= rows.partitions().start(partition)
          && target < rows.partitions().end(partition)) {
        out.copyValue(row - from, arguments[0], (int) target);
      } else if (arguments.length > 2) {
        out.copyValue(row - from, arguments[2], row);
      }
    }
  }
}
