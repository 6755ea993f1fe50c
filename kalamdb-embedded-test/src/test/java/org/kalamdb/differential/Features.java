package org.kalamdb.differential;

import java.util.List;

/** What of a query a rival does not have, or means differently. */
final class Features {
  /** In a template: H2 does not know this, or its documentation says otherwise than PostgreSQL. */
  static final String NOT_H2 = "/*not h2*/";

  /** In a template: so for DuckDB. */
  static final String NOT_DUCKDB = "/*not duckdb*/";

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

  private Features() {}

  /**
   * H2 has no full joins, no LATERAL, no grouping sets, and of the set operations with ALL only
   * UNION.
   */
  static boolean runsOn(Dialect dialect, Query query) {
    String sql = query.sql(dialect);
    return switch (dialect) {
      case KALAMDB -> true;
      case DUCKDB -> !sql.contains(NOT_DUCKDB);
      case H2 -> {
        String text = sql.replace("UNION ALL (", "UNION_ALL (");
        yield NOT_IN_H2.stream().noneMatch(text::contains);
      }
    };
  }
}
