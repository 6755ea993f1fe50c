package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** Reads types such as {@code decimal(10, 2)} and {@code timestamp with time zone}. */
final class TypeParser {
  private static final Set<String> INTERVAL_FIELDS =
      Set.of("year", "month", "day", "hour", "minute", "second");

  private final TokenCursor cursor;
  private final Tokens tokens;

  TypeParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.tokens = cursor.tokens();
  }

  /** The type that comes next. */
  TypeName type() {
    if (cursor.isWord("setof")) {
      throw cursor.unsupported(0, "a set type");
    }
    TypeName type = scalar();
    if (cursor.isSymbol('[') || cursor.is(Keyword.ARRAY)) {
      throw cursor.unsupported(0, "array type");
    }
    return type;
  }

  private TypeName scalar() {
    Position position = cursor.position();
    if (!cursor.isName()) {
      throw cursor.error("a type");
    }
    Keyword keyword = cursor.keyword();
    if (keyword != null && keyword.kind() == Keyword.Kind.RESERVED) {
      throw cursor.error("a type");
    }
    String word = tokens.name(cursor.take());
    if (cursor.isSymbol('.')) {
      word = qualified(word);
    }
    String name = keyword == null && !word.equals("double") ? word : words(word);
    List<Integer> arguments = cursor.isSymbol('(') ? arguments() : List.of();
    if (keyword == Keyword.TIMESTAMP || keyword == Keyword.TIME) {
      name += zone();
    } else if (keyword == Keyword.INTERVAL && isIntervalField(0)) {
      throw cursor.unsupported(0, "an interval type with fields");
    }
    return new TypeName(name, arguments, position);
  }

  /** A type of the catalog; types of other schemas there are none. */
  private String qualified(String schema) {
    if (!schema.equals("pg_catalog")) {
      throw cursor.unsupported(-1, "a type of a namespace");
    }
    cursor.take();
    return cursor.label().name();
  }

  /** Types of more than one word. */
  private String words(String first) {
    switch (first) {
      case "double" -> {
        return cursor.accept(Keyword.PRECISION) ? "double precision" : first;
      }
      case "character", "char", "bit", "nchar" -> {
        return varying(first);
      }
      case "national" -> {
        if (!cursor.is(Keyword.CHARACTER) && !cursor.is(Keyword.CHAR)) {
          throw cursor.error();
        }
        return varying(tokens.name(cursor.take()));
      }
      default -> {
        return first;
      }
    }
  }

  private String varying(String type) {
    String name = type.equals("nchar") ? "char" : type;
    return cursor.accept(Keyword.VARYING) ? name + " varying" : name;
  }

  private String zone() {
    boolean with = cursor.is(Keyword.WITH);
    if ((with || cursor.is(Keyword.WITHOUT))
        && cursor.isWordAt(1, "time")
        && cursor.isWordAt(2, "zone")) {
      cursor.moveTo(cursor.next() + 3);
      return with ? " with time zone" : " without time zone";
    }
    return "";
  }

  private List<Integer> arguments() {
    List<Integer> arguments = new ArrayList<>();
    cursor.expectSymbol('(');
    do {
      arguments.add(wholeNumber());
    } while (cursor.acceptSymbol(','));
    if (!cursor.acceptSymbol(')')) {
      throw cursor.error("\",\" or \")\"");
    }
    return arguments;
  }

  /** A number from 0 to 2147483647. */
  int wholeNumber() {
    if (!cursor.isNumber()) {
      throw cursor.error("a number");
    }
    int token = cursor.take();
    try {
      return Integer.parseInt(tokens.image(token));
    } catch (NumberFormatException e) {
      throw tokens
          .position(token)
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "a type takes whole numbers from 0 to 2147483647, not " + tokens.image(token));
    }
  }

  /** True where the token {@code ahead} is a unit such as DAY. */
  boolean isIntervalField(int ahead) {
    int token = cursor.next() + ahead;
    return token < cursor.end()
        && tokens.kind(token) == TokenKind.WORD
        && INTERVAL_FIELDS.contains(tokens.name(token));
  }

  /** {@code DAY}, {@code DAY TO SECOND}, with the precision of seconds; null where none stands. */
  @Nullable IntervalFields intervalFields() {
    if (!isIntervalField(0)) {
      return null;
    }
    String fields = tokens.name(cursor.take());
    if (cursor.accept(Keyword.TO)) {
      if (!isIntervalField(0)) {
        throw cursor.error("a field of an interval");
      }
      fields += " to " + tokens.name(cursor.take());
    }
    Integer precision = null;
    if (fields.endsWith("second") && cursor.acceptSymbol('(')) {
      precision = wholeNumber();
      cursor.expectSymbol(')');
    }
    return new IntervalFields(fields, precision);
  }

  /** What stands behind the text of an interval. */
  record IntervalFields(String fields, @Nullable Integer precision) {}
}
