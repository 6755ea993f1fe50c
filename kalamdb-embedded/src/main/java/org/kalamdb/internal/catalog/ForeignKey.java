package org.kalamdb.internal.catalog;

import java.util.List;

/**
 * A foreign key: the columns of a row, unless one of them is NULL, are those of a row of the
 * referenced table.
 *
 * @param name unique among the table's constraints
 * @param columns ids of the referring columns
 * @param table number of the referenced table
 * @param referenced ids of the columns referred to, in the order of {@code columns}: a primary key
 *     or those of a unique index
 * @param index number of the index that begins with the referring columns
 * @param ready false while rows from before it are still being looked at
 */
public record ForeignKey(
    String name,
    List<Integer> columns,
    int table,
    List<Integer> referenced,
    Action onDelete,
    Action onUpdate,
    int index,
    boolean ready) {
  public ForeignKey {
    columns = List.copyOf(columns);
    referenced = List.copyOf(referenced);
  }

  /** What happens to referring rows when the row they refer to goes or changes its key. */
  public enum Action {
    NO_ACTION,
    RESTRICT,
    CASCADE,
    SET_NULL,
    SET_DEFAULT
  }

  public ForeignKey asReady() {
    return new ForeignKey(name, columns, table, referenced, onDelete, onUpdate, index, true);
  }
}
