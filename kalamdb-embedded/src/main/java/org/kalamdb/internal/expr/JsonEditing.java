package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.number;
import static org.kalamdb.internal.expr.TextFunctions.string;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.JsonPath.Edit;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Operators and functions that look along a path, compare, or change JSON; results as jsonb. */
final class JsonEditing {
  private JsonEditing() {}

  static void register(Registrar r) {
    paths(r);
    r.value(
        "@>", DataType.BOOLEAN, (a, c) -> json(a[0]).contains(json(a[1])), Kind.JSON, Kind.JSON);
    r.value(
        "<@", DataType.BOOLEAN, (a, c) -> json(a[1]).contains(json(a[0])), Kind.JSON, Kind.JSON);
    r.value("?", DataType.BOOLEAN, (a, c) -> has(json(a[0]), string(a[1])), Kind.JSON, Kind.TEXT);
    r.value(
        "?|",
        DataType.BOOLEAN,
        (a, c) -> JsonPath.parse(string(a[1])).stream().anyMatch(key -> has(json(a[0]), key)),
        Kind.JSON,
        Kind.TEXT);
    r.value(
        "?&",
        DataType.BOOLEAN,
        (a, c) -> JsonPath.parse(string(a[1])).stream().allMatch(key -> has(json(a[0]), key)),
        Kind.JSON,
        Kind.TEXT);
    r.value(
        "||",
        DataType.JSON,
        (a, c) -> concatenate(json(a[0]), json(a[1])).text(),
        Kind.JSON,
        Kind.JSON);
    r.value(
        "-",
        DataType.JSON,
        (a, c) -> without(json(a[0]), string(a[1])).text(),
        Kind.JSON,
        Kind.TEXT);
    r.value(
        "-",
        DataType.JSON,
        (a, c) -> without(json(a[0]), number(a[1])).text(),
        Kind.JSON,
        Kind.INTEGER);
    r.value(
        "#-",
        DataType.JSON,
        (a, c) -> JsonPath.edit(json(a[0]), path(a[1]), null, Edit.DELETE).text(),
        Kind.JSON,
        Kind.TEXT);
    changes(r);
    for (String name : List.of("json_strip_nulls", "jsonb_strip_nulls")) {
      r.value(name, DataType.JSON, (a, c) -> stripNulls(json(a[0])).text(), Kind.JSON);
    }
    r.value(
        "jsonb_pretty",
        DataType.TEXT,
        (a, c) -> {
          StringBuilder out = new StringBuilder();
          JsonValue.pretty(out, json(a[0]), "");
          return out.toString();
        },
        Kind.JSON);
  }

  private static JsonValue json(@Nullable Object value) {
    return JsonValue.parse(string(value));
  }

  private static List<String> path(@Nullable Object value) {
    return JsonPath.parse(string(value));
  }

  private static void paths(Registrar r) {
    r.value(
        "#>",
        DataType.JSON,
        (a, c) -> text(JsonPath.find(json(a[0]), path(a[1]))),
        Kind.JSON,
        Kind.TEXT);
    r.value(
        "#>>",
        DataType.TEXT,
        (a, c) -> plain(JsonPath.find(json(a[0]), path(a[1]))),
        Kind.JSON,
        Kind.TEXT);
    for (String name : List.of("json_extract_path", "jsonb_extract_path")) {
      extraction(r, name, DataType.JSON);
      extraction(r, name + "_text", DataType.TEXT);
    }
  }

  private static void extraction(Registrar r, String name, DataType type) {
    r.variadic(
        name,
        Volatility.IMMUTABLE,
        false,
        in -> type,
        (in, result) ->
            Registrar.loop(
                (a, c) -> {
                  List<String> steps = new ArrayList<>();
                  for (int i = 0; i < a.length; i++) {
                    if (a[i] == null) {
                      return null;
                    }
                    if (i > 0) {
                      steps.add(string(a[i]));
                    }
                  }
                  JsonValue found = JsonPath.find(json(a[0]), steps);
                  return type.kind() == Kind.JSON ? text(found) : plain(found);
                },
                in.size()),
        Kind.JSON,
        Kind.TEXT);
  }

  private static @Nullable String text(@Nullable JsonValue value) {
    return value == null ? null : value.text();
  }

