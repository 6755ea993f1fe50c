package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.ParsedExpressionVisitor;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Binds the expressions of one clause: looks up names, finds types, puts in conversions. Every
 * error gets the place of the innermost expression it is about.
 */
final class ExpressionBinder implements ParsedExpressionVisitor<Expression> {
  private final StatementBinding statement;
  private final Scope scope;
  private final Clause clause;
  private final @Nullable AggregateCollector aggregates;
  private final RowComparisons rows;
  private final Guards guards = new Guards();
  private final CallBinder calls;
  private final SubqueryBinder subqueries;
  private final Map<Expression, Position> columnPositions = new IdentityHashMap<>();
  private Map<String, Expression> aliases = Map.of();

  ExpressionBinder(
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable SubqueryTarget target,
      @Nullable AggregateCollector aggregates) {
    this.statement = statement;
    this.scope = scope;
    this.clause = clause;
    this.aggregates = aggregates;
    this.rows = new RowComparisons(statement);
    this.calls = new CallBinder(this, statement, scope, clause, aggregates, guards);
    this.subqueries =
        new SubqueryBinder(this, statement, scope, clause, target, aggregates, guards);
  }

  /** Without aggregates and subqueries. */
  ExpressionBinder(StatementBinding statement, Scope scope, Clause clause) {
    this(statement, scope, clause, null, null);
  }

  /** The same binder, to which names mean what the input lacks them for too: output columns. */
  ExpressionBinder withAliases(Map<String, Expression> names) {
    aliases = names;
    return this;
  }

  Expression bind(ParsedExpression expression) {
    try {
      Expression bound = expression.accept(this);
      statement.parameters().note(bound);
      return bound;
    } catch (KalamException e) {
      throw e.at(expression.position().line(), expression.position().column());
    }
  }

