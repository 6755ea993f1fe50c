package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.KalamException;

/**
 * SQL text to statement trees; where every statement enters the engine. Stateless, so any thread
 * may use it, and it starts no thread itself.
 *
 * <p>The text is cut into tokens first, which settles limits, strings and comments. Statements of
 * our own are then read by recursive descent, queries and expressions by JSqlParser behind {@link
 * JSqlParserDoor}. Whatever fails is a {@link KalamException} with line and column in {@code sql}.
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
      throw JSqlParserDoor.tooComplex(tokens.position(from));
    }
    return new ParsedStatement(
        statement,
        tokens.textBetween(from, to),
        tokens.start(from),
        tokens.end(to - 1),
        parameterCount(tokens, from, to));
  }

  private static int parameterCount(Tokens tokens, int from, int to) {
    int count = 0;
    int questionMarks = 0;
    for (int i = from; i < to; i++) {
      if (tokens.kind(i) == TokenKind.PARAMETER) {
        boolean numbered = tokens.sql().charAt(tokens.start(i)) == '$';
        count = Math.max(count, numbered ? tokens.parameterIndex(i, from) + 1 : ++questionMarks);
      }
    }
    return count;
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

  /** One expression, such as a stored DEFAULT or CHECK; positions count in {@code sql}. */
  public static ParsedExpression parseExpression(String sql) {
    Tokens tokens = Tokenizer.tokenize(sql, ParserLimits.DEFAULT);
    if (tokens.size() == 0) {
      throw tokens.syntaxError(0, "an expression");
    }
    return new JSqlParserDoor(tokens, 0).expression(0, tokens.size());
  }
}
