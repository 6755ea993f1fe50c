package org.kalamdb.internal.expr;

import java.util.List;

/** What the function reference says about the functions of {@link WindowRegistry}. */
public final class WindowReference {
  private static final String ROWS = " FROM (VALUES (1), (2), (2), (4)) AS t(x)";
  private static final String OVER = " OVER (ORDER BY x)" + ROWS;

  private WindowReference() {}

  public static List<FunctionEntry> entries() {
    return List.of(
        entry(
            "row_number",
            "The number of the row within its partition, from 1.",
            "row_number()",
            "1, 2, 3, 4",
            "row_number() → bigint"),
        entry(
            "rank",
            "The row number of the first of the row's peers: ranks with gaps.",
            "rank()",
            "1, 2, 2, 4",
            "rank() → bigint"),
        entry(
            "dense_rank",
            "The number of the row's group of peers within its partition: ranks without gaps.",
            "dense_rank()",
            "1, 2, 2, 3",
            "dense_rank() → bigint"),
        entry(
            "percent_rank",
            "(rank - 1) / (rows of the partition - 1), from 0 to 1.",
            "round(6 * percent_rank() OVER (ORDER BY x))" + ROWS,
            "0, 2, 2, 6",
            "percent_rank() → double precision"),
        entry(
            "cume_dist",
            "The share of the partition's rows that come before the row or are its peers.",
            "cume_dist()",
            "0.25, 0.75, 0.75, 1",
            "cume_dist() → double precision"),
        entry(
            "ntile",
            "The number of the row's bucket when the partition is cut as equally as possible.",
            "ntile(3)",
            "1, 1, 2, 3",
            "ntile(integer) → integer"),
        entry(
            "lag",
            "The value so many rows before the row (1 if not given), else the default.",
            "lag(x, 1, 0)",
            "0, 1, 2, 2",
            "lag(any [, integer [, any]]) → same type"),
        entry(
            "lead",
            "The value so many rows behind the row (1 if not given), else the default.",
            "lead(x, 1, 0)",
            "2, 2, 4, 0",
            "lead(any [, integer [, any]]) → same type"),
        entry(
            "first_value",
            "The value at the first row of the frame.",
            "first_value(x)",
            "1, 1, 1, 1",
            "first_value(any) → same type"),
        entry(
            "last_value",
            "The value at the last row of the frame, which ends with the row's peers if no other"
                + " frame is written.",
            "last_value(x)",
            "1, 2, 2, 4",
            "last_value(any) → same type"),
        entry(
            "nth_value",
            "The value at row n of the frame, from 1; NULL if there are not so many.",
            "nth_value(x, 2)",
            "NULL, 2, 2, 2",
            "nth_value(any, integer) → same type"));
  }

  private static FunctionEntry entry(
      String name, String description, String example, String result, String signature) {
    String whole = example.contains(" OVER ") ? example : example + OVER;
    return new FunctionEntry(
        FunctionCategory.WINDOW, name, List.of(signature), description, whole, result);
  }
}
