package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * json_object and jsonb_object: a JSON object of texts. Its lists of keys and values are JSON
 * arrays or are written as PostgreSQL writes an array of texts, {@code {a,1}}.
 */
final class JsonPairs {
  private JsonPairs() {}

  /** The texts that an argument holds. */
  @FunctionalInterface
  private interface Texts {
    List<@Nullable String> of(String argument);
  }

  static void register(Registrar r, String name, boolean binary) {
    register(r, name, binary, Kind.TEXT, JsonPairs::ofArray);
    register(r, name, binary, Kind.JSON, JsonPairs::ofJson);
  }

  private static void register(Registrar r, String name, boolean binary, Kind kind, Texts texts) {
    r.value(
        name,
        DataType.JSON,
        (a, c) -> JsonBuilding.settle(inTurn(texts.of(TextFunctions.string(a[0]))), binary),
        kind);
    r.value(
        name,
        DataType.JSON,
        (a, c) ->
            JsonBuilding.settle(
                object(texts.of(TextFunctions.string(a[0])), texts.of(TextFunctions.string(a[1]))),
                binary),
        kind,
        kind);
  }

  private static List<@Nullable String> ofArray(String text) {
    List<@Nullable String> texts = new ArrayList<>();
    for (JsonPath.Element element : JsonPath.elements(text)) {
      if (!element.quoted() && element.text().startsWith("{")) {
        throw manyDimensions();
      }
      boolean missing = !element.quoted() && element.text().equalsIgnoreCase("null");
      texts.add(missing ? null : element.text());
    }
    return texts;
  }

  private static List<@Nullable String> ofJson(String json) {
    if (!(JsonValue.parse(json) instanceof JsonValue.Array array)) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE, "the keys and values of an object must be an array");
    }
    List<@Nullable String> texts = new ArrayList<>();
    for (JsonValue element : array.elements()) {
      if (element instanceof JsonValue.Array) {
        throw manyDimensions();
      }
      texts.add(text(element));
    }
    return texts;
  }

  private static @Nullable String text(JsonValue element) {
    if (element == JsonValue.Word.NULL) {
      return null;
    }
    return element instanceof JsonValue.Text text ? text.value() : element.text();
  }

  private static KalamException manyDimensions() {
    return new KalamException(
        ErrorCode.FEATURE_NOT_SUPPORTED, "an array of arrays is not supported here");
  }

  private static String inTurn(List<@Nullable String> texts) {
    if (texts.size() % 2 != 0) {
      throw new KalamException(
          ErrorCode.ARRAY_SUBSCRIPT_ERROR, "array must have even number of elements");
    }
    List<@Nullable String> keys = new ArrayList<>();
    List<@Nullable String> values = new ArrayList<>();
    for (int i = 0; i < texts.size(); i += 2) {
      keys.add(texts.get(i));
      values.add(texts.get(i + 1));
    }
    return object(keys, values);
  }

  private static String object(List<@Nullable String> keys, List<@Nullable String> values) {
    if (keys.size() != values.size()) {
      throw new KalamException(ErrorCode.ARRAY_SUBSCRIPT_ERROR, "mismatched array dimensions");
    }
    StringBuilder out = new StringBuilder("{");
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      if (key == null) {
        throw new KalamException(
            ErrorCode.NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key");
      }
      out.append(i == 0 ? "" : ", ");
      JsonValue.quote(out, key);
      out.append(" : ");
      String value = values.get(i);
      if (value == null) {
        out.append("null");
      } else {
        JsonValue.quote(out, value);
      }
    }
    return out.append('}').toString();
  }
}
