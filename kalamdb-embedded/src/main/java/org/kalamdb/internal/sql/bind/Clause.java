package org.kalamdb.internal.sql.bind;

/** Where in a statement an expression stands, and what is allowed there. */
enum Clause {
  SELECT("SELECT", true, true, true),
  WHERE("WHERE", false, true),
  FROM("functions in FROM", false, true),
  JOIN("JOIN conditions", false, true),
  GROUP_BY("GROUP BY", false, true),
  HAVING("HAVING", true, true),
  ORDER_BY("ORDER BY", true, true, true),
  QUALIFY("QUALIFY", true, true, true),
  WINDOW("window functions", true, true),
  FRAME("a frame's offset", false, false),
  FILTER("FILTER", false, true),
  AGGREGATE("an aggregate's arguments", false, true),
  LIMIT("LIMIT", false, true),
  OFFSET("OFFSET", false, true),
  VALUES("VALUES", false, true),
  INSERT("VALUES", false, true),
  UPDATE("UPDATE", false, true),
  MERGE("MERGE WHEN", false, true),
  CONFLICT("ON CONFLICT", false, true),
  RETURNING("RETURNING", false, true),
  DEFAULT("DEFAULT expressions", false, false),
  CHECK("check constraints", false, false),
  GENERATED("column generation expressions", false, false),
  ALTER_TYPE("transform expressions", false, false);

  private final String label;
  private final boolean aggregates;
  private final boolean subqueries;
  private final boolean windows;

  Clause(String label, boolean aggregates, boolean subqueries) {
    this(label, aggregates, subqueries, false);
  }

  Clause(String label, boolean aggregates, boolean subqueries, boolean windows) {
    this.label = label;
    this.aggregates = aggregates;
    this.subqueries = subqueries;
    this.windows = windows;
  }

  String label() {
    return label;
  }

  boolean allowsAggregates() {
    return aggregates;
  }

  boolean allowsWindows() {
    return windows;
  }

  boolean allowsSubqueries() {
    return subqueries;
  }
}
