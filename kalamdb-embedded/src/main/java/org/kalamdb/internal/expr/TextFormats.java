package org.kalamdb.internal.expr;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;

/** PostgreSQL's text forms of numbers, booleans, bytes, uuids, JSON and embeddings, in and out. */
public final class TextFormats {
  static final JsonFactory JSON = new JsonFactory();

  private static final int MAX_NUMBER_LENGTH = 100_000;

  private TextFormats() {}

  static KalamException invalid(String typeName, String text) {
    return new KalamException(
        ErrorCode.INVALID_TEXT_REPRESENTATION,
        "invalid input syntax for type " + typeName + ": \"" + shown(text) + "\"");
  }

  /** The text, cut so that a message stays readable. */
  static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "...";
  }

  static boolean parseBoolean(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    boolean truth =
        isPrefix(word, "true", 1)
            || isPrefix(word, "yes", 1)
            || word.equals("on")
            || word.equals("1");
    boolean falsehood =
        isPrefix(word, "false", 1)
            || isPrefix(word, "no", 1)
            || isPrefix(word, "off", 2)
            || word.equals("0");
    if (truth == falsehood) {
      throw invalid("boolean", text);
    }
    return truth;
  }

  private static boolean isPrefix(String word, String of, int least) {
    return word.length() >= least && of.startsWith(word);
  }

  static long parseInteger(String text, DataType type, long min, long max) {
    String digits = text.strip();
    int start = !digits.isEmpty() && (digits.charAt(0) == '-' || digits.charAt(0) == '+') ? 1 : 0;
    boolean negative = start == 1 && digits.charAt(0) == '-';
    if (start == digits.length()) {
      throw invalid(TypeRules.sqlName(type), text);
    }
    long value = 0;
    boolean overflow = false;
    for (int i = start; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        throw invalid(TypeRules.sqlName(type), text);
      }
      // Summed up below zero, where there is one number more.
      overflow |= value < (Long.MIN_VALUE + digit) / 10;
      value = value * 10 - digit;
    }
    overflow |= !negative && value == Long.MIN_VALUE;
    long signed = negative ? value : -value;
    if (overflow || signed < min || signed > max) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
          "value \"" + shown(text) + "\" is out of range for type " + TypeRules.sqlName(type));
    }
    return signed;
  }

  /** Whether the text is a decimal number with optional sign, point and exponent. */
  private static boolean isNumber(String text) {
    int i = 0;
    int n = text.length();
    if (i < n && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
      i++;
    }
    int digits = 0;
    boolean point = false;
    for (; i < n; i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        digits++;
      } else if (c == '.' && !point) {
        point = true;
      } else {
        break;
      }
    }
    if (digits == 0 || i == n) {
      return digits > 0;
    }
    if (text.charAt(i) != 'e' && text.charAt(i) != 'E') {
      return false;
    }
    i++;
    if (i < n && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
      i++;
    }
    int exponentStart = i;
    while (i < n && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
      i++;
    }
    return i == n && i > exponentStart;
  }

  /** A number of any size; 22P02 for what is none. */
  public static BigDecimal parseDecimal(String text) {
    String number = text.strip();
    if (!isNumber(number)) {
      switch (number.toLowerCase(Locale.ROOT)) {
        case "nan", "infinity", "-infinity", "+infinity", "inf", "-inf", "+inf" ->
            throw new KalamException(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "numeric values NaN and Infinity are not supported");
        default -> throw invalid("numeric", text);
      }
    }
    if (number.length() > MAX_NUMBER_LENGTH) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    }
    try {
      BigDecimal value = new BigDecimal(number);
      return value.signum() == 0 && value.scale() < 0 ? BigDecimal.ZERO : value;
    } catch (NumberFormatException e) {
      // Well formed, so the exponent is beyond 32 bits.
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format", e);
    }
  }

  static double parseDouble(String text) {
    String number = text.strip();
    if (isNumber(number)) {
      double value = Double.parseDouble(number);
      if (Double.isInfinite(value) || value == 0 && hasDigit(number)) {
        throw tooLarge(number, "double precision");
      }
      return value;
    }
    return special(number, text, "double precision");
  }

  static float parseReal(String text) {
    String number = text.strip();
    if (isNumber(number)) {
      float value = Float.parseFloat(number);
      if (Float.isInfinite(value) || value == 0 && hasDigit(number)) {
        throw tooLarge(number, "real");
      }
      return value;
    }
    return (float) special(number, text, "real");
  }

  /** Whether the mantissa has a digit other than 0. */
  private static boolean hasDigit(String number) {
    for (int i = 0; i < number.length(); i++) {
      char c = number.charAt(i);
      if (c == 'e' || c == 'E') {
        return false;
      }
      if (c >= '1' && c <= '9') {
        return true;
      }
    }
    return false;
  }

  private static KalamException tooLarge(String number, String type) {
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        "\"" + shown(number) + "\" is out of range for type " + type);
  }

  private static double special(String number, String text, String type) {
    return switch (number.toLowerCase(Locale.ROOT)) {
      case "nan", "+nan", "-nan" -> Double.NaN;
      case "infinity", "+infinity", "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-infinity", "-inf" -> Double.NEGATIVE_INFINITY;
      default -> throw invalid(type, text);
    };
  }

  /**
   * The shortest text that reads back as the same number, in PostgreSQL's layout: exponents from
   * 1e+15 and below 1e-04. (Before Java 19 {@code Double.toString} is not always the shortest.)
   */
  public static String formatDouble(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
      return formatSpecial(value);
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (digits.precision() > 15 || Math.abs(value) < Double.MIN_NORMAL) {
      BigDecimal exact = new BigDecimal(value);
      int n = digits.precision();
      BigDecimal shorter = exact.round(new MathContext(n, RoundingMode.HALF_EVEN));
      while (shorter.doubleValue() == value) {
        digits = shorter;
        n--;
        if (n == 0) {
          break;
        }
        shorter = exact.round(new MathContext(n, RoundingMode.HALF_EVEN));
      }
      digits = digits.stripTrailingZeros();
    }
    return layout(digits, 15);
  }

  /** As {@link #formatDouble}, with exponents from 1e+06. */
  public static String formatReal(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value) || value == 0) {
      return formatSpecial(value);
    }
    BigDecimal digits = new BigDecimal(Float.toString(value)).stripTrailingZeros();
    if (digits.precision() > 6 || Math.abs(value) < Float.MIN_NORMAL) {
      BigDecimal exact = new BigDecimal(value);
      int n = digits.precision();
      BigDecimal shorter = exact.round(new MathContext(n, RoundingMode.HALF_EVEN));
      while (shorter.floatValue() == value) {
        digits = shorter;
        n--;
        if (n == 0) {
          break;
        }
        shorter = exact.round(new MathContext(n, RoundingMode.HALF_EVEN));
      }
      digits = digits.stripTrailingZeros();
    }
    return layout(digits, 6);
  }

  private static String formatSpecial(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }

  private static String layout(BigDecimal digits, int firstExponent) {
    int exponent = digits.precision() - digits.scale() - 1;
    if (exponent >= -4 && exponent < firstExponent) {
      return digits.toPlainString();
    }
    String all = digits.unscaledValue().abs().toString();
    StringBuilder text = new StringBuilder(digits.signum() < 0 ? "-" : "").append(all.charAt(0));
    if (all.length() > 1) {
      text.append('.').append(all, 1, all.length());
    }
    int size = Math.abs(exponent);
    return text.append(exponent < 0 ? "e-" : "e+")
        .append(size < 10 ? "0" : "")
        .append(size)
        .toString();
  }

  /** bytea in hex form ({@code \x00ff}) or escape form ({@code a\\b\000}). */
  static byte[] parseBytes(String text) {
    return text.startsWith("\\x") ? BytesEncodings.hex(text.substring(2)) : parseEscaped(text);
  }

  /** Escape form: {@code \\} is a backslash, {@code \ooo} the byte of that octal number. */
  static byte[] parseEscaped(String text) {
    byte[] utf8 = org.kalamdb.internal.common.Utf8.encode(text);
    byte[] bytes = new byte[utf8.length];
    int n = 0;
    for (int i = 0; i < utf8.length; i++) {
      if (utf8[i] != '\\') {
        bytes[n++] = utf8[i];
      } else if (i + 1 < utf8.length && utf8[i + 1] == '\\') {
        bytes[n++] = '\\';
        i++;
      } else if (i + 3 < utf8.length
          && octal(utf8[i + 1], 3)
          && octal(utf8[i + 2], 7)
          && octal(utf8[i + 3], 7)) {
        bytes[n++] =
            (byte) ((utf8[i + 1] - '0') << 6 | (utf8[i + 2] - '0') << 3 | (utf8[i + 3] - '0'));
        i += 3;
      } else {
        throw invalid("bytea", text);
      }
    }
    return Arrays.copyOf(bytes, n);
  }

  private static boolean octal(byte digit, int max) {
    return digit >= '0' && digit <= '0' + max;
  }

  static String formatBytes(byte[] bytes) {
    return "\\x" + HexFormat.of().formatHex(bytes);
  }

  /** A uuid with or without hyphens (each after four digits) and braces. */
  static UUID parseUuid(String text) {
    String hex = text.strip();
    if (hex.startsWith("{") && hex.endsWith("}") && hex.length() > 1) {
      hex = hex.substring(1, hex.length() - 1);
    }
    long high = 0;
    long low = 0;
    int digits = 0;
    for (int i = 0; i < hex.length(); i++) {
      char c = hex.charAt(i);
      if (c == '-'
          && digits > 0
          && digits % 4 == 0
          && hex.charAt(i - 1) != '-'
          && i + 1 < hex.length()) {
        continue;
      }
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0 || digits == 32) {
        throw invalid("uuid", text);
      }
      if (digits < 16) {
        high = high << 4 | digit;
      } else {
        low = low << 4 | digit;
      }
      digits++;
    }
    if (digits != 32) {
      throw invalid("uuid", text);
    }
    return new UUID(high, low);
  }

  /** The text itself, if it is one JSON value; 22P02 if not. */
  static String checkJson(String text) {
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() == null) {
        throw invalid("json", text);
      }
      parser.skipChildren();
      parser.finishToken();
      if (parser.nextToken() != null) {
        throw invalid("json", text);
      }
      return text;
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.INVALID_TEXT_REPRESENTATION,
          "invalid input syntax for type json: \"" + shown(text) + "\"",
          e);
    }
  }

  /** {@code [1,2.5,-3]}; 22P02 for what is none. */
  static float[] parseEmbedding(String text) {
    String list = text.strip();
    if (list.length() < 2 || list.charAt(0) != '[' || list.charAt(list.length() - 1) != ']') {
      throw invalid("embedding", text);
    }
    String inner = list.substring(1, list.length() - 1);
    if (inner.isBlank()) {
      throw new KalamException(
          ErrorCode.INVALID_TEXT_REPRESENTATION, "an embedding has at least 1 dimension");
    }
    String[] parts = inner.split(",", -1);
    if (parts.length > DataType.MAX_EMBEDDING_DIMENSIONS) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "an embedding has at most 8192 dimensions, not " + parts.length);
    }
    float[] floats = new float[parts.length];
    for (int i = 0; i < floats.length; i++) {
      if (!isNumber(parts[i].strip())) {
        throw invalid("embedding", text);
      }
      floats[i] = Float.parseFloat(parts[i].strip());
    }
    return checkFinite(floats);
  }

  static float[] checkFinite(float[] floats) {
    for (float value : floats) {
      if (Float.isNaN(value) || Float.isInfinite(value)) {
        throw new KalamException(
            ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
            "NaN and Infinity are not allowed in an embedding");
      }
    }
    return floats;
  }

  static String formatEmbedding(float[] floats) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < floats.length; i++) {
      text.append(i == 0 ? "" : ",").append(formatReal(floats[i]));
    }
    return text.append(']').toString();
  }
}
