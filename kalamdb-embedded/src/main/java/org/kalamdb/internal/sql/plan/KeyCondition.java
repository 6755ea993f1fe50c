package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.kalamdb.internal.expr.Expression;

/**
 * What a query demands of one primary-key column, all of it ANDed. Values are expressions without
 * columns and of the column's type, computed when the scan opens because they may be parameters.
 *
 * @param column position in the table's schema
 * @param equal each a list of values one of which the column must equal
 * @param lower bounds from below
 * @param upper bounds from above
 */
public record KeyCondition(
    int column, List<List<Expression>> equal, List<Bound> lower, List<Bound> upper) {
  public KeyCondition {
    equal = equal.stream().map(List::copyOf).toList();
    lower = List.copyOf(lower);
    upper = List.copyOf(upper);
  }

  /** One end of a range. */
  public record Bound(Expression value, boolean inclusive) {}

  public boolean isEquality() {
    return !equal.isEmpty();
  }

  /** Whether the column has one value in all rows that pass. */
  public boolean isSingleValue() {
    return equal.stream().anyMatch(values -> values.size() == 1);
  }
}
