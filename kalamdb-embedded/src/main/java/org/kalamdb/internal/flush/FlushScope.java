package org.kalamdb.internal.flush;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.FlushPolicy;
import org.kalamdb.schema.UserId;

/**
 * Which hot rows of a table a flush moves.
 *
 * @param user whose partition; null: all
 * @param minRows partitions of users with fewer rows to move are left
 * @param keepRows so many rows that were changed last are left
 * @param maxSeq rows of later commits are left
 * @param relief if positive: the largest partitions, until about so many rows are moved
 */
record FlushScope(@Nullable UserId user, long minRows, long keepRows, long maxSeq, long relief) {
  /** Everything, or everything of a user. */
  static FlushScope all(@Nullable UserId user) {
    return new FlushScope(user, 1, 0, Long.MAX_VALUE, 0);
  }

  /** What the policy says, of rows of commits up to one. */
  static FlushScope of(FlushPolicy policy, double rowBytes, long maxSeq) {
    return new FlushScope(null, policy.minRows(), keptRows(policy, rowBytes), maxSeq, 0);
  }

  /** How many rows the policy keeps, if one takes so many bytes; 0: not known. */
  static long keptRows(FlushPolicy policy, double rowBytes) {
    if (policy.keepBytes() == 0) {
      return policy.keepRows();
    }
    return rowBytes == 0 ? 0 : (long) (policy.keepBytes() / rowBytes);
  }

  static FlushScope relief(long rows) {
    return new FlushScope(null, 1, 0, Long.MAX_VALUE, rows);
  }

  boolean isWhole() {
    return user == null && minRows <= 1 && keepRows == 0 && maxSeq == Long.MAX_VALUE && relief == 0;
  }
}
