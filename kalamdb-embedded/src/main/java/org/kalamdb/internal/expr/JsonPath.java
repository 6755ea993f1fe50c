package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Paths into JSON, written as PostgreSQL writes an array of texts: {@code {a,0,"b c"}}. */
final class JsonPath {
  private JsonPath() {}

  /** A text of an array, and whether it stood in quotes. */
  record Element(String text, boolean quoted) {}

  static List<String> parse(String text) {
    return elements(text).stream().map(Element::text).toList();
  }

  /** The texts of an array of one dimension. */
  static List<Element> elements(String text) {
    String trimmed = text.strip();
    if (trimmed.length() < 2 || !trimmed.startsWith("{") || !trimmed.endsWith("}")) {
      throw malformed(text);
    }
    List<Element> steps = new ArrayList<>();
    String inner = trimmed.substring(1, trimmed.length() - 1);
    if (inner.isBlank()) {
      return steps;
    }
    StringBuilder step = new StringBuilder();
    boolean quoted = false;
    boolean wasQuoted = false;
    for (int i = 0; i <= inner.length(); i++) {
      char c = i < inner.length() ? inner.charAt(i) : ',';
      if (c == '\\' && i + 1 < inner.length()) {
        step.append(inner.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
        wasQuoted = true;
      } else if (c == ',' && !quoted || i == inner.length()) {
        String value = wasQuoted ? step.toString() : step.toString().strip();
        if (quoted || value.isEmpty() && !wasQuoted) {
          throw malformed(text);
        }
        steps.add(new Element(value, wasQuoted));
        step.setLength(0);
        wasQuoted = false;
      } else {
        step.append(c);
      }
    }
    return steps;
  }

  private static KalamException malformed(String text) {
    return new KalamException(
        ErrorCode.INVALID_TEXT_REPRESENTATION,
        "malformed array literal: \"" + TextFormats.shown(text) + "\"");
  }

  /** The index the step names, negative ones from the end; {@code size} where it names none. */
  static int index(String step, int size) {
    try {
      int index = Integer.parseInt(step.strip());
      return index < 0 ? index + size : index;
    } catch (NumberFormatException e) {
      // A word is no element's index.
      return size;
    }
  }

  static @Nullable JsonValue find(JsonValue value, List<String> path) {
    JsonValue found = value;
    for (String step : path) {
      found = found.at(step);
      if (found == null) {
        return null;
      }
    }
    return found;
  }

  /** What becomes of the last step of a path. */
  enum Edit {
    SET,
    REPLACE,
    INSERT_BEFORE,
    INSERT_AFTER,
    DELETE
  }

  /** The value with the edit made at the path, or unchanged where the path leads nowhere. */
  static JsonValue edit(JsonValue value, List<String> path, @Nullable JsonValue part, Edit edit) {
    return path.isEmpty() ? value : edit(value, path, 0, part, edit);
  }

  private static JsonValue edit(
      JsonValue value, List<String> path, int depth, @Nullable JsonValue part, Edit edit) {
    boolean last = depth == path.size() - 1;
    String step = path.get(depth);
    if (value instanceof JsonValue.Object object) {
      Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
      JsonValue known = members.get(step);
      if (!last) {
        if (known != null) {
          members.put(step, edit(known, path, depth + 1, part, edit));
        }
      } else {
        editMember(members, step, known, part, edit);
      }
      return JsonValue.Object.of(members);
    }
    if (value instanceof JsonValue.Array array) {
      List<JsonValue> elements = new ArrayList<>(array.elements());
      int index = index(path, depth, elements.size());
      if (!last) {
        if (index >= 0 && index < elements.size()) {
          elements.set(index, edit(elements.get(index), path, depth + 1, part, edit));
        }
      } else {
        editElement(elements, index, part, edit);
      }
      return new JsonValue.Array(elements);
    }
    return value;
  }

  private static int index(List<String> path, int depth, int size) {
    try {
      int index = Integer.parseInt(path.get(depth).strip());
      return index < 0 ? index + size : index;
    } catch (NumberFormatException e) {
      throw new KalamException(
          ErrorCode.INVALID_TEXT_REPRESENTATION,
          "path element at position "
              + (depth + 1)
              + " is not an integer: \""
              + path.get(depth)
              + "\"",
          e);
    }
  }

  private static void editMember(
      Map<String, JsonValue> members,
      String step,
      @Nullable JsonValue known,
      @Nullable JsonValue part,
      Edit edit) {
    if (edit == Edit.DELETE) {
      members.remove(step);
    } else if (part != null && edit == Edit.SET
        || part != null && edit == Edit.REPLACE && known != null) {
      members.put(step, part);
    } else if (part != null && edit != Edit.REPLACE) {
      if (known != null) {
        throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "cannot replace existing key")
            .withHint("Try using the function jsonb_set to replace key value.");
      }
      members.put(step, part);
    }
  }

  private static void editElement(
      List<JsonValue> elements, int index, @Nullable JsonValue part, Edit edit) {
    boolean within = index >= 0 && index < elements.size();
    if (edit == Edit.DELETE) {
      if (within) {
        elements.remove(index);
      }
      return;
    }
    if (part == null || edit == Edit.REPLACE && !within) {
      return;
    }
    if (within && (edit == Edit.SET || edit == Edit.REPLACE)) {
      elements.set(index, part);
    } else {
      int at = edit == Edit.INSERT_AFTER && within ? index + 1 : index;
      elements.add(Math.max(0, Math.min(at, elements.size())), part);
    }
  }
}
