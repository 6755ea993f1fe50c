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
 * @param generatedSql SQL text of GENERATED ALWAYS AS (e) STORED, or null for a column that is
 *     written
 * @param identity whether it was declared AS IDENTITY, and how
 * @param missingValue what rows written before the column was added have in it, in the Java class
 *     of its type; null for NULL, or if there are no such rows
 */
public record ColumnSchema(
    int id,
    String name,
    DataType type,
    boolean nullable,
    @Nullable String defaultSql,
    @Nullable String generatedSql,
    Identity identity,
    @Nullable Object missingValue) {
  public ColumnSchema {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(identity, "identity");
  }

  /** A column that is no identity and has been there from the beginning. */
  public ColumnSchema(
      int id,
      String name,
      DataType type,
      boolean nullable,
      @Nullable String defaultSql,
      @Nullable String generatedSql) {
    this(id, name, type, nullable, defaultSql, generatedSql, Identity.NONE, null);
  }

  /** How GENERATED ... AS IDENTITY was written. */
  public enum Identity {
    NONE,
    /** Statements may name a value. */
    BY_DEFAULT,
    /** Statements may not. */
    ALWAYS
  }

  /** Whether statements may set it to anything but DEFAULT. */
  public boolean isWritable() {
    return generatedSql == null && identity != Identity.ALWAYS;
  }
}
