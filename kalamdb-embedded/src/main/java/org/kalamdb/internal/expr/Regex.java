package org.kalamdb.internal.expr;

import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * The regular expression of one call site: compiled again only when it changes, and matched in a
 * bounded number of steps (54001 beyond it), so that backtracking ends; the statement's clock and
 * who cancels it are heard before that.
 */
final class Regex {
  private String source = "";
  private String options = "";
  private @Nullable Pattern compiled;
  private @Nullable EvaluationContext context;

  /** Whose wish to stop is heard from now on. */
  void interruptedBy(EvaluationContext statement) {
    context = statement;
  }

  Matcher matcher(String text, String regex, String letters) {
    Pattern pattern = compiled;
    if (pattern == null || !regex.equals(source) || !letters.equals(options)) {
      pattern = RegexSyntax.compile(regex, letters);
      compiled = pattern;
      source = regex;
      options = letters;
    }
    return pattern.matcher(new BoundedText(text, context));
  }

  /** What the work gives; a stack that overflows in it is an error of the expression. */
  static <T extends @Nullable Object> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (StackOverflowError e) {
      throw new KalamException(
          ErrorCode.STATEMENT_TOO_COMPLEX, "regular expression is too complex", e);
    }
  }

  /** Text that counts how often it is read. */
  private static final class BoundedText implements CharSequence {
    private static final long READS_PER_CHARACTER = 10_000;

    private static final int READS_BETWEEN_CHECKS = 1 << 16;

    private final String text;
    private final @Nullable EvaluationContext context;
    private long left;

    BoundedText(String text, @Nullable EvaluationContext context) {
      this.text = text;
      this.context = context;
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
      if (context != null && left % READS_BETWEEN_CHECKS == 0) {
        context.checkInterruption();
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
}
