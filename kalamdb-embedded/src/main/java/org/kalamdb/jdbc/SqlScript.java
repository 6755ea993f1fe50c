package org.kalamdb.jdbc;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into its statements, so that each has a result of its own. Reads only what decides
 * where a token ends (strings, quoted names, comments, dollar quotes); everything else is the
 * parser's.
 */
final class SqlScript {
  private SqlScript() {}

  /**
   * The statements of a text, without those that are empty; the whole text if all are, for the
   * parser to complain about. A later statement keeps the line and column it has in the text, by
   * blanks in front of it, so that errors point to the right place.
   */
  static List<SqlStatement> split(String sql) {
    List<SqlStatement> statements = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= sql.length(); ) {
      if (i == sql.length() || sql.charAt(i) == ';') {
        add(statements, sql, start, i);
        start = ++i;
      } else {
        i = tokenEnd(sql, i);
      }
    }
    return statements.isEmpty() ? List.of(SqlStatement.of(sql)) : statements;
  }

  private static void add(List<SqlStatement> statements, String sql, int start, int end) {
    SqlStatement statement =
        SqlStatement.of(
            start == 0 ? sql.substring(0, end) : blanks(sql, start) + sql.substring(start, end));
    if (!statement.verb().isEmpty()) {
      statements.add(statement);
    }
  }

  private static String blanks(String sql, int end) {
    int lineStart = sql.lastIndexOf('\n', end - 1) + 1;
    long lines = sql.substring(0, lineStart).chars().filter(c -> c == '\n').count();
    return "\n".repeat((int) lines) + " ".repeat(end - lineStart);
  }

  /**
   * The end of the string, quoted name, comment, dollar quote or word that begins at {@code i};
   * {@code i + 1} for any other character. What is not closed ends with the text.
   */
  static int tokenEnd(String sql, int i) {
    char c = sql.charAt(i);
    char next = i + 1 < sql.length() ? sql.charAt(i + 1) : 0;
    if (c == '\'' || c == '"') {
      return quotedEnd(sql, i, c, false);
    } else if ((c == 'e' || c == 'E') && next == '\'') {
      return quotedEnd(sql, i + 1, '\'', true);
    } else if (c == '-' && next == '-') {
      return after(sql, sql.indexOf('\n', i), 1);
    } else if (c == '/' && next == '*') {
      return blockCommentEnd(sql, i);
    } else if (c == '$') {
      return dollarQuoteEnd(sql, i);
    } else if (isWordPart(c)) {
      int end = i + 1;
      while (end < sql.length() && (isWordPart(sql.charAt(end)) || sql.charAt(end) == '$')) {
        end++;
      }
      return end;
    }
    return i + 1;
  }

  static boolean isWordPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  /** True if a comment begins at {@code i}. */
  static boolean isComment(String sql, int i) {
    return sql.startsWith("--", i) || sql.startsWith("/*", i);
  }

  private static int after(String sql, int found, int length) {
    return found < 0 ? sql.length() : found + length;
  }

  private static int quotedEnd(String sql, int open, char quote, boolean backslashes) {
    for (int i = open + 1; i < sql.length(); i++) {
      char c = sql.charAt(i);
      if (c == '\\' && backslashes) {
        i++;
      } else if (c == quote) {
        if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
          i++;
        } else {
          return i + 1;
        }
      }
    }
    return sql.length();
  }

  private static int blockCommentEnd(String sql, int open) {
    int depth = 1;
    for (int i = open + 2; i < sql.length(); i++) {
      if (sql.startsWith("*/", i)) {
        i++;
        if (--depth == 0) {
          return i + 1;
        }
      } else if (sql.startsWith("/*", i)) {
        i++;
        depth++;
      }
    }
    return sql.length();
  }

  private static int dollarQuoteEnd(String sql, int open) {
    int close = open + 1;
    while (close < sql.length() && isWordPart(sql.charAt(close))) {
      close++;
    }
    boolean isQuote =
        close < sql.length()
            && sql.charAt(close) == '$'
            && (close == open + 1 || !Character.isDigit(sql.charAt(open + 1)));
    if (!isQuote) {
      return open + 1;
    }
    String tag = sql.substring(open, close + 1);
    return after(sql, sql.indexOf(tag, close + 1), tag.length());
  }
}
