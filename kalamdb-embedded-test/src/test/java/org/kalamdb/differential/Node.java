package org.kalamdb.differential;

import java.util.List;

/**
 * A part of a query. Parts are replaced by their children or by smaller ones of the same kind when
 * a failure is reduced; what becomes nonsense by that fails everywhere and is not taken.
 */
sealed interface Node permits Expr, Query, From {
  List<Node> children();

  Node withChildren(List<Node> children);

  void render(Dialect dialect, StringBuilder out);

  default String sql(Dialect dialect) {
    StringBuilder out = new StringBuilder();
    render(dialect, out);
    return out.toString();
  }
}