  /** A condition: BOOLEAN or open. */
  Expression bindCondition(ParsedExpression expression) {
    Expression bound = bind(expression);
    Kind kind = bound.type().kind();
    if (kind != Kind.BOOLEAN && kind != Kind.UNKNOWN) {
      throw expression
          .position()
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "argument of "
                  + clause.label()
                  + " must be type boolean, not type "
                  + TypeRules.sqlName(bound.type()));
    }
    return coerce(bound, DataType.BOOLEAN, CastContext.IMPLICIT, expression.position());
  }

  /** A value whose type is still open at the end becomes TEXT. */
  Expression bindSettled(ParsedExpression expression) {
    Expression settled = TypeRules.settle(bind(expression));
    statement.parameters().note(settled);
    return settled;
  }

  Expression coerce(Expression expression, DataType type, CastContext context, Position position) {
    try {
      Expression coerced = TypeRules.coerce(expression, type, context);
      statement.parameters().note(coerced);
      return coerced;
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  /** Where the column reference that became this very object stands. */
  @Nullable Position positionOf(Expression column) {
    return columnPositions.get(column);
  }

  KalamException unsupported(Position position, String what) {
    return position.error(ErrorCode.FEATURE_NOT_SUPPORTED, what);
  }

  @Override
  public Expression visitNullLiteral(ParsedExpression.NullLiteral expression) {
    return new Literal(null, DataType.UNKNOWN);
  }

  @Override
  public Expression visitBooleanLiteral(ParsedExpression.BooleanLiteral expression) {
    return expression.value() ? Expressions.TRUE : Expressions.FALSE;
  }

  @Override
  public Expression visitNumberLiteral(ParsedExpression.NumberLiteral expression) {
    return NumberLiterals.number(expression.text(), expression.isInteger());
  }

  @Override
  public Expression visitStringLiteral(ParsedExpression.StringLiteral expression) {
    return new Literal(expression.value(), DataType.UNKNOWN);
  }

  @Override
  public Expression visitTypedLiteral(ParsedExpression.TypedLiteral expression) {
    return TypeRules.coerce(
        new Literal(expression.value(), DataType.UNKNOWN),
        TypeResolver.resolve(expression.type()),
        CastContext.EXPLICIT);
  }

  @Override
  public Expression visitIntervalLiteral(ParsedExpression.IntervalLiteral expression) {
    String fields = expression.fields();
    if (expression.precision() != null) {
      throw unsupported(
          expression.position(), "a precision of seconds is not supported in INTERVAL");
    }
    return new Literal(
        Values.parseInterval(
            expression.value(), fields == null ? "" : fields.toLowerCase(Locale.ROOT)),
        DataType.INTERVAL);
  }

  @Override
  public Expression visitParameter(ParsedExpression.Parameter expression) {
    if (clause == Clause.DEFAULT || clause == Clause.CHECK) {
      throw expression
          .position()
          .error(
              ErrorCode.UNDEFINED_PARAMETER, "there is no parameter $" + (expression.index() + 1));
    }
    return statement.parameters().reference(expression.index());
  }

  @Override
  public Expression visitDefaultValue(ParsedExpression.DefaultValue expression) {
    throw expression
        .position()
        .error(ErrorCode.SYNTAX_ERROR, "DEFAULT is not allowed in this context");
  }

  @Override
  public Expression visitColumnReference(ParsedExpression.ColumnReference expression) {
    if (clause == Clause.DEFAULT) {
      throw unsupported(expression.position(), "cannot use column reference in DEFAULT expression");
    }
    if (clause == Clause.LIMIT || clause == Clause.OFFSET || clause == Clause.FRAME) {
      throw expression
          .position()
          .error(
              ErrorCode.INVALID_COLUMN_REFERENCE,
              "argument of " + clause.label() + " must not contain variables");
    }
    Expression aliased = aliases.get(expression.name());
    if (aliased != null
        && expression.parts().size() == 1
        && scope.findBare(expression.name()) == null) {
      if (aggregates != null && aggregates.hasSets(aliased)) {
        throw unsupported(
            expression.position(), "set-returning functions are not allowed in " + clause.label());
      }
      return aliased;
    }
    Scope.Entry entry = scope.resolve(expression);
    if (entry == null) {
      return scope.resolveOuter(expression);
    }
    if (clause == Clause.WHERE) {
      statement.noteNamedInWhere(entry);
    }
    Expression column = scope.column(entry);
    columnPositions.put(column, expression.position());
    return column;
  }

  @Override
  public Expression visitFunctionCall(ParsedExpression.FunctionCall call) {
    return calls.bind(call);
  }

  /** A call of a function that gives rows, with its arguments. */
  Expand.Call bindTableFunction(ParsedExpression.FunctionCall call) {
    return calls.bindTableFunction(call);
  }

  @Override
  public Expression visitStar(ParsedExpression.Star expression) {
    if (!expression.qualifier().isEmpty()) {
      throw unsupported(expression.position(), "a whole row as a value is not supported");
    }
    throw expression
        .position()
        .error(ErrorCode.SYNTAX_ERROR, "\"*\" is only allowed as an item of a select list");
  }

  List<Expression> toCommonType(
      List<Expression> bound, List<ParsedExpression> items, String construct) {
    DataType common =
        TypeRules.commonType(bound.stream().map(Expression::type).toList(), construct);
    List<Expression> converted = new ArrayList<>();
    for (int i = 0; i < bound.size(); i++) {
      converted.add(coerce(bound.get(i), common, CastContext.IMPLICIT, items.get(i).position()));
    }
    return converted;
  }

  @Override
  public Expression visitUnary(ParsedExpression.Unary expression) {
    if (expression.operator().equals("-")
        && expression.operand() instanceof ParsedExpression.NumberLiteral literal) {
      return NumberLiterals.number("-" + literal.text(), literal.isInteger());
    }
    return statement.functions().resolveOperator(expression.operator(), bind(expression.operand()));
  }

  @Override
  public Expression visitBinary(ParsedExpression.Binary expression) {
    if (!statement.functions().contains(expression.operator())) {
      throw unsupported(
          expression.operatorPosition(), "operator " + expression.operator() + " is not supported");
    }
    Expression left = bind(expression.left());
    Expression right = bind(expression.right());
    try {
      return statement.functions().resolveOperator(expression.operator(), left, right);
    } catch (KalamException e) {
      Position place = expression.operatorPosition();
      throw e.at(place.line(), place.column());
    }
  }

  @Override
  public Expression visitComparison(ParsedExpression.Comparison expression) {
    return compare(operator(expression.operator()), expression.left(), expression.right());
  }

  private static ComparisonOperator operator(ParsedExpression.ComparisonOperator operator) {
    return ComparisonOperator.valueOf(operator.name());
  }

  private Expression compare(
      ComparisonOperator operator, ParsedExpression left, ParsedExpression right) {
    if (isRow(left) || isRow(right)) {
      return rows.compare(operator, bindRow(left), bindRow(right), right.position());
    }
    return noted(statement.functions().resolveComparison(operator, bind(left), bind(right)));
  }

  private static boolean isRow(ParsedExpression expression) {
    return expression instanceof ParsedExpression.RowValue row && row.items().size() > 1;
  }

  /** The values of a row, or of a subquery with as many columns; one for anything else. */
  List<Expression> bindRow(ParsedExpression expression) {
    if (expression instanceof ParsedExpression.RowValue row) {
      List<Expression> items = new ArrayList<>();
      row.items().forEach(item -> items.add(bind(item)));
      return items;
    }
    if (expression instanceof ParsedExpression.ScalarSubquery subquery) {
      return subqueries.row(subquery);
    }
    return List.of(bind(expression));
  }

  private Expression noted(Expression expression) {
    statement.parameters().note(expression);
    return expression;
  }

  @Override
  public Expression visitAnd(ParsedExpression.And expression) {
    return bindLogical(Connective.AND, expression.operands());
  }

  @Override
  public Expression visitOr(ParsedExpression.Or expression) {
    return bindLogical(Connective.OR, expression.operands());
  }

  private Expression bindLogical(Connective connective, List<ParsedExpression> operands) {
    List<Expression> bound = new ArrayList<>();
    for (ParsedExpression operand : operands) {
      bound.add(bindTruth(operand, connective.name()));
    }
    return new Logical(connective, bound);
  }

  private Expression bindTruth(ParsedExpression operand, String construct) {
    Expression bound = bind(operand);
    Kind kind = bound.type().kind();
    if (kind != Kind.BOOLEAN && kind != Kind.UNKNOWN) {
      throw operand
          .position()
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "argument of "
                  + construct
                  + " must be type boolean, not type "
                  + TypeRules.sqlName(bound.type()));
    }
    return coerce(bound, DataType.BOOLEAN, CastContext.IMPLICIT, operand.position());
  }

  @Override
  public Expression visitNot(ParsedExpression.Not expression) {
    return new Expression.Not(bindTruth(expression.operand(), "NOT"));
  }

  @Override
  public Expression visitBetween(ParsedExpression.Between expression) {
    Expression between = between(expression.value(), expression.low(), expression.high());
    if (expression.symmetric()) {
      Expression swapped = between(expression.value(), expression.high(), expression.low());
      between = new Logical(Connective.OR, List.of(between, swapped));
    }
    return expression.negated() ? new Expression.Not(between) : between;
  }

  private Expression between(ParsedExpression value, ParsedExpression low, ParsedExpression high) {
    return new Logical(
        Connective.AND,
        List.of(
            compare(ComparisonOperator.GREATER_OR_EQUAL, value, low),
            compare(ComparisonOperator.LESS_OR_EQUAL, value, high)));
  }

  @Override
  public Expression visitInList(ParsedExpression.InList expression) {
    Expression in =
        isRow(expression.value()) || expression.items().stream().anyMatch(ExpressionBinder::isRow)
            ? rowInList(expression)
            : valueInList(expression);
    if (!expression.negated()) {
      return in;
    }
    return in instanceof Expression.In list
        ? new Expression.In(list.operand(), list.list(), true)
        : new Expression.Not(in);
  }

  private Expression rowInList(ParsedExpression.InList expression) {
    List<Expression> parts = new ArrayList<>();
    for (ParsedExpression item : expression.items()) {
      parts.add(compare(ComparisonOperator.EQUAL, expression.value(), item));
    }
    return RowComparisons.combine(Connective.OR, parts);
  }

  private Expression valueInList(ParsedExpression.InList expression) {
    Expression operand = bind(expression.value());
    if (expression.items().size() == 1) {
      Expression item = bind(expression.items().get(0));
      return noted(
          statement.functions().resolveComparison(ComparisonOperator.EQUAL, operand, item));
    }
    List<Expression> items = new ArrayList<>();
    List<DataType> types = new ArrayList<>();
    types.add(operand.type());
    for (ParsedExpression item : expression.items()) {
      Expression bound = bind(item);
      items.add(bound);
      types.add(bound.type());
    }
    DataType common = TypeRules.commonType(types, "IN");
    if (common.isText()) {
      common = DataType.TEXT; // without a length that would cut what is compared
    }
    for (int i = 0; i < items.size(); i++) {
      Position position = expression.items().get(i).position();
      items.set(i, coerce(items.get(i), common, CastContext.IMPLICIT, position));
    }
    Expression converted =
        coerce(operand, common, CastContext.IMPLICIT, expression.value().position());
    return new Expression.In(converted, items, false);
  }

  @Override
  public Expression visitInSubquery(ParsedExpression.InSubquery expression) {
    Expression in =
        subqueries.quantified(
            ComparisonOperator.EQUAL,
            expression.value(),
            expression.query(),
            expression.position());
    return expression.negated() ? new Expression.Not(in) : in;
  }

  @Override
  public Expression visitQuantifiedComparison(ParsedExpression.QuantifiedComparison expression) {
    ComparisonOperator operator = operator(expression.operator());
    if (!expression.all()) {
      return subqueries.quantified(
          operator, expression.left(), expression.query(), expression.position());
    }
    ComparisonOperator contrary =
        switch (operator) {
          case EQUAL -> ComparisonOperator.NOT_EQUAL;
          case NOT_EQUAL -> ComparisonOperator.EQUAL;
          case LESS -> ComparisonOperator.GREATER_OR_EQUAL;
          case LESS_OR_EQUAL -> ComparisonOperator.GREATER;
          case GREATER -> ComparisonOperator.LESS_OR_EQUAL;
          default -> ComparisonOperator.LESS;
        };
    return new Expression.Not(
        subqueries.quantified(
            contrary, expression.left(), expression.query(), expression.position()));
  }

  @Override
  public Expression visitExists(ParsedExpression.Exists expression) {
    return subqueries.exists(expression);
  }

  @Override
  public Expression visitScalarSubquery(ParsedExpression.ScalarSubquery expression) {
    return subqueries.single(expression);
  }

  /** The columns of a subquery of one row, for a SET of several columns. */
  List<Expression> bindRowSubquery(ParsedExpression.ScalarSubquery expression, int width) {
    return subqueries.rowOfWidth(expression, width);
  }

  @Override
  public Expression visitPatternMatch(ParsedExpression.PatternMatch expression) {
    List<Expression> arguments = new ArrayList<>();
    arguments.add(bind(expression.value()));
    arguments.add(bind(expression.pattern()));
    if (expression.escape() != null) {
      arguments.add(bind(expression.escape()));
    }
    String name =
        switch (expression.kind()) {
          case LIKE -> "~~";
          case ILIKE -> "~~*";
          case SIMILAR -> "similar to";
          case REGEX -> "~";
          case REGEX_IGNORE_CASE -> "~*";
        };
    if (!statement.functions().contains(name)) {
      throw unsupported(expression.position(), expression.kind().sql() + " is not supported");
    }
    Expression match =
        arguments.size() == 2
            ? statement.functions().resolveOperator(name, arguments.get(0), arguments.get(1))
            : statement.functions().resolve(name, arguments);
    return expression.negated() ? new Expression.Not(noted(match)) : match;
  }

  @Override
  public Expression visitIsNull(ParsedExpression.IsNull expression) {
    if (isRow(expression.value())) {
      // Each of its values: NOT of the other test is something else for a row.
      List<Expression> parts = new ArrayList<>();
      for (Expression item : bindRow(expression.value())) {
        parts.add(new Expression.IsNull(TypeRules.settle(item), expression.negated()));
      }
      return new Logical(Connective.AND, parts);
    }
    return new Expression.IsNull(bindSettled(expression.value()), expression.negated());
  }

  @Override
  public Expression visitIsTruth(ParsedExpression.IsTruth expression) {
    Expression value = bindTruth(expression.value(), "IS");
    if (expression.truth() == null) {
      return new Expression.IsNull(value, expression.negated());
    }
    ComparisonOperator operator =
        expression.negated() ? ComparisonOperator.DISTINCT : ComparisonOperator.NOT_DISTINCT;
    return new Expression.Comparison(
        operator, value, expression.truth() ? Expressions.TRUE : Expressions.FALSE);
  }

  @Override
  public Expression visitIsDistinctFrom(ParsedExpression.IsDistinctFrom expression) {
    ComparisonOperator operator =
        expression.negated() ? ComparisonOperator.NOT_DISTINCT : ComparisonOperator.DISTINCT;
    return compare(operator, expression.left(), expression.right());
  }

  @Override
  public Expression visitCase(ParsedExpression.Case expression) {
    List<Expression> conditions = new ArrayList<>();
    List<ParsedExpression> results = new ArrayList<>();
    List<Expression> bound = new ArrayList<>();
    int open = 0;
    for (ParsedExpression.When when : expression.whens()) {
      Expression condition =
          expression.operand() == null
              ? bindTruth(when.condition(), "CASE/WHEN")
              : compare(ComparisonOperator.EQUAL, expression.operand(), when.condition());
      conditions.add(condition);
      results.add(when.result());
      guards.push(condition, true);
      bound.add(bind(when.result()));
      guards.pop(1);
      guards.push(condition, false);
      open++;
    }
    if (expression.otherwise() != null) {
      results.add(expression.otherwise());
      bound.add(bind(expression.otherwise()));
    }
    guards.pop(open);
    List<Expression> values = toCommonType(bound, results, "CASE");
    List<Expression.When> whens = new ArrayList<>();
    for (int i = 0; i < conditions.size(); i++) {
      whens.add(new Expression.When(conditions.get(i), values.get(i)));
    }
    Expression otherwise = expression.otherwise() == null ? null : values.get(values.size() - 1);
    return new Expression.Case(whens, otherwise, values.get(0).type());
  }

  @Override
  public Expression visitCast(ParsedExpression.Cast expression) {
    Expression value = bind(expression.value());
    DataType type =
        TypeResolver.isUnboundedDecimal(expression.type())
            ? TypeRules.unboundedDecimal(value)
            : TypeResolver.resolve(expression.type());
    return coerce(value, type, CastContext.EXPLICIT, expression.value().position());
  }

  @Override
  public Expression visitCollate(ParsedExpression.Collate expression) {
    Expression value = bindSettled(expression.value());
    return switch (value.type().kind()) {
      case TEXT, VARCHAR, CHAR -> value;
      default ->
          throw expression
              .position()
              .error(
                  ErrorCode.DATATYPE_MISMATCH,
                  "collations are not supported by type " + TypeRules.sqlName(value.type()));
    };
  }

  @Override
  public Expression visitExtract(ParsedExpression.Extract expression) {
    Expression field = new Literal(expression.field(), DataType.TEXT);
    return statement.functions().resolve("extract", List.of(field, bind(expression.value())));
  }

  @Override
  public Expression visitRowValue(ParsedExpression.RowValue expression) {
    if (expression.items().size() == 1) {
      return bind(expression.items().get(0));
    }
    throw unsupported(
        expression.position(), "row values are supported only in comparisons and in IN");
  }
}
