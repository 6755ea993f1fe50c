package org.kalamdb.internal.sql.parse;

import java.util.List;

/**
 * {@code column = value} or {@code (a, b) = value}.
 *
 * @param columns one, or several that a {@link ParsedExpression.RowValue} of as many items or a
 *     {@link ParsedExpression.ScalarSubquery} fills
 */
public record Assignment(List<Identifier> columns, ParsedExpression value) {
  public Assignment {
    columns = List.copyOf(columns);
  }
}
