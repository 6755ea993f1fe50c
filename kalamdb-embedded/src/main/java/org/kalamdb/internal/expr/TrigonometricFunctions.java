package org.kalamdb.internal.expr;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Sines and their kin of radians, and of degrees, where the angles of 30, 45, 60 and 90 degrees
 * give exact results: each function is scaled by what it gives at such an angle.
 */
final class TrigonometricFunctions {
  private static final double RADIANS_PER_DEGREE = 0.0174532925199432957692;
  private static final double SIN_30 = Math.sin(30 * RADIANS_PER_DEGREE);
  private static final double ONE_MINUS_COS_60 = 1 - Math.cos(60 * RADIANS_PER_DEGREE);
  private static final double ASIN_HALF = Math.asin(0.5);
  private static final double ACOS_HALF = Math.acos(0.5);
  private static final double ATAN_ONE = Math.atan(1);
  private static final double TAN_45 = sineInQuadrant(45) / cosineInQuadrant(45);
  private static final double COT_45 = cosineInQuadrant(45) / sineInQuadrant(45);

  private TrigonometricFunctions() {}

  static void register(Registrar r) {
    MathFunctions.doubles(r, "sin", x -> Math.sin(finite(x)));
    MathFunctions.doubles(r, "cos", x -> Math.cos(finite(x)));
    MathFunctions.doubles(r, "tan", x -> Math.tan(finite(x)));
    MathFunctions.doubles(r, "cot", x -> 1 / Math.tan(finite(x)));
    MathFunctions.doubles(r, "asin", x -> Math.asin(within(x, -1, 1)));
    MathFunctions.doubles(r, "acos", x -> Math.acos(within(x, -1, 1)));
    MathFunctions.doubles(r, "atan", Math::atan);
    MathFunctions.doubles(r, "atan2", Math::atan2);
    MathFunctions.doubles(r, "sind", x -> sine(finite(x)));
    MathFunctions.doubles(r, "cosd", x -> cosine(finite(x)));
    MathFunctions.doubles(r, "tand", x -> tangent(finite(x)));
    MathFunctions.doubles(r, "cotd", x -> cotangent(finite(x)));
    MathFunctions.doubles(r, "asind", x -> arcSine(within(x, -1, 1)));
    MathFunctions.doubles(r, "acosd", x -> arcCosine(within(x, -1, 1)));
    MathFunctions.doubles(r, "atand", x -> Math.atan(x) / ATAN_ONE * 45);
    MathFunctions.doubles(r, "atan2d", (y, x) -> Math.atan2(y, x) / ATAN_ONE * 45);
    MathFunctions.doubles(r, "sinh", Math::sinh);
    MathFunctions.doubles(r, "cosh", Math::cosh);
    MathFunctions.doubles(r, "tanh", Math::tanh);
    MathFunctions.doubles(r, "asinh", TrigonometricFunctions::inverseSinh);
    MathFunctions.doubles(r, "acosh", x -> inverseCosh(within(x, 1, Double.POSITIVE_INFINITY)));
    MathFunctions.doubles(r, "atanh", x -> inverseTanh(within(x, -1, 1)));
    MathFunctions.doubles(r, "degrees", x -> x / RADIANS_PER_DEGREE);
    MathFunctions.doubles(r, "radians", x -> x * RADIANS_PER_DEGREE);
  }

  private static KalamException outOfRange() {
    return new KalamException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
  }

  private static double finite(double x) {
    if (Double.isInfinite(x)) {
      throw outOfRange();
    }
    return x;
  }

  private static double within(double x, double low, double high) {
    if (x < low || x > high) {
      throw outOfRange();
    }
    return x;
  }

  /** Of 0 to 90 degrees. */
  private static double sineInQuadrant(double degrees) {
    return degrees <= 30
        ? Math.sin(degrees * RADIANS_PER_DEGREE) / SIN_30 / 2
        : 1 - (1 - Math.cos((90 - degrees) * RADIANS_PER_DEGREE)) / ONE_MINUS_COS_60 / 2;
  }

  /** Of 0 to 90 degrees. */
  private static double cosineInQuadrant(double degrees) {
    return sineInQuadrant(90 - degrees);
  }

  private static double sine(double degrees) {
    double angle = degrees % 360;
    double size = Math.abs(angle);
    double sign = angle < 0 ? -1 : 1;
    if (size > 180) {
      size = 360 - size;
      sign = -sign;
    }
    return sign * sineInQuadrant(size > 90 ? 180 - size : size);
  }

  private static double cosine(double degrees) {
    double size = Math.abs(degrees % 360);
    if (size > 180) {
      size = 360 - size;
    }
    return size > 90 ? -cosineInQuadrant(180 - size) : cosineInQuadrant(size);
  }

  private static double tangent(double degrees) {
    double size = Math.abs(degrees % 180);
    double sign = degrees < 0 ? -1 : 1;
    return size > 90
        ? -sign * (sineInQuadrant(180 - size) / cosineInQuadrant(180 - size) / TAN_45)
        : sign * (sineInQuadrant(size) / cosineInQuadrant(size) / TAN_45);
  }

  private static double cotangent(double degrees) {
    double size = Math.abs(degrees % 180);
    double sign = degrees < 0 ? -1 : 1;
    return size > 90
        ? -sign * (cosineInQuadrant(180 - size) / sineInQuadrant(180 - size) / COT_45)
        : sign * (cosineInQuadrant(size) / sineInQuadrant(size) / COT_45);
  }

  private static double arcSine(double x) {
    double size = Math.abs(x);
    double degrees =
        size <= 0.5 ? Math.asin(size) / ASIN_HALF * 30 : 90 - Math.acos(size) / ACOS_HALF * 60;
    return x < 0 ? -degrees : degrees;
  }

  private static double arcCosine(double x) {
    if (x < 0) {
      return 90 + arcSine(-x);
    }
    return x <= 0.5 ? 90 - Math.asin(x) / ASIN_HALF * 30 : Math.acos(x) / ACOS_HALF * 60;
  }

  private static double inverseSinh(double x) {
    double size = Math.abs(x);
    if (Double.isInfinite(size) || size == 0) {
      return x;
    }
    double result =
        size > 1e150
            ? Math.log(size) + Math.log(2)
            : Math.log1p(size + size * size / (1 + Math.sqrt(size * size + 1)));
    return Math.copySign(result, x);
  }

  private static double inverseCosh(double x) {
    return x > 1e150
        ? Math.log(x) + Math.log(2)
        : Math.log1p((x - 1) + Math.sqrt((x - 1) * (x + 1)));
  }

  private static double inverseTanh(double x) {
    return 0.5 * Math.log1p(2 * x / (1 - x));
  }
}
