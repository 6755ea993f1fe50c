package org.kalamdb.internal.expr;

import java.util.List;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Operators of bits, common divisors and multiples of the integers. */
final class IntegerFunctions {
  private IntegerFunctions() {}

  static void register(Registrar r) {
    for (DataType type : List.of(DataType.SMALLINT, DataType.INTEGER, DataType.BIGINT)) {
      binary(r, "&", type, type.kind(), (a, b) -> a & b);
      binary(r, "|", type, type.kind(), (a, b) -> a | b);
      binary(r, "#", type, type.kind(), (a, b) -> a ^ b);
      int mask = type.kind() == Kind.BIGINT ? 63 : 31;
      binary(r, "<<", type, Kind.INTEGER, (a, b) -> shiftLeft(a, b & mask, type));
      binary(r, ">>", type, Kind.INTEGER, (a, b) -> a >> (b & mask));
      r.kernel(
          "~",
          type,
          (in, out, rows, n, context) -> {
            for (int i = 0; i < n; i++) {
              IntegerCell.write(out, rows[i], ~IntegerCell.read(in[0], rows[i]));
            }
          },
          type.kind());
      if (type.kind() != Kind.SMALLINT) {
        binary(r, "gcd", type, type.kind(), (a, b) -> checked(gcd(a, b), type));
        binary(r, "lcm", type, type.kind(), (a, b) -> lcm(a, b, type));
      }
    }
  }

  /** A function of two integers, widened to 64 bits. */
  @FunctionalInterface
  private interface BinaryLong {
    long apply(long left, long right);
  }

  private static void binary(
      Registrar r, String name, DataType type, Kind right, BinaryLong function) {
    r.kernel(
        name,
        type,
        (in, out, rows, n, context) -> {
          ColumnView a = in[0];
          ColumnView b = in[1];
          for (int i = 0; i < n; i++) {
            int row = rows[i];
            IntegerCell.write(
                out, row, function.apply(IntegerCell.read(a, row), IntegerCell.read(b, row)));
          }
        },
        type.kind(),
        right);
  }

  /** Bits shifted out are lost. */
  private static long shiftLeft(long value, long count, DataType type) {
    return switch (type.kind()) {
      case SMALLINT -> (short) ((int) value << count);
      case INTEGER -> (int) value << count;
      default -> value << count;
    };
  }

  /** Negative, so that the least value has a divisor too. */
  private static long gcd(long a, long b) {
    long x = a > 0 ? -a : a;
    long y = b > 0 ? -b : b;
    while (y != 0) {
      long rest = y == -1 ? 0 : x % y;
      x = y;
      y = rest;
    }
    return x;
  }

  private static long checked(long negative, DataType type) {
    long least = type.kind() == Kind.INTEGER ? Integer.MIN_VALUE : Long.MIN_VALUE;
    if (negative == least) {
      throw Values.outOfRange(type);
    }
    return -negative;
  }

  private static long lcm(long a, long b, DataType type) {
    if (a == 0 || b == 0) {
      return 0;
    }
    long quotient = a / gcd(a, b);
    long high = Math.multiplyHigh(quotient, b);
    long product = quotient * b;
    if (high != product >> 63) {
      throw Values.outOfRange(type);
    }
    long negative = product > 0 ? -product : product;
    if (type.kind() == Kind.INTEGER && negative <= Integer.MIN_VALUE) {
      throw Values.outOfRange(type);
    }
    return checked(negative, type);
  }
}
