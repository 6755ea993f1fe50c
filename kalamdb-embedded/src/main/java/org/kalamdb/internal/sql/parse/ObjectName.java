package org.kalamdb.internal.sql.parse;

import org.jspecify.annotations.Nullable;

/**
 * The name of a table, view or index, with or without its namespace.
 *
 * @param namespace folded name, or null: look in the session's current namespace
 * @param name folded name
 * @param position where it begins
 */
public record ObjectName(@Nullable String namespace, String name, Position position) {
  @Override
  public String toString() {
    return namespace == null ? name : namespace + "." + name;
  }
}
