package org.kalamdb.internal.expr;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Kernels of CAST: loops for the widenings the binder puts in, {@link Values#cast} for the others.
 */
final class CastKernels {
  private static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final int MAX_DAY = (int) (Long.MAX_VALUE / MICROS_PER_DAY);

  private CastKernels() {}

  static Kernel create(DataType from, DataType to, boolean implicit) {
    Kernel widening = widening(from.kind(), to);
    if (widening != null) {
      return widening;
    }
    if (from.kind() == Kind.DATE && to.kind() == Kind.TIMESTAMP) {
      return dateToTimestamp(from, to, implicit);
    }
    return (arguments, out, rows, n, context) -> {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setObject(
            row, Values.cast(arguments[0].getObject(row), from, to, implicit, context.zone()));
      }
    };
  }

  /** Midnight of the day; infinities, and days that no timestamp has, as objects. */
  private static Kernel dateToTimestamp(DataType from, DataType to, boolean implicit) {
    return (in, out, rows, n, context) -> {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        int day = in[0].getInt(row);
        if (day < MAX_DAY && day > -MAX_DAY) {
          out.setLong(row, day * MICROS_PER_DAY);
        } else {
          out.setObject(row, Values.cast(in[0].getObject(row), from, to, implicit, context.zone()));
        }
      }
    };
  }

  private static @Nullable Kernel widening(Kind from, DataType to) {
    return switch (to.kind()) {
      case INTEGER -> from == Kind.SMALLINT ? CastKernels::shortToInt : null;
      case BIGINT ->
          from == Kind.INTEGER
              ? CastKernels::intToLong
              : from == Kind.SMALLINT ? CastKernels::shortToLong : null;
      case DOUBLE ->
          switch (from) {
            case SMALLINT -> CastKernels::shortToDouble;
            case INTEGER -> CastKernels::intToDouble;
            case BIGINT -> CastKernels::longToDouble;
            case REAL -> CastKernels::floatToDouble;
            default -> null;
          };
      case DECIMAL ->
          to.scale() > 0 || to.isWideDecimal()
              ? null
              : switch (from) {
                case SMALLINT -> to.length() >= 5 ? CastKernels::shortToDecimal : null;
                case INTEGER -> to.length() >= 10 ? CastKernels::intToDecimal : null;
                case BIGINT -> to.length() >= 19 ? CastKernels::longToDecimal : null;
                default -> null;
              };
      default -> null;
    };
  }

  private static void shortToInt(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], in[0].getShort(rows[i]));
    }
  }

  private static void intToLong(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setLong(rows[i], in[0].getInt(rows[i]));
    }
  }

  private static void shortToLong(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setLong(rows[i], in[0].getShort(rows[i]));
    }
  }

  private static void shortToDouble(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setDouble(rows[i], in[0].getShort(rows[i]));
    }
  }

  private static void intToDouble(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setDouble(rows[i], in[0].getInt(rows[i]));
    }
  }

  private static void longToDouble(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setDouble(rows[i], in[0].getLong(rows[i]));
    }
  }

  private static void floatToDouble(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setDouble(rows[i], in[0].getFloat(rows[i]));
    }
  }

  private static void shortToDecimal(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      long value = in[0].getShort(rows[i]);
      out.setDecimal(rows[i], value >> 63, value);
    }
  }

  private static void intToDecimal(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      long value = in[0].getInt(rows[i]);
      out.setDecimal(rows[i], value >> 63, value);
    }
  }

  private static void longToDecimal(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      long value = in[0].getLong(rows[i]);
      out.setDecimal(rows[i], value >> 63, value);
    }
  }
}
