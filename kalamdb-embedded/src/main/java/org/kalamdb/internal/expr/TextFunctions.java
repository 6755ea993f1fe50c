package org.kalamdb.internal.expr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions of text. Positions and lengths count characters (code points), from 1. */
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
    text(r, "lower", a -> string(a[0]).toLowerCase(Locale.ROOT), Kind.TEXT);
    text(r, "upper", a -> string(a[0]).toUpperCase(Locale.ROOT), Kind.TEXT);
    text(r, "initcap", a -> initCap(string(a[0])), Kind.TEXT);
    text(r, "reverse", a -> new StringBuilder(string(a[0])).reverse().toString(), Kind.TEXT);
    trimming(r);
    text(
        r,
        "substring",
        a -> substring(string(a[0]), number(a[1]), Long.MAX_VALUE),
        Kind.TEXT,
        Kind.INTEGER);
    text(
        r,
        "substr",
        a -> substring(string(a[0]), number(a[1]), Long.MAX_VALUE),
        Kind.TEXT,
        Kind.INTEGER);
    text(r, "substring", TextFunctions::substring, Kind.TEXT, Kind.INTEGER, Kind.INTEGER);
    text(r, "substr", TextFunctions::substring, Kind.TEXT, Kind.INTEGER, Kind.INTEGER);
    r.value(
        "strpos",
        DataType.INTEGER,
        (a, c) -> position(string(a[0]), string(a[1])),
        Kind.TEXT,
        Kind.TEXT);
    r.value(
        "position",
        DataType.INTEGER,
        (a, c) -> position(string(a[0]), string(a[1])),
        Kind.TEXT,
        Kind.TEXT);
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
    text(r, "left", a -> left(string(a[0]), number(a[1])), Kind.TEXT, Kind.INTEGER);
    text(r, "right", a -> right(string(a[0]), number(a[1])), Kind.TEXT, Kind.INTEGER);
    text(r, "repeat", a -> repeat(string(a[0]), number(a[1])), Kind.TEXT, Kind.INTEGER);
    text(r, "lpad", a -> pad(string(a[0]), number(a[1]), " ", true), Kind.TEXT, Kind.INTEGER);
    text(r, "rpad", a -> pad(string(a[0]), number(a[1]), " ", false), Kind.TEXT, Kind.INTEGER);
    text(
        r,
        "lpad",
        a -> pad(string(a[0]), number(a[1]), string(a[2]), true),
        Kind.TEXT,
        Kind.INTEGER,
        Kind.TEXT);
    text(
        r,
        "rpad",
        a -> pad(string(a[0]), number(a[1]), string(a[2]), false),
        Kind.TEXT,
        Kind.INTEGER,
        Kind.TEXT);
    text(
        r,
        "split_part",
        a -> splitPart(string(a[0]), string(a[1]), number(a[2])),
        Kind.TEXT,
        Kind.TEXT,
        Kind.INTEGER);
    r.value(
        "starts_with",
        DataType.BOOLEAN,
        (a, c) -> string(a[0]).startsWith(string(a[1])),
        Kind.TEXT,
        Kind.TEXT);
    r.value(
        "ascii",
        DataType.INTEGER,
        (a, c) -> string(a[0]).isEmpty() ? 0 : string(a[0]).codePointAt(0),
        Kind.TEXT);
    text(r, "chr", a -> character(number(a[0])), Kind.INTEGER);
    text(r, "to_hex", a -> Integer.toHexString(number(a[0])), Kind.INTEGER);
    text(r, "to_hex", a -> Long.toHexString((Long) Objects.requireNonNull(a[0])), Kind.BIGINT);
    text(r, "quote_literal", a -> "'" + string(a[0]).replace("'", "''") + "'", Kind.TEXT);
  }

  /** A function of Java values whose result is text. */
  @FunctionalInterface
  private interface TextFunction {
    String apply(@Nullable Object[] arguments);
  }

  private static void text(Registrar r, String name, TextFunction function, Kind... parameters) {
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
      r.kernel(
          "||",
          in -> DataType.TEXT,
          (in, type) ->
              Registrar.loop((a, c) -> format(a[0], in.get(0), c) + format(a[1], in.get(1), c), 2),
          textFirst ? Kind.TEXT : Kind.UNKNOWN,
          textFirst ? Kind.UNKNOWN : Kind.TEXT);
    }
    r.variadic(
        "concat", false, in -> DataType.TEXT, false, (in, type) -> concat(in, false), Kind.UNKNOWN);
    r.variadic(
        "concat_ws",
        false,
        in -> DataType.TEXT,
        false,
        (in, type) -> concat(in, true),
        Kind.TEXT,
        Kind.UNKNOWN);
  }

  /** Text of a value; concat writes booleans as t and f, as PostgreSQL does. */
  private static String format(@Nullable Object value, DataType type, EvaluationContext context) {
    return value == null ? "" : Values.format(value, type, context.zone());
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
            if (a[i] == null) {
              continue;
            }
            if (separated && !first) {
              text.append(string(a[0]));
            }
            first = false;
            text.append(
                a[i] instanceof Boolean truth
                    ? (truth ? "t" : "f")
                    : format(a[i], types.get(i), c));
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
      long at = in[0].valueAddress(rows[i]);
      int length = in[0].valueLength(rows[i]);
      int count = 0;
      for (int b = 0; b < length; b++) {
        // Every byte but the continuations 10xxxxxx begins a character.
        count += (MemoryUtil.getByte(at + b) & 0xc0) == 0x80 ? 0 : 1;
      }
      out.setInt(rows[i], count);
    }
  }

  static void octetCounts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], in[0].valueLength(rows[i]));
    }
  }

  private static void bitCounts(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      out.setInt(rows[i], Math.multiplyExact(8, in[0].valueLength(rows[i])));
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

  private static void trimming(Registrar r) {
    for (String name : List.of("trim", "btrim")) {
      text(r, name, a -> trim(string(a[0]), " ", true, true), Kind.TEXT);
      text(r, name, a -> trim(string(a[0]), string(a[1]), true, true), Kind.TEXT, Kind.TEXT);
    }
    text(r, "ltrim", a -> trim(string(a[0]), " ", true, false), Kind.TEXT);
    text(r, "ltrim", a -> trim(string(a[0]), string(a[1]), true, false), Kind.TEXT, Kind.TEXT);
    text(r, "rtrim", a -> trim(string(a[0]), " ", false, true), Kind.TEXT);
    text(r, "rtrim", a -> trim(string(a[0]), string(a[1]), false, true), Kind.TEXT, Kind.TEXT);
  }

  private static String trim(String text, String characters, boolean start, boolean end) {
    int from = 0;
    int to = text.length();
    while (start && from < to && characters.indexOf(text.codePointAt(from)) >= 0) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (end && to > from && characters.indexOf(text.codePointBefore(to)) >= 0) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static String substring(@Nullable Object[] a) {
    int length = number(a[2]);
    if (length < 0) {
      throw new KalamException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
    }
    return substring(string(a[0]), number(a[1]), length);
  }

  /** Characters {@code start} to {@code start + length - 1}, as far as they exist. */
  private static String substring(String text, long start, long length) {
    int size = text.codePointCount(0, text.length());
    long from = Math.max(0, start - 1);
    long to = length == Long.MAX_VALUE ? size : Math.min(size, start - 1 + length);
    if (from >= to) {
      return "";
    }
    int begin = text.offsetByCodePoints(0, (int) from);
    return text.substring(begin, text.offsetByCodePoints(begin, (int) (to - from)));
  }

  private static int position(String text, String part) {
    int at = text.indexOf(part);
    return at < 0 ? 0 : text.codePointCount(0, at) + 1;
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

  /** A negative count leaves out that many at the end. */
  private static String left(String text, int count) {
    int size = text.codePointCount(0, text.length());
    long keep = count < 0 ? Math.max(0, (long) size + count) : Math.min(size, count);
    return text.substring(0, text.offsetByCodePoints(0, (int) keep));
  }

  /** A negative count leaves out that many at the start. */
  private static String right(String text, int count) {
    int size = text.codePointCount(0, text.length());
    long keep = count < 0 ? Math.max(0, (long) size + count) : Math.min(size, count);
    return text.substring(text.offsetByCodePoints(0, (int) (size - keep)));
  }

  private static String repeat(String text, int count) {
    checkLength((long) text.length() * Math.max(0, count));
    return text.repeat(Math.max(0, count));
  }

  private static void checkLength(long length) {
    if (length > MAX_LENGTH) {
      throw new KalamException(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    }
  }

  private static String pad(String text, int length, String fill, boolean left) {
    checkLength(length);
    int size = text.codePointCount(0, text.length());
    if (size >= length || fill.isEmpty()) {
      return left(text, Math.max(0, Math.min(size, length)));
    }
    int[] filler = fill.codePoints().toArray();
    StringBuilder padding = new StringBuilder();
    for (int i = 0; i < length - size; i++) {
      padding.appendCodePoint(filler[i % filler.length]);
    }
    return left ? padding + text : text + padding;
  }

  /** Field number {@code n}; a negative number counts from the end. */
  private static String splitPart(String text, String delimiter, int n) {
    if (n == 0) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE, "field position must not be zero");
    }
    if (delimiter.isEmpty()) {
      return n == 1 || n == -1 ? text : "";
    }
    List<String> fields = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(delimiter); at >= 0; at = text.indexOf(delimiter, from)) {
      fields.add(text.substring(from, at));
      from = at + delimiter.length();
    }
    fields.add(text.substring(from));
    long index = n > 0 ? n - 1L : (long) fields.size() + n;
    return index < 0 || index >= fields.size() ? "" : fields.get((int) index);
  }

  private static String character(int codePoint) {
    if (codePoint == 0) {
      throw new KalamException(ErrorCode.PROGRAM_LIMIT_EXCEEDED, "null character not permitted");
    }
    if (codePoint < 0
        || codePoint > Character.MAX_CODE_POINT
        || codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
      throw new KalamException(
          ErrorCode.PROGRAM_LIMIT_EXCEEDED,
          "requested character not valid for encoding: " + codePoint);
    }
    return Character.toString(codePoint);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
