package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Reads {@code (name = value, ...)} lists and refuses unknown names and repeated ones. */
final class OptionParser {
  private static final long MANY = 1L << 40;

  private final TokenCursor cursor;

  OptionParser(TokenCursor cursor) {
    this.cursor = cursor;
  }

  /** A list whose names are checked by the caller; none twice. */
  List<Option> list() {
    List<Option> options = new ArrayList<>();
    cursor.expectSymbol("(");
    do {
      Identifier name = cursor.identifier("an option name");
      cursor.expectSymbol("=");
      options.add(value(name));
    } while (cursor.acceptSymbol(","));
    cursor.expectSymbol(")");
    requireUnique(options);
    return options;
  }

  /** The value that comes next, for an option named before. */
  Option value(Identifier name) {
    String lower = name.name().toLowerCase(Locale.ROOT);
    if (cursor.isString()) {
      return new Option(lower, cursor.string("a value"), name.position());
    }
    String sign = cursor.acceptSymbol("-") ? "-" : cursor.acceptSymbol("+") ? "" : "";
    if (cursor.isNumber()) {
      String text = sign + cursor.tokens().image(cursor.next());
      cursor.moveTo(cursor.next() + 1);
      return new Option(lower, text, name.position());
    }
    if (!sign.isEmpty()) {
      throw cursor.error("a number");
    }
    return new Option(lower, cursor.identifier("a value").name(), name.position());
  }

  static void requireUnique(List<Option> options) {
    Set<String> seen = new HashSet<>();
    for (Option option : options) {
      if (!seen.add(option.name())) {
        throw option
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "option \"" + option.name() + "\" is given twice");
      }
    }
  }

  static KalamException unknown(Option option, String known) {
    return option
        .position()
        .error(ErrorCode.INVALID_PARAMETER_VALUE, "unrecognized option \"" + option.name() + "\"")
        .withHint("Options are " + known + ".");
  }

  List<Option> subscriptionOptions() {
    List<Option> options = list();
    for (Option option : options) {
      switch (option.name()) {
        case "last_rows" -> option.longValue(0, MANY);
        case "batch_size" -> option.longValue(1, MANY);
        case "from" -> option.longValue(0, Long.MAX_VALUE);
        default -> throw unknown(option, "last_rows, batch_size, from");
      }
    }
    return options;
  }

  /** PostgreSQL's form {@code (FORMAT CSV, HEADER)}, with or without an equals sign. */
  List<Option> copyOptions() {
    List<Option> options = new ArrayList<>();
    cursor.expectSymbol("(");
    do {
      Identifier name = cursor.identifier("an option name");
      cursor.acceptSymbol("=");
      boolean bare = cursor.isSymbol(",") || cursor.isSymbol(")");
      Option option =
          bare
              ? new Option(name.name(), "true", name.position())
              : name.name().startsWith("force_") ? columns(name) : value(name);
      switch (option.name()) {
        case "format" -> {
          if (!Set.of("csv", "parquet", "json").contains(option.text().toLowerCase(Locale.ROOT))) {
            throw option.invalid("CSV, PARQUET or JSON");
          }
        }
        case "header",
            "delimiter",
            "null",
            "quote",
            "escape",
            "encoding",
            "force_quote",
            "force_not_null",
            "force_null",
            "compression",
            "codec",
            "row_group_size" -> {}
        default ->
            throw unknown(
                option,
                "FORMAT, HEADER, DELIMITER, NULL, QUOTE, ESCAPE, ENCODING, FORCE_QUOTE,"
                    + " FORCE_NOT_NULL, FORCE_NULL, COMPRESSION, ROW_GROUP_SIZE");
      }
      options.add(option);
    } while (cursor.acceptSymbol(","));
    cursor.expectSymbol(")");
    requireUnique(options);
    return options;
  }

  /** {@code *} or names in parentheses, which come out line by line. */
  private Option columns(Identifier name) {
    if (cursor.acceptSymbol("*")) {
      return new Option(name.name(), "*", name.position());
    }
    StringJoiner names = new StringJoiner("\n");
    cursor.columnList().forEach(column -> names.add(column.name()));
    return new Option(name.name(), names.toString(), name.position());
  }
}
