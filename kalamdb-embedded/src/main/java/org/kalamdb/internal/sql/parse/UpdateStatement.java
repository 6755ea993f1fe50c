package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * UPDATE.
 *
 * @param from further sources, may be empty
 * @param returning empty without RETURNING
 */
public record UpdateStatement(
    List<Query.CommonTable> with,
    boolean recursive,
    ObjectName table,
    @Nullable Identifier alias,
    List<Assignment> assignments,
    List<FromItem> from,
    @Nullable ParsedExpression where,
    List<QueryBody.SelectItem> returning,
    Position position)
    implements Statement {
  public UpdateStatement {
    with = List.copyOf(with);
    assignments = List.copyOf(assignments);
    from = List.copyOf(from);
    returning = List.copyOf(returning);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitUpdateStatement(this);
  }
}
