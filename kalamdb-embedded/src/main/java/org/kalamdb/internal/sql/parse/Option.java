package org.kalamdb.internal.sql.parse;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * One {@code name = value} of a WITH or OPTIONS list.
 *
 * @param name lower case
 * @param text a string's content, a number with its sign, or a bare word in lower case
 * @param position where the name stands
 */
public record Option(String name, String text, Position position) {
  /** The value as a whole number from {@code min} to {@code max}. */
  public long longValue(long min, long max) {
    long value;
    try {
      value = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw invalid("a whole number");
    }
    if (value < min || value > max) {
      throw invalid("a whole number from " + min + " to " + max);
    }
    return value;
  }

  /** The value as true or false; {@code on}, {@code off}, 1 and 0 are understood too. */
  public boolean booleanValue() {
    return switch (text.toLowerCase(java.util.Locale.ROOT)) {
      case "true", "on", "yes", "1" -> true;
      case "false", "off", "no", "0" -> false;
      default -> throw invalid("true or false");
    };
  }

  /** The error that this option does not take its value. */
  public KalamException invalid(String expected) {
    return position.error(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "invalid value for option \"" + name + "\": \"" + text + "\", expected " + expected);
  }

  @Override
  public String toString() {
    return name + "='" + text + "'";
  }
}
