package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.StringProvider;
import net.sf.jsqlparser.parser.Token;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * The only way to JSqlParser: queries and the expressions, sources and conditions of other
 * statements, given as ranges of tokens. Runs on the caller's thread and starts none.
 */
final class JSqlParserDoor {
  /** A range of tokens, the last one excluded. */
  record Range(int from, int to) {}

  /**
   * What statements of other kinds are made of, each null where the statement has none.
   *
   * @param with from WITH to before the statement's own word
   * @param items select items, or expressions
   * @param from items of FROM
   * @param where condition
   */
  record Parts(
      @Nullable Range with, List<Range> items, @Nullable Range from, @Nullable Range where) {}

  private final Tokens tokens;
  private final int statementStart;

  /** For the statement whose first token is {@code statementStart}. */
  JSqlParserDoor(Tokens tokens, int statementStart) {
    this.tokens = tokens;
    this.statementStart = statementStart;
  }

  /** A whole query. */
  Query query(int from, int to) {
    StatementShape shape = new StatementShape(tokens, statementStart).tokens(from, to);
    return run(shape, to, select -> new SelectTranslator(shape).query(select));
  }

  /** One expression. */
  ParsedExpression expression(int from, int to) {
    List<Range> item = List.of(new Range(from, to));
    return bodyOf(parts(new Parts(null, item, null, null), true, to)).items().get(0).value();
  }

  /** Select items, with their aliases. */
  List<QueryBody.SelectItem> selectItems(List<Range> items, int end) {
    return bodyOf(parts(new Parts(null, items, null, null), false, end)).items();
  }

  /** Parts of one statement, in a single run; {@code items} are expressions, at least one. */
  Query parts(Parts parts, int end) {
    return parts(parts, true, end);
  }

  /** The one SELECT that {@link #parts} gives. */
  static QueryBody.Select bodyOf(Query query) {
    return (QueryBody.Select) query.body();
  }

  private Query parts(Parts parts, boolean expressions, int end) {
    StatementShape shape = new StatementShape(tokens, statementStart);
    if (parts.with() != null) {
      shape.tokens(parts.with().from(), parts.with().to());
    }
    String separator = "SELECT";
    for (Range item : parts.items()) {
      requireExpression(item, expressions);
      shape.words(separator + (expressions ? "(" : ""), item.from());
      shape.tokens(item.from(), item.to());
      if (expressions) {
        shape.words(")", item.to());
      }
      separator = ",";
    }
    if (parts.from() != null) {
      shape.words("FROM", parts.from().from()).tokens(parts.from().from(), parts.from().to());
    }
    if (parts.where() != null) {
      Range where = parts.where();
      requireExpression(where, true);
      shape.words("WHERE (", where.from()).tokens(where.from(), where.to()).words(")", where.to());
    }
    Query query = run(shape, end, select -> new SelectTranslator(shape).query(select));
    check(parts, query, end);
    return query;
  }

  /** In the parentheses we put around it, a list would be a row and a query a subquery. */
  private void requireExpression(Range range, boolean expression) {
    if (range.from() >= range.to()) {
      throw tokens.syntaxError(range.to());
    }
    int first = range.from();
    boolean query =
        tokens.isWord(first, "select")
            || tokens.isWord(first, "with")
            || (tokens.isWord(first, "values") && tokens.isSymbol(first + 1, '('))
            || tokens.isWord(first, "table");
    if (expression && query) {
      throw tokens.syntaxError(first);
    }
    List<Range> pieces = split(tokens, first, range.to());
    if (pieces.size() > 1) {
      throw tokens.syntaxError(pieces.get(0).to());
    }
  }

  /** No part may have brought a clause of its own. */
  private void check(Parts parts, Query query, int end) {
    boolean extra = !query.orderBy().isEmpty() || query.limit() != null || query.offset() != null;
    if (extra
        || !(query.body() instanceof QueryBody.Select body)
        || body.items().size() != parts.items().size()
        || body.from().isEmpty() != (parts.from() == null)
        || (body.where() == null) != (parts.where() == null)
        || body.groupBy() != null
        || body.having() != null
        || body.qualify() != null
        || body.distinct()
        || !body.windows().isEmpty()) {
      throw tokens.syntaxError(parts.from() == null ? end : parts.from().from());
    }
  }

  private Query run(StatementShape shape, int end, Function<Select, Query> translation) {
    try {
      CCJSqlParser parser = new CCJSqlParser(new StringProvider(shape.text()));
      if (!(parser.Statement() instanceof Select select)) {
        throw tokens.syntaxError(shape.tokenOfLine(1));
      }
      if (parser.getToken(1).kind != 0) {
        throw tokens.syntaxError(shape.tokenOfLine(parser.getToken(1).beginLine));
      }
      Query query = translation.apply(select);
      if (shape.firstUntaken() >= 0) {
        throw tokens.unsupported(
            shape.firstUntaken(), "the clause with \"" + tokens.image(shape.firstUntaken()) + "\"");
      }
      return query;
    } catch (ParseException e) {
      // Their message speaks of the shape and their token chain is large, so neither goes along.
      throw tokens.syntaxError(offender(e, shape, end));
    } catch (TokenMgrException e) {
      throw tokens.syntaxError(shape.tokenOfLine(1));
    } catch (StackOverflowError e) {
      throw tooComplex(tokens.position(shape.tokenOfLine(1)));
    }
  }

  /**
   * The furthest token anybody looked at: JSqlParser reports where its choice failed, often the
   * start of the statement, but has looked ahead up to what did not fit.
   */
  private static int offender(ParseException e, StatementShape shape, int end) {
    Token token = e.currentToken;
    if (token == null) {
      return shape.tokenOfLine(1);
    }
    while (token.next != null) {
      token = token.next;
    }
    return token.kind == 0 ? end : shape.tokenOfLine(token.beginLine);
  }

  static KalamException tooComplex(Position position) {
    return position.error(ErrorCode.STATEMENT_TOO_COMPLEX, "statement is too complex");
  }

  /** Splits a range at its commas outside parentheses; empty pieces are kept. */
  static List<Range> split(Tokens tokens, int from, int to) {
    List<Range> ranges = new ArrayList<>();
    int depth = 0;
    int start = from;
    for (int i = from; i < to; i++) {
      if (tokens.isSymbol(i, '(')) {
        depth++;
      } else if (tokens.isSymbol(i, ')')) {
        depth--;
      } else if (depth == 0 && tokens.isSymbol(i, ',')) {
        ranges.add(new Range(start, i));
        start = i + 1;
      }
    }
    ranges.add(new Range(start, to));
    return ranges;
  }
}
