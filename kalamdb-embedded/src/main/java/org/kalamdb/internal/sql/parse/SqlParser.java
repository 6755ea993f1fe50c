package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * SQL text to statement trees; where every statement enters the engine. Stateless, so any thread
 * may use it, and it starts no thread itself.
 *
 * <p>The text is cut into tokens first, which settles limits, strings and comments. Statements are
 * then read by recursive descent: {@link StatementParser} by their first words, queries and
 * expressions by {@link Grammar}. Whatever fails is a {@link KalamException} with line and column
 * in {@code sql}.
 */
public final class SqlParser {
  private SqlParser() {}

  /** Every statement of a text, in order; none for a text of blanks, comments and semicolons. */
  public static List<ParsedStatement> parse(String sql) {
    return parse(sql, ParserLimits.DEFAULT);
  }

  /** The same within other limits. */
  public static List<ParsedStatement> parse(String sql, ParserLimits limits) {
    Tokens tokens = Tokenizer.tokenize(sql, limits);
    List<ParsedStatement> statements = new ArrayList<>();
    for (StatementSplitter.Range range : StatementSplitter.split(tokens)) {
      statements.add(statement(tokens, range.from(), range.to()));
    }
    return statements;
  }

  private static ParsedStatement statement(Tokens tokens, int from, int to) {
    Statement statement;
    try {
      statement = new StatementParser(new TokenCursor(tokens, from, to)).parse();
    } catch (StackOverflowError e) {
      throw tooComplex(tokens, from);
    }
    return new ParsedStatement(
        statement,
        tokens.textBetween(from, to),
        tokens.start(from),
        tokens.end(to - 1),
        parameterCount(tokens, from, to));
  }

  /** A caller with little stack left gets an error where another would get the tree. */
  private static KalamException tooComplex(Tokens tokens, int from) {
    return tokens
        .position(from)
        .error(ErrorCode.STATEMENT_TOO_COMPLEX, "statement is too complex for this thread's stack");
  }

  private static int parameterCount(Tokens tokens, int from, int to) {
    int highest = 0;
    int questionMarks = 0;
    for (int i = from; i < to; i++) {
      if (tokens.kind(i) == TokenKind.PARAMETER) {
        boolean numbered = tokens.sql().charAt(tokens.start(i)) == '$';
        highest = numbered ? Math.max(highest, tokens.parameterIndex(i, from) + 1) : highest;
        questionMarks += numbered ? 0 : 1;
        if (highest > 0 && questionMarks > 0) {
          throw tokens
              .position(i)
              .error(
                  ErrorCode.SYNTAX_ERROR,
                  "a statement takes its parameters either as ? or as $1, not both");
        }
      }
    }
    if (questionMarks > ParserLimits.MAX_PARAMETERS) {
      throw tokens
          .position(from)
          .error(
              ErrorCode.PROGRAM_LIMIT_EXCEEDED,
              "a statement takes at most " + ParserLimits.MAX_PARAMETERS + " parameters");
    }
    return Math.max(highest, questionMarks);
  }

  /** A stored text with another name, quoted, in place of the names that begin at the places. */
  public static String replaceNames(String sql, List<Position> places, String name) {
    Tokens tokens = Tokenizer.tokenize(sql, ParserLimits.DEFAULT);
    StringBuilder replaced = new StringBuilder();
    int copied = 0;
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.isName(i) && places.contains(tokens.position(i))) {
        replaced.append(sql, copied, tokens.start(i)).append('"');
        replaced.append(name.replace("\"", "\"\"")).append('"');
        copied = tokens.end(i);
      }
    }
    return replaced.append(sql, copied, sql.length()).toString();
  }

  /**
   * The text of a condition over one table with its columns named alone: {@code a} for {@code t.a}
   * and for {@code n.t.a}.
   */
  public static String withoutQualifier(String sql, String table) {
    Tokens tokens = Tokenizer.tokenize(sql, ParserLimits.DEFAULT);
    StringBuilder bare = new StringBuilder();
    int copied = 0;
    for (int i = 0; i + 2 < tokens.size(); i++) {
      boolean qualifies =
          tokens.isName(i)
              && tokens.name(i).equals(table)
              && tokens.isSymbol(i + 1, '.')
              && tokens.isName(i + 2)
              && !(i + 3 < tokens.size()
                  && (tokens.isSymbol(i + 3, '.') || tokens.isSymbol(i + 3, '(')));
      if (qualifies) {
        int first = i >= 2 && tokens.isSymbol(i - 1, '.') ? i - 2 : i;
        bare.append(sql, copied, tokens.start(first));
        copied = tokens.start(i + 2);
      }
    }
    return bare.append(sql, copied, sql.length()).toString();
  }

  /** One expression, such as a stored DEFAULT or CHECK; positions count in {@code sql}. */
  public static ParsedExpression parseExpression(String sql) {
    Tokens tokens = Tokenizer.tokenize(sql, ParserLimits.DEFAULT);
    TokenCursor cursor = new TokenCursor(tokens, 0, tokens.size());
    if (cursor.atEnd()) {
      throw cursor.error("an expression");
    }
    try {
      ParsedExpression expression = new Grammar(cursor).expressions.expression();
      cursor.expectEnd();
      return expression;
    } catch (StackOverflowError e) {
      throw tooComplex(tokens, 0);
    }
  }
}
