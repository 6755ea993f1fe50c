package org.kalamdb.internal.sql.parse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import net.sf.jsqlparser.expression.AnalyticExpression;
import net.sf.jsqlparser.expression.AnyComparisonExpression;
import net.sf.jsqlparser.expression.AnyType;
import net.sf.jsqlparser.expression.BinaryExpression;
import net.sf.jsqlparser.expression.CaseExpression;
import net.sf.jsqlparser.expression.CastExpression;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.Function;
import net.sf.jsqlparser.expression.JdbcParameter;
import net.sf.jsqlparser.expression.LongValue;
import net.sf.jsqlparser.expression.NotExpression;
import net.sf.jsqlparser.expression.SignedExpression;
import net.sf.jsqlparser.expression.StringValue;
import net.sf.jsqlparser.expression.TimezoneExpression;
import net.sf.jsqlparser.expression.WhenClause;
import net.sf.jsqlparser.expression.operators.arithmetic.Addition;
import net.sf.jsqlparser.expression.operators.arithmetic.Concat;
import net.sf.jsqlparser.expression.operators.arithmetic.Multiplication;
import net.sf.jsqlparser.expression.operators.arithmetic.Subtraction;
import net.sf.jsqlparser.expression.operators.conditional.AndExpression;
import net.sf.jsqlparser.expression.operators.conditional.OrExpression;
import net.sf.jsqlparser.expression.operators.relational.Between;
import net.sf.jsqlparser.expression.operators.relational.EqualsTo;
import net.sf.jsqlparser.expression.operators.relational.ExistsExpression;
import net.sf.jsqlparser.expression.operators.relational.ExpressionList;
import net.sf.jsqlparser.expression.operators.relational.GreaterThan;
import net.sf.jsqlparser.expression.operators.relational.GreaterThanEquals;
import net.sf.jsqlparser.expression.operators.relational.InExpression;
import net.sf.jsqlparser.expression.operators.relational.IsBooleanExpression;
import net.sf.jsqlparser.expression.operators.relational.IsDistinctExpression;
import net.sf.jsqlparser.expression.operators.relational.IsNullExpression;
import net.sf.jsqlparser.expression.operators.relational.IsUnknownExpression;
import net.sf.jsqlparser.expression.operators.relational.LikeExpression;
import net.sf.jsqlparser.expression.operators.relational.MinorThan;
import net.sf.jsqlparser.expression.operators.relational.MinorThanEquals;
import net.sf.jsqlparser.expression.operators.relational.NotEqualsTo;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.expression.operators.relational.RegExpMatchOperator;
import net.sf.jsqlparser.expression.operators.relational.SimilarToExpression;
import net.sf.jsqlparser.schema.Column;
import net.sf.jsqlparser.statement.select.AllColumns;
import net.sf.jsqlparser.statement.select.AllTableColumns;
import net.sf.jsqlparser.statement.select.ParenthesedSelect;
import net.sf.jsqlparser.statement.select.Select;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.sql.parse.ParsedExpression.ComparisonOperator;
import org.kalamdb.internal.sql.parse.ParsedExpression.PatternKind;

/**
 * JSqlParser's expressions to ours. One rule for each class; a class without a rule is refused, and
 * a test compares the rules and refusals with the classes there are.
 */
final class ExpressionTranslator {
  private static final Map<Class<?>, BiFunction<ExpressionTranslator, Expression, ParsedExpression>>
      RULES = new HashMap<>();

