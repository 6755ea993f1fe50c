package org.kalamdb.internal.expr;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Arithmetic of REAL and DOUBLE: as PostgreSQL, finite operands never give an infinite result
 * (22003) and a product or quotient never vanishes (22003).
 */
final class FloatingArithmetic {
  private FloatingArithmetic() {}

  static void register(Registrar r) {
    r.kernel("+", DataType.REAL, FloatingArithmetic::addFloats, Kind.REAL, Kind.REAL);
    r.kernel("-", DataType.REAL, FloatingArithmetic::subtractFloats, Kind.REAL, Kind.REAL);
    r.kernel("*", DataType.REAL, FloatingArithmetic::multiplyFloats, Kind.REAL, Kind.REAL);
    r.kernel("/", DataType.REAL, FloatingArithmetic::divideFloats, Kind.REAL, Kind.REAL);
    r.kernel("-", DataType.REAL, FloatingArithmetic::negateFloats, Kind.REAL);
    r.kernel("+", DataType.REAL, FloatingArithmetic::plusFloats, Kind.REAL);
    r.kernel("abs", DataType.REAL, FloatingArithmetic::absFloats, Kind.REAL);
    r.kernel("+", DataType.DOUBLE, FloatingArithmetic::addDoubles, Kind.DOUBLE, Kind.DOUBLE);
    r.kernel("-", DataType.DOUBLE, FloatingArithmetic::subtractDoubles, Kind.DOUBLE, Kind.DOUBLE);
    r.kernel("*", DataType.DOUBLE, FloatingArithmetic::multiplyDoubles, Kind.DOUBLE, Kind.DOUBLE);
    r.kernel("/", DataType.DOUBLE, FloatingArithmetic::divideDoubles, Kind.DOUBLE, Kind.DOUBLE);
    r.kernel("-", DataType.DOUBLE, FloatingArithmetic::negateDoubles, Kind.DOUBLE);
    r.kernel("+", DataType.DOUBLE, FloatingArithmetic::plusDoubles, Kind.DOUBLE);
    r.kernel("abs", DataType.DOUBLE, FloatingArithmetic::absDoubles, Kind.DOUBLE);
  }

  /** 22003 where the result left the range of the type, which {@code overflow} tells. */
  private static KalamException outOfRange(boolean overflow) {
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        overflow ? "value out of range: overflow" : "value out of range: underflow");
  }

  private static void addFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      float x = a.getFloat(row);
      float y = b.getFloat(row);
      float result = x + y;
      if (Float.isInfinite(result) && !Float.isInfinite(x) && !Float.isInfinite(y)) {
        throw outOfRange(true);
      }
      out.setFloat(row, result);
    }
  }

  private static void subtractFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      float x = a.getFloat(row);
      float y = b.getFloat(row);
      float result = x - y;
      if (Float.isInfinite(result) && !Float.isInfinite(x) && !Float.isInfinite(y)) {
        throw outOfRange(true);
      }
      out.setFloat(row, result);
    }
  }

  private static void multiplyFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      float x = a.getFloat(row);
      float y = b.getFloat(row);
      float result = x * y;
      if (Float.isInfinite(result) && !Float.isInfinite(x) && !Float.isInfinite(y)) {
        throw outOfRange(true);
      }
      if (result == 0 && x != 0 && y != 0) {
        throw outOfRange(false);
      }
      out.setFloat(row, result);
    }
  }

  private static void divideFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      float x = a.getFloat(row);
      float y = b.getFloat(row);
      if (y == 0) {
        throw IntegerArithmetic.divisionByZero();
      }
      float result = x / y;
      if (Float.isInfinite(result) && !Float.isInfinite(x) && !Float.isInfinite(y)) {
        throw outOfRange(true);
      }
      if (result == 0 && x != 0 && !Float.isInfinite(y)) {
        throw outOfRange(false);
      }
      out.setFloat(row, result);
    }
  }

  private static void negateFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setFloat(row, -a.getFloat(row));
    }
  }

  private static void plusFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setFloat(row, a.getFloat(row));
    }
  }

  private static void absFloats(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setFloat(row, Math.abs(a.getFloat(row)));
    }
  }

  private static void addDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      double x = a.getDouble(row);
      double y = b.getDouble(row);
      double result = x + y;
      if (Double.isInfinite(result) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
        throw outOfRange(true);
      }
      out.setDouble(row, result);
    }
  }

  private static void subtractDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      double x = a.getDouble(row);
      double y = b.getDouble(row);
      double result = x - y;
      if (Double.isInfinite(result) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
        throw outOfRange(true);
      }
      out.setDouble(row, result);
    }
  }

  private static void multiplyDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      double x = a.getDouble(row);
      double y = b.getDouble(row);
      double result = x * y;
      if (Double.isInfinite(result) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
        throw outOfRange(true);
      }
      if (result == 0 && x != 0 && y != 0) {
        throw outOfRange(false);
      }
      out.setDouble(row, result);
    }
  }

  private static void divideDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      double x = a.getDouble(row);
      double y = b.getDouble(row);
      if (y == 0) {
        throw IntegerArithmetic.divisionByZero();
      }
      double result = x / y;
      if (Double.isInfinite(result) && !Double.isInfinite(x) && !Double.isInfinite(y)) {
        throw outOfRange(true);
      }
      if (result == 0 && x != 0 && !Double.isInfinite(y)) {
        throw outOfRange(false);
      }
      out.setDouble(row, result);
    }
  }

  private static void negateDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setDouble(row, -a.getDouble(row));
    }
  }

  private static void plusDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setDouble(row, a.getDouble(row));
    }
  }

  private static void absDoubles(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setDouble(row, Math.abs(a.getDouble(row)));
    }
  }
}
