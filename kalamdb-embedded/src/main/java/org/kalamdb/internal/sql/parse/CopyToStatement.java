package org.kalamdb.internal.sql.parse;

import java.util.List;

/**
 * {@code COPY {(query) | t [(columns)]} TO 'file' [WITH (...)]}.
 *
 * @param query of a table without columns, all that {@code *} shows
 * @param wholeTable whether it is a table without columns
 */
public record CopyToStatement(
    Query query, boolean wholeTable, String file, List<Option> options, Position position)
    implements Statement {
  public CopyToStatement {
    options = List.copyOf(options);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitCopyToStatement(this);
  }
}
