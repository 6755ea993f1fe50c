package org.kalamdb.internal.write;

import org.jspecify.annotations.Nullable;

/**
 * An expression over one row (all columns in declared order, then {@code _seq}, {@code _deleted}).
 */
@FunctionalInterface
public interface RowExpression {
  @Nullable Object evaluate(@Nullable Object[] row);
}
