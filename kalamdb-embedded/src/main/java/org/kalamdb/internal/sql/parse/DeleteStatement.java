package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * DELETE.
 *
 * @param using further sources, may be empty
 * @param returning empty without RETURNING
 */
public record DeleteStatement(
    List<Query.CommonTable> with,
    boolean recursive,
    ObjectName table,
    @Nullable Identifier alias,
    List<FromItem> using,
    @Nullable ParsedExpression where,
    List<QueryBody.SelectItem> returning,
    Position position)
    implements Statement {
  public DeleteStatement {
    with = List.copyOf(with);
    using = List.copyOf(using);
    returning = List.copyOf(returning);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitDeleteStatement(this);
  }
}
