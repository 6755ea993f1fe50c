package org.kalamdb.internal.expr;

import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType.Kind;

/** GREATEST, LEAST (both ignore NULLs) and NULLIF. */
final class ChoiceFunctions {
  private ChoiceFunctions() {}

  static void register(Registrar r) {
    r.variadic("greatest", true, in -> in.get(0), false, (in, type) -> extreme(true), Kind.UNKNOWN);
    r.variadic("least", true, in -> in.get(0), false, (in, type) -> extreme(false), Kind.UNKNOWN);
    r.sameType("nullif", in -> in.get(0), false, (in, type) -> ChoiceFunctions::nullIf);
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
