package org.kalamdb.internal.sql.parse;

/**
 * One name as written: lower case unless it was quoted.
 *
 * @param name folded name
 * @param position where it stands
 */
public record Identifier(String name, Position position) {
  @Override
  public String toString() {
    return name;
  }
}
