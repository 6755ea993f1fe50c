package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * MERGE; the first branch whose condition holds acts on a row.
 *
 * @param returning empty without RETURNING
 */
public record MergeStatement(
    List<Query.CommonTable> with,
    boolean recursive,
    ObjectName table,
    @Nullable Identifier alias,
    FromItem source,
    ParsedExpression on,
    List<MergeBranch> branches,
    List<QueryBody.SelectItem> returning,
    Position position)
    implements Statement {
  public MergeStatement {
    with = List.copyOf(with);
    branches = List.copyOf(branches);
    returning = List.copyOf(returning);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitMergeStatement(this);
  }
}
