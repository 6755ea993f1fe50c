package org.kalamdb.internal.sql.parse;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Words with a meaning of their own in expressions and queries. */
final class SpecialWords {
  /** Words that are part of the grammar wherever they stand alone, as PostgreSQL reserves them. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "select",
          "from",
          "where",
          "group",
          "having",
          "order",
          "by",
          "limit",
          "offset",
          "fetch",
          "union",
          "intersect",
          "except",
          "distinct",
          "all",
          "on",
          "as",
          "and",
          "or",
          "not",
          "in",
          "is",
          "between",
          "like",
          "ilike",
          "similar",
          "case",
          "when",
          "then",
          "else",
          "end",
          "cast",
          "exists",
          "any",
          "some",
          "join",
          "inner",
          "outer",
          "cross",
          "natural",
          "using",
          "lateral",
          "with",
          "window",
          "returning",
          "asc",
          "desc",
          "to",
          "for",
          "isnull",
          "notnull",
          "symmetric",
          "asymmetric",
          "escape",
          "qualify",
          "full",
          "table",
          "into",
          "collate",
          "tablesample",
          "null",
          "true",
          "false",
          "default",
          "left",
          "right",
          "values",
          "array",
          "row");

  /** Functions that are called without parentheses. */
  private static final Set<String> BARE_FUNCTIONS =
      Set.of(
          "current_date",
          "current_time",
          "current_timestamp",
          "localtime",
          "localtimestamp",
          "current_user",
          "current_role",
          "session_user",
          "user",
          "current_schema",
          "current_catalog");

  /** Calls whose arguments are parted by words. */
  private static final Set<String> CALL_SYNTAX =
      Set.of("extract", "trim", "position", "substring", "overlay", "cast", "interval");

  private SpecialWords() {}

  static boolean isKeyword(String word) {
    return KEYWORDS.contains(word);
  }

  static boolean hasOwnCallSyntax(String word) {
    return CALL_SYNTAX.contains(word);
  }

  /** True for a word that may be the type of a literal: {@code uuid '...'}. */
  static boolean mayPrefixLiteral(String word) {
    return !KEYWORDS.contains(word);
  }

  /** NULL, TRUE, FALSE, DEFAULT, CURRENT_DATE and their like; null for any other token. */
  static @Nullable ParsedExpression literal(Tokens tokens, int token) {
    if (tokens.kind(token) != TokenKind.WORD) {
      return null;
    }
    String word = tokens.name(token);
    return switch (word) {
      case "null" -> new ParsedExpression.NullLiteral(tokens.position(token));
      case "true" -> new ParsedExpression.BooleanLiteral(true, tokens.position(token));
      case "false" -> new ParsedExpression.BooleanLiteral(false, tokens.position(token));
      case "default" -> new ParsedExpression.DefaultValue(tokens.position(token));
      default ->
          BARE_FUNCTIONS.contains(word)
              ? ParsedExpression.FunctionCall.of(word, List.of(), tokens.position(token))
              : null;
    };
  }
}
