package org.kalamdb.internal.expr;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * JSON as a tree, for functions that look at all of it or build new. Its text is that of
 * PostgreSQL's jsonb: a blank after each comma and colon, of keys written twice the last, keys by
 * length and then by bytes.
 */
sealed interface JsonValue {
  /** Members in jsonb's order. */
  record Object(Map<String, JsonValue> members) implements JsonValue {
    static Object of(Map<String, JsonValue> members) {
      List<Map.Entry<String, JsonValue>> sorted = new ArrayList<>(members.entrySet());
      sorted.sort(
          (a, b) -> {
            byte[] left = TextFunctions.utf8(a.getKey());
            byte[] right = TextFunctions.utf8(b.getKey());
            return left.length != right.length
                ? Integer.compare(left.length, right.length)
                : Arrays.compareUnsigned(left, right);
          });
      Map<String, JsonValue> ordered = new LinkedHashMap<>();
      sorted.forEach(member -> ordered.put(member.getKey(), member.getValue()));
      return new Object(ordered);
    }
  }

  /** Elements in order. */
  record Array(List<JsonValue> elements) implements JsonValue {}

  /** A text. */
  record Text(String value) implements JsonValue {}

  /** A number. */
  record Number(BigDecimal value) implements JsonValue {}

  /** true, false or null. */
  enum Word implements JsonValue {
    TRUE,
    FALSE,
    NULL
  }

  static JsonValue ofText(@Nullable String text) {
    return text == null ? Word.NULL : new Text(text);
  }

  static JsonValue parse(String json) {
    try (JsonParser parser = TextFormats.JSON.createParser(json)) {
      parser.nextToken();
      return read(parser);
    } catch (IOException e) {
      throw new KalamException(
          ErrorCode.INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json", e);
    }
  }

  private static JsonValue read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          members.put(name, read(parser));
        }
        yield Object.of(members);
      }
      case START_ARRAY -> {
        List<JsonValue> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          elements.add(read(parser));
        }
        yield new Array(elements);
      }
      case VALUE_STRING -> new Text(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Number(new BigDecimal(parser.getText()));
      case VALUE_TRUE -> Word.TRUE;
      case VALUE_FALSE -> Word.FALSE;
      default -> Word.NULL;
    };
  }

  /** The value as jsonb is written. */
  default String text() {
    StringBuilder out = new StringBuilder();
    append(out, this);
    return out.toString();
  }

  private static void append(StringBuilder out, JsonValue value) {
    if (value instanceof Object object) {
      String separator = "{";
      for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
        quote(out.append(separator), member.getKey());
        append(out.append(": "), member.getValue());
        separator = ", ";
      }
      out.append(object.members().isEmpty() ? "{}" : "}");
    } else if (value instanceof Array array) {
      String separator = "[";
      for (JsonValue element : array.elements()) {
        append(out.append(separator), element);
        separator = ", ";
      }
      out.append(array.elements().isEmpty() ? "[]" : "]");
    } else {
      out.append(scalar(value));
    }
  }

  /** Four blanks for each level, as jsonb_pretty. */
  static void pretty(StringBuilder out, JsonValue value, String indent) {
    String inner = indent + "    ";
    if (value instanceof Object object) {
      String separator = "{\n";
      for (Map.Entry<String, JsonValue> member : object.members().entrySet()) {
        quote(out.append(separator).append(inner), member.getKey());
        pretty(out.append(": "), member.getValue(), inner);
        separator = ",\n";
      }
      out.append(object.members().isEmpty() ? "{\n" : "\n").append(indent).append('}');
    } else if (value instanceof Array array) {
      String separator = "[\n";
      for (JsonValue element : array.elements()) {
        pretty(out.append(separator).append(inner), element, inner);
        separator = ",\n";
      }
      out.append(array.elements().isEmpty() ? "[\n" : "\n").append(indent).append(']');
    } else {
      out.append(scalar(value));
    }
  }

  private static String scalar(JsonValue value) {
    if (value instanceof Text text) {
      StringBuilder out = new StringBuilder();
      quote(out, text.value());
      return out.toString();
    } else if (value instanceof Number number) {
      return number.value().toPlainString();
    }
    return value == Word.TRUE ? "true" : value == Word.FALSE ? "false" : "null";
  }

  static void quote(StringBuilder out, String text) {
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }

  /** What {@code ->>} gives: the text itself, NULL for null. */
  default @Nullable String plainText() {
    if (this == Word.NULL) {
      return null;
    }
    return this instanceof Text text ? text.value() : text();
  }

  /** The member or element of the name, or null. */
  default @Nullable JsonValue at(String key) {
    if (this instanceof Object object) {
      return object.members().get(key);
    }
    if (this instanceof Array array) {
      int index = JsonPath.index(key, array.elements().size());
      return index < 0 || index >= array.elements().size() ? null : array.elements().get(index);
    }
    return null;
  }

  /** Whether this holds the other, as {@code @>}. */
  default boolean contains(JsonValue other) {
    if (this instanceof Object object && other instanceof Object part) {
      for (Map.Entry<String, JsonValue> member : part.members().entrySet()) {
        JsonValue own = object.members().get(member.getKey());
        if (own == null || !own.contains(member.getValue())) {
          return false;
        }
      }
      return true;
    }
    if (this instanceof Array array) {
      if (!(other instanceof Array part)) {
        return !(other instanceof Object) && array.elements().stream().anyMatch(e -> e.same(other));
      }
      for (JsonValue wanted : part.elements()) {
        boolean nested = wanted instanceof Object || wanted instanceof Array;
        boolean found =
            array.elements().stream()
                .anyMatch(
                    e -> nested ? sameShape(e, wanted) && e.contains(wanted) : e.same(wanted));
        if (!found) {
          return false;
        }
      }
      return true;
    }
    return same(other);
  }

  private static boolean sameShape(JsonValue left, JsonValue right) {
    return left.getClass() == right.getClass();
  }

  private boolean same(JsonValue other) {
    return this instanceof Number left && other instanceof Number right
        ? left.value().compareTo(right.value()) == 0
        : equals(other);
  }
}
