package org.kalamdb.internal.sql.parse;

/**
 * An expression that is stored as text: DEFAULT, CHECK, a generated column.
 *
 * @param sql as written, without surrounding blanks
 * @param expression the same, parsed; positions count in the whole statement
 */
public record ExpressionText(String sql, ParsedExpression expression) {
  public Position position() {
    return expression.position();
  }

  @Override
  public String toString() {
    return sql;
  }
}
