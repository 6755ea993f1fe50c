package org.kalamdb.schema;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One column of a table.
 *
 * @param id number within the table, never reused; what cold files match columns by
 * @param name folded name
 * @param type declared type
 * @param nullable false for NOT NULL and key columns
 * @param defaultSql SQL text of the DEFAULT expression, or null if there is none
 * @param checkSql SQL text of the column's CHECK expression, or null if there is none
 */
public record ColumnSchema(
    int id,
    String name,
    DataType type,
    boolean nullable,
    @Nullable String defaultSql,
    @Nullable String checkSql) {
  public ColumnSchema {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
  }
}
