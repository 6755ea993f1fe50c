package org.kalamdb.internal.storage.cold;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.ColumnSchema;

/** What rows hold in a column that was added after they were written. Thread-safe. */
@FunctionalInterface
public interface ColumnDefaults {
  /** NULL everywhere. */
  ColumnDefaults NULLS = (table, column) -> null;

  /** A value of the column's Java class, or null. */
  @Nullable Object valueOf(TableDefinition table, ColumnSchema column);
}
