package org.kalamdb.internal.exec;

import org.kalamdb.internal.vector.ColumnWriter;

/** What {@link NeighbourEvaluator} is, for a {@linkplain SpooledRows spooled} partition. */
final class SpooledNeighbour implements SpooledEvaluator {
  private final long rowCount;
  private final boolean backwards;
  private final int[] arguments;
  private final SpooledRows.Cursor current;
  private final SpooledRows.Cursor other;

  SpooledNeighbour(SpooledRows rows, boolean backwards, int[] arguments) {
    this.rowCount = rows.rowCount();
    this.backwards = backwards;
    this.arguments = arguments;
    this.current = rows.cursor();
    this.other = rows.cursor();
  }

  @Override
  public void evaluate(ColumnWriter out, long from, int n) {
    for (int i = 0; i < n; i++) {
      long row = from + i;
      current.seek(row);
      if (arguments.length > 1 && current.view(arguments[1]).isNull(current.at())) {
        continue; // NULL, as everything is after begin
      }
      long distance = arguments.length > 1 ? current.view(arguments[1]).getInt(current.at()) : 1;
      long target = backwards ? row - distance : row + distance;
      if (target >= 0 && target < rowCount) {
        other.seek(target);
        out.copyValue(i, other.view(arguments[0]), other.at());
      } else if (arguments.length > 2) {
        out.copyValue(i, current.view(arguments[2]), current.at());
      }
    }
  }
}
