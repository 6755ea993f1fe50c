package org.kalamdb.internal.expr;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnValues;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions of whole texts. Positions and lengths count characters (code points), from 1. */
final class TextFunctions {
  private static final int MAX_LENGTH = 256 << 20;

  private TextFunctions() {}

  static void register(Registrar r) {
    concatenation(r);
    for (String name : List.of("length", "char_length", "character_length")) {
      r.kernel(name, DataType.INTEGER, TextFunctions::characterCounts, Kind.TEXT);
    }
    r.kernel("octet_length", DataType.INTEGER, TextFunctions::octetCounts, Kind.TEXT);
    r.kernel("bit_length", DataType.INTEGER, TextFunctions::bitCounts, Kind.TEXT);
    changeOfCase(r, "lower", false);
    changeOfCase(r, "upper", true);
    text(r, "initcap", a -> initCap(string(a[0])), Kind.TEXT);
    text(r, "reverse", a -> new StringBuilder(string(a[0])).reverse().toString(), Kind.TEXT);
    for (String name : List.of("strpos", "position")) {
      r.kernel(name, DataType.INTEGER, TextFunctions::positions, Kind.TEXT, Kind.TEXT);
    }
    r.kernel("starts_with", DataType.BOOLEAN, TextFunctions::startsWith, Kind.TEXT, Kind.TEXT);
    text(
        r,
        "replace",
        a ->
            string(a[1]).isEmpty()
                ? string(a[0])
                : string(a[0]).replace(string(a[1]), string(a[2])),
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT);
    text(
        r,
        "translate",
        a -> translate(string(a[0]), string(a[1]), string(a[2])),
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT);
    text(r, "repeat", a -> repeat(string(a[0]), number(a[1])), Kind.TEXT, Kind.INTEGER);
    r.value(
        "ascii",
        DataType.INTEGER,
        (a, c) -> string(a[0]).isEmpty() ? 0 : string(a[0]).codePointAt(0),
        Kind.TEXT);
    text(r, "chr", a -> character(number(a[0])), Kind.INTEGER);
    text(r, "to_hex", a -> Integer.toHexString(number(a[0])), Kind.INTEGER);
    text(r, "to_hex", a -> Long.toHexString((Long) Objects.requireNonNull(a[0])), Kind.BIGINT);
    text(r, "normalize", a -> normalize(string(a[0]), "NFC"), Kind.TEXT);
    text(r, "normalize", a -> normalize(string(a[0]), string(a[1])), Kind.TEXT, Kind.TEXT);
    text(r, "unistr", a -> UnicodeEscapes.decode(string(a[0])), Kind.TEXT);
  }

  /** A function of Java values whose result is text. */
  @FunctionalInterface
  interface TextFunction {
    String apply(@Nullable Object[] arguments);
  }

  static void text(Registrar r, String name, TextFunction function, Kind... parameters) {
    r.value(name, DataType.TEXT, (a, c) -> function.apply(a), parameters);
  }

  static String string(@Nullable Object value) {
    return (String) Objects.requireNonNull(value);
  }

  static int number(@Nullable Object value) {
    return (Integer) Objects.requireNonNull(value);
  }

  private static void concatenation(Registrar r) {
    r.kernel("||", DataType.TEXT, TextFunctions::concatenate, Kind.TEXT, Kind.TEXT);
    r.kernel("||", DataType.BYTES, TextFunctions::concatenate, Kind.BYTES, Kind.BYTES);
    for (boolean textFirst : new boolean[] {true, false}) {
      r.add(
          "||",
          in -> DataType.TEXT,
          Volatility.STABLE,
          true,
          (in, type) ->
              Registrar.loop((a, c) -> format(a[0], in.get(0), c) + format(a[1], in.get(1), c), 2),
          textFirst ? Kind.TEXT : Kind.UNKNOWN,
          textFirst ? Kind.UNKNOWN : Kind.TEXT);
    }
    r.variadic(
        "concat",
        Volatility.STABLE,
        false,
        in -> DataType.TEXT,
        (in, type) -> concat(in, false),
        Kind.UNKNOWN);
    r.variadic(
        "concat_ws",
        Volatility.STABLE,
        false,
        in -> DataType.TEXT,
        (in, type) -> concat(in, true),
        Kind.TEXT,
        Kind.UNKNOWN);
  }

  /** Text of a value, as a cast gives it. */
  private static String format(@Nullable Object value, DataType type, EvaluationContext context) {
    return value == null ? "" : Values.format(value, type, context.zone());
  }

