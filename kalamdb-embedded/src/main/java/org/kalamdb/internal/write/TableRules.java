package org.kalamdb.internal.write;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a table asks of its rows, ready to compute within one statement.
 *
 * @param defaults for each column its DEFAULT, or null for NULL
 * @param generated columns computed from the others
 * @param checks all CHECK constraints
 */
public record TableRules(
    List<@Nullable RowExpression> defaults, List<Generated> generated, List<Check> checks) {
  /** A generated column, by its position, and what it is computed by. */
  public record Generated(int column, RowExpression expression) {}

  /** A CHECK constraint: violated only where the condition is FALSE. */
  public record Check(String name, RowExpression condition) {}
}