  private static @Nullable String plain(@Nullable JsonValue value) {
    return value == null ? null : value.plainText();
  }

  private static boolean has(JsonValue value, String key) {
    if (value instanceof JsonValue.Object object) {
      return object.members().containsKey(key);
    }
    JsonValue wanted = new JsonValue.Text(key);
    return value instanceof JsonValue.Array array
        ? array.elements().contains(wanted)
        : value.equals(wanted);
  }

  private static JsonValue concatenate(JsonValue left, JsonValue right) {
    if (left instanceof JsonValue.Object a && right instanceof JsonValue.Object b) {
      Map<String, JsonValue> members = new LinkedHashMap<>(a.members());
      members.putAll(b.members());
      return JsonValue.Object.of(members);
    }
    List<JsonValue> elements = new ArrayList<>();
    for (JsonValue part : List.of(left, right)) {
      if (part instanceof JsonValue.Array array) {
        elements.addAll(array.elements());
      } else {
        elements.add(part);
      }
    }
    return new JsonValue.Array(elements);
  }

  private static KalamException cannotDelete(String reason) {
    return new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, reason);
  }

  private static JsonValue without(JsonValue value, String key) {
    if (value instanceof JsonValue.Object object) {
      Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
      members.remove(key);
      return new JsonValue.Object(members);
    }
    if (value instanceof JsonValue.Array array) {
      List<JsonValue> elements = new ArrayList<>(array.elements());
      elements.removeIf(element -> element.equals(new JsonValue.Text(key)));
      return new JsonValue.Array(elements);
    }
    throw cannotDelete("cannot delete from scalar");
  }

  private static JsonValue without(JsonValue value, int index) {
    if (value instanceof JsonValue.Array array) {
      List<JsonValue> elements = new ArrayList<>(array.elements());
      int at = index < 0 ? index + elements.size() : index;
      if (at >= 0 && at < elements.size()) {
        elements.remove(at);
      }
      return new JsonValue.Array(elements);
    }
    throw cannotDelete(
        value instanceof JsonValue.Object
            ? "cannot delete from object using integer index"
            : "cannot delete from scalar");
  }

  private static void changes(Registrar r) {
    r.value(
        "jsonb_set", DataType.JSON, (a, c) -> change(a, Edit.SET), Kind.JSON, Kind.TEXT, Kind.JSON);
    r.value(
        "jsonb_set",
        DataType.JSON,
        (a, c) -> change(a, truth(a[3]) ? Edit.SET : Edit.REPLACE),
        Kind.JSON,
        Kind.TEXT,
        Kind.JSON,
        Kind.BOOLEAN);
    r.value(
        "jsonb_insert",
        DataType.JSON,
        (a, c) -> change(a, Edit.INSERT_BEFORE),
        Kind.JSON,
        Kind.TEXT,
        Kind.JSON);
    r.value(
        "jsonb_insert",
        DataType.JSON,
        (a, c) -> change(a, truth(a[3]) ? Edit.INSERT_AFTER : Edit.INSERT_BEFORE),
        Kind.JSON,
        Kind.TEXT,
        Kind.JSON,
        Kind.BOOLEAN);
  }

  private static boolean truth(@Nullable Object value) {
    return (Boolean) Objects.requireNonNull(value);
  }

  private static String change(@Nullable Object[] a, Edit edit) {
    JsonValue target = json(a[0]);
    if (!(target instanceof JsonValue.Object || target instanceof JsonValue.Array)) {
      throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "cannot set path in scalar");
    }
    return JsonPath.edit(target, path(a[1]), json(a[2]), edit).text();
  }

  /** Members that are null are left out, at every depth. */
  private static JsonValue stripNulls(JsonValue value) {
    if (value instanceof JsonValue.Object object) {
      Map<String, JsonValue> members = new LinkedHashMap<>();
      object
          .members()
          .forEach(
              (key, member) -> {
                if (member != JsonValue.Word.NULL) {
                  members.put(key, stripNulls(member));
                }
              });
      return new JsonValue.Object(members);
    }
    return value instanceof JsonValue.Array array
        ? new JsonValue.Array(array.elements().stream().map(JsonEditing::stripNulls).toList())
        : value;
  }
}
