package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts texts into parts. */
final class TextSplitter {
  private TextSplitter() {}

  /** Parts between delimiters; each character without one, the whole text with an empty one. */
  static List<String> byDelimiter(String text, @Nullable String delimiter) {
    List<String> parts = new ArrayList<>();
    if (text.isEmpty()) {
      return parts;
    }
    if (delimiter == null) {
      text.codePoints().forEach(c -> parts.add(Character.toString(c)));
      return parts;
    }
    int from = 0;
    while (!delimiter.isEmpty()) {
      int at = text.indexOf(delimiter, from);
      if (at < 0) {
        break;
      }
      parts.add(text.substring(from, at));
      from = at + delimiter.length();
    }
    parts.add(text.substring(from));
    return parts;
  }
}
