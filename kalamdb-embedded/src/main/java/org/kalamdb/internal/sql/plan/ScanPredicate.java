package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;

/**
 * A condition a scan may skip data by: {@code column op value}, or IN when EQUAL has several
 * values. The values have no columns and the type of the column; the filter above the scan stays.
 */
public record ScanPredicate(int column, ComparisonOperator operator, List<Expression> values) {
  public ScanPredicate {
    values = List.copyOf(values);
  }
}
