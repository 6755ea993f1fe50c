package org.kalamdb.differential;

import java.util.List;

/** What of a query a rival does not have, or means differently. */
final class Features {
  /** In a template: H2 does not know this, or its documentation says otherwise than PostgreSQL. */
  static final String NOT_H2 = "/*not h2*/";

  private static final List<String> NOT_IN_H2 =
      List.of(
          " FULL JOIN ",
          "LATERAL",
          "ROLLUP",
          "CUBE",
          "GROUPING SETS",
          " ALL (",
          "IGNORE NULLS",
          NOT_H2);

  /**
   * In WHERE, DuckDB 2.0 takes {@code CASE WHEN false THEN 'ab' END LIKE 'a%'} for true, the NULL
   * of the missing ELSE left out.
   */
  private static final List<String> WRONG_IN_DUCKDB = List.of(" END LIKE ", " END NOT LIKE ");

  private Features() {}

  static boolean runsOn(Dialect rival, Query query) {
    return switch (rival) {
      case H2 -> runsOnH2(query);
      case DUCKDB -> WRONG_IN_DUCKDB.stream().noneMatch(query.sql(Dialect.DUCKDB)::contains);
      case KALAMDB -> true;
    };
  }

  /**
   * H2 has no full joins, no LATERAL, no grouping sets, and of the set operations with ALL only
   * UNION.
   */
  private static boolean runsOnH2(Query query) {
    String text = query.sql(Dialect.H2).replace("UNION ALL (", "UNION_ALL (");
    return NOT_IN_H2.stream().noneMatch(text::contains);
  }
}
