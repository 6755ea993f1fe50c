package org.kalamdb.internal.sql.parse;

import java.util.List;

/** {@code COPY (query) TO 'file' [WITH (...)]}; a table is a query of all its columns. */
public record CopyToStatement(Query query, String file, List<Option> options, Position position)
    implements Statement {
  public CopyToStatement {
    options = List.copyOf(options);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitCopyToStatement(this);
  }
}
