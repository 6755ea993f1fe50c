package org.kalamdb.internal.catalog;

import java.util.List;

/**
 * A condition that no row may make false.
 *
 * @param name unique among the table's constraints
 * @param sql the condition's text, in the table's present column names
 * @param columns ids of the columns it names
 * @param ready false while rows from before it are still being looked at: new rows are held to it,
 *     nothing else may rely on it
 */
public record CheckConstraint(String name, String sql, List<Integer> columns, boolean ready) {
  public CheckConstraint {
    columns = List.copyOf(columns);
  }

  /** The same under the text that the columns' present names give. */
  public CheckConstraint withSql(String other) {
    return new CheckConstraint(name, other, columns, ready);
  }

  public CheckConstraint asReady() {
    return new CheckConstraint(name, sql, columns, true);
  }
}
