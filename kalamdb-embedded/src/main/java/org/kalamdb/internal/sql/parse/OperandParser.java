package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/**
 * What operators stand between: constants, parameters, columns, calls, CASE, and whatever is in
 * parentheses.
 */
final class OperandParser {
  private final Grammar grammar;
  private final TokenCursor cursor;
  private final Tokens tokens;

  OperandParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
    this.tokens = cursor.tokens();
  }

  ParsedExpression operand() {
    switch (cursor.kind()) {
      case NUMBER -> {
        int token = cursor.take();
        return new ParsedExpression.NumberLiteral(tokens.image(token), tokens.position(token));
      }
      case STRING, ESCAPE_STRING, DOLLAR_STRING, UNICODE_STRING -> {
        int token = cursor.take();
        return new ParsedExpression.StringLiteral(
            tokens.stringValue(token), tokens.position(token));
      }
      case PARAMETER -> {
        int token = cursor.take();
        return withoutField(
            new ParsedExpression.Parameter(
                tokens.parameterIndex(token, cursor.start()), tokens.position(token)));
      }
      case WORD -> {
        return word();
      }
      case QUOTED, UNICODE_QUOTED -> {
        return named();
      }
      case PUNCTUATION -> {
        if (cursor.isSymbol('(')) {
          return inParentheses();
        }
        throw cursor.error();
      }
      default -> throw cursor.error();
    }
  }

  /** Composite values have fields in PostgreSQL; ours have none. */
  private ParsedExpression withoutField(ParsedExpression value) {
    if (cursor.isSymbol('.')) {
      throw cursor.unsupported(0, "a field of a composite value");
    }
    return value;
  }

  private ParsedExpression inParentheses() {
    Position position = cursor.position();
    Parenthesised inside = parenthesised();
    if (inside.query() != null) {
      return withoutField(new ParsedExpression.ScalarSubquery(inside.query(), position));
    }
    return withoutField(inside.value(position));
  }

  /**
   * What stood in parentheses.
   *
   * @param query null where it was expressions
   * @param items expressions, else empty
   */
  record Parenthesised(@Nullable Query query, List<ParsedExpression> items) {
    /** A single expression, or several as a row. */
    ParsedExpression value(Position position) {
      return items.size() == 1 ? items.get(0) : new ParsedExpression.RowValue(items, position);
    }
  }

  /**
   * A query or expressions in parentheses. Only behind the last of several parentheses it shows
   * which: {@code ((SELECT 1) UNION SELECT 2)} is a query, {@code ((SELECT 1) + 1)} is none.
   */
  Parenthesised parenthesised() {
    grammar.nesting.enter(cursor);
    cursor.take();
    Parenthesised inside = inside();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return inside;
  }

  private Parenthesised inside() {
    if (!grammar.queries.startsQuery(0)) {
      return new Parenthesised(null, grammar.expressions.list());
    }
    if (!cursor.isSymbol('(')) {
      return new Parenthesised(grammar.queries.query(), List.of());
    }
    Position position = cursor.position();
    Parenthesised first = parenthesised();
    if (first.query() != null && (cursor.isSymbol(')') || grammar.queries.continuesQuery())) {
      return new Parenthesised(grammar.queries.continued(first.query()), List.of());
    }
    ParsedExpression operand =
        first.query() != null
            ? new ParsedExpression.ScalarSubquery(first.query(), position)
            : first.value(position);
    List<ParsedExpression> items = new ArrayList<>();
    items.add(grammar.expressions.continued(withoutField(operand)));
    if (cursor.acceptSymbol(',')) {
      items.addAll(grammar.expressions.list());
    }
    return new Parenthesised(null, items);
  }

  private ParsedExpression word() {
    Keyword keyword = cursor.keyword();
    if (keyword == null) {
      return named();
    }
    Position position = cursor.position();
    switch (keyword) {
      case NULL -> {
        cursor.take();
        return new ParsedExpression.NullLiteral(position);
      }
      case TRUE, FALSE -> {
        cursor.take();
        return new ParsedExpression.BooleanLiteral(keyword == Keyword.TRUE, position);
      }
      case DEFAULT -> {
        cursor.take();
        return new ParsedExpression.DefaultValue(position);
      }
      case CASE -> {
        return caseExpression();
      }
      case EXISTS -> {
        return cursor.isSymbolAt(1, '(') ? exists() : named();
      }
      case ROW -> {
        return cursor.isSymbolAt(1, '(') ? row() : named();
      }
      case ARRAY -> throw cursor.unsupported(0, "array");
      case UNIQUE -> throw cursor.unsupported(0, "UNIQUE predicate");
      default -> {
        ParsedExpression special = grammar.calls.special(keyword);
        return special != null ? special : named();
      }
    }
  }

  private ParsedExpression exists() {
    Position position = cursor.position();
    cursor.take();
    int open = cursor.next();
    Query query = parenthesised().query();
    if (query == null) {
      throw tokens.syntaxError(open + 1);
    }
    return new ParsedExpression.Exists(query, position);
  }

  private ParsedExpression row() {
    Position position = cursor.position();
    cursor.take();
    grammar.nesting.enter(cursor);
    cursor.take();
    if (cursor.isSymbol(')')) {
      throw cursor.unsupported(-2, "a row without values");
    }
    List<ParsedExpression> items = grammar.expressions.list();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return new ParsedExpression.RowValue(items, position);
  }

  private ParsedExpression caseExpression() {
    Position position = cursor.position();
    grammar.nesting.enter(cursor);
    cursor.take();
    ParsedExpression operand = cursor.is(Keyword.WHEN) ? null : grammar.expressions.expression();
    List<ParsedExpression.When> whens = new ArrayList<>();
    do {
      cursor.expect(Keyword.WHEN);
      ParsedExpression condition = grammar.expressions.expression();
      cursor.expect(Keyword.THEN);
      whens.add(new ParsedExpression.When(condition, grammar.expressions.expression()));
    } while (cursor.is(Keyword.WHEN));
    ParsedExpression otherwise =
        cursor.accept(Keyword.ELSE) ? grammar.expressions.expression() : null;
    cursor.expect(Keyword.END);
    grammar.nesting.leave();
    return new ParsedExpression.Case(operand, whens, otherwise, position);
  }

  /** A column, a call, or a type before a string: all begin with a name. */
  private ParsedExpression named() {
    int first = cursor.next();
    ParsedExpression literal = typedLiteral();
    if (literal != null) {
      return literal;
    }
    Keyword keyword = cursor.keyword();
    if (keyword != null && keyword.kind() == Keyword.Kind.RESERVED) {
      throw cursor.error();
    }
    cursor.take();
    List<String> parts = List.of(tokens.name(first));
    boolean columnOnly = keyword != null && keyword.kind() == Keyword.Kind.COLUMN_NAME;
    if (cursor.isSymbol('.')) {
      if (keyword != null && !keyword.isColumnName()) {
        throw cursor.error();
      }
      parts = qualified(parts.get(0));
      columnOnly = false;
      if (tokens.isSymbol(cursor.next() - 1, '.')) {
        return star(parts, first);
      }
    }
    if (cursor.isSymbol('(') && !columnOnly) {
      return callOrLiteral(parts, first);
    }
    if (cursor.isString() && !columnOnly) {
      return literal(new TypeName(typeName(parts, first), List.of(), tokens.position(first)));
    }
    if (keyword != null && !keyword.isColumnName()) {
      throw cursor.error();
    }
    if (parts.size() > 3) {
      throw tokens.unsupported(first, "a column name of more than three parts");
    }
    return new ParsedExpression.ColumnReference(parts, tokens.position(first));
  }

  /** {@code a.b.c}, up to a star. */
  private List<String> qualified(String first) {
    List<String> parts = new ArrayList<>();
    parts.add(first);
    while (cursor.acceptSymbol('.')) {
      if (cursor.isSymbol('*')) {
        break;
      }
      parts.add(cursor.label().name());
    }
    return parts;
  }

  private ParsedExpression star(List<String> qualifier, int first) {
    cursor.take();
    if (qualifier.size() > 2) {
      throw tokens.unsupported(first, "a name of more than two parts");
    }
    return new ParsedExpression.Star(qualifier, tokens.position(first));
  }

  /** {@code f(a, b)}, or {@code type(1, 2) 'text'}. */
  private ParsedExpression callOrLiteral(List<String> parts, int first) {
    if (parts.size() > 2) {
      throw tokens.unsupported(first, "a function name of more than two parts");
    }
    ParsedExpression.FunctionCall call =
        grammar.calls.application(String.join(".", parts), tokens.position(first));
    if (cursor.isString()) {
      List<Integer> modifiers = new ArrayList<>();
      for (ParsedExpression argument : call.arguments()) {
        modifiers.add(modifier(argument));
      }
      return literal(new TypeName(typeName(parts, first), modifiers, call.position()));
    }
    return grammar.calls.withClauses(call);
  }

  private static int modifier(ParsedExpression argument) {
    if (argument instanceof ParsedExpression.NumberLiteral number
        && number.isInteger()
        && number.text().length() < 10) {
      return Integer.parseInt(number.text());
    }
    throw argument
        .position()
        .error(ErrorCode.SYNTAX_ERROR, "type modifiers must be simple constants");
  }

  private String typeName(List<String> parts, int first) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    if (parts.size() == 2 && parts.get(0).equals("pg_catalog")) {
      return parts.get(1);
    }
    throw tokens.unsupported(first, "a type of a namespace");
  }

  private ParsedExpression literal(TypeName type) {
    int string = cursor.take();
    return new ParsedExpression.TypedLiteral(type, tokens.stringValue(string), type.position());
  }

  /** A type that the grammar knows by name, before a string; null where none stands. */
  private @Nullable ParsedExpression typedLiteral() {
    if (!isTypeWord()) {
      return null;
    }
    int first = cursor.next();
    Position position = cursor.position();
    if (cursor.is(Keyword.INTERVAL)) {
      return intervalLiteral(position);
    }
    if (!mayGoOn()) {
      return null;
    }
    TypeName type = grammar.types.type();
    if (!cursor.isString()) {
      boolean column = cursor.next() == first + 1;
      cursor.moveTo(column ? first : cursor.next());
      if (column) {
        return null;
      }
      throw cursor.error();
    }
    return literal(type);
  }

  private boolean isTypeWord() {
    Keyword keyword = cursor.keyword();
    if (keyword == null) {
      return false;
    }
    return switch (keyword) {
      case INT,
          INTEGER,
          SMALLINT,
          BIGINT,
          REAL,
          FLOAT,
          DOUBLE,
          DECIMAL,
          DEC,
          NUMERIC,
          BOOLEAN,
          BIT,
          CHAR,
          CHARACTER,
          NATIONAL,
          NCHAR,
          VARCHAR,
          TIME,
          TIMESTAMP,
          INTERVAL ->
          true;
      default -> false;
    };
  }

  /** True where the type's name goes on, or a string follows it. */
  private boolean mayGoOn() {
    int second = cursor.next() + 1;
    if (second >= cursor.end()) {
      return false;
    }
    return tokens.kind(second).isString()
        || (tokens.isSymbol(second, '(') && !cursor.is(Keyword.DOUBLE))
        || tokens.isWord(second, "precision")
        || tokens.isWord(second, "varying")
        || tokens.isWord(second, "character")
        || tokens.isWord(second, "char")
        || (tokens.isWord(second, "with") && tokens.isWord(second + 1, "time"))
        || (tokens.isWord(second, "without") && tokens.isWord(second + 1, "time"));
  }

  private @Nullable ParsedExpression intervalLiteral(Position position) {
    if (cursor.next() + 1 < cursor.end() && tokens.kind(cursor.next() + 1).isString()) {
      cursor.take();
      String value = tokens.stringValue(cursor.take());
      TypeParser.IntervalFields fields = grammar.types.intervalFields();
      return new ParsedExpression.IntervalLiteral(
          value,
          fields == null ? null : fields.fields(),
          fields == null ? null : fields.precision(),
          position);
    }
    if (!cursor.isSymbolAt(1, '(')) {
      return null;
    }
    cursor.take();
    cursor.take();
    int precision = grammar.types.wholeNumber();
    cursor.expectSymbol(')');
    if (!cursor.isString()) {
      throw cursor.error();
    }
    return new ParsedExpression.IntervalLiteral(
        tokens.stringValue(cursor.take()), null, precision, position);
  }
}
