package org.kalamdb.internal.expr;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** LIKE and ILIKE. */
final class PatternFunctions {
  private static final int DEFAULT_ESCAPE = '\\';

  private PatternFunctions() {}

  static void register(Registrar r) {
    like(r, "~~", false);
    like(r, "~~*", true);
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
