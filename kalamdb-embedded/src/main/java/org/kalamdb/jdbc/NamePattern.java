package org.kalamdb.jdbc;

import org.jspecify.annotations.Nullable;

/**
 * JDBC's patterns of names: {@code %} any characters, {@code _} one, {@code \} makes the next
 * literal.
 */
final class NamePattern {
  private final @Nullable String pattern;

  /** A null pattern matches everything. */
  NamePattern(@Nullable String pattern) {
    this.pattern = pattern;
  }

  /**
   * Matches in at most pattern times name steps: after a mismatch only the last {@code %} is
   * widened.
   */
  boolean matches(String name) {
    if (pattern == null) {
      return true;
    }
    int p = 0;
    int n = 0;
    int lastPercent = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '%') {
        lastPercent = p++;
        resume = n;
        continue;
      }
      boolean escaped = p + 1 < pattern.length() && pattern.charAt(p) == '\\';
      int literal = escaped ? p + 1 : p;
      if (literal < pattern.length()
          && (pattern.charAt(literal) == name.charAt(n)
              || (!escaped && pattern.charAt(literal) == '_'))) {
        p = literal + 1;
        n++;
      } else if (lastPercent >= 0) {
        p = lastPercent + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '%') {
      p++;
    }
    return p == pattern.length();
  }
}
