package org.kalamdb.internal.write;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a table asks of its rows, ready to compute within one statement.
 *
 * @param defaults for each column its DEFAULT, or null for NULL
 * @param checks all CHECK constraints
 */
public record TableRules(List<@Nullable RowExpression> defaults, List<Check> checks) {
  /** A CHECK constraint: violated only where the condition is FALSE. */
  public record Check(String name, RowExpression condition) {}
}
