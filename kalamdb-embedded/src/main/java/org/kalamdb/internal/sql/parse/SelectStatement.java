package org.kalamdb.internal.sql.parse;

/** SELECT, VALUES, TABLE or a set operation as a whole statement. */
public record SelectStatement(Query query, Position position) implements Statement {
  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitSelectStatement(this);
  }
}
