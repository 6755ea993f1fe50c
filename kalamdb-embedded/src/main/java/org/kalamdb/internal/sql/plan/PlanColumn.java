package org.kalamdb.internal.sql.plan;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * One output column of a plan.
 *
 * @param name what the result shows
 * @param type of every value
 * @param table the table the column comes from unchanged; null if it is computed
 * @param column its name there; null if it is computed
 * @param nullable whether NULL can occur
 */
public record PlanColumn(
    String name,
    DataType type,
    @Nullable TableId table,
    @Nullable String column,
    boolean nullable) {
  public PlanColumn {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }

  /** A computed column. */
  public static PlanColumn computed(String name, DataType type) {
    return new PlanColumn(name, type, null, null, true);
  }

  public PlanColumn named(String newName) {
    return newName.equals(name) ? this : new PlanColumn(newName, type, table, column, nullable);
  }

  /** The same column on the side of an outer join that may be missing. */
  public PlanColumn asNullable() {
    return nullable ? this : new PlanColumn(name, type, table, column, true);
  }

  public ResultColumn toResultColumn() {
    return new ResultColumn(name, type, table, column, nullable);
  }
}
