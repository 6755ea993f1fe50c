package org.kalamdb.internal.sql.parse;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.sql.parse.ParsedExpression.ComparisonOperator;

/**
 * Operators and their operands, by precedence climbing over PostgreSQL's table of precedence.
 *
 * <p>Levels grow with how tightly operators bind. Of those that do not associate (comparisons, IN,
 * LIKE, BETWEEN, IS DISTINCT FROM) one may not be the left operand of another of its level, unless
 * its own text has an end: {@code a IS NULL IS NULL} is an expression, {@code a < b < c} is none.
 */
final class ExpressionParser {
  private static final int NONE = 0;
  private static final int OR = 1;
  private static final int AND = 2;
  private static final int NOT = 3;
  static final int IS = 4;
  private static final int COMPARISON = 5;
  static final int MATCH = 6;
  private static final int OPERATOR = 7;
  private static final int SUM = 8;
  private static final int PRODUCT = 9;
  private static final int POWER = 10;
  private static final int AT = 11;
  private static final int COLLATE = 12;
  private static final int SIGN = 13;
  private static final int SUBSCRIPT = 14;
  private static final int CAST = 15;

  private final Grammar grammar;
  private final TokenCursor cursor;
  private final Tokens tokens;
  private final Nesting nesting;
  private final PredicateParser predicates;

  /** Words of the logical operators end the expression: what PostgreSQL's grammar calls b_expr. */
  private boolean restricted;

  /**
   * A word that is an operator names the expression where nothing that could be operand follows.
   */
  private boolean labelled;

  /** Level of the operator just read that does not associate and that an operand ends. */
  private int openLevel;

  ExpressionParser(Grammar grammar) {
    this.grammar = grammar;
    this.cursor = grammar.cursor;
    this.tokens = cursor.tokens();
    this.nesting = grammar.nesting;
    this.predicates = new PredicateParser(grammar, this);
  }

  ParsedExpression expression() {
    return expression(false, false);
  }

  /** An expression of a select list, which a word may follow that names it. */
  ParsedExpression labelledExpression() {
    return expression(false, true);
  }

  /** An expression without AND, OR, NOT, IS NULL, IN, LIKE and BETWEEN outside parentheses. */
  ParsedExpression restrictedExpression() {
    return expression(true, false);
  }

  private ParsedExpression expression(boolean restrict, boolean label) {
    boolean outerRestricted = restricted;
    boolean outerLabelled = labelled;
    restricted = restrict;
    labelled = label;
    ParsedExpression expression = climb(OR);
    restricted = outerRestricted;
    labelled = outerLabelled;
    return expression;
  }

  /** The rest of an expression whose first operand has been read. */
  ParsedExpression continued(ParsedExpression first) {
    boolean outerRestricted = restricted;
    boolean outerLabelled = labelled;
    restricted = false;
    labelled = false;
    int outer = nesting.open();
    int outerLevel = openLevel;
    ParsedExpression expression = operators(first, OR);
    openLevel = outerLevel;
    nesting.close(outer);
    restricted = outerRestricted;
    labelled = outerLabelled;
    return expression;
  }

  /** One or more expressions parted by commas. */
  List<ParsedExpression> list() {
    List<ParsedExpression> list = new ArrayList<>();
    do {
      list.add(expression());
    } while (cursor.acceptSymbol(','));
    return list;
  }

  /** An operand with the operators behind it that bind as tightly as {@code least} or tighter. */
  ParsedExpression climb(int least) {
    int outer = nesting.open();
    int outerLevel = openLevel;
    ParsedExpression expression = operators(prefixed(), least);
    openLevel = outerLevel;
    nesting.close(outer);
    return expression;
  }

  /** The right operand of an operator of the level, which ends with that operand. */
  ParsedExpression rightOf(int level) {
    ParsedExpression right = climb(level + 1);
    openLevel = level;
    return right;
  }

  private ParsedExpression operators(ParsedExpression first, int least) {
    ParsedExpression left = first;
    int open = NONE;
    while (true) {
      int level = level();
      if (level == NONE || level < least) {
        return left;
      }
      if (level == open) {
        throw cursor.error();
      }
      nesting.grow(cursor);
      openLevel = NONE;
      left = combine(left, level);
      open = openLevel;
    }
  }

