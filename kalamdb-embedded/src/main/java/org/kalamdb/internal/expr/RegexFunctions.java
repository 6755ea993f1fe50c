package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.number;
import static org.kalamdb.internal.expr.TextFunctions.string;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Regular expressions, SIMILAR TO, and the functions of PostgreSQL's table 9.10 over them. Where
 * PostgreSQL gives an array, these give a JSON array.
 */
final class RegexFunctions {
  private static final Kind TEXT = Kind.TEXT;
  private static final Kind INT = Kind.INTEGER;

  private RegexFunctions() {}

  /** One function over a compiled expression; arguments are never NULL. */
  @FunctionalInterface
  private interface RegexFunction {
    @Nullable Object apply(Regex regex, @Nullable Object[] arguments);
  }

  static void register(Registrar r) {
    operator(r, "~", "", true);
    operator(r, "~*", "i", true);
    operator(r, "!~", "", false);
    operator(r, "!~*", "i", false);
    add(r, "similar to", DataType.BOOLEAN, (x, a) -> similar(x, a, "\\"), TEXT, TEXT);
    add(r, "similar to", DataType.BOOLEAN, (x, a) -> similar(x, a, string(a[2])), TEXT, TEXT, TEXT);
    add(r, "regexp_like", DataType.BOOLEAN, RegexFunctions::like, TEXT, TEXT);
    add(r, "regexp_like", DataType.BOOLEAN, RegexFunctions::like, TEXT, TEXT, TEXT);
    optional(r, "regexp_count", DataType.INTEGER, RegexFunctions::count, 2, TEXT, TEXT, INT, TEXT);
    optional(
        r,
        "regexp_instr",
        DataType.INTEGER,
        RegexFunctions::position,
        2,
        TEXT,
        TEXT,
        INT,
        INT,
        INT,
        TEXT,
        INT);
    optional(
        r,
        "regexp_substr",
        DataType.TEXT,
        RegexFunctions::part,
        2,
        TEXT,
        TEXT,
        INT,
        INT,
        TEXT,
        INT);
    optional(r, "regexp_match", DataType.JSON, RegexFunctions::match, 2, TEXT, TEXT, TEXT);
    optional(r, "regexp_split_to_array", DataType.JSON, RegexFunctions::split, 2, TEXT, TEXT, TEXT);
    add(r, "regexp_replace", DataType.TEXT, (x, a) -> replace(x, a, "", 1, -1), TEXT, TEXT, TEXT);
    add(
        r,
        "regexp_replace",
        DataType.TEXT,
        (x, a) -> replace(x, a, string(a[3]), 1, -1),
        TEXT,
        TEXT,
        TEXT,
        TEXT);
    add(
        r,
        "regexp_replace",
        DataType.TEXT,
        (x, a) -> replace(x, a, "", number(a[3]), 1),
        TEXT,
        TEXT,
        TEXT,
        INT);
    optional(
        r,
        "regexp_replace",
        DataType.TEXT,
        (x, a) -> replace(x, a, a.length > 5 ? string(a[5]) : "", number(a[3]), number(a[4])),
        5,
        TEXT,
        TEXT,
        TEXT,
        INT,
        INT,
        TEXT);
    add(
        r,
        "substring",
        DataType.TEXT,
        (x, a) -> substring(x.matcher(string(a[0]), string(a[1]), "")),
        TEXT,
        TEXT);
    add(
        r,
        "substring",
        DataType.TEXT,
        (x, a) ->
            substring(
                x.matcher(string(a[0]), SimilarPattern.toRegex(string(a[1]), string(a[2])), "")),
        TEXT,
        TEXT,
        TEXT);
  }

  private static void add(
      Registrar r, String name, DataType type, RegexFunction function, Kind... parameters) {
    r.kernel(
        name,
        in -> type,
        (in, result) -> {
          Regex regex = new Regex();
          return Registrar.loop(
              (a, c) -> {
                regex.interruptedBy(c);
                return Regex.guarded((Supplier<@Nullable Object>) () -> function.apply(regex, a));
              },
              in.size());
        },
        parameters);
  }

