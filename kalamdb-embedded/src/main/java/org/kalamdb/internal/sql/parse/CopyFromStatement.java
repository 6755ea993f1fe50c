package org.kalamdb.internal.sql.parse;

import java.util.List;

/** {@code COPY t [(columns)] FROM 'file' [WITH (...)]}. */
public record CopyFromStatement(
    ObjectName table,
    List<Identifier> columns,
    String file,
    List<Option> options,
    Position position)
    implements Statement {
  public CopyFromStatement {
    columns = List.copyOf(columns);
    options = List.copyOf(options);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitCopyFromStatement(this);
  }
}
