package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.number;
import static org.kalamdb.internal.expr.TextFunctions.string;
import static org.kalamdb.internal.expr.TextFunctions.text;

import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Functions that cut a piece out of a text, put one in, trim, or pad. */
final class TextParts {
  private TextParts() {}

  static void register(Registrar r) {
    for (String name : List.of("substring", "substr")) {
      r.kernel(name, DataType.TEXT, TextParts::substrings, Kind.TEXT, Kind.INTEGER);
      r.kernel(name, DataType.TEXT, TextParts::substrings, Kind.TEXT, Kind.INTEGER, Kind.INTEGER);
    }
    r.kernel(
        "left",
        DataType.TEXT,
        (in, out, rows, n, c) -> ends(in, out, rows, n, true),
        Kind.TEXT,
        Kind.INTEGER);
    r.kernel(
        "right",
        DataType.TEXT,
        (in, out, rows, n, c) -> ends(in, out, rows, n, false),
        Kind.TEXT,
        Kind.INTEGER);
    text(
        r,
        "overlay",
        a -> overlay(a, string(a[1]).codePointCount(0, string(a[1]).length())),
        Kind.TEXT,
        Kind.TEXT,
        Kind.INTEGER);
    text(
        r,
        "overlay",
        a -> overlay(a, number(a[3])),
        Kind.TEXT,
        Kind.TEXT,
        Kind.INTEGER,
        Kind.INTEGER);
    text(
        r,
        "split_part",
        a -> splitPart(string(a[0]), string(a[1]), number(a[2])),
        Kind.TEXT,
        Kind.TEXT,
        Kind.INTEGER);
    trimming(r, "trim", true, true);
    trimming(r, "btrim", true, true);
    trimming(r, "ltrim", true, false);
    trimming(r, "rtrim", false, true);
    padding(r, "lpad", true);
    padding(r, "rpad", false);
  }

  /** Characters {@code start} to {@code start + length - 1}, as far as they exist. */
  private static void substrings(
      ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long at = in[0].valueAddress(row);
      int size = in[0].valueLength(row);
      long start = in[1].getInt(row) - 1L;
      long end = Long.MAX_VALUE;
      if (in.length == 3) {
        int length = in[2].getInt(row);
        if (length < 0) {
          throw negativeLength();
        }
        end = start + length;
      }
      int from = Utf8Values.offset(at, size, Math.max(start, 0));
      int to =
          end == Long.MAX_VALUE
              ? size
              : from + Utf8Values.offset(at + from, size - from, end - Math.max(start, 0));
      out.putBytes(row, at + from, Math.max(0, to - from));
    }
  }

  private static KalamException negativeLength() {
    return new KalamException(ErrorCode.SUBSTRING_ERROR, "negative substring length not allowed");
  }

  /** The first or last characters; a negative count leaves out that many at the other end. */
  private static void ends(ColumnView[] in, ColumnWriter out, int[] rows, int n, boolean first) {
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      long at = in[0].valueAddress(row);
      int size = in[0].valueLength(row);
      long count = in[1].getInt(row);
      if (count < 0 || !first) {
        int characters = Utf8Values.countCharacters(at, size);
        count = count < 0 ? Math.max(0, characters + count) : Math.min(characters, count);
        if (!first) {
          int from = Utf8Values.offset(at, size, characters - count);
          out.putBytes(row, at + from, size - from);
          continue;
        }
      }
      out.putBytes(row, at, Utf8Values.offset(at, size, count));
    }
  }

  private static String overlay(@Nullable Object[] a, long length) {
    String text = string(a[0]);
    int start = number(a[2]);
    if (start <= 0) {
      throw negativeLength();
    }
    int size = text.codePointCount(0, text.length());
    int before = Math.min(size, start - 1);
    long after = Math.max(0, Math.min(size, start - 1 + length));
    return text.substring(0, text.offsetByCodePoints(0, before))
        + string(a[1])
        + text.substring(text.offsetByCodePoints(0, (int) after));
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
    long wanted = n;
    if (n < 0) {
      long fields = 1;
      for (int at = text.indexOf(delimiter); at >= 0; ) {
        fields++;
        at = text.indexOf(delimiter, at + delimiter.length());
      }
      wanted = fields + n + 1;
    }
    int from = 0;
    for (long field = 1; field <= wanted; field++) {
      int at = text.indexOf(delimiter, from);
      if (field == wanted) {
        return text.substring(from, at < 0 ? text.length() : at);
      }
      if (at < 0) {
        return "";
      }
      from = at + delimiter.length();
    }
    return "";
  }

  private static void trimming(Registrar r, String name, boolean start, boolean end) {
    r.kernel(
        name,
        DataType.TEXT,
        (in, out, rows, n, context) -> {
          for (int i = 0; i < n; i++) {
            trimBlanks(in[0], out, rows[i], start, end);
          }
        },
        Kind.TEXT);
    text(r, name, a -> trim(string(a[0]), string(a[1]), start, end), Kind.TEXT, Kind.TEXT);
  }

  private static void trimBlanks(
      ColumnView in, ColumnWriter out, int row, boolean start, boolean end) {
    long from = in.valueAddress(row);
    long to = from + in.valueLength(row);
    while (start && from < to && MemoryUtil.getByte(from) == ' ') {
      from++;
    }
    while (end && to > from && MemoryUtil.getByte(to - 1) == ' ') {
      to--;
    }
    out.putBytes(row, from, (int) (to - from));
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

  private static void padding(Registrar r, String name, boolean left) {
    text(r, name, a -> pad(string(a[0]), number(a[1]), " ", left), Kind.TEXT, Kind.INTEGER);
    text(
        r,
        name,
        a -> pad(string(a[0]), number(a[1]), string(a[2]), left),
        Kind.TEXT,
        Kind.INTEGER,
        Kind.TEXT);
  }

  private static String pad(String text, int length, String fill, boolean left) {
    TextFunctions.checkLength(length);
    int size = text.codePointCount(0, text.length());
    if (size >= length || fill.isEmpty()) {
      int keep = Math.max(0, Math.min(size, length));
      return text.substring(0, text.offsetByCodePoints(0, keep));
    }
    int[] filler = fill.codePoints().toArray();
    StringBuilder padding = new StringBuilder();
    for (int i = 0; i < length - size; i++) {
      padding.appendCodePoint(filler[i % filler.length]);
    }
    return left ? padding + text : text + padding;
  }
}