  /** The overloads with the first {@code least} parameters, one more, and so on. */
  private static void optional(
      Registrar r, String name, DataType type, RegexFunction function, int least, Kind... all) {
    for (int count = least; count <= all.length; count++) {
      add(r, name, type, function, Arrays.copyOf(all, count));
    }
  }

  private static void operator(Registrar r, String name, String options, boolean wanted) {
    add(
        r,
        name,
        DataType.BOOLEAN,
        (x, a) -> x.matcher(string(a[0]), string(a[1]), options).find() == wanted,
        TEXT,
        TEXT);
  }

  private static boolean similar(Regex regex, @Nullable Object[] a, String escape) {
    String text = SimilarPattern.toRegex(string(a[1]), escape);
    return regex.matcher(string(a[0]), text, "").find();
  }

  private static String options(@Nullable Object[] a, int index) {
    return a.length > index ? string(a[index]) : "";
  }

  private static String withoutGlobal(String options, String function) {
    if (options.indexOf('g') >= 0) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          function + "() does not support the \"global\" option");
    }
    return options;
  }

  private static int positive(@Nullable Object[] a, int index, String parameter, int otherwise) {
    int value = a.length > index ? number(a[index]) : otherwise;
    if (value < (parameter.equals("subexpr") ? 0 : 1)) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid value for parameter \"" + parameter + "\": " + value);
    }
    return value;
  }

  private static Object like(Regex regex, @Nullable Object[] a) {
    String options = withoutGlobal(options(a, 2), "regexp_like");
    return regex.matcher(string(a[0]), string(a[1]), options).find();
  }

  /** Where character number {@code start} is in the String, its length if there is none. */
  private static int index(String text, int start) {
    return start > text.codePointCount(0, text.length())
        ? text.length()
        : text.offsetByCodePoints(0, start - 1);
  }

  private static Object count(Regex regex, @Nullable Object[] a) {
    String text = string(a[0]);
    int start = index(text, positive(a, 2, "start", 1));
    Matcher matcher =
        regex.matcher(text, string(a[1]), withoutGlobal(options(a, 3), "regexp_count"));
    int count = 0;
    for (boolean found = matcher.find(start); found; found = matcher.find()) {
      count++;
    }
    return count;
  }

  /** The n-th match from a start, if there is one. */
  private static boolean find(Matcher matcher, int start, int n) {
    boolean found = matcher.find(start);
    for (int i = 1; i < n && found; i++) {
      found = matcher.find();
    }
    return found;
  }

  private static Object position(Regex regex, @Nullable Object[] a) {
    String text = string(a[0]);
    int start = index(text, positive(a, 2, "start", 1));
    int n = positive(a, 3, "n", 1);
    int end = a.length > 4 ? number(a[4]) : 0;
    if (end != 0 && end != 1) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE, "invalid value for parameter \"endoption\": " + end);
    }
    int group = positive(a, 6, "subexpr", 0);
    Matcher matcher =
        regex.matcher(text, string(a[1]), withoutGlobal(options(a, 5), "regexp_instr"));
    if (group > matcher.groupCount() || !find(matcher, start, n) || matcher.start(group) < 0) {
      return 0;
    }
    int at = end == 1 ? matcher.end(group) : matcher.start(group);
    return text.codePointCount(0, at) + 1;
  }

  private static @Nullable Object part(Regex regex, @Nullable Object[] a) {
    String text = string(a[0]);
    int start = index(text, positive(a, 2, "start", 1));
    int n = positive(a, 3, "n", 1);
    int group = positive(a, 5, "subexpr", 0);
    Matcher matcher =
        regex.matcher(text, string(a[1]), withoutGlobal(options(a, 4), "regexp_substr"));
    return group <= matcher.groupCount() && find(matcher, start, n) ? matcher.group(group) : null;
  }

  /** What the first parenthesis matched, or all if there is none. */
  private static @Nullable Object substring(Matcher matcher) {
    return matcher.find() ? matcher.group(Math.min(1, matcher.groupCount())) : null;
  }

  private static @Nullable Object match(Regex regex, @Nullable Object[] a) {
    String options = withoutGlobal(options(a, 2), "regexp_match");
    Matcher matcher = regex.matcher(string(a[0]), string(a[1]), options);
    return matcher.find() ? groups(matcher) : null;
  }

  /** What the parentheses took, or all if there are none. */
  private static String groups(Matcher matcher) {
    List<JsonValue> groups = new ArrayList<>();
    for (int i = Math.min(1, matcher.groupCount()); i <= matcher.groupCount(); i++) {
      groups.add(JsonValue.ofText(matcher.group(i)));
    }
    return new JsonValue.Array(groups).text();
  }

  /** The groups of the first match, or with option g of all. */
  static List<String> matches(Regex regex, String text, String pattern, String options) {
    boolean all = options.indexOf('g') >= 0;
    Matcher matcher = regex.matcher(text, pattern, options.replace("g", ""));
    List<String> matches = new ArrayList<>();
    while ((all || matches.isEmpty()) && matcher.find()) {
      matches.add(groups(matcher));
    }
    return matches;
  }

  private static Object split(Regex regex, @Nullable Object[] a) {
    String options = withoutGlobal(options(a, 2), "regexp_split_to_array");
    List<JsonValue> parts = new ArrayList<>();
    for (String part : between(regex.matcher(string(a[0]), string(a[1]), options), string(a[0]))) {
      parts.add(JsonValue.ofText(part));
    }
    return new JsonValue.Array(parts).text();
  }

  /** What lies between the matches. */
  static List<String> parts(Regex regex, String text, String pattern, String options) {
    String letters = withoutGlobal(options, "regexp_split_to_table");
    return between(regex.matcher(text, pattern, letters), text);
  }

  private static List<String> between(Matcher matcher, String text) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    while (matcher.find()) {
      boolean empty = matcher.end() == matcher.start();
      if (empty && (matcher.start() == from || matcher.start() >= text.length())) {
        continue;
      }
      parts.add(text.substring(from, matcher.start()));
      from = matcher.end();
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** The n-th match replaced; all if n is 0; the first, or all with option g, if n is -1. */
  private static Object replace(
      Regex regex, @Nullable Object[] a, String options, int start, int n) {
    if (start < 1 || n < -1) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "invalid value for parameter \"" + (start < 1 ? "start\": " + start : "n\": " + n));
    }
    String text = string(a[0]);
    boolean all = n == 0 || n == -1 && options.indexOf('g') >= 0;
    int wanted = Math.max(1, n);
    Matcher matcher = regex.matcher(text, string(a[1]), options.replace("g", ""));
    StringBuilder result = new StringBuilder();
    int from = 0;
    int count = 0;
    for (boolean found = matcher.find(index(text, start)); found; found = matcher.find()) {
      count++;
      if (all || count == wanted) {
        result.append(text, from, matcher.start());
        append(result, string(a[2]), matcher);
        from = matcher.end();
      }
      if (!all && count == wanted) {
        break;
      }
    }
    return result.append(text, from, text.length()).toString();
  }

  /** {@code \1} to {@code \9} and {@code \&} in the replacement are what was matched. */
  private static void append(StringBuilder result, String replacement, Matcher matcher) {
    for (int i = 0; i < replacement.length(); i++) {
      char c = replacement.charAt(i);
      char next = i + 1 < replacement.length() ? replacement.charAt(i + 1) : 0;
      if (c == '\\' && (next >= '1' && next <= '9' || next == '&')) {
        int group = next == '&' ? 0 : next - '0';
        String matched = group <= matcher.groupCount() ? matcher.group(group) : null;
        result.append(matched == null ? "" : matched);
        i++;
      } else if (c == '\\' && next == '\\') {
        result.append('\\');
        i++;
      } else {
        result.append(c);
      }
    }
  }
}
