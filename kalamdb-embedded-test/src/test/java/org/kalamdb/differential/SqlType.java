package org.kalamdb.differential;

import java.util.Random;

/** Types of generated values, with literals that favour duplicates, NULL's neighbours, extremes. */
enum SqlType {
  INTEGER("INTEGER", "0", "1", "2", "3", "-1", "7", "100", "2147483647", "-2147483647"),
  BIGINT("BIGINT", "0", "1", "2", "-3", "4000000001", "-9000000000", "1000000007"),
  DECIMAL("DECIMAL(10,2)", "0.00", "1.00", "1.50", "-2.25", "99.99", "3.00", "-99999.99"),
  TEXT(
      "VARCHAR(40)", "''", "'a'", "'b'", "'ab'", "'A'", "'a b'", "'abc'", "'x_y'", "'10%'", "'zz'"),
  BOOLEAN("BOOLEAN", "TRUE", "FALSE"),
  DATE(
      "DATE",
      "DATE '2024-01-31'",
      "DATE '2024-02-29'",
      "DATE '1999-12-31'",
      "DATE '2020-06-15'",
      "DATE '2000-01-01'"),
  TIMESTAMP(
      "TIMESTAMP",
      "TIMESTAMP '2024-02-29 23:59:59.5'",
      "TIMESTAMP '2024-03-31 01:30:00'",
      "TIMESTAMP '1999-12-31 00:00:00'",
      "TIMESTAMP '2020-06-15 12:00:00.000001'",
      "TIMESTAMP '2024-02-29 12:00:00'");

  private final String sql;
  private final String[] literals;

  SqlType(String sql, String... literals) {
    this.sql = sql;
    this.literals = literals;
  }

  String sql() {
    return sql;
  }

  /** The type that what is computed of its values fits into. */
  String wideSql() {
    return this == DECIMAL ? "DECIMAL(30,2)" : sql;
  }

  boolean isNumber() {
    return this == INTEGER || this == BIGINT || this == DECIMAL;
  }

  String literal(Random random) {
    return literals[random.nextInt(literals.length)];
  }

  static SqlType any(Random random) {
    return values()[random.nextInt(values().length)];
  }
}
