package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;

/** Reads types such as {@code decimal(10, 2)} and {@code timestamp with time zone} from tokens. */
final class TypeNames {
  /** A type and the token behind it. */
  record Result(TypeName type, int next) {}

  private TypeNames() {}

  /** Reads the type that begins at {@code start}. */
  static Result read(Tokens tokens, int start) {
    if (!tokens.isName(start)) {
      throw tokens.syntaxError(start, "a type");
    }
    StringBuilder name = new StringBuilder(tokens.name(start));
    int next = start + 1;
    next = word(tokens, next, name, "double", "precision");
    next = word(tokens, next, name, "character", "varying");
    next = word(tokens, next, name, "char", "varying");
    List<Integer> arguments = new ArrayList<>();
    if (tokens.isSymbol(next, '(')) {
      next = arguments(tokens, next, arguments);
    }
    if (tokens.isWord(start, "timestamp") || tokens.isWord(start, "time")) {
      next = zone(tokens, next, name);
    }
    if (tokens.isSymbol(next, '[') || tokens.isWord(next, "array")) {
      throw tokens.unsupported(next, "array type");
    }
    return new Result(new TypeName(name.toString(), arguments, tokens.position(start)), next);
  }

  private static int word(
      Tokens tokens, int next, StringBuilder name, String first, String second) {
    if (name.toString().equals(first) && tokens.isWord(next, second)) {
      name.append(' ').append(second);
      return next + 1;
    }
    return next;
  }

  private static int zone(Tokens tokens, int next, StringBuilder name) {
    boolean with = tokens.isWord(next, "with");
    if ((with || tokens.isWord(next, "without"))
        && tokens.isWord(next + 1, "time")
        && tokens.isWord(next + 2, "zone")) {
      name.append(with ? " with time zone" : " without time zone");
      return next + 3;
    }
    return next;
  }

  private static int arguments(Tokens tokens, int open, List<Integer> arguments) {
    int next = open + 1;
    while (true) {
      if (tokens.kind(next) != TokenKind.NUMBER) {
        throw tokens.syntaxError(next, "a number");
      }
      try {
        arguments.add(Integer.parseInt(tokens.image(next)));
      } catch (NumberFormatException e) {
        throw tokens
            .position(next)
            .error(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "a type takes whole numbers from 0 to 2147483647, not " + tokens.image(next));
      }
      next++;
      if (tokens.isSymbol(next, ')')) {
        return next + 1;
      }
      if (!tokens.isSymbol(next, ',')) {
        throw tokens.syntaxError(next, "\",\" or \")\"");
      }
      next++;
    }
  }
}
