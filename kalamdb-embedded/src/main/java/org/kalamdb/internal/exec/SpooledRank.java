package org.kalamdb.internal.exec;

import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.vector.ColumnWriter;

/** What {@link RankEvaluator} is, for a {@linkplain SpooledRows spooled} partition. */
final class SpooledRank implements SpooledEvaluator {
  private final SpooledRows rows;
  private final SpooledPeers peers;
  private final WindowFunction.Kind kind;
  private final int[] arguments;

  SpooledRank(SpooledRows rows, SpooledPeers peers, WindowFunction.Kind kind, int[] arguments) {
    this.rows = rows;
    this.peers = peers;
    this.kind = kind;
    this.arguments = arguments;
  }

  @Override
  public void evaluate(ColumnWriter out, long from, int n) {
    if (kind == WindowFunction.Kind.NTILE) {
      tiles(out, from, n);
      return;
    }
    long size = rows.rowCount();
    for (int i = 0; i < n; i++) {
      long row = from + i;
      switch (kind) {
        case ROW_NUMBER -> out.setLong(i, row + 1);
        case RANK -> out.setLong(i, peers.seek(row).start() + 1);
        case DENSE_RANK -> out.setLong(i, peers.seek(row).number() + 1);
        case PERCENT_RANK ->
            out.setDouble(i, size == 1 ? 0 : peers.seek(row).start() / (size - 1.0));
        case CUME_DIST -> out.setDouble(i, peers.seek(row).end() / (double) size);
        default -> throw new IllegalStateException("not a rank: " + kind);
      }
      out.setValid(i);
    }
  }

  /** The number of buckets is that of the partition's first row. */
  private void tiles(ColumnWriter out, long from, int n) {
    try (SpooledRows.Cursor first = rows.cursor().seek(0)) {
      if (first.view(arguments[0]).isNull(0)) {
        return;
      }
      int buckets = first.view(arguments[0]).getInt(0);
      for (int i = 0; i < n; i++) {
        out.setInt(i, (int) RankEvaluator.bucket(from + i, rows.rowCount(), buckets));
        out.setValid(i);
      }
    }
  }
}
