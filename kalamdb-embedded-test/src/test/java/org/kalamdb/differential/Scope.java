package org.kalamdb.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Columns an expression may name.
 *
 * @param columns of the query's own FROM
 * @param keys columns that tell all rows of the FROM apart; null if none do
 * @param outer columns of the queries around it
 */
record Scope(List<Column> columns, @Nullable List<Expr> keys, List<Column> outer) {
  /**
   * @param alias empty for a column that a join with USING has made of two
   */
  record Column(String alias, String name, SqlType type) {
    Expr expr() {
      return Expr.leaf(type, alias.isEmpty() ? name : alias + "." + name);
    }
  }

  /** What a subquery may name from around it. */
  List<Column> all() {
    List<Column> all = new ArrayList<>(columns);
    all.addAll(outer);
    return all;
  }

  /** Without the queries around it: for aggregates, which would belong to them. */
  Scope own() {
    return new Scope(columns, keys, List.of());
  }

  @Nullable Expr column(SqlType type, Random random) {
    boolean far = !outer.isEmpty() && random.nextInt(3) == 0;
    List<Column> fitting =
        (far ? outer : columns).stream().filter(column -> column.type() == type).toList();
    return fitting.isEmpty() ? null : fitting.get(random.nextInt(fitting.size())).expr();
  }
}
