package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query expression: a body with what may stand around it. A subquery has the same shape as a
 * whole SELECT statement.
 *
 * @param with common table expressions in written order, may be empty
 * @param recursive WITH RECURSIVE
 * @param body what produces rows
 * @param orderBy may be empty
 * @param limit LIMIT or FETCH, or null; {@code LIMIT ALL} and {@code LIMIT NULL} are null
 * @param offset OFFSET, or null
 * @param withTies FETCH ... WITH TIES
 */
public record Query(
    List<CommonTable> with,
    boolean recursive,
    QueryBody body,
    List<OrderItem> orderBy,
    @Nullable ParsedExpression limit,
    @Nullable ParsedExpression offset,
    boolean withTies,
    Position position) {
  public Query {
    with = List.copyOf(with);
    orderBy = List.copyOf(orderBy);
  }

  /** A body with nothing around it. */
  public static Query of(QueryBody body) {
    return new Query(List.of(), false, body, List.of(), null, null, false, body.position());
  }

  /** True where nothing stands around the body. */
  public boolean isBare() {
    return with.isEmpty() && orderBy.isEmpty() && limit == null && offset == null;
  }

  /**
   * {@code name [(columns)] AS [[NOT] MATERIALIZED] (query)}.
   *
   * @param columns new column names, empty if none were written
   * @param materialized what was written, or null
   */
  public record CommonTable(
      Identifier name, List<Identifier> columns, @Nullable Boolean materialized, Query query) {
    public CommonTable {
      columns = List.copyOf(columns);
    }
  }

  /**
   * One item of an ORDER BY. A whole number literal is an ordinal.
   *
   * @param nullsFirst what was written, or null for the default (NULLS LAST ascending, FIRST
   *     descending)
   */
  public record OrderItem(
      ParsedExpression value, boolean descending, @Nullable Boolean nullsFirst) {}
}
