package org.kalamdb.internal.sql.bind;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.PlanColumn;

/** The names that WITH clauses around a query define, the nearest first. Immutable. */
final class CommonTables {
  static final CommonTables NONE = new CommonTables(null, null);

  private final @Nullable CommonTable table;
  private final @Nullable CommonTables outer;

  private CommonTables(@Nullable CommonTable table, @Nullable CommonTables outer) {
    this.table = table;
    this.outer = outer;
  }

  /** What a name stands for. */
  sealed interface CommonTable {
    String name();

    /** Rows that a plan around keeps under the number; {@code working} within a recursive term. */
    record Rows(int id, String name, List<PlanColumn> columns, boolean working)
        implements CommonTable {
      CommonScan scan() {
        return CommonScan.of(id, name, columns);
      }
    }

    /** A query that cannot be named here; the message says why. */
    record Forbidden(String name, ErrorCode code, String message) implements CommonTable {}
  }

  CommonTables with(CommonTable inner) {
    return new CommonTables(inner, this);
  }

  /**
   * What the name stands for, or null.
   *
   * @throws org.kalamdb.error.KalamException 42P19 for a query that must not name itself here,
   *     0A000 for a write without RETURNING
   */
  CommonTable.@Nullable Rows find(String name, Position position) {
    for (CommonTables at = this; at.table != null && at.outer != null; at = at.outer) {
      if (at.table.name().equals(name)) {
        if (at.table instanceof CommonTable.Forbidden forbidden) {
          throw position.error(forbidden.code(), forbidden.message());
        }
        return (CommonTable.Rows) at.table;
      }
    }
    return null;
  }
}
