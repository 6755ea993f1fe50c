package org.kalamdb.internal.exec;

/** The group of peers that a row of a {@linkplain SpooledRows spooled} partition belongs to. */
final class SpooledPeers {
  private final SpooledRows rows;
  private final int[] orderBy;
  private final SpooledRows.Cursor one;
  private final SpooledRows.Cursor other;
  private long start;
  private long end;
  private long number = -1;

  /**
   * Begins before the first row.
   *
   * @param orderBy columns that are equal among peers
   */
  SpooledPeers(SpooledRows rows, int[] orderBy) {
    this.rows = rows;
    this.orderBy = orderBy;
    this.one = rows.cursor();
    this.other = rows.cursor();
  }

  /** Goes to the group of a row, which is not before the last one. */
  SpooledPeers seek(long row) {
    while (row >= end) {
      start = end;
      end = endOf(start);
      number++;
    }
    return this;
  }

  private long endOf(long first) {
    if (orderBy.length == 0) {
      return rows.rowCount();
    }
    long next = first + 1;
    while (next < rows.rowCount() && isSame(one.seek(next - 1), other.seek(next))) {
      next++;
    }
    return next;
  }

  private boolean isSame(SpooledRows.Cursor left, SpooledRows.Cursor right) {
    for (int column : orderBy) {
      if (!WindowRows.isSame(left.view(column), left.at(), right.view(column), right.at())) {
        return false;
      }
    }
    return true;
  }

  long start() {
    return start;
  }

  /** The row behind the group. */
  long end() {
    return end;
  }

  /** How many groups are before it. */
  long number() {
    return number;
  }
}
