package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/** Calls of functions, with their clauses, and the forms with words between their arguments. */
final class CallParser {
  private final Grammar grammar;
  private final TokenCursor cursor;
  private final Tokens tokens;

  CallParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
    this.tokens = cursor.tokens();
  }

  /** {@code (...)} of a function with the name; what follows the parenthesis is left. */
  ParsedExpression.FunctionCall application(String name, Position position) {
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    List<ParsedExpression> arguments = List.of();
    boolean distinct = false;
    List<Query.OrderItem> orderBy = List.of();
    if (cursor.isSymbol('*')) {
      arguments = List.of(new ParsedExpression.Star(List.of(), cursor.position()));
      cursor.take();
    } else if (!cursor.isSymbol(')')) {
      distinct = cursor.accept(Keyword.DISTINCT);
      if (!distinct) {
        cursor.accept(Keyword.ALL);
      }
      arguments = arguments();
      orderBy = grammar.queries.orderBy();
    }
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return new ParsedExpression.FunctionCall(
        name, arguments, distinct, orderBy, List.of(), null, null, position);
  }

  /** True for a reserved word that a call in FROM may begin with. */
  boolean isCallWord(Keyword keyword) {
    return switch (keyword) {
      case CURRENT_DATE,
          CURRENT_ROLE,
          CURRENT_USER,
          SESSION_USER,
          USER,
          CURRENT_CATALOG,
          CURRENT_TIME,
          CURRENT_TIMESTAMP,
          LOCALTIME,
          LOCALTIMESTAMP,
          CAST,
          COLLATION ->
          true;
      default -> false;
    };
  }

  /** A call as a source of rows. */
  ParsedExpression withoutClauses() {
    Keyword keyword = cursor.keyword();
    ParsedExpression special = keyword == null ? null : special(keyword);
    if (special != null) {
      return special;
    }
    if (keyword != null && !keyword.isFunctionName()) {
      cursor.take();
      throw cursor.error();
    }
    Identifier name = cursor.label();
    String function = name.name();
    if (cursor.acceptSymbol('.')) {
      function += "." + cursor.label().name();
    }
    if (cursor.isSymbol('.')) {
      throw cursor.unsupported(-3, "a function name of more than two parts");
    }
    return application(function, name.position());
  }

  private List<ParsedExpression> arguments() {
    List<ParsedExpression> arguments = new ArrayList<>();
    do {
      if (cursor.is(Keyword.VARIADIC)) {
        throw cursor.unsupported(0, "VARIADIC");
      }
      boolean named =
          cursor.isName()
              && (isOperator(cursor.next() + 1, ":=") || isOperator(cursor.next() + 1, "=>"));
      if (named) {
        throw cursor.unsupported(1, "named argument notation");
      }
      arguments.add(grammar.expressions.expression());
    } while (cursor.acceptSymbol(','));
    return arguments;
  }

  private boolean isOperator(int token, String operator) {
    return token < cursor.end() && tokens.isSymbol(token, operator);
  }

  /** The call with WITHIN GROUP, FILTER and OVER, as far as they follow. */
  ParsedExpression withClauses(ParsedExpression.FunctionCall call) {
    List<Query.OrderItem> withinGroup = List.of();
    if (cursor.is(Keyword.WITHIN)) {
      withinGroup = withinGroup(call);
    }
    ParsedExpression filter = null;
    if (cursor.accept(Keyword.FILTER)) {
      cursor.expectSymbol('(');
      cursor.expect(Keyword.WHERE);
      filter = grammar.expressions.expression();
      cursor.expectSymbol(')');
    }
    WindowSpecification over = cursor.accept(Keyword.OVER) ? grammar.windows.over() : null;
    if (withinGroup.isEmpty() && filter == null && over == null) {
      return call;
    }
    return new ParsedExpression.FunctionCall(
        call.name(),
        call.arguments(),
        call.distinct(),
        call.orderBy(),
        withinGroup,
        filter,
        over,
        call.position());
  }

  private List<Query.OrderItem> withinGroup(ParsedExpression.FunctionCall call) {
    Position position = cursor.position();
    cursor.take();
    cursor.expect(Keyword.GROUP);
    cursor.expectSymbol('(');
    if (!cursor.is(Keyword.ORDER)) {
      throw cursor.error();
    }
    List<Query.OrderItem> order = grammar.queries.orderBy();
    cursor.expectSymbol(')');
    if (!call.orderBy().isEmpty()) {
      throw position.error(
          ErrorCode.SYNTAX_ERROR, "cannot use multiple ORDER BY clauses with WITHIN GROUP");
    }
    if (call.distinct()) {
      throw position.error(ErrorCode.SYNTAX_ERROR, "cannot use DISTINCT with WITHIN GROUP");
    }
    return order;
  }

  /**
   * The form that begins with a keyword; null where the keyword is a name like others, and for
   * keywords that begin none.
   */
  @Nullable ParsedExpression special(Keyword keyword) {
    Position position = cursor.position();
    switch (keyword) {
      case CURRENT_DATE, CURRENT_ROLE, CURRENT_USER, SESSION_USER, USER, CURRENT_CATALOG -> {
        return call(tokens.name(cursor.take()), List.of(), position);
      }
      case CURRENT_SCHEMA -> {
        return cursor.isSymbolAt(1, '(')
            ? null
            : call(tokens.name(cursor.take()), List.of(), position);
      }
      case CURRENT_TIME, CURRENT_TIMESTAMP, LOCALTIME, LOCALTIMESTAMP -> {
        return call(tokens.name(cursor.take()), precision(), position);
      }
      case CAST, TREAT -> {
        return keyword == Keyword.CAST || cursor.isSymbolAt(1, '(') ? cast(keyword) : null;
      }
      default -> {
        return cursor.isSymbolAt(1, '(') ? specialCall(keyword, position) : null;
      }
    }
  }

  private static ParsedExpression.FunctionCall call(
      String name, List<ParsedExpression> arguments, Position position) {
    return ParsedExpression.FunctionCall.of(name, arguments, position);
  }

  /** {@code (3)} behind CURRENT_TIMESTAMP and its like. */
  private List<ParsedExpression> precision() {
    if (!cursor.acceptSymbol('(')) {
      return List.of();
    }
    if (!cursor.isNumber()) {
      throw cursor.error();
    }
    List<ParsedExpression> precision = List.of(grammar.operands.operand());
    cursor.expectSymbol(')');
    return precision;
  }

  private ParsedExpression cast(Keyword keyword) {
    Position position = cursor.position();
    if (keyword == Keyword.TREAT) {
      throw cursor.unsupported(0, "TREAT");
    }
    cursor.take();
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    ParsedExpression value = grammar.expressions.expression();
    cursor.expect(Keyword.AS);
    TypeName type = grammar.types.type();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return new ParsedExpression.Cast(value, type, position);
  }

  /** A keyword before a parenthesis. */
  private @Nullable ParsedExpression specialCall(Keyword keyword, Position position) {
    switch (keyword) {
      case COALESCE, GREATEST, LEAST, GROUPING -> {
        String name = tokens.name(cursor.take());
        return call(name, enclosed(() -> grammar.expressions.list()), position);
      }
      case NULLIF -> {
        cursor.take();
        return call("nullif", enclosed(this::two), position);
      }
      case EXTRACT -> {
        return extract(position);
      }
      case POSITION -> {
        cursor.take();
        return call("position", enclosed(this::positionArguments), position);
      }
      case SUBSTRING -> {
        cursor.take();
        return call("substring", enclosed(this::substringArguments), position);
      }
      case OVERLAY -> {
        cursor.take();
        return call("overlay", enclosed(this::overlayArguments), position);
      }
      case TRIM -> {
        return trim(position);
      }
      case NORMALIZE -> {
        cursor.take();
        return call("normalize", enclosed(this::normalizeArguments), position);
      }
      case COLLATION,
          XMLATTRIBUTES,
          XMLCONCAT,
          XMLELEMENT,
          XMLEXISTS,
          XMLFOREST,
          XMLNAMESPACES,
          XMLPARSE,
          XMLPI,
          XMLROOT,
          XMLSERIALIZE,
          XMLTABLE ->
          throw cursor.unsupported(0, tokens.image(cursor.next()).toUpperCase(Locale.ROOT));
      default -> {
        return null;
      }
    }
  }

  /** Arguments, and the parentheses around them. */
  private interface Arguments {
    List<ParsedExpression> read();
  }

  private List<ParsedExpression> enclosed(Arguments arguments) {
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    List<ParsedExpression> read = arguments.read();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return read;
  }

  private List<ParsedExpression> two() {
    ParsedExpression first = grammar.expressions.expression();
    cursor.expectSymbol(',');
    return List.of(first, grammar.expressions.expression());
  }

  private ParsedExpression extract(Position position) {
    cursor.take();
    grammar.nesting.enter(cursor);
    cursor.expectSymbol('(');
    boolean string = cursor.isString();
    if (!string && !cursor.isName()) {
      throw cursor.error("EXTRACT(field FROM value)");
    }
    int token = cursor.take();
    String field = string ? tokens.stringValue(token) : tokens.name(token);
    if (!cursor.accept(Keyword.FROM)) {
      throw cursor.error("EXTRACT(field FROM value)");
    }
    ParsedExpression value = grammar.expressions.expression();
    cursor.expectSymbol(')');
    grammar.nesting.leave();
    return new ParsedExpression.Extract(field.toLowerCase(Locale.ROOT), value, position);
  }

  /** {@code a} or {@code a, NFC}, the form as a text. */
  private List<ParsedExpression> normalizeArguments() {
    ParsedExpression value = grammar.expressions.expression();
    if (!cursor.acceptSymbol(',')) {
      return List.of(value);
    }
    if (!cursor.isName() || !PredicateParser.NORMAL_FORMS.contains(tokens.name(cursor.next()))) {
      throw cursor.error();
    }
    Position position = cursor.position();
    String form = tokens.name(cursor.take());
    return List.of(value, new ParsedExpression.StringLiteral(form, position));
  }

  /** {@code a IN b}, as {@code b, a}. */
  private List<ParsedExpression> positionArguments() {
    ParsedExpression part = grammar.expressions.restrictedExpression();
    cursor.expect(Keyword.IN);
    return List.of(grammar.expressions.restrictedExpression(), part);
  }

  /** {@code a FROM b FOR c}, in either order, or {@code a, b, c}. */
  private List<ParsedExpression> substringArguments() {
    if (cursor.isSymbol(')')) {
      return List.of();
    }
    ParsedExpression value = grammar.expressions.expression();
    if (cursor.accept(Keyword.FROM)) {
      ParsedExpression from = grammar.expressions.expression();
      return cursor.accept(Keyword.FOR)
          ? List.of(value, from, grammar.expressions.expression())
          : List.of(value, from);
    }
    if (cursor.is(Keyword.FOR)) {
      Position position = cursor.position();
      cursor.take();
      ParsedExpression length = grammar.expressions.expression();
      return cursor.accept(Keyword.FROM)
          ? List.of(value, grammar.expressions.expression(), length)
          : List.of(value, new ParsedExpression.NumberLiteral("1", position), length);
    }
    if (cursor.accept(Keyword.SIMILAR)) {
      ParsedExpression pattern = grammar.expressions.expression();
      cursor.expect("escape");
      return List.of(value, pattern, grammar.expressions.expression());
    }
    return further(value);
  }

  private List<ParsedExpression> further(ParsedExpression first) {
    List<ParsedExpression> all = new ArrayList<>();
    all.add(first);
    if (cursor.acceptSymbol(',')) {
      all.addAll(arguments());
    }
    return all;
  }

  private List<ParsedExpression> overlayArguments() {
    if (cursor.isSymbol(')')) {
      return List.of();
    }
    ParsedExpression value = grammar.expressions.expression();
    if (!cursor.accept(Keyword.PLACING)) {
      return further(value);
    }
    ParsedExpression placed = grammar.expressions.expression();
    cursor.expect(Keyword.FROM);
    ParsedExpression from = grammar.expressions.expression();
    return cursor.accept(Keyword.FOR)
        ? List.of(value, placed, from, grammar.expressions.expression())
        : List.of(value, placed, from);
  }

  private ParsedExpression trim(Position position) {
    cursor.take();
    Keyword side = cursor.keywordAt(1);
    String name = side == Keyword.LEADING ? "ltrim" : side == Keyword.TRAILING ? "rtrim" : "btrim";
    return call(name, enclosed(this::trimArguments), position);
  }

  /** {@code [BOTH] [a] FROM b}, as {@code b, a}. */
  private List<ParsedExpression> trimArguments() {
    Keyword side = cursor.keyword();
    if (side == Keyword.LEADING || side == Keyword.TRAILING || side == Keyword.BOTH) {
      cursor.take();
    }
    if (cursor.accept(Keyword.FROM)) {
      return grammar.expressions.list();
    }
    ParsedExpression first = grammar.expressions.expression();
    if (!cursor.accept(Keyword.FROM)) {
      return further(first);
    }
    List<ParsedExpression> arguments = new ArrayList<>(grammar.expressions.list());
    arguments.add(first);
    return arguments;
  }
}
