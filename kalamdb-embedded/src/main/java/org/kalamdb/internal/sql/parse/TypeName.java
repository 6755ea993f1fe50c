package org.kalamdb.internal.sql.parse;

import java.util.List;

/**
 * A type as written, not yet resolved.
 *
 * @param name lower case, words parted by one space: {@code int}, {@code double precision}, {@code
 *     timestamp with time zone}
 * @param arguments numbers in parentheses: length, precision and scale, dimensions
 * @param position where it begins
 */
public record TypeName(String name, List<Integer> arguments, Position position) {
  public TypeName {
    arguments = List.copyOf(arguments);
  }

  @Override
  public String toString() {
    if (arguments.isEmpty()) {
      return name;
    }
    StringBuilder text = new StringBuilder(name);
    char separator = '(';
    for (int argument : arguments) {
      text.append(separator).append(argument);
      separator = ',';
    }
    return text.append(')').toString();
  }
}
