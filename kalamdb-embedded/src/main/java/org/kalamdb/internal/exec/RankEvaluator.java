package org.kalamdb.internal.exec;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.WindowFunction;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;

/** The functions that depend only on where a row stands among the others of its partition. */
final class RankEvaluator implements WindowEvaluator {
  private final WindowRows rows;
  private final WindowFunction.Kind kind;
  private final ColumnView[] arguments;
  private int partition;
  private int peerGroup;

  RankEvaluator(WindowRows rows, WindowFunction.Kind kind, ColumnView[] arguments) {
    this.rows = rows;
    this.kind = kind;
    this.arguments = arguments;
  }

  @Override
  public void evaluate(ColumnWriter out, int from, int to) {
    for (int row = from; row < to; row++) {
      partition = rows.partitions().seek(row, partition);
      peerGroup = rows.peers().seek(row, peerGroup);
      int start = rows.partitions().start(partition);
      int size = rows.partitions().end(partition) - start;
      int at = row - from;
      switch (kind) {
        case ROW_NUMBER -> out.setLong(at, row - start + 1L);
        case RANK -> out.setLong(at, rows.peers().start(peerGroup) - start + 1L);
        case DENSE_RANK -> out.setLong(at, peerGroup - rows.firstPeers(partition) + 1L);
        case PERCENT_RANK ->
            out.setDouble(
                at, size == 1 ? 0 : (rows.peers().start(peerGroup) - start) / (size - 1.0));
        case CUME_DIST -> out.setDouble(at, (rows.peers().end(peerGroup) - start) / (double) size);
        case NTILE -> {
          // The number of buckets is that of the partition's first row, as in PostgreSQL.
          if (arguments[0].isNull(start)) {
            continue;
          }
          out.setInt(at, (int) bucket(row - start, size, arguments[0].getInt(start)));
        }
        default -> throw new IllegalStateException("not a rank: " + kind);
      }
      out.setValid(at);
    }
  }

  /** The first buckets have one row more if the rows do not go into all equally. */
  static long bucket(long index, long size, int buckets) {
    if (buckets <= 0) {
      throw new KalamException(
          ErrorCode.INVALID_ARGUMENT_FOR_NTILE, "argument of ntile must be greater than zero");
    }
    long least = size / buckets;
    long larger = size % buckets;
    long inLarger = larger * (least + 1);
    return index < inLarger ? index / (least + 1) + 1 : larger + (index - inLarger) / least + 1;
  }
}
