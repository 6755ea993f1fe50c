package org.kalamdb.internal.sql.parse;

import java.util.List;

/**
 * {@code SUBSCRIBE TO {t [WHERE e] | SELECT ...} [OPTIONS (...)]}; the table form is a query of all
 * columns.
 *
 * @param sql the query's own text, for listings
 * @param options each of last_rows, batch_size, from at most once, values checked
 */
public record SubscribeStatement(Query query, String sql, List<Option> options, Position position)
    implements Statement {
  public SubscribeStatement {
    options = List.copyOf(options);
  }

  @Override
  public <R> R accept(StatementVisitor<R> visitor) {
    return visitor.visitSubscribeStatement(this);
  }
}
