package org.kalamdb.differential;

import java.util.List;

/** What of a query a rival does not have. */
final class Features {
  private static final List<String> NOT_IN_H2 =
      List.of(
          " FULL JOIN ", "LATERAL", "ROLLUP", "CUBE", "GROUPING SETS", " ALL (", "IGNORE NULLS");

  private Features() {}

  /**
   * H2 has no full joins, no LATERAL, no grouping sets, and of the set operations with ALL only
   * UNION.
   */
  static boolean runsOnH2(Query query) {
    String sql = query.sql(Dialect.H2).replace("UNION ALL (", "UNION_ALL (");
    return NOT_IN_H2.stream().noneMatch(sql::contains);
  }
}
