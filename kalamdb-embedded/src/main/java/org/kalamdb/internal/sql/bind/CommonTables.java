package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.Query.CommonTable;

/**
 * The names that WITH clauses around a query define, the nearest first. Immutable. A common table
 * is bound anew wherever it is named.
 */
final class CommonTables {
  static final CommonTables NONE = new CommonTables(null, null);

  private final @Nullable CommonTable table;
  private final @Nullable CommonTables outer;

  private CommonTables(@Nullable CommonTable table, @Nullable CommonTables outer) {
    this.table = table;
    this.outer = outer;
  }

  CommonTables with(CommonTable inner) {
    return new CommonTables(inner, this);
  }

  /** A common table and the names its own query can use. */
  record Found(CommonTable table, CommonTables visible) {}

  @Nullable Found find(String name) {
    for (CommonTables at = this; at.table != null && at.outer != null; at = at.outer) {
      if (at.table.name().name().equals(name)) {
        return new Found(at.table, at.outer);
      }
    }
    return null;
  }
}
