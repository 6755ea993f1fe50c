package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * format(text, ...): {@code %[position$][-][width]type} with the types s, I (a quoted name) and L
 * (a quoted literal); a width of {@code *} or {@code *n$} is an argument.
 */
final class FormatFunction {
  private FormatFunction() {}

  static void register(Registrar r) {
    r.value(
        "format",
        DataType.TEXT,
        (a, c) -> new Formatting(a, List.of(DataType.TEXT), c).run(),
        Kind.TEXT);
    r.variadic(
        "format",
        Volatility.STABLE,
        false,
        in -> DataType.TEXT,
        (in, type) ->
            Registrar.loop(
                (a, c) -> a[0] == null ? null : new Formatting(a, in, c).run(), in.size()),
        Kind.TEXT,
        Kind.UNKNOWN);
  }

  /** One pass over one format. */
  private static final class Formatting {
    private final String format;
    private final @Nullable Object[] arguments;
    private final List<DataType> types;
    private final EvaluationContext context;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private int last;

    Formatting(@Nullable Object[] arguments, List<DataType> types, EvaluationContext context) {
      this.format = TextFunctions.string(arguments[0]);
      this.arguments = arguments;
      this.types = types;
      this.context = context;
    }

    String run() {
      while (at < format.length()) {
        char c = format.charAt(at++);
        if (c != '%') {
          out.append(c);
        } else if (next() == '%') {
          out.append('%');
          at++;
        } else {
          specifier();
        }
      }
      return out.toString();
    }

    private char next() {
      if (at >= format.length()) {
        throw invalid("unterminated format() type specifier")
            .withHint("For a single \"%\" use \"%%\".");
      }
      return format.charAt(at);
    }

    private static KalamException invalid(String message) {
      return new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, message);
    }

    private void specifier() {
      int argument = -1;
      int mark = at;
      int number = number();
      if (number >= 0 && next() == '$') {
        at++;
        argument = position(number);
      } else {
        at = mark;
      }
      boolean left = false;
      while (next() == '-') {
        left = true;
        at++;
      }
      int width = width();
      if (width < 0) {
        left = true;
        width = -width;
      }
      char type = next();
      at++;
      if (type != 's' && type != 'I' && type != 'L') {
        throw invalid("unrecognized format() type specifier \"" + type + "\"")
            .withHint("For a single \"%\" use \"%%\".");
      }
      pad(value(type, argument < 0 ? following() : argument), width, left);
    }

    private int width() {
      if (next() != '*') {
        return Math.max(0, number());
      }
      at++;
      int mark = at;
      int number = number();
      int argument;
      if (number >= 0 && next() == '$') {
        at++;
        argument = position(number);
      } else {
        at = mark;
        argument = following();
      }
      Object value = arguments[argument];
      if (value == null) {
        return 0;
      }
      Object width = Values.cast(value, types.get(argument), DataType.INTEGER);
      return TextFunctions.number(width);
    }

    /** The digits at hand as a number, -1 if there are none. */
    private int number() {
      int start = at;
      long value = 0;
      while (next() >= '0' && next() <= '9') {
        value = value * 10 + (next() - '0');
        if (value > Integer.MAX_VALUE) {
          throw new KalamException(ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
        }
        at++;
      }
      return at == start ? -1 : (int) value;
    }

    private int position(int number) {
      if (number == 0) {
        throw invalid("format specifies argument 0, but arguments are numbered from 1");
      }
      return argument(number);
    }

    private int following() {
      return argument(last + 1);
    }

    private int argument(int number) {
      if (number >= arguments.length) {
        throw invalid("too few arguments for format()");
      }
      last = number;
      return number;
    }

    private String value(char type, int argument) {
      Object value = arguments[argument];
      if (value == null) {
        if (type == 'I') {
          throw new KalamException(
              ErrorCode.NULL_VALUE_NOT_ALLOWED,
              "null values cannot be formatted as an SQL identifier");
        }
        return type == 'L' ? "NULL" : "";
      }
      String text = TextFunctions.output(value, types.get(argument), context);
      return switch (type) {
        case 'I' -> TextQuoting.identifier(text);
        case 'L' -> TextQuoting.literal(text);
        default -> text;
      };
    }

    private void pad(String text, int width, boolean left) {
      int missing = width - text.codePointCount(0, text.length());
      TextFunctions.checkLength(missing);
      String blanks = " ".repeat(Math.max(0, missing));
      out.append(left ? text + blanks : blanks + text);
    }
  }
}
