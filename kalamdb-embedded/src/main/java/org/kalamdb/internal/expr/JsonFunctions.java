package org.kalamdb.internal.expr;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Operators of JSON, which is kept as the text it was written as. A part is found by streaming over
 * the text; of a key written twice the last counts.
 */
final class JsonFunctions {
  private JsonFunctions() {}

  static void register(Registrar r) {
    for (Kind path : new Kind[] {Kind.TEXT, Kind.INTEGER}) {
      r.value(
          "->",
          DataType.JSON,
          (a, c) -> part(TextFunctions.string(a[0]), a[1], false),
          Kind.JSON,
          path);
      r.value(
          "->>",
          DataType.TEXT,
          (a, c) -> part(TextFunctions.string(a[0]), a[1], true),
          Kind.JSON,
          path);
    }
    for (String name : new String[] {"json_typeof", "jsonb_typeof"}) {
      r.value(name, DataType.TEXT, (a, c) -> typeOf(TextFunctions.string(a[0])), Kind.JSON);
    }
    for (String name : new String[] {"json_array_length", "jsonb_array_length"}) {
      r.value(name, DataType.INTEGER, (a, c) -> arrayLength(TextFunctions.string(a[0])), Kind.JSON);
    }
  }

  static KalamException damaged(IOException cause) {
    return new KalamException(
        ErrorCode.INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json", cause);
  }

  private static @Nullable String part(String json, @Nullable Object key, boolean asText) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (key instanceof String name) {
        return first == JsonToken.START_OBJECT ? member(parser, json, name, asText) : null;
      }
      return first == JsonToken.START_ARRAY && key instanceof Integer index
          ? element(parser, json, index, asText)
          : null;
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private static @Nullable String member(
      JsonParser parser, String json, String name, boolean asText) throws IOException {
    String found = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean wanted = parser.currentName().equals(name);
      parser.nextToken();
      if (wanted) {
        found = value(parser, json, asText);
      } else {
        parser.skipChildren();
      }
    }
    return found;
  }

  private static @Nullable String element(JsonParser parser, String json, int index, boolean asText)
      throws IOException {
    int wanted = index < 0 ? arrayLength(json) + index : index;
    for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      if (i == wanted) {
        return value(parser, json, asText);
      }
      parser.skipChildren();
    }
    return null;
  }

  /** The value at hand: its text as written, or what {@code ->>} makes of it. */
  static @Nullable String value(JsonParser parser, String json, boolean asText) throws IOException {
    JsonToken token = parser.currentToken();
    if (asText && token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (asText && token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    int start = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    if (token == JsonToken.START_OBJECT
        || token == JsonToken.START_ARRAY
        || token == JsonToken.VALUE_STRING) {
      parser.finishToken();
      return json.substring(start, (int) parser.currentLocation().getCharOffset());
    }
    return parser.getText();
  }

  private static String typeOf(String json) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      return switch (parser.nextToken()) {
        case START_OBJECT -> "object";
        case START_ARRAY -> "array";
        case VALUE_STRING -> "string";
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
        case VALUE_TRUE, VALUE_FALSE -> "boolean";
        default -> "null";
      };
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private static int arrayLength(String json) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            first == JsonToken.START_OBJECT
                ? "cannot get array length of a non-array"
                : "cannot get array length of a scalar");
      }
      int length = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        parser.skipChildren();
        length++;
      }
      return length;
    } catch (IOException e) {
      throw damaged(e);
    }
  }
}
