package org.kalamdb.jdbc;

/** Names in SQL text. */
final class Identifiers {
  private Identifiers() {}

  /** The name in double quotes, so that it is read as it stands. */
  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