  /** Text of a value as concat and format write it: a BOOLEAN is t or f. */
  static String output(Object value, DataType type, EvaluationContext context) {
    return value instanceof Boolean truth ? (truth ? "t" : "f") : format(value, type, context);
  }

  private static Kernel concat(List<DataType> types, boolean separated) {
    return Registrar.loop(
        (a, c) -> {
          if (separated && a[0] == null) {
            return null;
          }
          StringBuilder text = new StringBuilder();
          boolean first = true;
          for (int i = separated ? 1 : 0; i < a.length; i++) {
            Object value = a[i];
            if (value == null) {
              continue;
            }
            if (separated && !first) {
              text.append(string(a[0]));
            }
            first = false;
            text.append(output(value, types.get(i), c));
          }
          return text.toString();
        },
        types.size());
  }

  private static void concatenate(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    ColumnView a = in[0];
    ColumnView b = in[1];
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int left = a.valueLength(row);
      int right = b.valueLength(row);
      long at = out.reserve(row, Math.addExact(left, right));
      MemoryUtil.copyMemory(a.valueAddress(row), at, left);
      MemoryUtil.copyMemory(b.valueAddress(row), at + left, right);
      out.commit(row, left + right);
    }
  }

  private static void characterCounts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out.setInt(row, Utf8Values.countCharacters(in[0].valueAddress(row), in[0].valueLength(row)));
    }
  }

  static void octetCounts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], in[0].valueLength(rows[i]));
    }
  }

  static void bitCounts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], Math.multiplyExact(8, in[0].valueLength(rows[i])));
    }
  }

  /** ASCII is changed byte by byte, other text as Unicode says. */
  private static void changeOfCase(Registrar r, String name, boolean upper) {
    r.kernel(
        name,
        DataType.TEXT,
        (in, out, rows, n, context) -> {
          for (int i = 0; i < n; i++) {
            int row = rows[i];
            long from = in[0].valueAddress(row);
            int length = in[0].valueLength(row);
            if (Utf8Values.isAscii(from, length)) {
              Utf8Values.copyWithCase(from, out.reserve(row, length), length, upper);
              out.commit(row, length);
            } else {
              String text = in[0].getString(row);
              out.putText(
                  row, upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT));
            }
          }
        },
        Kind.TEXT);
  }

  private static void positions(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long at = in[0].valueAddress(row);
      int index =
          Utf8Values.indexOf(
              at, in[0].valueLength(row), in[1].valueAddress(row), in[1].valueLength(row));
      out.setInt(row, index < 0 ? 0 : Utf8Values.countCharacters(at, index) + 1);
    }
  }

  private static void startsWith(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      int length = in[1].valueLength(row);
      out.setBoolean(
          row,
          length <= in[0].valueLength(row)
              && ColumnValues.equalBytes(in[0].valueAddress(row), in[1].valueAddress(row), length));
    }
  }

  private static String initCap(String text) {
    StringBuilder result = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      result.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetterOrDigit(c);
      i += Character.charCount(c);
    }
    return result.toString();
  }

  private static String translate(String text, String from, String to) {
    int[] source = from.codePoints().toArray();
    int[] target = to.codePoints().toArray();
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              int at = 0;
              while (at < source.length && source[at] != c) {
                at++;
              }
              if (at == source.length) {
                result.appendCodePoint(c);
              } else if (at < target.length) {
                result.appendCodePoint(target[at]);
              }
            });
    return result.toString();
  }

  private static String repeat(String text, int count) {
    checkLength((long) text.length() * Math.max(0, count));
    return text.repeat(Math.max(0, count));
  }

  static void checkLength(long length) {
    if (length > MAX_LENGTH) {
      throw new KalamException(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    }
  }

  private static String character(int codePoint) {
    if (codePoint < 0) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED, "character number must be positive");
    }
    if (codePoint == 0) {
      throw new KalamException(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "null character not permitted");
    }
    if (codePoint > Character.MAX_CODE_POINT) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "requested character too large for encoding: " + codePoint);
    }
    if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "requested character not valid for encoding: " + codePoint);
    }
    return Character.toString(codePoint);
  }

  private static String normalize(String text, String form) {
    Normalizer.Form known =
        switch (form.toUpperCase(Locale.ROOT)) {
          case "NFC" -> Normalizer.Form.NFC;
          case "NFD" -> Normalizer.Form.NFD;
          case "NFKC" -> Normalizer.Form.NFKC;
          case "NFKD" -> Normalizer.Form.NFKD;
          default ->
              throw new KalamException(
                  ErrorCode.INVALID_PARAMETER_VALUE, "invalid normalization form: " + form);
        };
    return Normalizer.normalize(text, known);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
