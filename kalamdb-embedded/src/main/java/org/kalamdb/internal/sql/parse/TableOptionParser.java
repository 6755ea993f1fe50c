package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.TableType;

/**
 * Options of tables: WITH (...) and the older clauses that say the same. Whatever the spelling,
 * what comes out has one name: {@code access_level} is upper case, {@code deleted_retention_hours}
 * is a number or {@code off}, {@code flush_policy} a text that is read with the table's definition.
 */
final class TableOptionParser {
  private static final String KNOWN =
      "TYPE, STORAGE_ID, USE_USER_STORAGE, FLUSH_POLICY, DELETED_RETENTION_HOURS, COMPRESSION,"
          + " TTL_SECONDS, MAX_BUFFER, EPHEMERAL, ACCESS_LEVEL";
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})\\s*([smhd]?)");
  private static final long MANY = 1L << 40;

  private final TokenCursor cursor;
  private final OptionParser options;

  TableOptionParser(TokenCursor cursor) {
    this.cursor = cursor;
    this.options = new OptionParser(cursor);
  }

  /** Everything behind the column list, TYPE included; the rest of the statement is left alone. */
  List<Option> clauses() {
    List<Option> all = new ArrayList<>();
    boolean with = false;
    while (true) {
      Identifier name = cursor.isName() ? cursor.tokens().identifier(cursor.next()) : null;
      if (name == null || cursor.isWord("as")) {
        break;
      }
      if (cursor.accept("with")) {
        if (with) {
          throw cursor.tokens().syntaxError(cursor.next() - 1, "WITH once");
        }
        with = true;
        for (Option option : options.list()) {
          all.add(checked(option));
        }
      } else if (cursor.accept("flush")) {
        all.add(checked(flush(name)));
      } else if (cursor.accept("ttl")) {
        all.add(checked(renamed(options.value(name), "ttl_seconds")));
      } else if (cursor.accept("storage")) {
        all.add(checked(renamed(options.value(name), "storage_id")));
      } else if (cursor.isWord("table_type") || cursor.isWord("owner_id")) {
        throw refused(name);
      } else {
        break;
      }
    }
    OptionParser.requireUnique(all);
    return all;
  }

  /** {@code (OPTION = value, ...)} of ALTER TABLE. */
  List<Option> changes() {
    List<Option> all = new ArrayList<>();
    for (Option option : options.list()) {
      if (option.name().equals("type")) {
        throw option
            .position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED, "changing the type of a table is not supported");
      }
      all.add(checked(option));
    }
    OptionParser.requireUnique(all);
    return all;
  }

  private static Option renamed(Option option, String name) {
    return new Option(name, option.text(), option.position());
  }

  private static KalamException refused(Identifier name) {
    String hint =
        name.name().equals("table_type")
            ? "Write CREATE USER TABLE, CREATE SHARED TABLE or WITH (TYPE = '...')."
            : "Rows of a USER table belong to the user of the session that writes them.";
    return name.position()
        .error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            name.name().toUpperCase(Locale.ROOT) + " is not supported")
        .withHint(hint);
  }

  /**
   * {@code FLUSH POLICY ROWS n [INTERVAL s]}, {@code FLUSH INTERVAL 300s [ROW_THRESHOLD n]}, {@code
   * FLUSH ROWS n}.
   */
  private Option flush(Identifier name) {
    cursor.accept("policy");
    String rows = null;
    String interval = null;
    while (true) {
      boolean isRows = cursor.isWord("rows") || cursor.isWord("row_threshold");
      if ((isRows && rows != null) || (cursor.isWord("interval") && interval != null)) {
        throw cursor.error("each of ROWS and INTERVAL once");
      }
      if (isRows) {
        cursor.moveTo(cursor.next() + 1);
        rows = "rows:" + options.value(name).text();
      } else if (cursor.accept("interval")) {
        interval = "interval:" + seconds(options.value(name), unit());
      } else {
        break;
      }
    }
    if (rows == null && interval == null) {
      throw cursor.error("ROWS or INTERVAL");
    }
    String text = rows == null ? interval : interval == null ? rows : rows + "," + interval;
    return new Option("flush_policy", String.valueOf(text), name.position());
  }

  private String unit() {
    for (String unit : new String[] {"s", "m", "h", "d"}) {
      if (cursor.accept(unit)) {
        return unit;
      }
    }
    return "";
  }

  private static long seconds(Option option, String unit) {
    Matcher matcher = DURATION.matcher(option.text() + unit);
    if (!matcher.matches()) {
      throw option.invalid("a number of seconds, or one with s, m, h or d");
    }
    long count = Long.parseLong(String.valueOf(matcher.group(1)));
    return switch (String.valueOf(matcher.group(2))) {
      case "m" -> count * 60;
      case "h" -> count * 3_600;
      case "d" -> count * 86_400;
      default -> count;
    };
  }

  /** The option in its one form, or the error that it has none. */
  private static Option checked(Option option) {
    switch (option.name()) {
      case "type" -> tableType(option);
      case "storage_id" -> {
        if (option.text().isEmpty()) {
          throw option.invalid("a storage");
        }
      }
      case "use_user_storage", "ephemeral" -> {
        return new Option(option.name(), String.valueOf(option.booleanValue()), option.position());
      }
      case "deleted_retention_hours" -> {
        if (option.text().equalsIgnoreCase("off")) {
          return new Option(option.name(), "off", option.position());
        }
        option.longValue(0, MANY);
      }
      case "compression" -> {
        return codec(option);
      }
      case "ttl_seconds" -> option.longValue(1, MANY);
      case "retention" -> {
        String seconds = Long.toString(seconds(option, ""));
        return checked(new Option("ttl_seconds", seconds, option.position()));
      }
      case "max_buffer" -> option.longValue(1, MANY);
      case "access_level" -> {
        return oneOf(
            option,
            Set.of("PUBLIC", "PRIVATE", "RESTRICTED", "DBA"),
            "PUBLIC, PRIVATE, RESTRICTED or DBA",
            true);
      }
      case "table_type", "owner_id" ->
          throw refused(new Identifier(option.name(), option.position()));
      case "flush_policy" -> {
        // Read where the definition is made.
      }
      default -> throw OptionParser.unknown(option, KNOWN);
    }
    return option;
  }

  /** A codec's name in lower case, or 22023. */
  static Option codec(Option option) {
    return oneOf(option, Set.of("zstd", "snappy", "none"), "zstd, snappy or none", false);
  }

  private static Option oneOf(Option option, Set<String> values, String names, boolean upper) {
    String text =
        upper ? option.text().toUpperCase(Locale.ROOT) : option.text().toLowerCase(Locale.ROOT);
    if (!values.contains(text)) {
      throw option.invalid(names);
    }
    return new Option(option.name(), text, option.position());
  }

  private static TableType tableType(Option option) {
    try {
      return TableType.valueOf(option.text().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw option.invalid("USER, SHARED or STREAM");
    }
  }

  /** The type by word and option, or null where neither was written; both must agree. */
  static @Nullable TableType typeOf(@Nullable TableType word, List<Option> options) {
    for (Option option : options) {
      if (option.name().equals("type")) {
        TableType type = tableType(option);
        if (word != null && word != type) {
          throw option
              .position()
              .error(
                  ErrorCode.INVALID_TABLE_DEFINITION,
                  "CREATE " + word + " TABLE contradicts the option TYPE = '" + type + "'");
        }
        return type;
      }
    }
    return word;
  }

  /** Refuses options that mean nothing for the type, and a stream without an end. */
  static void checkFor(TableType type, List<Option> options, Position position) {
    boolean ttl = false;
    for (Option option : options) {
      TableType only =
          switch (option.name()) {
            case "ttl_seconds", "max_buffer", "ephemeral" -> TableType.STREAM;
            case "access_level" -> TableType.SHARED;
            case "use_user_storage" -> TableType.USER;
            default -> null;
          };
      boolean stored =
          Set.of("flush_policy", "deleted_retention_hours", "compression", "storage_id")
              .contains(option.name());
      if ((only != null && only != type) || (stored && type == TableType.STREAM)) {
        throw option
            .position()
            .error(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "option \"" + option.name() + "\" does not apply to " + type + " tables");
      }
      ttl |= option.name().equals("ttl_seconds");
    }
    if (type == TableType.STREAM && !ttl) {
      throw position.error(
          ErrorCode.INVALID_TABLE_DEFINITION, "a STREAM table requires the option TTL_SECONDS");
    }
  }
}
