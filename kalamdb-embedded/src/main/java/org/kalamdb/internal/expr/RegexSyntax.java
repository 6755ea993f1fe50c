package org.kalamdb.internal.expr;

import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * PostgreSQL's advanced regular expressions as Java's. What differs is rewritten: {@code ^ $ \A \Z}
 * are the ends of the text, {@code .} takes newlines, {@code \y \Y \m \M [[:<:]] [[:>:]]} are ends
 * of words, and brackets hold POSIX classes. Of alternatives the first that matches is taken, where
 * PostgreSQL takes the longest.
 */
final class RegexSyntax {
  private final String source;
  private final StringBuilder java = new StringBuilder();
  private int at;

  /** Whether {@code ^} and {@code $} also match at newlines. */
  private boolean lines;

  /** Whether {@code .} and {@code [^x]} leave newlines out. */
  private boolean withoutNewline;

  private int flags;
  private boolean literal;

  private RegexSyntax(String source) {
    this.source = source;
  }

  /**
   * Compiles the expression.
   *
   * @param options letters: i and c (case), n and m (newlines end lines), s, p, w, x, q, t, e
   * @throws KalamException 2201B for what is no regular expression, 22023 for an unknown option
   */
  static Pattern compile(String regex, String options) {
    RegexSyntax syntax = new RegexSyntax(regex);
    syntax.options(options);
    syntax.prefix();
    try {
      if (syntax.literal) {
        return Pattern.compile(regex.substring(syntax.at), syntax.flags | Pattern.LITERAL);
      }
      syntax.translate();
      return Pattern.compile(syntax.java.toString(), syntax.flags);
    } catch (PatternSyntaxException e) {
      throw invalid(reason(e.getDescription()), e);
    }
  }

  private static String reason(String description) {
    String lower = description.toLowerCase(Locale.ROOT);
    if (lower.contains("group") || lower.contains("unmatched closing ')'")) {
      return "parentheses () not balanced";
    } else if (lower.contains("character class")) {
      return "brackets [] not balanced";
    } else if (lower.contains("dangling")) {
      return "quantifier operand invalid";
    } else if (lower.contains("repetition")) {
      return "invalid repetition count(s)";
    }
    return description;
  }

