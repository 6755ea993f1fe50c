package org.kalamdb.internal.expr;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.TableFunction.Cursor;
import org.kalamdb.internal.expr.TableFunction.CursorFactory;
import org.kalamdb.internal.expr.TableFunction.Output;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** The functions that give rows: in FROM, and in a select list. */
public final class TableFunctionRegistry {
  private static final Map<String, List<TableFunction>> FIXED = new LinkedHashMap<>();

  static {
    for (String prefix : new String[] {"json_", "jsonb_"}) {
      json(
          prefix + "array_elements",
          json -> elements(json, false),
          new Output("value", DataType.JSON));
      json(
          prefix + "array_elements_text",
          json -> elements(json, true),
          new Output("value", DataType.TEXT));
      json(
          prefix + "each",
          json -> members(json, false),
          new Output("key", DataType.TEXT),
          new Output("value", DataType.JSON));
      json(
          prefix + "each_text",
          json -> members(json, true),
          new Output("key", DataType.TEXT),
          new Output("value", DataType.TEXT));
      json(
          prefix + "object_keys",
          TableFunctionRegistry::keys,
          new Output(prefix + "object_keys", DataType.TEXT));
    }
    json("unnest", json -> elements(json, false), new Output("unnest", DataType.JSON));
    splitter("string_to_table", TextSplitter::byDelimiter);
    regex("regexp_matches", DataType.JSON, RegexFunctions::matches);
    regex("regexp_split_to_table", DataType.TEXT, RegexFunctions::parts);
  }

  private TableFunctionRegistry() {}

  /** A table function and its arguments, coerced to it. */
  public record Resolved(TableFunction function, List<Expression> arguments) {
    public Resolved {
      arguments = List.copyOf(arguments);
    }
  }

  /** Rows as Java values, one list for each. */
  private interface Rows {
    List<@Nullable Object[]> of(String json);
  }

  /** The parts of a text. */
  private interface Splitter {
    List<String> split(String text, @Nullable String separator);
  }

  /** What a regular expression finds in a text, one value for each row. */
  private interface Finder {
    List<String> find(Regex regex, String text, String pattern, String options);
  }

  private static void json(String name, Rows rows, Output... outputs) {
    add(
        new TableFunction(
            name,
            List.of(DataType.JSON),
            List.of(outputs),
            true,
            (arguments, context) -> cursor(rows.of(TextFunctions.string(arguments[0])))));
  }

  private static void add(TableFunction function) {
    FIXED.computeIfAbsent(function.name(), name -> new ArrayList<>()).add(function);
  }

  /** The overloads without and with options. */
  private static void regex(String name, DataType type, Finder finder) {
    for (int count = 2; count <= 3; count++) {
      add(
          new TableFunction(
              name,
              Collections.nCopies(count, DataType.TEXT),
              List.of(new Output(name, type)),
              true,
              (arguments, context) -> {
                Regex regex = new Regex();
                regex.interruptedBy(context);
                String options = arguments.length > 2 ? TextFunctions.string(arguments[2]) : "";
                return ofValues(
                    Regex.guarded(
                        () ->
                            finder.find(
                                regex,
                                TextFunctions.string(arguments[0]),
                                TextFunctions.string(arguments[1]),
                                options)));
              }));
    }
  }

  private static void splitter(String name, Splitter splitter) {
    CursorFactory cursors =
        (arguments, context) -> {
          String text = (String) arguments[0];
          if (text == null) {
            return Cursor.EMPTY;
          }
          return ofValues(splitter.split(text, (String) arguments[1]));
        };
    add(
        new TableFunction(
            name,
            List.of(DataType.TEXT, DataType.TEXT),
            List.of(new Output(name, DataType.TEXT)),
            false,
            cursors));
  }

  private static Cursor ofValues(List<String> values) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (String value : values) {
      rows.add(new @Nullable Object[] {value});
    }
    return cursor(rows);
  }

  private static Cursor cursor(List<@Nullable Object[]> rows) {
    Iterator<@Nullable Object[]> iterator = rows.iterator();
    return (columns, row) -> {
      if (!iterator.hasNext()) {
        return false;
      }
      @Nullable Object[] values = iterator.next();
      for (int i = 0; i < values.length; i++) {
        columns.get(i).setObject(row, values[i]);
      }
      return true;
    };
  }

  /** Whether the (folded) name is a table function's. */
  public static boolean contains(String name) {
    return name.equals(SeriesFunctions.NAME) || FIXED.containsKey(name);
  }

  /** Names of all table functions. */
  public static Set<String> names() {
    Set<String> names = new TreeSet<>(FIXED.keySet());
    names.add(SeriesFunctions.NAME);
    return names;
  }

  /**
   * The overload for the arguments.
   *
   * @throws KalamException 42883 if none fits
   */
  public static Resolved resolve(String name, List<Expression> arguments) {
    TableFunction function = overload(name, arguments);
    if (function == null) {
      throw new KalamException(
              ErrorCode.UNDEFINED_FUNCTION,
              "function "
                  + name
                  + "("
                  + arguments.stream()
                      .map(a -> TypeRules.sqlName(a.type()))
                      .collect(Collectors.joining(", "))
                  + ") does not exist")
          .withHint(
              "No function matches the given name and argument types. You might need to add explicit type"
                  + " casts.");
    }
    List<Expression> coerced = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      coerced.add(
          TypeRules.coerce(arguments.get(i), function.arguments().get(i), CastContext.IMPLICIT));
    }
    return new Resolved(function, coerced);
  }

  private static @Nullable TableFunction overload(String name, List<Expression> arguments) {
    if (name.equals(SeriesFunctions.NAME)) {
      TableFunction series = SeriesFunctions.resolve(arguments);
      return series != null && takes(series, arguments) ? series : null;
    }
    for (TableFunction function : FIXED.getOrDefault(name, List.of())) {
      if (takes(function, arguments)) {
        return function;
      }
    }
    return null;
  }

  private static boolean takes(TableFunction function, List<Expression> arguments) {
    if (arguments.size() != function.arguments().size()) {
      return false;
    }
    for (int i = 0; i < arguments.size(); i++) {
      Kind from = arguments.get(i).type().kind();
      if (!TypeRules.canCast(from, function.arguments().get(i).kind(), CastContext.IMPLICIT)) {
        return false;
      }
    }
    return true;
  }

  private static List<@Nullable Object[]> elements(String json, boolean asText) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            first == JsonToken.START_OBJECT
                ? "cannot extract elements from an object"
                : "cannot extract elements from a scalar");
      }
      List<@Nullable Object[]> rows = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        rows.add(new @Nullable Object[] {JsonFunctions.value(parser, json, asText)});
      }
      return rows;
    } catch (IOException e) {
      throw JsonFunctions.damaged(e);
    }
  }

  private static List<@Nullable Object[]> members(String json, boolean asText) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      requireObject(parser);
      List<@Nullable Object[]> rows = new ArrayList<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        rows.add(new @Nullable Object[] {key, JsonFunctions.value(parser, json, asText)});
      }
      return rows;
    } catch (IOException e) {
      throw JsonFunctions.damaged(e);
    }
  }

  private static List<@Nullable Object[]> keys(String json) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (@Nullable Object[] member : members(json, false)) {
      rows.add(new @Nullable Object[] {member[0]});
    }
    return rows;
  }

  private static void requireObject(JsonParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first != JsonToken.START_OBJECT) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "cannot deconstruct " + (first == JsonToken.START_ARRAY ? "an array" : "a scalar"));
    }
  }
}
