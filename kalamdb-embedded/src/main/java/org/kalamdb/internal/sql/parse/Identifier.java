package org.kalamdb.internal.sql.parse;

/**
 * One name as written: lower case unless it was quoted.
 *
 * @param name folded name
 * @param position where it stands
 */
public record Identifier(String name, Position position) {
  /** A folded name as it must be written in SQL: in quotes unless it is plain and not reserved. */
  public static String written(String name) {
    boolean plain = name.matches("[a-z_][a-z0-9_]*");
    if (plain) {
      int hash = 0;
      for (int i = 0; i < name.length(); i++) {
        hash = Keyword.hash(hash, name.charAt(i));
      }
      Keyword keyword = Keyword.find(name, 0, name.length(), hash);
      plain = keyword == null || keyword.isColumnName();
    }
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public String toString() {
    return name;
  }
}
