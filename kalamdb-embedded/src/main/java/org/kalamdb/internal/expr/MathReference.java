package org.kalamdb.internal.expr;

/** What the function reference says about numbers. */
final class MathReference {
  private MathReference() {}

  static void describe(Registrar r) {
    r.describe("+", "Sum; also the number itself. Overflow is an error (22003).", "2 + 3", "5");
    r.describe("-", "Difference; also the negative.", "2 - 3", "-1");
    r.describe("*", "Product.", "2 * 3", "6");
    r.describe(
        "/",
        "Quotient; that of integers is cut towards zero. A divisor of 0 is an error (22012).",
        "7 / 2",
        "3");
    r.describe("%", "Remainder, with the sign of the dividend.", "-5 % 2", "-1");
    r.describe("mod", "As %.", "mod(9, 4)", "1");
    r.describe("^", "Power, from left to right.", "2 ^ 3", "8");
    r.describe("&", "Bits set in both.", "91 & 15", "11");
    r.describe("|", "Bits set in either.", "32 | 3", "35");
    r.describe("#", "Bits set in one of the two.", "17 # 5", "20");
    r.describe("~", "Bits turned over; between texts a match of a regular expression.", "~1", "-2");
    r.describe("<<", "Bits shifted to the left.", "1 << 4", "16");
    r.describe(">>", "Bits shifted to the right, the sign kept.", "8 >> 2", "2");
    r.describe("abs", "Absolute value.", "abs(-17.4)", "17.4");
    r.describe("cbrt", "Cube root.", "cbrt(27.0)", "3");
    r.describe("ceil", "The nearest whole number that is not less.", "ceil(-42.8)", "-42");
    r.describe("ceiling", "As ceil.", "ceiling(95.3)", "96");
    r.describe("degrees", "Radians as degrees.", "degrees(0.5)", "28.64788975654116");
    r.describe("div", "The whole quotient, cut towards zero.", "div(9, 4)", "2");
    r.describe("exp", "e to that power.", "exp(1.0)", "2.7182818284590452");
    r.describe("factorial", "The product of the numbers from 1; up to 33.", "factorial(5)", "120");
    r.describe("floor", "The nearest whole number that is not greater.", "floor(-42.8)", "-43");
    r.describe("gcd", "The greatest common divisor.", "gcd(1071, 462)", "21");
    r.describe("lcm", "The least common multiple.", "lcm(1071, 462)", "23562");
    r.describe("ln", "Natural logarithm.", "ln(2.0)", "0.6931471805599453");
    r.describe(
        "log",
        "Logarithm to base 10, or to the base given first.",
        "log(2.0, 64.0)",
        "6.0000000000000000");
    r.describe("log10", "Logarithm to base 10.", "log10(1000)", "3");
    r.describe(
        "min_scale", "How many digits after the point the value needs.", "min_scale(8.4100)", "2");
    r.describe("pi", "The number pi.", "pi()", "3.141592653589793");
    r.describe("power", "The first number to the power of the second.", "power(9, 3)", "729");
    r.describe("pow", "As power.", "pow(2, 0.5)", "1.4142135623730950");
    r.describe("radians", "Degrees as radians.", "radians(45.0)", "0.7853981633974483");
    r.describe("random", "A random number from 0 to below 1.", "random()", null);
    r.describe(
        "round",
        "The nearest whole number, or the nearest with so many digits after the point (a negative count rounds before it). Ties of numeric go away from zero, of double precision to the even number.",
        "round(42.4382, 2)",
        "42.44");
    r.describe(
        "scale", "Digits after the point that the type of the value has.", "scale(8.4100)", "4");
    r.describe("sign", "-1, 0 or 1.", "sign(-8.4)", "-1");
    r.describe("sqrt", "Square root.", "sqrt(2)", "1.4142135623730951");
    r.describe(
        "trim_scale",
        "The value without zeros at its end; of a column the scale stays that of its type.",
        "trim_scale(8.4100)",
        "8.41");
    r.describe(
        "trunc",
        "Cut towards zero, to so many digits after the point.",
        "trunc(42.4382, 2)",
        "42.43");
    r.describe(
        "width_bucket",
        "The number of the bucket, of so many of one width between the bounds, that holds the value; 0 and count + 1 outside them.",
        "width_bucket(5.35, 0.024, 10.06, 5)",
        "3");
    r.describe("acos", "Inverse cosine, in radians.", "acos(1)", "0");
    r.describe("acosd", "Inverse cosine, in degrees.", "acosd(0.5)", "60");
    r.describe("asin", "Inverse sine, in radians.", "asin(1)", "1.5707963267948966");
    r.describe("asind", "Inverse sine, in degrees.", "asind(0.5)", "30");
    r.describe("atan", "Inverse tangent, in radians.", "atan(1)", "0.7853981633974483");
    r.describe("atand", "Inverse tangent, in degrees.", "atand(1)", "45");
    r.describe(
        "atan2", "Inverse tangent of y / x, in radians.", "atan2(1, 0)", "1.5707963267948966");
    r.describe("atan2d", "Inverse tangent of y / x, in degrees.", "atan2d(1, 0)", "90");
    r.describe("cos", "Cosine of radians.", "cos(0)", "1");
    r.describe("cosd", "Cosine of degrees.", "cosd(60)", "0.5");
    r.describe("cot", "Cotangent of radians.", "cot(0.5)", "1.830487721712452");
    r.describe("cotd", "Cotangent of degrees.", "cotd(45)", "1");
    r.describe("sin", "Sine of radians.", "sin(1)", "0.8414709848078965");
    r.describe("sind", "Sine of degrees.", "sind(30)", "0.5");
    r.describe("tan", "Tangent of radians.", "tan(1)", "1.5574077246549023");
    r.describe("tand", "Tangent of degrees.", "tand(45)", "1");
    r.describe("sinh", "Hyperbolic sine.", "sinh(1)", "1.1752011936438014");
    r.describe("cosh", "Hyperbolic cosine.", "cosh(0)", "1");
    r.describe("tanh", "Hyperbolic tangent.", "tanh(1)", "0.7615941559557649");
    r.describe("asinh", "Inverse hyperbolic sine.", "asinh(1)", "0.881373587019543");
    r.describe("acosh", "Inverse hyperbolic cosine.", "acosh(1)", "0");
    r.describe("atanh", "Inverse hyperbolic tangent.", "atanh(0.5)", "0.5493061443340548");
  }
}
