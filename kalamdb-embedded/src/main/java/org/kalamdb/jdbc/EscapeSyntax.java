package org.kalamdb.jdbc;

import java.sql.SQLException;
import java.util.Locale;
import org.kalamdb.error.ErrorCode;

/**
 * JDBC's escapes in braces, rewritten in the dialect: {@code {d '...'}}, {@code {t '...'}}, {@code
 * {ts '...'}}, {@code {fn f(x)}}, {@code {escape 'c'}}, {@code {oj a left join b}} and {@code
 * {limit n offset m}}, nested too. Braces have no other meaning outside strings. Calls of
 * procedures are refused.
 */
final class EscapeSyntax {
  private final String sql;
  private final StringBuilder out;
  private int position;

  private EscapeSyntax(String sql) {
    this.sql = sql;
    this.out = new StringBuilder(sql.length());
  }

  static String translate(String sql) throws SQLException {
    return sql.indexOf('{') < 0 ? sql : new EscapeSyntax(sql).text(false);
  }

  private String text(boolean inEscape) throws SQLException {
    while (position < sql.length()) {
      char c = sql.charAt(position);
      if (c == '{') {
        position++;
        escape();
      } else if (c == '}' && inEscape) {
        position++;
        return out.toString();
      } else {
        int end = SqlScript.tokenEnd(sql, position);
        out.append(sql, position, end);
        position = end;
      }
    }
    if (inEscape) {
      throw SqlErrors.of(ErrorCode.SYNTAX_ERROR, "An escape is not closed: '}' is missing");
    }
    return out.toString();
  }

  private void escape() throws SQLException {
    skipBlanks();
    int end = position < sql.length() ? SqlScript.tokenEnd(sql, position) : position;
    String keyword = sql.substring(position, end);
    position = end;
    out.append(replacement(keyword.toLowerCase(Locale.ROOT), keyword));
    text(true);
  }

  private static String replacement(String folded, String keyword) throws SQLException {
    return switch (folded) {
      case "d" -> "DATE";
      case "t" -> "TIME";
      case "ts" -> "TIMESTAMP";
      case "escape" -> "ESCAPE";
      case "limit" -> "LIMIT";
      case "fn", "oj" -> "";
      case "call", "?" -> throw SqlErrors.unsupported("The escape {call ...}");
      default -> throw SqlErrors.of(ErrorCode.SYNTAX_ERROR, "Unknown escape: {" + keyword);
    };
  }

  private void skipBlanks() {
    while (position < sql.length() && Character.isWhitespace(sql.charAt(position))) {
      position++;
    }
  }
}
