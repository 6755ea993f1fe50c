package org.kalamdb.differential;

/** Who a query is rendered for. */
enum Dialect {
  KALAMDB,
  DUCKDB,
  H2
}
