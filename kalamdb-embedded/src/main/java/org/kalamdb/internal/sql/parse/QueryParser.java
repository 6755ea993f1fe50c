package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.QueryBody.SetOperator;

/** Queries: WITH, set operations, ORDER BY, LIMIT, OFFSET and FETCH around the bodies. */
final class QueryParser {
  private final Grammar grammar;
  private final TokenCursor cursor;
  private final Tokens tokens;

  QueryParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
    this.tokens = cursor.tokens();
  }

  /** The list behind WITH. */
  record With(List<Query.CommonTable> tables, boolean recursive, Position position) {
    static With none(Position position) {
      return new With(List.of(), false, position);
    }
  }

  /** An operand of set operations; one in parentheses keeps its ORDER BY and names for itself. */
  private record Operand(Query query, boolean parenthesised) {
    QueryBody body() {
      return parenthesised || !query.isBare()
          ? new QueryBody.Nested(query, query.position())
          : query.body();
    }
  }

  /** What limits the rows. */
  private record Limit(
      @Nullable ParsedExpression count, @Nullable ParsedExpression offset, boolean withTies) {
    static final Limit NONE = new Limit(null, null, false);
  }

  /** True where a query begins at the token {@code ahead}, perhaps in parentheses. */
  boolean startsQuery(int ahead) {
    int i = ahead;
    while (cursor.isSymbolAt(i, '(')) {
      i++;
    }
    Keyword keyword = cursor.keywordAt(i);
    return keyword == Keyword.SELECT
        || keyword == Keyword.WITH
        || keyword == Keyword.TABLE
        || (keyword == Keyword.VALUES && cursor.isSymbolAt(i + 1, '('));
  }

  /** True where a set operation, ORDER BY or a limit comes next. */
  boolean continuesQuery() {
    Keyword keyword = cursor.keyword();
    if (keyword == null) {
      return false;
    }
    return switch (keyword) {
      case UNION, INTERSECT, EXCEPT, ORDER, LIMIT, OFFSET, FETCH, FOR -> true;
      default -> false;
    };
  }

  /** A query with all its clauses. */
  Query query() {
    With with = cursor.is(Keyword.WITH) ? with() : With.none(cursor.position());
    return query(with);
  }

  /** The query behind a WITH. */
  Query query(With with) {
    int outer = grammar.nesting.open();
    Operand operand = setOperations(operand(), false);
    Query query = finished(with, operand);
    grammar.nesting.close(outer);
    return query;
  }

  /** The query that begins with one in parentheses, which has been read. */
  Query continued(Query first) {
    int outer = grammar.nesting.open();
    Operand operand = setOperations(new Operand(first, true), false);
    Query query = finished(With.none(first.position()), operand);
    grammar.nesting.close(outer);
    return query;
  }

  private Query finished(With with, Operand operand) {
    List<Query.OrderItem> orderBy = orderBy();
    Limit limit = limit();
    boolean bare =
        with.tables().isEmpty() && orderBy.isEmpty() && limit.count == null && limit.offset == null;
    if (bare) {
      return operand.query;
    }
    QueryBody body = operand.body();
    Position position =
        with.tables().isEmpty() ? body.position() : with.tables().get(0).name().position();
    return new Query(
        with.tables(),
        with.recursive(),
        body,
        orderBy,
        limit.count,
        limit.offset,
        limit.withTies,
        position);
  }

  /** UNION and EXCEPT from left to right, INTERSECT before them. */
  private Operand setOperations(Operand first, boolean onlyIntersect) {
    Operand left = first;
    while (true) {
      SetOperator operator = setOperator();
      if (operator == null || (onlyIntersect && operator != SetOperator.INTERSECT)) {
        return left;
      }
      grammar.nesting.growByQuery(cursor);
      cursor.take();
      boolean all = cursor.accept(Keyword.ALL);
      if (!all) {
        cursor.accept(Keyword.DISTINCT);
      }
      Operand right = operand();
      if (operator != SetOperator.INTERSECT) {
        right = setOperations(right, true);
      }
      left =
          new Operand(
              Query.of(
                  new QueryBody.SetOperation(
                      operator, all, left.query, right.query, left.query.position())),
              false);
    }
  }

  private @Nullable SetOperator setOperator() {
    Keyword keyword = cursor.keyword();
    if (keyword == Keyword.UNION) {
      return SetOperator.UNION;
    } else if (keyword == Keyword.INTERSECT) {
      return SetOperator.INTERSECT;
    }
    return keyword == Keyword.EXCEPT ? SetOperator.EXCEPT : null;
  }

  private Operand operand() {
    Keyword keyword = cursor.keyword();
    if (keyword == Keyword.SELECT) {
      return new Operand(Query.of(grammar.selects.select()), false);
    } else if (keyword == Keyword.VALUES) {
      return new Operand(Query.of(values()), false);
    } else if (keyword == Keyword.TABLE) {
      return new Operand(Query.of(grammar.selects.table()), false);
    } else if (cursor.isSymbol('(')) {
      return new Operand(parenthesised(), true);
    }
    throw cursor.error();
  }

  /** A query in parentheses. */
  Query parenthesised() {
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    Query query = query();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return query;
  }

  private QueryBody values() {
    Position position = cursor.position();
    cursor.take();
    List<List<ParsedExpression>> rows = new ArrayList<>();
    do {
      cursor.expectSymbol('(');
      List<ParsedExpression> values = grammar.expressions.list();
      cursor.expectSymbol(')');
      rows.add(values);
      if (values.size() != rows.get(0).size()) {
        throw values
            .get(0)
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "VALUES lists must all be the same length");
      }
    } while (cursor.acceptSymbol(','));
    return new QueryBody.Values(rows, position);
  }

  /** ORDER BY; empty where it does not follow. */
  List<Query.OrderItem> orderBy() {
    if (!cursor.accept(Keyword.ORDER)) {
      return List.of();
    }
    cursor.expect("by");
    List<Query.OrderItem> items = new ArrayList<>();
    do {
      ParsedExpression value = grammar.expressions.expression();
      if (cursor.is(Keyword.USING)) {
        throw cursor.unsupported(0, "ORDER BY USING");
      }
      boolean descending = cursor.accept(Keyword.DESC);
      if (!descending) {
        cursor.accept(Keyword.ASC);
      }
      Boolean nullsFirst = null;
      if (cursor.accept("nulls", "first")) {
        nullsFirst = true;
      } else if (cursor.accept("nulls", "last")) {
        nullsFirst = false;
      }
      items.add(new Query.OrderItem(value, descending, nullsFirst));
    } while (cursor.acceptSymbol(','));
    return items;
  }

  /** LIMIT or FETCH and OFFSET, in either order, each once. */
  private Limit limit() {
    Limit limit = Limit.NONE;
    boolean counted = false;
    boolean skipped = false;
    while (true) {
      if (!counted && (cursor.is(Keyword.LIMIT) || cursor.is(Keyword.FETCH))) {
        counted = true;
        limit = cursor.is(Keyword.LIMIT) ? limitTo(limit) : fetch(limit);
      } else if (!skipped && cursor.accept(Keyword.OFFSET)) {
        skipped = true;
        ParsedExpression offset = grammar.expressions.expression();
        if (!cursor.accept(Keyword.ROW)) {
          cursor.accept("rows");
        }
        limit = new Limit(limit.count, notNull(offset), limit.withTies);
      } else if (cursor.is(Keyword.FOR)) {
        throw locking();
      } else {
        return limit;
      }
    }
  }

  private Limit limitTo(Limit limit) {
    Position position = cursor.position();
    cursor.take();
    if (cursor.accept(Keyword.ALL)) {
      return limit;
    }
    ParsedExpression count = grammar.expressions.expression();
    if (cursor.isSymbol(',')) {
      throw position
          .error(ErrorCode.SYNTAX_ERROR, "LIMIT #,# syntax is not supported")
          .withHint("Use separate LIMIT and OFFSET clauses.");
    }
    return new Limit(notNull(count), limit.offset, limit.withTies);
  }

  private static @Nullable ParsedExpression notNull(ParsedExpression limit) {
    return limit instanceof ParsedExpression.NullLiteral ? null : limit;
  }

  /** {@code FETCH {FIRST|NEXT} [n] {ROW|ROWS} {ONLY|WITH TIES}}. */
  private Limit fetch(Limit limit) {
    Position position = cursor.position();
    cursor.take();
    if (!cursor.accept("first") && !cursor.accept("next")) {
      throw cursor.error("FIRST or NEXT");
    }
    boolean one = cursor.is(Keyword.ROW) || cursor.isWord("rows");
    ParsedExpression count =
        one ? new ParsedExpression.NumberLiteral("1", position) : grammar.expressions.count();
    if (!cursor.accept(Keyword.ROW) && !cursor.accept("rows")) {
      throw cursor.error("ROW or ROWS");
    }
    if (cursor.accept(Keyword.ONLY)) {
      return new Limit(notNull(count), limit.offset, false);
    } else if (cursor.accept("with", "ties")) {
      return new Limit(notNull(count), limit.offset, true);
    }
    throw cursor.error("ONLY or WITH TIES");
  }

  private RuntimeException locking() {
    int word = cursor.next() + 1;
    if (word >= cursor.end()) {
      throw cursor.tokens().syntaxError(word);
    }
    return cursor.unsupported(0, "FOR " + tokens.image(word).toUpperCase(Locale.ROOT));
  }

  /** WITH and its list. */
  With with() {
    Position position = cursor.position();
    cursor.expect(Keyword.WITH);
    boolean recursive = cursor.isWord("recursive") && cursor.isColumnNameAt(1);
    if (recursive) {
      cursor.take();
    }
    List<Query.CommonTable> tables = new ArrayList<>();
    do {
      tables.add(commonTable());
    } while (cursor.acceptSymbol(','));
    return new With(tables, recursive, position);
  }

  private Query.CommonTable commonTable() {
    Identifier name = cursor.columnName();
    List<Identifier> columns = cursor.isSymbol('(') ? cursor.columnNames() : List.of();
    cursor.expect(Keyword.AS);
    Boolean materialized = null;
    if (cursor.accept("materialized")) {
      materialized = true;
    } else if (cursor.accept("not", "materialized")) {
      materialized = false;
    }
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    With inner = cursor.is(Keyword.WITH) ? with() : With.none(cursor.position());
    Query query = DmlParser.isNext(cursor) ? write(inner) : query(inner);
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    if (cursor.isWords("search", "depth") || cursor.isWords("search", "breadth")) {
      throw cursor.unsupported(0, "SEARCH");
    } else if (cursor.isWord("cycle")) {
      throw cursor.unsupported(0, "CYCLE");
    }
    return new Query.CommonTable(name, columns, materialized, query);
  }

  private Query write(With inner) {
    Statement statement = new DmlParser(grammar).inParentheses(inner);
    return Query.of(new QueryBody.Write(statement, statement.position()));
  }
}
