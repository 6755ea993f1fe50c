package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** MERGE; the first branch whose condition holds acts on a row. */
public record MergeStatement(
    List<Query.CommonTable> with,
    boolean recursive,
    ObjectName table,
    @Nullable Identifier alias,
    FromItem source,
    ParsedExpression on,
    List<MergeBranch> branches,
    Position position)
    implements Statement {
  public MergeStatement {
    with = List.copyOf(with);
    branches = List.copyOf(branches);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitMergeStatement(this);
  }
}
