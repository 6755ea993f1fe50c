package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Arithmetic of DECIMAL. Operands of up to 64 bits, which is nearly all there are, are computed on
 * longs; the others, and quotients, as BigDecimal. Result types: see {@link TypeRules}.
 */
final class DecimalArithmetic {
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private DecimalArithmetic() {}

  static void register(Registrar r) {
    r.kernel(
        "+",
        DecimalArithmetic::addType,
        (in, out) -> sum(in, out, false),
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.kernel(
        "-",
        DecimalArithmetic::addType,
        (in, out) -> sum(in, out, true),
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.kernel(
        "*",
        in -> TypeRules.multiplyType(in.get(0), in.get(1)),
        DecimalArithmetic::product,
        Kind.DECIMAL,
        Kind.DECIMAL);
    r.kernel(
        "/",
        new DecimalFunctions.ValueType(
            DecimalArithmetic::quotientScale,
            DecimalArithmetic::divide,
            in -> TypeRules.divideType(in.get(0), in.get(1))),
        (in, type) -> DecimalFunctions.loop(DecimalArithmetic::divide, type, 2),
        Kind.DECIMAL,
        Kind.DECIMAL);
    for (String name : List.of("%", "mod")) {
      r.kernel(
          name,
          in -> TypeRules.moduloType(in.get(0), in.get(1)),
          (in, type) -> binary(type, DecimalArithmetic::modulo),
          Kind.DECIMAL,
          Kind.DECIMAL);
    }
    r.kernel(
        "-", in -> in.get(0), (in, type) -> binary(type, (a, b, to) -> a.negate()), Kind.DECIMAL);
    r.kernel("+", in -> in.get(0), (in, type) -> binary(type, (a, b, to) -> a), Kind.DECIMAL);
    r.kernel(
        "abs", in -> in.get(0), (in, type) -> binary(type, (a, b, to) -> a.abs()), Kind.DECIMAL);
  }

  private static DataType addType(List<DataType> in) {
    return TypeRules.addType(in.get(0), in.get(1));
  }

  /** A function of one or two decimals; a unary one is given its operand twice. */
  @FunctionalInterface
  private interface DecimalFunction {
    BigDecimal apply(BigDecimal left, BigDecimal right, DataType type);
  }

  private static Kernel binary(DataType type, DecimalFunction function) {
    return (in, out, rows, n, context) -> {
      ColumnView a = in[0];
      ColumnView b = in[in.length - 1];
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        write(out, row, function.apply(a.getDecimal(row), b.getDecimal(row), type), type);
      }
    };
  }

  static void write(ColumnWriter out, int row, BigDecimal value, DataType type) {
    BigInteger unscaled = Values.fitDecimal(value, type).unscaledValue();
    out.setDecimal(row, unscaled);
  }

  private static int quotientScale(BigDecimal[] operands) {
    return operands[1].signum() == 0 ? 0 : NumericScales.ofQuotient(operands[0], operands[1]);
  }

  private static BigDecimal divide(BigDecimal[] operands, int scale) {
    if (operands[1].signum() == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return operands[0].divide(operands[1], scale, RoundingMode.HALF_UP);
  }

  private static BigDecimal modulo(BigDecimal left, BigDecimal right, DataType type) {
    if (right.signum() == 0) {
      throw IntegerArithmetic.divisionByZero();
    }
    return left.remainder(right);
  }

  private static Kernel sum(List<DataType> types, DataType type, boolean subtract) {
    int leftShift = type.scale() - types.get(0).scale();
    int rightShift = type.scale() - types.get(1).scale();
    boolean small =
        !hasWide(types, type)
            && leftShift >= 0
            && rightShift >= 0
            && leftShift < 19
            && rightShift < 19;
    long leftFactor = small ? POWERS[leftShift] : 0;
    long rightFactor = small ? POWERS[rightShift] : 0;
    return (in, out, rows, n, context) -> {
      ColumnView a = in[0];
      ColumnView b = in[1];
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        long x = a.getDecimalLow(row);
        long y = b.getDecimalLow(row);
        if (small && a.getDecimalHigh(row) == x >> 63 && b.getDecimalHigh(row) == y >> 63) {
          long left = x * leftFactor;
          long right = y * rightFactor;
          long result = subtract ? left - right : left + right;
          boolean fits =
              Math.multiplyHigh(x, leftFactor) == left >> 63
                  && Math.multiplyHigh(y, rightFactor) == right >> 63
                  && ((left ^ result) & ((subtract ? ~right : right) ^ result)) >= 0;
          // 18 digits fit every type that adding makes: it has a digit more than its operands.
          if (fits) {
            out.setDecimal(row, result >> 63, result);
            continue;
          }
        }
        BigDecimal left = a.getDecimal(row);
        BigDecimal right = b.getDecimal(row);
        write(out, row, subtract ? left.subtract(right) : left.add(right), type);
      }
    };
  }

  private static Kernel product(List<DataType> types, DataType type) {
    boolean exact =
        !hasWide(types, type) && type.scale() == types.get(0).scale() + types.get(1).scale();
    return (in, out, rows, n, context) -> {
      ColumnView a = in[0];
      ColumnView b = in[1];
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        long x = a.getDecimalLow(row);
        long y = b.getDecimalLow(row);
        // The product of two 63-bit numbers is below 8.6e37, so it has at most 38 digits.
        if (exact && a.getDecimalHigh(row) == x >> 63 && b.getDecimalHigh(row) == y >> 63) {
          out.setDecimal(row, Math.multiplyHigh(x, y), x * y);
        } else {
          write(out, row, a.getDecimal(row).multiply(b.getDecimal(row)), type);
        }
      }
    };
  }

  private static boolean hasWide(List<DataType> types, DataType type) {
    return type.isWideDecimal() || types.stream().anyMatch(DataType::isWideDecimal);
  }

  /** 22003 for a function whose result has no DECIMAL. */
  static KalamException overflow() {
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
  }
}
