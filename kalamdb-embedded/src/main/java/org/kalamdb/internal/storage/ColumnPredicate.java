package org.kalamdb.internal.storage;

import java.util.List;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;

/**
 * {@code column op value}, or {@code column IN (values)} when the operator is EQUAL and there are
 * several values. Storage uses it to skip what cannot match and may still return rows that do not
 * match: the filter above stays.
 *
 * @param column position in the table's newest schema
 * @param values not empty, never null, of the column's Java class
 */
public record ColumnPredicate(int column, ComparisonOperator operator, List<Object> values) {
  public ColumnPredicate {
    values = List.copyOf(values);
  }
}
