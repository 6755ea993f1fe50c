package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column in CREATE TABLE or ALTER TABLE ADD.
 *
 * @param notNull NOT NULL was written (PRIMARY KEY implies it, but does not set it)
 * @param defaultValue DEFAULT, or null
 * @param primaryKey PRIMARY KEY, as a key of this one column, or null
 * @param unique UNIQUE, as a constraint of this one column, or null
 * @param checks CHECK clauses in written order
 * @param autoIncrement how AUTO_INCREMENT fills it, or null
 * @param identity GENERATED ... AS IDENTITY, or null
 * @param generated GENERATED ALWAYS AS (e) STORED, or null
 * @param references REFERENCES, as a foreign key of this one column, or null
 * @param compression COMPRESSION, a codec's name, or null: that of the table
 */
public record ColumnDefinition(
    Identifier name,
    TypeName type,
    boolean notNull,
    @Nullable ExpressionText defaultValue,
    TableConstraint.@Nullable PrimaryKey primaryKey,
    TableConstraint.@Nullable Unique unique,
    List<TableConstraint.Check> checks,
    @Nullable AutoIncrement autoIncrement,
    @Nullable Identity identity,
    @Nullable ExpressionText generated,
    TableConstraint.@Nullable ForeignKey references,
    @Nullable Identifier compression) {
  public ColumnDefinition {
    checks = List.copyOf(checks);
  }

  public enum AutoIncrement {
    SNOWFLAKE,
    UUID
  }

  public enum Identity {
    ALWAYS,
    BY_DEFAULT
  }
}
