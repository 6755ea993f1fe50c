package org.kalamdb.internal.expr;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * LIKE, ILIKE and regular expressions. Regular expressions are Java's, which agree with
 * PostgreSQL's on what is commonly written; one that takes too many steps on a value is refused
 * (54001).
 */
final class PatternFunctions {
  private static final int DEFAULT_ESCAPE = '\\';

  private PatternFunctions() {}

  static void register(Registrar r) {
    like(r, "~~", false);
    like(r, "~~*", true);
    regex(r, "~", 0, true);
    regex(r, "~*", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE, true);
    regex(r, "!~", 0, false);
    regex(r, "!~*", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE, false);
    r.kernel(
        "regexp_replace",
        in -> DataType.TEXT,
        (in, type) -> Registrar.loop(new Replacer()::replace, 3),
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT);
    r.kernel(
        "regexp_replace",
        in -> DataType.TEXT,
        (in, type) -> Registrar.loop(new Replacer()::replace, 4),
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT);
  }

  private static void like(Registrar r, String name, boolean ignoreCase) {
    r.kernel(
        name, in -> DataType.BOOLEAN, (in, type) -> new Like(ignoreCase), Kind.TEXT, Kind.TEXT);
    r.kernel(
        name,
        in -> DataType.BOOLEAN,
        (in, type) -> new Like(ignoreCase),
        Kind.TEXT,
        Kind.TEXT,
        Kind.TEXT);
  }

  /** The loop of LIKE, which compiles a pattern again only when it changes. */
  private static final class Like implements Kernel {
    private final boolean ignoreCase;
    private byte[] source = {};
    private int escape = -2;
    private @Nullable LikePattern compiled;
    private final LowerCase folded = new LowerCase();

    Like(boolean ignoreCase) {
      this.ignoreCase = ignoreCase;
    }

    @Override
    public void apply(
        ColumnView[] in, ColumnWriter out, int[] rows, int n, EvaluationContext context) {
      ColumnView values = in[0];
      boolean constant = in[1].isConstant() && (in.length == 2 || in[2].isConstant());
      LikePattern pattern = pattern(in, rows[0]);
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        if (!constant) {
          pattern = pattern(in, row);
        }
        boolean match =
            ignoreCase
                ? folded.matches(pattern, values, row)
                : pattern.matches(values.valueAddress(row), values.valueLength(row));
        out.setBoolean(row, match);
      }
    }

    private LikePattern pattern(ColumnView[] in, int row) {
      byte[] text = in[1].copyBytes(row);
      int escapeNow = in.length == 2 ? DEFAULT_ESCAPE : escape(in[2].getString(row));
      LikePattern known = compiled;
      if (known != null && escapeNow == escape && Arrays.equals(text, source)) {
        return known;
      }
      source = text;
      escape = escapeNow;
      byte[] pattern = ignoreCase ? LowerCase.of(text) : text;
      known =
          LikePattern.compile(
              pattern, ignoreCase && escapeNow >= 0 ? Character.toLowerCase(escapeNow) : escapeNow);
      compiled = known;
      return known;
    }

