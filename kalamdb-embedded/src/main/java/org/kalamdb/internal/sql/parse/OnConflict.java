package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ON CONFLICT of an INSERT.
 *
 * @param target columns of the unique key, empty if none were written (then any key)
 * @param assignments of DO UPDATE SET; empty for DO NOTHING. The proposed row is {@code excluded}
 * @param where condition of DO UPDATE, or null
 */
public record OnConflict(
    List<Identifier> target,
    List<Assignment> assignments,
    @Nullable ParsedExpression where,
    Position position) {
  public OnConflict {
    target = List.copyOf(target);
    assignments = List.copyOf(assignments);
  }

  public boolean isDoNothing() {
    return assignments.isEmpty();
  }
}
