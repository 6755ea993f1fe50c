package org.kalamdb.internal.sql.parse;

/** {@code EXPLAIN [ANALYZE] [(FORMAT {TEXT|JSON})] statement}. */
public record ExplainStatement(
    boolean analyze, boolean json, Statement statement, Position position) implements Statement {
  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitExplainStatement(this);
  }
}