  /** The level of the operator that comes next; {@link #NONE} where there is none. */
  private int level() {
    return switch (cursor.kind()) {
      case WORD -> wordLevel(cursor.keyword());
      case OPERATOR -> symbolLevel(cursor.next());
      case PARAMETER -> tokens.sql().charAt(tokens.start(cursor.next())) == '?' ? OPERATOR : NONE;
      case PUNCTUATION -> cursor.isSymbol('[') ? SUBSCRIPT : NONE;
      default -> NONE;
    };
  }

  private int symbolLevel(int token) {
    char first = tokens.sql().charAt(tokens.start(token));
    int length = tokens.end(token) - tokens.start(token);
    if (length == 1) {
      return switch (first) {
        case '+', '-' -> SUM;
        case '*', '/', '%' -> PRODUCT;
        case '^' -> POWER;
        case '<', '>', '=' -> COMPARISON;
        default -> OPERATOR;
      };
    }
    if (length == 2) {
      switch (tokens.image(token)) {
        case "<=", ">=", "<>", "!=" -> {
          return COMPARISON;
        }
        case "::" -> {
          return CAST;
        }
        case ":=", "=>" -> {
          return NONE;
        }
        default -> {}
      }
    }
    return OPERATOR;
  }

  private int wordLevel(@Nullable Keyword keyword) {
    if (keyword == null) {
      return NONE;
    }
    int level =
        switch (keyword) {
          case OR -> OR;
          case AND -> AND;
          case IS, ISNULL, NOTNULL -> IS;
          case BETWEEN, IN, LIKE, ILIKE -> MATCH;
          case SIMILAR -> cursor.keywordAt(1) == Keyword.TO ? MATCH : NONE;
          case NOT -> PredicateParser.isNegatable(cursor.keywordAt(1)) ? MATCH : NONE;
          case COLLATE -> COLLATE;
          case AT -> cursor.isWordAt(1, "time") ? AT : NONE;
          case OPERATOR -> cursor.isSymbolAt(1, '(') ? OPERATOR : NONE;
          case OVERLAPS -> MATCH;
          default -> NONE;
        };
    if (level == NONE
        || (labelled && keyword.isBareLabel() && grammar.selects.endsItem(1))
        || (restricted && level != OPERATOR && !predicates.isDistinct())) {
      return NONE;
    }
    return level;
  }

  private ParsedExpression combine(ParsedExpression left, int level) {
    switch (level) {
      case OR -> {
        return new ParsedExpression.Or(operands(left, Keyword.OR, AND), left.position());
      }
      case AND -> {
        return new ParsedExpression.And(operands(left, Keyword.AND, NOT), left.position());
      }
      case IS -> {
        return predicates.is(left);
      }
      case MATCH -> {
        return predicates.match(left);
      }
      case COMPARISON, OPERATOR, SUM, PRODUCT, POWER -> {
        return infix(left, level);
      }
      case AT -> {
        cursor.expect("at", "time", "zone");
        return ParsedExpression.FunctionCall.of(
            "timezone", List.of(climb(AT + 1), left), left.position());
      }
      case COLLATE -> {
        return collate(left);
      }
      case SUBSCRIPT -> throw cursor.unsupported(0, "array");
      default -> {
        cursor.take();
        return new ParsedExpression.Cast(left, grammar.types.type(), left.position());
      }
    }
  }

  private List<ParsedExpression> operands(ParsedExpression first, Keyword word, int least) {
    List<ParsedExpression> operands = new ArrayList<>();
    operands.add(first);
    while (cursor.is(word) && level() != NONE) {
      cursor.take();
      operands.add(climb(least));
    }
    return operands;
  }

  private ParsedExpression infix(ParsedExpression left, int level) {
    int token = cursor.next();
    String operator = operator();
    Keyword quantifier = cursor.keyword();
    if (quantifier == Keyword.ANY || quantifier == Keyword.SOME || quantifier == Keyword.ALL) {
      return quantified(left, operator, token);
    }
    ComparisonOperator comparison = level == COMPARISON ? comparison(operator) : null;
    if (comparison != null) {
      return new ParsedExpression.Comparison(
          comparison, left, rightOf(COMPARISON), left.position());
    }
    Operators.requireInfix(tokens, token, operator);
    return Operators.infix(operator, left, climb(level + 1), tokens.position(token));
  }

