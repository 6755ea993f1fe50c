package org.kalamdb.internal.exec;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.plan.RowLimit;

/**
 * LIMIT and OFFSET with their values.
 *
 * @param start rows to skip
 * @param end rows to skip and to take, together; Long.MAX_VALUE without a limit
 */
record RowWindow(long start, long end) {
  static RowWindow of(RowLimit limit, Constants constants) {
    Long offset = count(limit.offset(), constants);
    if (offset != null && offset < 0) {
      throw new KalamException(
          ErrorCode.INVALID_ROW_COUNT_IN_OFFSET, "OFFSET must not be negative");
    }
    Long rows = count(limit.limit(), constants);
    if (rows != null && rows < 0) {
      throw new KalamException(ErrorCode.INVALID_ROW_COUNT_IN_LIMIT, "LIMIT must not be negative");
    }
    long start = offset == null ? 0 : offset;
    long end = rows == null || start > Long.MAX_VALUE - rows ? Long.MAX_VALUE : start + rows;
    return new RowWindow(start, rows != null && rows == 0 ? 0 : end);
  }

  private static @Nullable Long count(@Nullable Expression expression, Constants constants) {
    return expression == null ? null : (Long) constants.evaluate(expression);
  }
}