  static {
    rule(Addition.class, ExpressionTranslator::infix);
    rule(Subtraction.class, ExpressionTranslator::infix);
    rule(Multiplication.class, ExpressionTranslator::infix);
    rule(Concat.class, ExpressionTranslator::infix);
    comparison(EqualsTo.class, ComparisonOperator.EQUAL);
    comparison(NotEqualsTo.class, ComparisonOperator.NOT_EQUAL);
    comparison(MinorThan.class, ComparisonOperator.LESS);
    comparison(MinorThanEquals.class, ComparisonOperator.LESS_OR_EQUAL);
    comparison(GreaterThan.class, ComparisonOperator.GREATER);
    comparison(GreaterThanEquals.class, ComparisonOperator.GREATER_OR_EQUAL);
    rule(AndExpression.class, ExpressionTranslator::and);
    rule(OrExpression.class, ExpressionTranslator::or);
    rule(NotExpression.class, ExpressionTranslator::not);
    rule(SignedExpression.class, ExpressionTranslator::signed);
    rule(Column.class, ExpressionTranslator::column);
    rule(LongValue.class, ExpressionTranslator::number);
    rule(StringValue.class, ExpressionTranslator::string);
    rule(JdbcParameter.class, ExpressionTranslator::parameter);
    rule(ParenthesedExpressionList.class, ExpressionTranslator::parentheses);
    rule(Function.class, (t, e) -> t.calls.call(e));
    rule(AnalyticExpression.class, (t, e) -> t.calls.call(e));
    rule(AllColumns.class, (t, e) -> t.star(List.of(), t.firstToken(e)));
    rule(AllTableColumns.class, ExpressionTranslator::tableStar);
    rule(Between.class, ExpressionTranslator::between);
    rule(InExpression.class, ExpressionTranslator::in);
    rule(LikeExpression.class, ExpressionTranslator::like);
    rule(SimilarToExpression.class, ExpressionTranslator::similar);
    rule(RegExpMatchOperator.class, ExpressionTranslator::regex);
    rule(IsNullExpression.class, ExpressionTranslator::isNull);
    rule(IsBooleanExpression.class, ExpressionTranslator::isBoolean);
    rule(IsUnknownExpression.class, ExpressionTranslator::isUnknown);
    rule(IsDistinctExpression.class, ExpressionTranslator::isDistinct);
    rule(CaseExpression.class, ExpressionTranslator::caseExpression);
    rule(CastExpression.class, ExpressionTranslator::cast);
    rule(ExistsExpression.class, ExpressionTranslator::exists);
    rule(ParenthesedSelect.class, ExpressionTranslator::subquery);
    rule(TimezoneExpression.class, ExpressionTranslator::timezone);
  }

  private final Tokens tokens;
  private final StatementShape shape;
  private final NodeReader nodes;
  private final SelectTranslator selects;
  private final CallTranslator calls;
  private int depth;

  ExpressionTranslator(StatementShape shape, SelectTranslator selects) {
    this.tokens = shape.tokens();
    this.shape = shape;
    this.nodes = new NodeReader(shape);
    this.selects = selects;
    this.calls = new CallTranslator(shape, this);
  }

  private static <E extends Expression> void rule(
      Class<E> type, BiFunction<ExpressionTranslator, E, ParsedExpression> rule) {
    RULES.put(type, (translator, expression) -> rule.apply(translator, type.cast(expression)));
  }

  private static <E extends BinaryExpression> void comparison(
      Class<E> type, ComparisonOperator operator) {
    rule(type, (t, e) -> t.comparison(e, operator));
  }

  /** The classes that have a rule. */
  static Set<Class<?>> translatedClasses() {
    return Collections.unmodifiableSet(RULES.keySet());
  }

  ParsedExpression translate(Expression expression) {
    BiFunction<ExpressionTranslator, Expression, ParsedExpression> rule =
        RULES.get(expression.getClass());
    if (rule == null) {
      throw tokens.unsupported(Math.max(firstToken(expression), 0), "this form of expression");
    }
    if (++depth > ParserLimits.MAX_CHAIN) {
      throw JSqlParserDoor.tooComplex(nodes.position(firstToken(expression)));
    }
    try {
      return rule.apply(this, expression);
    } finally {
      depth--;
    }
  }

  @Nullable ParsedExpression translateNullable(@Nullable Expression expression) {
    return expression == null ? null : translate(expression);
  }