  /** The infix operator that comes next, {@code OPERATOR(pg_catalog.+)} and {@code ?|} too. */
  private String operator() {
    int token = cursor.take();
    if (tokens.kind(token) == TokenKind.WORD) {
      return qualifiedOperator();
    }
    if (tokens.kind(token) != TokenKind.PARAMETER) {
      return tokens.image(token);
    }
    tokens.makeOperator(token);
    boolean longer =
        cursor.kind() == TokenKind.OPERATOR
            && tokens.start(cursor.next()) == tokens.end(token)
            && !tokens.isSymbol(cursor.next(), "::");
    return longer ? "?" + tokens.image(cursor.take()) : "?";
  }

  private String qualifiedOperator() {
    cursor.expectSymbol('(');
    if (cursor.isName()) {
      if (!cursor.isWord("pg_catalog")) {
        throw cursor.unsupported(0, "an operator of a namespace");
      }
      cursor.take();
      cursor.expectSymbol('.');
    }
    if (cursor.kind() != TokenKind.OPERATOR || cursor.isSymbol("::")) {
      throw cursor.error();
    }
    String operator = tokens.image(cursor.take());
    cursor.expectSymbol(')');
    return operator;
  }

  private static @Nullable ComparisonOperator comparison(String operator) {
    return switch (operator) {
      case "=" -> ComparisonOperator.EQUAL;
      case "<>", "!=" -> ComparisonOperator.NOT_EQUAL;
      case "<" -> ComparisonOperator.LESS;
      case "<=" -> ComparisonOperator.LESS_OR_EQUAL;
      case ">" -> ComparisonOperator.GREATER;
      case ">=" -> ComparisonOperator.GREATER_OR_EQUAL;
      default -> null;
    };
  }

  private ParsedExpression quantified(ParsedExpression left, String operator, int token) {
    ComparisonOperator comparison = comparison(operator);
    if (comparison == null) {
      throw tokens.unsupported(token, "operator " + operator + " with ANY, SOME or ALL");
    }
    int word = cursor.take();
    if (!cursor.isSymbol('(')) {
      throw cursor.error();
    }
    Query query = grammar.operands.parenthesised().query();
    if (query == null) {
      throw tokens.unsupported(word, tokens.image(word) + " over an array");
    }
    return new ParsedExpression.QuantifiedComparison(
        comparison, left, tokens.isWord(word, "all"), query, left.position());
  }

  /** Texts compare by code point, which is what these collations say. */
  private ParsedExpression collate(ParsedExpression left) {
    cursor.take();
    int token = cursor.next();
    Identifier name = cursor.columnName();
    if (name.name().equals("pg_catalog") && cursor.acceptSymbol('.')) {
      name = cursor.label();
    }
    return switch (name.name()) {
      case "C", "POSIX", "ucs_basic" -> new ParsedExpression.Collate(left, left.position());
      default -> throw tokens.unsupported(token, "COLLATE other than \"C\"");
    };
  }

  private ParsedExpression prefixed() {
    if (cursor.is(Keyword.NOT) && !restricted) {
      Position position = cursor.position();
      nesting.enter(cursor);
      cursor.take();
      ParsedExpression operand = climb(NOT);
      nesting.leave();
      return new ParsedExpression.Not(operand, position);
    }
    if (cursor.kind() == TokenKind.OPERATOR) {
      return sign();
    }
    return grammar.operands.operand();
  }

  private ParsedExpression sign() {
    int token = cursor.next();
    boolean sign = cursor.isSymbol('-') || cursor.isSymbol('+');
    if (!sign && symbolLevel(token) != OPERATOR) {
      throw cursor.error();
    }
    String operator = tokens.image(token);
    if (!sign) {
      Operators.requirePrefix(tokens, token, operator);
    }
    nesting.enter(cursor);
    cursor.take();
    ParsedExpression operand = climb(sign ? SIGN : OPERATOR + 1);
    nesting.leave();
    return Operators.prefix(operator, operand, tokens.position(token));
  }

  /** A sign and a whole or broken number, or an operand: what FETCH and OFFSET count with. */
  ParsedExpression count() {
    if (!cursor.isSymbol('-') && !cursor.isSymbol('+')) {
      return grammar.operands.operand();
    }
    int token = cursor.take();
    if (!cursor.isNumber()) {
      throw cursor.error();
    }
    return Operators.prefix(
        tokens.image(token), grammar.operands.operand(), tokens.position(token));
  }
}
