package org.kalamdb.internal.live;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.query.ResultColumn;

/**
 * Filter and projection of one live query, with its parameters filled in, over single rows.
 *
 * <p>A row holds all columns of {@link #table()}'s newest schema in declared order, then {@code
 * _seq} (Long) and {@code _deleted} (Boolean); where a column is not {@link #uses used}, anything.
 * Nobody writes to a row. Called by one thread at a time, though not always the same; may throw
 * {@code KalamException} as the query itself would for such a row, which ends the subscription.
 * Most subscriptions are idle nearly always: what evaluating needs should be made when a first
 * change comes.
 */
public interface CompiledSubscription extends AutoCloseable {
  TableDefinition table();

  List<ResultColumn> columns();

  /** Names of {@link #columns()}. */
  default Set<String> columnNames() {
    return ChangedColumns.all(columns());
  }

  /** True if the filter is true for the row: neither false nor unknown. */
  boolean matches(@Nullable Object[] row);

  /** The values of {@link #columns()}; a fresh array, or one that never changes. */
  @Nullable Object[] project(@Nullable Object[] row);

  /** Whether the filter or the projection looks at this column of {@link #table()}'s schema. */
  default boolean uses(int column) {
    return true;
  }

  /** Whether it looks at the column with this id. */
  default boolean usesColumn(int columnId) {
    int position = table().schema().positionOf(columnId);
    return position >= 0 && uses(position);
  }

  /**
   * A condition every matching row fulfils, or null if there is none to be known; changes of rows
   * that do not fulfil it are not even shown to {@link #matches}.
   */
  default @Nullable EqualityCondition requiredEquality() {
    return null;
  }

  /** Called once, when nobody listens any more; nothing is evaluated afterwards. */
  @Override
  default void close() {}
}
