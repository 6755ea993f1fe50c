package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code INDEX [name] (a, ...) [USING ...]} in CREATE TABLE, and the same part of CREATE INDEX.
 *
 * @param name null: the engine makes one up
 * @param options fpp and num_items of a bloom index, else empty
 */
public record IndexClause(
    @Nullable Identifier name,
    List<IndexColumn> columns,
    IndexKind kind,
    List<Option> options,
    Position position) {
  public IndexClause {
    columns = List.copyOf(columns);
    options = List.copyOf(options);
  }

  /** One column of an index. */
  public record IndexColumn(Identifier name, boolean descending) {}

  public enum IndexKind {
    SORTED,
    BLOOM
  }
}