  private static KalamException invalid(String reason, @Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.INVALID_REGULAR_EXPRESSION, "invalid regular expression: " + reason, cause);
  }

  private void options(String letters) {
    for (int i = 0; i < letters.length(); i++) {
      switch (letters.charAt(i)) {
        case 'i' -> flags |= Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;
        case 'c' -> flags &= ~(Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
        case 'n', 'm' -> {
          lines = true;
          withoutNewline = true;
        }
        case 'p' -> {
          lines = false;
          withoutNewline = true;
        }
        case 'w' -> {
          lines = true;
          withoutNewline = false;
        }
        case 's' -> {
          lines = false;
          withoutNewline = false;
        }
        case 'x' -> flags |= Pattern.COMMENTS;
        case 'q' -> literal = true;
        case 'e', 't' -> {}
        default ->
            throw new KalamException(
                ErrorCode.INVALID_PARAMETER_VALUE,
                "invalid regular expression option: \"" + letters.charAt(i) + "\"");
      }
    }
  }

  /** {@code ***:}, {@code ***=} and options at the start: {@code (?i)}. */
  private void prefix() {
    if (source.startsWith("***=")) {
      literal = true;
      at = 4;
      return;
    }
    at = source.startsWith("***:") ? 4 : 0;
    int end = source.indexOf(')', at);
    if (source.startsWith("(?", at) && end > 0) {
      String letters = source.substring(at + 2, end);
      if (!letters.isEmpty() && letters.chars().allMatch(c -> c >= 'a' && c <= 'z')) {
        options(letters);
        at = end + 1;
      }
    }
  }

  private void translate() {
    boolean quantified = true;
    while (at < source.length()) {
      char c = source.charAt(at++);
      boolean quantifier = false;
      switch (c) {
        case '\\' -> escape();
        case '[' -> bracket();
        case '.' -> java.append(withoutNewline ? "[^\\n]" : "(?s:.)");
        case '^' -> java.append(lines ? "(?:\\A|(?<=\\n))" : "\\A");
        case '$' -> java.append(lines ? "(?:\\z|(?=\\n))" : "\\z");
        case '(' -> {
          java.append(c);
          group();
          quantified = true;
          continue;
        }
        case '*', '+', '?' -> {
          quantifier(quantified, String.valueOf(c));
          quantifier = true;
        }
        case '{' -> {
          if (at < source.length() && Character.isDigit(source.charAt(at))) {
            quantifier(quantified, bound());
            quantifier = true;
          } else {
            java.append("\\{");
          }
        }
        case '}' -> java.append("\\}");
        case '|' -> {
          java.append(c);
          quantified = true;
          continue;
        }
        default -> java.append(c);
      }
      quantified = quantifier;
    }
  }

  private void group() {
    if (source.startsWith("?", at)) {
      int length = source.startsWith("?<=", at) || source.startsWith("?<!", at) ? 3 : 2;
      String kind = source.substring(at, Math.min(at + length, source.length()));
      switch (kind) {
        case "?:", "?=", "?!", "?<=", "?<!" -> {
          java.append(kind);
          at += length;
        }
        default -> throw invalid("invalid embedded option", null);
      }
    }
  }

  private void quantifier(boolean nothingBefore, String quantifier) {
    if (nothingBefore) {
      throw invalid("quantifier operand invalid", null);
    }
    java.append(quantifier);
    if (at < source.length() && source.charAt(at) == '?') {
      java.append('?');
      at++;
    }
  }

  private String bound() {
    int end = source.indexOf('}', at);
    String bound = end < 0 ? "" : source.substring(at, end);
    if (!bound.matches("\\d{1,3}(,(\\d{1,3})?)?")) {
      throw invalid("invalid repetition count(s)", null);
    }
    String[] counts = bound.split(",");
    int least = Integer.parseInt(counts[0]);
    int most = counts.length > 1 ? Integer.parseInt(counts[1]) : least;
    if (least > 255 || most > 255 || least > most) {
      throw invalid("invalid repetition count(s)", null);
    }
    at = end + 1;
    return "{" + bound + "}";
  }

  private void escape() {
    if (at == source.length()) {
      throw invalid("invalid escape \\ sequence", null);
    }
    char c = source.charAt(at++);
    switch (c) {
      case 'y' -> java.append("\\b");
      case 'Y' -> java.append("\\B");
      case 'm' -> java.append("\\b(?=\\w)");
      case 'M' -> java.append("\\b(?<=\\w)");
      case 'A' -> java.append("\\A");
      case 'Z' -> java.append("\\z");
      case 'B' -> java.append("\\\\");
      default -> {
        if (c >= '1' && c <= '9') {
          java.append("(?:\\").append(c).append(')');
        } else {
          characterEscape(c);
        }
      }
    }
  }

  /** What stands for a character or a class, in and out of brackets. */
  private void characterEscape(char c) {
    switch (c) {
      case 'd', 'D', 'w', 'W', 's', 'S' -> java.append("\\").append(c);
      case 'a' -> java.append("\\x07");
      case 'b' -> java.append("\\x08");
      case 'e' -> java.append("\\x1b");
      case 'f', 'n', 'r', 't' -> java.append('\\').append(c);
      case 'v' -> java.append("\\x0b");
      case '0' -> java.append("\\x00");
      case 'c' -> {
        java.append(String.format("\\x%02x", at < source.length() ? source.charAt(at) & 31 : 0));
        at++;
      }
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case 'x' -> {
        int digits = 0;
        while (digits < 8
            && at + digits < source.length()
            && Character.digit(source.charAt(at + digits), 16) >= 0) {
          digits++;
        }
        hex(digits);
      }
      default -> {
        if (Character.isLetterOrDigit(c)) {
          throw invalid("invalid escape \\ sequence", null);
        }
        java.append('\\').append(c);
      }
    }
  }

  private void hex(int digits) {
    try {
      int code = Integer.parseUnsignedInt(source.substring(at, at + digits), 16);
      if (!Character.isValidCodePoint(code)) {
        throw invalid("invalid escape \\ sequence", null);
      }
      java.append(String.format("\\x{%x}", code));
      at += digits;
    } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
      throw invalid("invalid escape \\ sequence", e);
    }
  }

  private void bracket() {
    if (source.startsWith("[:<:]]", at)) {
      java.append("\\b(?=\\w)");
      at += 6;
      return;
    }
    if (source.startsWith("[:>:]]", at)) {
      java.append("\\b(?<=\\w)");
      at += 6;
      return;
    }
    java.append('[');
    boolean negated = at < source.length() && source.charAt(at) == '^';
    if (negated) {
      java.append('^').append(withoutNewline ? "\\n" : "");
      at++;
    }
    boolean first = true;
    while (true) {
      if (at >= source.length()) {
        throw invalid("brackets [] not balanced", null);
      }
      char c = source.charAt(at++);
      if (c == ']' && !first) {
        java.append(']');
        return;
      }
      first = false;
      if (c == '[' && at < source.length() && ":.=".indexOf(source.charAt(at)) >= 0) {
        named(source.charAt(at));
      } else if (c == '\\') {
        if (at == source.length()) {
          throw invalid("brackets [] not balanced", null);
        }
        characterEscape(source.charAt(at++));
      } else if (c == '-') {
        boolean last = at < source.length() && source.charAt(at) == ']';
        java.append(last || java.charAt(java.length() - 1) == '[' ? "\\-" : "-");
      } else if ("[&^~#".indexOf(c) >= 0 || Character.isWhitespace(c) || c == ']') {
        java.append('\\').append(c);
      } else {
        java.append(c);
      }
    }
  }

  private void named(char kind) {
    int end = source.indexOf(kind + "]", at + 1);
    if (end < 0) {
      throw invalid("brackets [] not balanced", null);
    }
    String name = source.substring(at + 1, end);
    at = end + 2;
    if (kind != ':') {
      if (name.codePointCount(0, name.length()) != 1) {
        throw invalid("invalid collating element", null);
      }
      java.append('\\').append(name);
      return;
    }
    java.append(
        switch (name) {
          case "alpha" -> "\\p{IsAlphabetic}";
          case "digit" -> "\\d";
          case "alnum" -> "\\p{IsAlphabetic}\\d";
          case "upper" -> "\\p{Lu}";
          case "lower" -> "\\p{Ll}";
          case "space" -> "\\s";
          case "blank" -> " \\t";
          case "punct" -> "\\p{Punct}";
          case "cntrl" -> "\\p{Cntrl}";
          case "graph" -> "\\p{Graph}";
          case "print" -> "\\p{Print}";
          case "xdigit" -> "0-9a-fA-F";
          case "word" -> "\\w";
          default -> throw invalid("invalid character class", null);
        });
  }
}
