package org.kalamdb.internal.expr;

import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** GREATEST, LEAST (both ignore NULLs), NULLIF, and the count of NULLs. */
final class ChoiceFunctions {
  private ChoiceFunctions() {}

  static void register(Registrar r) {
    r.describe(
        "greatest",
        "The greatest of the values; NULLs are ignored, NULL if all are.",
        "greatest(1, NULL, 3)",
        "3");
    r.describe(
        "least",
        "The least of the values; NULLs are ignored, NULL if all are.",
        "least(1, NULL, 3)",
        "1");
    r.describe("nullif", "NULL if both values are equal, else the first.", "nullif(5, 5)", "NULL");
    r.describe(
        "num_nonnulls", "How many of the values are not NULL.", "num_nonnulls(1, NULL, 2)", "2");
    r.describe("num_nulls", "How many of the values are NULL.", "num_nulls(1, NULL, 2)", "1");
    counting(r, "num_nonnulls", false);
    counting(r, "num_nulls", true);
    r.variadic(
        "greatest",
        Volatility.IMMUTABLE,
        true,
        in -> in.get(0),
        (in, type) -> extreme(true),
        Kind.UNKNOWN);
    r.variadic(
        "least",
        Volatility.IMMUTABLE,
        true,
        in -> in.get(0),
        (in, type) -> extreme(false),
        Kind.UNKNOWN);
    r.sameType("nullif", in -> in.get(0), false, (in, type) -> ChoiceFunctions::nullIf);
  }

  private static void counting(Registrar r, String name, boolean nulls) {
    r.variadic(
        name,
        Volatility.IMMUTABLE,
        false,
        in -> DataType.INTEGER,
        (in, type) ->
            (columns, out, rows, n, context) -> {
              for (int i = 0; i < n; i++) {
                int row = rows[i];
                int count = 0;
                for (ColumnView column : columns) {
                  count += column.isNull(row) == nulls ? 1 : 0;
                }
                out.setInt(row, count);
                out.setValid(row);
              }
            },
        Kind.UNKNOWN);
  }

  private static Kernel extreme(boolean greatest) {
    return (in, out, rows, n, context) -> {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        ColumnView best = in[0];
        for (int a = 1; a < in.length; a++) {
          ColumnView other = in[a];
          if (other.isNull(row)) {
            continue;
          }
          if (best.isNull(row) || ColumnValues.compare(other, row, best, row) > 0 == greatest) {
            best = other;
          }
        }
        out.copyValue(row, best, row);
      }
    };
  }

  private static void nullIf(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      if (!a.isNull(row) && !b.isNull(row) && ColumnValues.equal(a, row, b, row)) {
        out.setNull(row);
      } else {
        out.copyValue(row, a, row);
      }
    }
  }
}
