package org.kalamdb.internal.sql.plan;

import org.kalamdb.internal.expr.Expression;

/**
 * One key of an ORDER BY. NULLs stand where {@code nullsFirst} says whatever the direction is;
 * SQL's default is last in ascending and first in descending order.
 */
public record SortKey(Expression expression, boolean descending, boolean nullsFirst) {
  public SortKey withExpression(Expression other) {
    return new SortKey(other, descending, nullsFirst);
  }
}