  List<ParsedExpression> translateAll(List<? extends Expression> expressions) {
    List<ParsedExpression> all = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      all.add(translate(expression));
    }
    return all;
  }

  /** The first token of an expression as far as its nodes know it; parentheses may be left out. */
  int firstToken(Expression expression) {
    Expression first = expression;
    for (int i = 0; i < 10_000; i++) {
      int token = nodes.firstToken(first);
      if (token >= 0) {
        return token;
      }
      Expression inner = firstChild(first);
      if (inner == null) {
        return -1;
      }
      first = inner;
    }
    return -1;
  }

  private static @Nullable Expression firstChild(Expression expression) {
    if (expression instanceof BinaryExpression binary) {
      return binary.getLeftExpression();
    } else if (expression instanceof ExpressionList<?> list) {
      return list.isEmpty() ? null : list.get(0);
    } else if (expression instanceof IsNullExpression is) {
      return is.getLeftExpression();
    } else if (expression instanceof IsBooleanExpression is) {
      return is.getLeftExpression();
    } else if (expression instanceof IsUnknownExpression is) {
      return is.getLeftExpression();
    } else if (expression instanceof InExpression in) {
      return in.getLeftExpression();
    } else if (expression instanceof Between between) {
      return between.getLeftExpression();
    } else if (expression instanceof CastExpression cast) {
      return cast.getLeftExpression();
    } else if (expression instanceof NotExpression not) {
      return not.getExpression();
    } else if (expression instanceof TimezoneExpression zone) {
      return zone.getLeftExpression();
    }
    return null;
  }

  private Position position(Expression expression) {
    return nodes.position(firstToken(expression));
  }

  /**
   * JSqlParser binds {@code ||} tighter than {@code +}, and stands for other operators too.
   * Parentheses are nodes of their own, so operands and operators in written order are right, and
   * are put together anew with PostgreSQL's precedence.
   */
  private ParsedExpression infix(Expression e) {
    OperatorChain chain = new OperatorChain();
    inOrder(e, chain);
    return chain.build();
  }

  private void inOrder(Expression root, OperatorChain chain) {
    Deque<BinaryExpression> open = new ArrayDeque<>();
    Expression next = root;
    while (isInfix(next)) {
      open.push((BinaryExpression) next);
      next = ((BinaryExpression) next).getLeftExpression();
    }
    operand(next, chain);
    while (!open.isEmpty()) {
      Expression right = open.pop().getRightExpression();
      int operator = operatorBefore(firstToken(right));
      if (chain.takeSign()) {
        chain.prefix(tokens.image(operator), tokens.position(operator));
      } else {
        chain.operator(tokens.image(operator), tokens.position(operator));
      }
      inOrder(right, chain);
    }
  }

  private static boolean isInfix(Expression e) {
    return e instanceof Addition
        || e instanceof Subtraction
        || e instanceof Multiplication
        || e instanceof Concat;
  }

  private void operand(Expression e, OperatorChain chain) {
    if (e instanceof SignedExpression signed && signed.getSign() == '~') {
      chain.prefix("~", position(e));
      operand(signed.getExpression(), chain);
    } else if (e instanceof Column column && isSignMarker(column)) {
      chain.sign();
    } else {
      chain.operand(translate(e));
    }
  }

  /** A sign before another sign is written as a name of its own, which is no operand. */
  private boolean isSignMarker(Column column) {
    String name = column.getFullyQualifiedName();
    return name.indexOf('.') < 0
        && tokens.kind(nodes.nameToken(name, firstToken(column))) == TokenKind.OPERATOR;
  }

  private int operatorBefore(int operand) {
    int token = operand - 1;
    while (token >= 0 && tokens.isSymbol(token, '(')) {
      token--;
    }
    if (token < 0 || tokens.kind(token) != TokenKind.OPERATOR) {
      throw tokens.unsupported(Math.max(0, operand), "this form of expression");
    }
    return token;
  }

  private ParsedExpression comparison(BinaryExpression e, ComparisonOperator operator) {
    ParsedExpression left = translate(e.getLeftExpression());
    if (e.getRightExpression() instanceof AnyComparisonExpression any) {
      return new ParsedExpression.QuantifiedComparison(
          operator,
          left,
          any.getAnyType() == AnyType.ALL,
          selects.query(any.getSelect()),
          left.position());
    }
    return new ParsedExpression.Comparison(
        operator, left, translate(e.getRightExpression()), left.position());
  }

  private ParsedExpression and(AndExpression e) {
    List<ParsedExpression> operands = new ArrayList<>();
    Expression left = e;
    while (left instanceof AndExpression and) {
      if (and.isUseOperator()) {
        throw tokens.unsupported(
            Math.max(0, firstToken(and.getRightExpression()) - 1), "operator &&");
      }
      operands.add(translate(and.getRightExpression()));
      left = and.getLeftExpression();
    }
    operands.add(translate(left));
    Collections.reverse(operands);
    return new ParsedExpression.And(operands, operands.get(0).position());
  }

  private ParsedExpression or(OrExpression e) {
    List<ParsedExpression> operands = new ArrayList<>();
    Expression left = e;
    while (left instanceof OrExpression or) {
      operands.add(translate(or.getRightExpression()));
      left = or.getLeftExpression();
    }
    operands.add(translate(left));
    Collections.reverse(operands);
    return new ParsedExpression.Or(operands, operands.get(0).position());
  }

  private ParsedExpression not(NotExpression e) {
    ParsedExpression operand = translate(e.getExpression());
    int token = nodes.firstToken(e);
    return new ParsedExpression.Not(
        operand, token < 0 ? before(firstToken(e.getExpression()), "not") : nodes.position(token));
  }

  /** Place of the nearest such word before a token, or of the token itself. */
  private Position before(int token, String word) {
    for (int i = token - 1; i >= 0 && i >= token - 8; i--) {
      if (tokens.isWord(i, word)) {
        return tokens.position(i);
      }
    }
    return nodes.position(token);
  }

  private ParsedExpression signed(SignedExpression e) {
    return new ParsedExpression.Unary(
        String.valueOf(e.getSign()), translate(e.getExpression()), position(e));
  }

  private ParsedExpression column(Column e) {
    List<Integer> parts = nodes.nameTokens(e.getFullyQualifiedName(), firstToken(e));
    if (e.getArrayConstructor() != null) {
      throw tokens.unsupported(parts.get(0), "array");
    }
    if (parts.size() == 1) {
      ParsedExpression literal = SpecialWords.literal(tokens, parts.get(0));
      if (literal != null) {
        return literal;
      }
    }
    if (parts.size() > 3) {
      throw tokens.unsupported(parts.get(0), "a column name of more than three parts");
    }
    return new ParsedExpression.ColumnReference(
        parts.stream().map(tokens::name).toList(), tokens.position(parts.get(0)));
  }

  private ParsedExpression number(LongValue e) {
    int token = nodes.number(e.getStringValue(), nodes.firstToken(e));
    return new ParsedExpression.NumberLiteral(tokens.image(token), tokens.position(token));
  }

  private ParsedExpression string(StringValue e) {
    int token = nodes.number(e.getValue(), nodes.firstToken(e));
    ParsedExpression literal = shape.literal(token);
    if (literal != null) {
      return literal;
    }
    if (!tokens.kind(token).isString()) {
      throw tokens.syntaxError(token);
    }
    return new ParsedExpression.StringLiteral(tokens.stringValue(token), tokens.position(token));
  }

  private ParsedExpression parameter(JdbcParameter e) {
    int token = e.getIndex() - 1;
    return new ParsedExpression.Parameter(shape.parameterIndex(token), tokens.position(token));
  }

  private ParsedExpression parentheses(ParenthesedExpressionList<?> e) {
    if (e.size() == 1) {
      return translate(e.get(0));
    }
    if (e.isEmpty()) {
      throw tokens.syntaxError(Math.max(0, nodes.firstToken(e) + 1));
    }
    List<ParsedExpression> items = translateAll(e);
    return new ParsedExpression.RowValue(
        items,
        nodes.firstToken(e) >= 0 ? nodes.position(nodes.firstToken(e)) : items.get(0).position());
  }

  private ParsedExpression star(List<String> qualifier, int token) {
    return new ParsedExpression.Star(qualifier, nodes.position(token));
  }

  private ParsedExpression tableStar(AllTableColumns e) {
    List<Integer> parts = nodes.tableTokens(e.getTable());
    nodes.objectName(parts);
    return star(parts.stream().map(tokens::name).toList(), parts.get(0));
  }

  private ParsedExpression between(Between e) {
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.Between(
        value,
        translate(e.getBetweenExpressionStart()),
        translate(e.getBetweenExpressionEnd()),
        e.isUsingSymmetric(),
        e.isNot(),
        value.position());
  }

  private ParsedExpression in(InExpression e) {
    ParsedExpression value = translate(e.getLeftExpression());
    Expression right = e.getRightExpression();
    if (right instanceof Select select) {
      return new ParsedExpression.InSubquery(
          value, selects.query(select), e.isNot(), value.position());
    }
    if (!(right instanceof ParenthesedExpressionList<?> list) || list.isEmpty()) {
      throw tokens.syntaxError(Math.max(0, firstToken(right)), "\"(\"");
    }
    return new ParsedExpression.InList(value, items(list), e.isNot(), value.position());
  }

  private List<ParsedExpression> items(ParenthesedExpressionList<?> list) {
    if (list.size() == 1 && list.get(0) instanceof StringValue placeholder) {
      List<ParsedExpression> items =
          shape.list(nodes.number(placeholder.getValue(), nodes.firstToken(placeholder)));
      if (items != null) {
        return items;
      }
    }
    return translateAll(list);
  }

  private ParsedExpression like(LikeExpression e) {
    PatternKind kind =
        switch (e.getLikeKeyWord()) {
          case LIKE -> PatternKind.LIKE;
          case ILIKE -> PatternKind.ILIKE;
          default ->
              throw tokens.unsupported(Math.max(0, firstToken(e)), e.getLikeKeyWord().name());
        };
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.PatternMatch(
        kind,
        value,
        translate(e.getRightExpression()),
        translateNullable(e.getEscape()),
        e.isNot(),
        value.position());
  }

  private ParsedExpression similar(SimilarToExpression e) {
    ParsedExpression value = translate(e.getLeftExpression());
    ParsedExpression escape = null;
    if (e.getEscape() != null) {
      int token = nodes.number(e.getEscape().replace("'", ""), firstToken(e));
      escape =
          new ParsedExpression.StringLiteral(tokens.stringValue(token), tokens.position(token));
    }
    return new ParsedExpression.PatternMatch(
        PatternKind.SIMILAR,
        value,
        translate(e.getRightExpression()),
        escape,
        e.isNot(),
        value.position());
  }

  private ParsedExpression regex(RegExpMatchOperator e) {
    boolean ignoreCase = e.getOperatorType().name().endsWith("INSENSITIVE");
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.PatternMatch(
        ignoreCase ? PatternKind.REGEX_IGNORE_CASE : PatternKind.REGEX,
        value,
        translate(e.getRightExpression()),
        null,
        e.getOperatorType().name().startsWith("NOT"),
        value.position());
  }

  private ParsedExpression isNull(IsNullExpression e) {
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.IsNull(value, e.isNot() || e.isUseNotNull(), value.position());
  }

  private ParsedExpression isBoolean(IsBooleanExpression e) {
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.IsTruth(value, e.isTrue(), e.isNot(), value.position());
  }

  private ParsedExpression isUnknown(IsUnknownExpression e) {
    ParsedExpression value = translate(e.getLeftExpression());
    return new ParsedExpression.IsTruth(value, null, e.isNot(), value.position());
  }

  private ParsedExpression isDistinct(IsDistinctExpression e) {
    ParsedExpression left = translate(e.getLeftExpression());
    return new ParsedExpression.IsDistinctFrom(
        left, translate(e.getRightExpression()), e.isNot(), left.position());
  }

  private ParsedExpression caseExpression(CaseExpression e) {
    List<ParsedExpression.When> whens = new ArrayList<>();
    for (WhenClause when : e.getWhenClauses()) {
      whens.add(
          new ParsedExpression.When(
              translate(when.getWhenExpression()), translate(when.getThenExpression())));
    }
    return new ParsedExpression.Case(
        translateNullable(e.getSwitchExpression()),
        whens,
        translateNullable(e.getElseExpression()),
        position(e));
  }

  private ParsedExpression cast(CastExpression e) {
    String type = e.getColDataType() == null ? "" : e.getColDataType().getDataType();
    ParsedExpression value = translate(e.getLeftExpression());
    int near = Math.max(0, firstToken(e));
    if (!type.startsWith("t") || e.getFormat() != null || e.isImplicitCast()) {
      throw tokens.syntaxError(near, "a type");
    }
    return new ParsedExpression.Cast(
        value,
        shape.type(nodes.number(type.substring(1), near)),
        e.isUseCastKeyword() ? tokens.position(near) : value.position());
  }

  private ParsedExpression exists(ExistsExpression e) {
    int token = Math.max(0, firstToken(e));
    if (!(e.getRightExpression() instanceof Select select)) {
      throw tokens.syntaxError(token + 1);
    }
    ParsedExpression exists =
        new ParsedExpression.Exists(selects.query(select), tokens.position(token));
    return e.isNot() ? new ParsedExpression.Not(exists, exists.position()) : exists;
  }

  private ParsedExpression subquery(ParenthesedSelect e) {
    return new ParsedExpression.ScalarSubquery(selects.query(e), position(e));
  }

  /**
   * {@code a AT TIME ZONE b AT TIME ZONE c}: JSqlParser nests to the right, PostgreSQL to the left.
   */
  private ParsedExpression timezone(TimezoneExpression e) {
    List<ParsedExpression> zones = new ArrayList<>();
    collectZones(e, zones);
    ParsedExpression value = translate(e.getLeftExpression());
    for (ParsedExpression zone : zones) {
      value = ParsedExpression.FunctionCall.of("timezone", List.of(zone, value), value.position());
    }
    return value;
  }

  private void collectZones(TimezoneExpression e, List<ParsedExpression> zones) {
    for (Expression zone : e.getTimezoneExpressions()) {
      if (zone instanceof TimezoneExpression inner) {
        zones.add(translate(inner.getLeftExpression()));
        collectZones(inner, zones);
      } else {
        zones.add(translate(zone));
      }
    }
  }

  /** The refusal of a foreign dialect's clause that found its way here. */
  void refuse(boolean present, int token, String clause) {
    if (present) {
      throw nodes
          .position(token)
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, clause + " is not supported");
    }
  }
}