    private static int escape(String text) {
      if (text.isEmpty()) {
        return -1;
      }
      if (text.codePointCount(0, text.length()) > 1) {
        throw new KalamException(ErrorCode.INVALID_ESCAPE_SEQUENCE, "invalid escape string")
            .withHint("Escape string must be empty or one character.");
      }
      return text.codePointAt(0);
    }
  }

  private static void regex(Registrar r, String name, int flags, boolean wanted) {
    r.kernel(
        name,
        in -> DataType.BOOLEAN,
        (in, type) -> {
          Replacer compiler = new Replacer();
          return Registrar.loop(
              (a, c) -> compiler.find((String) a[0], (String) a[1], flags) == wanted, 2);
        },
        Kind.TEXT,
        Kind.TEXT);
  }

  /** Keeps the last compiled regular expression of one call site. */
  private static final class Replacer {
    private String source = "";
    private int sourceFlags;
    private @Nullable Pattern compiled;

    boolean find(@Nullable String text, @Nullable String regex, int flags) {
      return guarded(() -> matcher(text, regex, flags).find());
    }

    @Nullable Object replace(@Nullable Object[] in, EvaluationContext context) {
      String options = in.length > 3 ? (String) Objects.requireNonNull(in[3]) : "";
      int flags = options.contains("i") ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
      if (!options.matches("[gi]*")) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "invalid regular expression option: \"" + options + "\"");
      }
      String replacement = javaReplacement((String) Objects.requireNonNull(in[2]));
      return guarded(
          () -> {
            Matcher matcher = matcher((String) in[0], (String) in[1], flags);
            try {
              return options.contains("g")
                  ? matcher.replaceAll(replacement)
                  : matcher.replaceFirst(replacement);
            } catch (IndexOutOfBoundsException e) {
              throw new KalamException(
                  ErrorCode.INVALID_REGULAR_EXPRESSION,
                  "the replacement refers to a group that is not there",
                  e);
            }
          });
    }

    /** {@code \1} and {@code \&} are PostgreSQL's {@code $1} and {@code $0}. */
    private static String javaReplacement(String text) {
      StringBuilder java = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
        if (c == '\\' && (next >= '1' && next <= '9' || next == '&')) {
          java.append('$').append(next == '&' ? '0' : next);
          i++;
        } else if (c == '\\' && next == '\\') {
          java.append("\\\\");
          i++;
        } else {
          java.append(c == '$' || c == '\\' ? "\\" : "").append(c);
        }
      }
      return java.toString();
    }

    private Matcher matcher(@Nullable String text, @Nullable String regex, int flags) {
      String wanted = Objects.requireNonNull(regex);
      Pattern pattern = compiled;
      if (pattern == null || !wanted.equals(source) || flags != sourceFlags) {
        try {
          pattern = Pattern.compile(wanted, flags);
        } catch (PatternSyntaxException e) {
          throw new KalamException(
              ErrorCode.INVALID_REGULAR_EXPRESSION,
              "invalid regular expression: " + e.getDescription(),
              e);
        }
        compiled = pattern;
        source = wanted;
        sourceFlags = flags;
      }
      return pattern.matcher(new BoundedText(Objects.requireNonNull(text)));
    }

    private static <T> T guarded(Supplier<T> work) {
      try {
        return work.get();
      } catch (StackOverflowError e) {
        throw new KalamException(
            ErrorCode.STATEMENT_TOO_COMPLEX, "regular expression is too complex", e);
      }
    }
  }

  /** Text that counts how often it is read, so that a backtracking expression ends. */
  private static final class BoundedText implements CharSequence {
    private static final long READS_PER_CHARACTER = 10_000;

    private final String text;
    private long left;

    BoundedText(String text) {
      this.text = text;
      this.left = 1_000_000 + READS_PER_CHARACTER * text.length();
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      if (--left < 0) {
        throw new KalamException(
            ErrorCode.STATEMENT_TOO_COMPLEX, "regular expression takes too many steps on a value");
      }
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** A value in lower case, for ILIKE: in place where it is ASCII. */
  private static final class LowerCase {
    private byte[] bytes = {};

    boolean matches(LikePattern pattern, ColumnView values, int row) {
      int length = values.valueLength(row);
      if (bytes.length < length) {
        bytes = new byte[Math.max(length, 64)];
      }
      MemoryUtil.copyFromMemory(values.valueAddress(row), bytes, 0, length);
      for (int i = 0; i < length; i++) {
        byte b = bytes[i];
        if (b < 0) {
          byte[] lower = of(Arrays.copyOf(bytes, length));
          return pattern.matches(lower, lower.length);
        }
        bytes[i] = b >= 'A' && b <= 'Z' ? (byte) (b + 32) : b;
      }
      return pattern.matches(bytes, length);
    }

    static byte[] of(byte[] text) {
      return new String(text, StandardCharsets.UTF_8)
          .toLowerCase(Locale.ROOT)
          .getBytes(StandardCharsets.UTF_8);
    }
  }
}
