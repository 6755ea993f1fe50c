package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;

/**
 * The template of to_char, to_date and to_timestamp, cut into fields and text between them. A field
 * may have FM or TH around it; text in double quotes stands for itself.
 */
final class DateTimePattern {
  /** The fields, longer names before those they begin with; case tells how names are written. */
  private static final List<String> FIELDS =
      List.of(
          "SSSSS", "SSSS", "HH24", "HH12", "A.D.", "B.C.", "A.M.", "P.M.", "Y,YYY", "YYYY", "IYYY",
          "MONTH", "Month", "month", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6", "YYY", "IYY", "IDDD",
          "DDD", "DAY", "Day", "day", "MON", "Mon", "mon", "TZH", "TZM", "a.d.", "b.c.", "a.m.",
          "p.m.", "HH", "MI", "SS", "MS", "US", "AM", "PM", "am", "pm", "AD", "BC", "ad", "bc",
          "YY", "IY", "MM", "DD", "ID", "DY", "Dy", "dy", "WW", "IW", "CC", "RM", "rm", "TZ", "tz",
          "OF", "Y", "I", "D", "W", "J", "Q");

  /**
   * One element.
   *
   * @param field a name of the list, in upper case unless its case matters; empty for text
   * @param text the text, for text
   * @param fill whether blanks and zeros fill the field up
   * @param ordinal TH, th or empty
   */
  record Part(String field, String text, boolean fill, String ordinal) {
    boolean isText() {
      return field.isEmpty();
    }
  }

  private DateTimePattern() {}

  static List<Part> parse(String template) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (at < template.length()) {
      char c = template.charAt(at);
      if (c == '"') {
        int end = at + 1;
        StringBuilder text = new StringBuilder();
        while (end < template.length() && template.charAt(end) != '"') {
          if (template.charAt(end) == '\\' && end + 1 < template.length()) {
            end++;
          }
          text.append(template.charAt(end++));
        }
        parts.add(new Part("", text.toString(), true, ""));
        at = Math.min(end + 1, template.length());
        continue;
      }
      boolean fill = true;
      int start = at;
      while (template.regionMatches(true, start, "FM", 0, 2)
          || template.regionMatches(true, start, "FX", 0, 2)) {
        fill &= !template.regionMatches(true, start, "FM", 0, 2);
        start += 2;
      }
      if (template.regionMatches(true, start, "TM", 0, 2)) {
        start += 2;
      }
      String field = field(template, start);
      if (field.isEmpty()) {
        if (start > at) {
          at = start;
          continue;
        }
        int codePoint = template.codePointAt(at);
        parts.add(new Part("", Character.toString(codePoint), true, ""));
        at += Character.charCount(codePoint);
        continue;
      }
      at = start + field.length();
      String ordinal = "";
      if (template.startsWith("TH", at) || template.startsWith("th", at)) {
        ordinal = template.substring(at, at + 2);
        at += 2;
      }
      parts.add(new Part(field, "", fill, ordinal));
    }
    return parts;
  }

  private static String field(String template, int at) {
    for (String field : FIELDS) {
      if (template.startsWith(field, at)) {
        return field;
      }
    }
    // Fields of numbers are written in either case.
    for (String field : FIELDS) {
      boolean cased = Character.isLowerCase(field.charAt(field.length() - 1));
      if (!cased && template.regionMatches(true, at, field, 0, field.length())) {
        return field;
      }
    }
    return "";
  }
}
