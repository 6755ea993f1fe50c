package org.kalamdb.internal.expr;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * {@code + - * / %}, unary minus and abs of the integers: overflow is 22003, never a wrapped value.
 */
final class IntegerArithmetic {
  private IntegerArithmetic() {}

  static void register(Registrar r) {
    r.kernel("+", DataType.SMALLINT, IntegerArithmetic::addShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel(
        "-", DataType.SMALLINT, IntegerArithmetic::subtractShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel(
        "*", DataType.SMALLINT, IntegerArithmetic::multiplyShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel("/", DataType.SMALLINT, IntegerArithmetic::divideShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel("%", DataType.SMALLINT, IntegerArithmetic::moduloShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel(
        "mod", DataType.SMALLINT, IntegerArithmetic::moduloShorts, Kind.SMALLINT, Kind.SMALLINT);
    r.kernel("-", DataType.SMALLINT, IntegerArithmetic::negateShorts, Kind.SMALLINT);
    r.kernel("+", DataType.SMALLINT, IntegerArithmetic::plusShorts, Kind.SMALLINT);
    r.kernel("abs", DataType.SMALLINT, IntegerArithmetic::absShorts, Kind.SMALLINT);
    r.kernel("+", DataType.INTEGER, IntegerArithmetic::addInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("-", DataType.INTEGER, IntegerArithmetic::subtractInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("*", DataType.INTEGER, IntegerArithmetic::multiplyInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("/", DataType.INTEGER, IntegerArithmetic::divideInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("%", DataType.INTEGER, IntegerArithmetic::moduloInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("mod", DataType.INTEGER, IntegerArithmetic::moduloInts, Kind.INTEGER, Kind.INTEGER);
    r.kernel("-", DataType.INTEGER, IntegerArithmetic::negateInts, Kind.INTEGER);
    r.kernel("+", DataType.INTEGER, IntegerArithmetic::plusInts, Kind.INTEGER);
    r.kernel("abs", DataType.INTEGER, IntegerArithmetic::absInts, Kind.INTEGER);
    r.kernel("+", DataType.BIGINT, IntegerArithmetic::addLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("-", DataType.BIGINT, IntegerArithmetic::subtractLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("*", DataType.BIGINT, IntegerArithmetic::multiplyLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("/", DataType.BIGINT, IntegerArithmetic::divideLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("%", DataType.BIGINT, IntegerArithmetic::moduloLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("mod", DataType.BIGINT, IntegerArithmetic::moduloLongs, Kind.BIGINT, Kind.BIGINT);
    r.kernel("-", DataType.BIGINT, IntegerArithmetic::negateLongs, Kind.BIGINT);
    r.kernel("+", DataType.BIGINT, IntegerArithmetic::plusLongs, Kind.BIGINT);
    r.kernel("abs", DataType.BIGINT, IntegerArithmetic::absLongs, Kind.BIGINT);
  }

  static KalamException divisionByZero() {
    return new KalamException(ErrorCode.DIVISION_BY_ZERO, "division by zero");
  }

  private static short toShort(int value) {
    if (value != (short) value) {
      throw Values.outOfRange(DataType.SMALLINT);
    }
    return (short) value;
  }

  private static void addShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, toShort(a.getShort(row) + b.getShort(row)));
    }
  }

  private static void subtractShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, toShort(a.getShort(row) - b.getShort(row)));
    }
  }

  private static void multiplyShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, toShort(a.getShort(row) * b.getShort(row)));
    }
  }

  private static void divideShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      short divisor = b.getShort(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      out.setShort(row, toShort(a.getShort(row) / divisor));
    }
  }

  private static void moduloShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      short divisor = b.getShort(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      out.setShort(row, (short) (a.getShort(row) % divisor));
    }
  }

  private static void negateShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, toShort(-a.getShort(row)));
    }
  }

  private static void plusShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, a.getShort(row));
    }
  }

  private static void absShorts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setShort(row, toShort(Math.abs(a.getShort(row))));
    }
  }

  private static void addInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setInt(row, Math.addExact(a.getInt(row), b.getInt(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.INTEGER);
    }
  }

  private static void subtractInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setInt(row, Math.subtractExact(a.getInt(row), b.getInt(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.INTEGER);
    }
  }

  private static void multiplyInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setInt(row, Math.multiplyExact(a.getInt(row), b.getInt(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.INTEGER);
    }
  }

  private static void divideInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int divisor = b.getInt(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      if (divisor == -1 && a.getInt(row) == Integer.MIN_VALUE) {
        throw Values.outOfRange(DataType.INTEGER);
      }
      out.setInt(row, a.getInt(row) / divisor);
    }
  }

  private static void moduloInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int divisor = b.getInt(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      out.setInt(row, a.getInt(row) % divisor);
    }
  }

  private static void negateInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setInt(row, Math.negateExact(a.getInt(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.INTEGER);
    }
  }

  private static void plusInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setInt(row, a.getInt(row));
    }
  }

  private static void absInts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setInt(row, Math.absExact(a.getInt(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.INTEGER);
    }
  }

  private static void addLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setLong(row, Math.addExact(a.getLong(row), b.getLong(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.BIGINT);
    }
  }

  private static void subtractLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setLong(row, Math.subtractExact(a.getLong(row), b.getLong(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.BIGINT);
    }
  }

  private static void multiplyLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setLong(row, Math.multiplyExact(a.getLong(row), b.getLong(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.BIGINT);
    }
  }

  private static void divideLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long divisor = b.getLong(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      if (divisor == -1 && a.getLong(row) == Long.MIN_VALUE) {
        throw Values.outOfRange(DataType.BIGINT);
      }
      out.setLong(row, a.getLong(row) / divisor);
    }
  }

  private static void moduloLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long divisor = b.getLong(row);
      if (divisor == 0) {
        throw divisionByZero();
      }
      out.setLong(row, a.getLong(row) % divisor);
    }
  }

  private static void negateLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setLong(row, Math.negateExact(a.getLong(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.BIGINT);
    }
  }

  private static void plusLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setLong(row, a.getLong(row));
    }
  }

  private static void absLongs(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    try {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        out.setLong(row, Math.absExact(a.getLong(row)));
      }
    } catch (ArithmeticException e) {
      throw Values.outOfRange(DataType.BIGINT);
    }
  }
}
