package org.kalamdb.internal.sql.bind;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.TableFunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.expr.WindowRegistry;
import org.kalamdb.internal.sql.bind.SubqueryTarget.Subquery;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.ParsedExpressionVisitor;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.WindowSpecification;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.RowLimit;
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
  private final @Nullable SubqueryTarget subqueries;
  private final @Nullable AggregateCollector aggregates;
  private final RowComparisons rows;
  private final Guards guards = new Guards();
  private final Map<Expression, Position> columnPositions = new IdentityHashMap<>();
  private Map<String, Expression> aliases = Map.of();

  ExpressionBinder(
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable SubqueryTarget subqueries,
      @Nullable AggregateCollector aggregates) {
    this.statement = statement;
    this.scope = scope;
    this.clause = clause;
    this.subqueries = subqueries;
    this.aggregates = aggregates;
    this.rows = new RowComparisons(statement);
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

  private KalamException unsupported(Position position, String what) {
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
    return number(expression.text(), expression.isInteger());
  }

  private static Expression number(String text, boolean integer) {
    if (integer && text.length() <= 20) {
      BigDecimal value = new BigDecimal(text);
      if (value.equals(BigDecimal.valueOf(value.intValue()))) {
        return new Literal(value.intValue(), DataType.INTEGER);
      }
      if (value.equals(BigDecimal.valueOf(value.longValue()))) {
        return new Literal(value.longValue(), DataType.BIGINT);
      }
    }
    if (text.length() > 1000) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "a number has at most 38 digits");
    }
    BigDecimal value = new BigDecimal(text);
    double floating = value.doubleValue();
    if (isBeyondDecimals(value)
        && text.toLowerCase(Locale.ROOT).contains("e")
        && Double.isFinite(floating)
        && (floating != 0 || value.signum() == 0)) {
      return new Literal(floating, DataType.DOUBLE);
    }
    DataType type = TypeRules.decimalTypeOf(value);
    return new Literal(value.setScale(type.scale()), type);
  }

  /** Numbers such as 1e300, which PostgreSQL's NUMERIC holds and ours does not. */
  private static boolean isBeyondDecimals(BigDecimal value) {
    return value.scale() > DataType.MAX_DECIMAL_PRECISION
        || value.precision() - value.scale() > DataType.MAX_DECIMAL_PRECISION;
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
  public Expression visitStar(ParsedExpression.Star expression) {
    if (!expression.qualifier().isEmpty()) {
      throw unsupported(expression.position(), "a whole row as a value is not supported");
    }
    throw expression
        .position()
        .error(ErrorCode.SYNTAX_ERROR, "\"*\" is only allowed as an item of a select list");
  }

  @Override
  public Expression visitFunctionCall(ParsedExpression.FunctionCall call) {
    if (call.over() != null) {
      return bindWindow(call, call.over());
    }
    if (WindowRegistry.contains(call.name())) {
      throw call.position()
          .error(
              ErrorCode.WRONG_OBJECT_TYPE,
              "window function " + call.name() + " requires an OVER clause");
    }
    if (TableFunctionRegistry.contains(call.name())) {
      return bindSet(call);
    }
    if (AggregateRegistry.contains(call.name())) {
      return bindAggregate(call);
    }
    if (call.name().equals("grouping")) {
      return bindGrouping(call);
    }
    if (!call.isPlain()) {
      String what = call.distinct() ? "DISTINCT" : call.filter() != null ? "FILTER" : "ORDER BY";
      throw call.position()
          .error(
              ErrorCode.WRONG_OBJECT_TYPE,
              what + " specified, but " + call.name() + " is not an aggregate function");
    }
    if (call.name().equals("merge_action") && call.arguments().isEmpty()) {
      Scope.Entry action = scope.findBare(ReturningBinder.MERGE_ACTION);
      if (action != null) {
        return scope.column(action);
      }
    }
    if (call.name().equals("coalesce")) {
      return bindCoalesce(call);
    }
    List<Expression> arguments = new ArrayList<>();
    for (ParsedExpression argument : call.arguments()) {
      arguments.add(bind(argument));
    }
    return statement.functions().resolve(call.name(), arguments);
  }

  private Expression bindWindow(ParsedExpression.FunctionCall call, WindowSpecification over) {
    if (aggregates != null && clause.allowsWindows()) {
      return aggregates.windowBinder().bind(call, over);
    }
    if (clause == Clause.AGGREGATE) {
      throw call.position()
          .error(
              ErrorCode.GROUPING_ERROR,
              "aggregate function calls cannot contain window function calls");
    }
    throw call.position()
        .error(
            ErrorCode.WINDOWING_ERROR,
            clause == Clause.WINDOW
                ? "window function calls cannot be nested"
                : "window functions are not allowed in " + clause.label());
  }

  /** A function that gives rows, in a select list. */
  private Expression bindSet(ParsedExpression.FunctionCall call) {
    if (aggregates == null || (clause != Clause.SELECT && clause != Clause.ORDER_BY)) {
      throw unsupported(
          call.position(), "set-returning functions are not allowed in " + clause.label());
    }
    if (guards.condition() != null) {
      throw unsupported(
          call.position(), "set-returning functions are not allowed in CASE or COALESCE");
    }
    Expand.Call bound = bindTableFunction(call);
    if (bound.arguments().stream().anyMatch(aggregates::hasSets)) {
      throw unsupported(call.position(), "nested set-returning functions are not supported");
    }
    if (bound.function().outputs().size() > 1) {
      throw unsupported(
          call.position(),
          "a function that returns rows of several columns is supported only in FROM: "
              + call.name());
    }
    return aggregates.collectSet(bound);
  }

  private Expression bindGrouping(ParsedExpression.FunctionCall call) {
    if (aggregates == null) {
      throw call.position()
          .error(
              ErrorCode.GROUPING_ERROR, "grouping operations are not allowed in " + clause.label());
    }
    if (call.arguments().isEmpty() || call.arguments().size() > 31) {
      throw call.position().error(ErrorCode.SYNTAX_ERROR, "GROUPING must have 1 to 31 arguments");
    }
    ExpressionBinder inner = aggregates.argumentBinder(Clause.GROUP_BY);
    List<Expression> arguments = call.arguments().stream().map(inner::bindSettled).toList();
    return aggregates.collectGrouping(arguments, call.position());
  }

  /** A call of a function that gives rows, with its arguments. */
  Expand.Call bindTableFunction(ParsedExpression.FunctionCall call) {
    if (!call.isPlain()) {
      throw call.position()
          .error(
              ErrorCode.WRONG_OBJECT_TYPE, call.name() + " is not an aggregate or window function");
    }
    List<Expression> arguments = new ArrayList<>();
    for (ParsedExpression argument : call.arguments()) {
      arguments.add(bind(argument));
    }
    try {
      TableFunctionRegistry.Resolved resolved =
          TableFunctionRegistry.resolve(call.name(), arguments);
      resolved.arguments().forEach(statement.parameters()::note);
      return new Expand.Call(resolved.function(), resolved.arguments());
    } catch (KalamException e) {
      throw e.at(call.position().line(), call.position().column());
    }
  }

  private Expression bindAggregate(ParsedExpression.FunctionCall call) {
    ExpressionBinder inner = argumentBinder(Clause.AGGREGATE);
    List<Expression> arguments = AggregateArguments.bind(call, inner);
    List<AggregateRegistry.Order> orders = AggregateArguments.orders(call, inner);
    Expression filter =
        call.filter() == null ? null : argumentBinder(Clause.FILTER).bindCondition(call.filter());
    OuterQuery owner = aggregateOwner(arguments, filter);
    if (owner != null) {
      AggregateCollector collector = owner.requireAggregates();
      List<Expression> inward = arguments.stream().map(owner::inward).toList();
      Expression standIn =
          collector.collect(
              AggregateArguments.resolve(
                  call,
                  inward,
                  orders.stream()
                      .map(
                          o ->
                              new AggregateRegistry.Order(
                                  owner.inward(o.key()), o.descending(), o.nullsFirst()))
                      .toList()),
              filter == null ? null : owner.inward(filter));
      return owner.refer((Column) standIn, call.position());
    }
    if (aggregates == null) {
      throw call.position()
          .error(
              ErrorCode.GROUPING_ERROR,
              clause == Clause.AGGREGATE || clause == Clause.FILTER
                  ? "aggregate function calls cannot be nested"
                  : "aggregate functions are not allowed in " + clause.label());
    }
    return aggregates.collect(AggregateArguments.resolve(call, arguments, orders), filter);
  }

  private ExpressionBinder argumentBinder(Clause argument) {
    return aggregates == null
        ? new ExpressionBinder(statement, scope, argument)
        : aggregates.argumentBinder(argument);
  }

  /**
   * The query around this one that an aggregate belongs to: the innermost that its arguments refer
   * to; null for this query.
   */
  private @Nullable OuterQuery aggregateOwner(
      List<Expression> arguments, @Nullable Expression filter) {
    Map<Integer, OuterColumn> outer = new LinkedHashMap<>();
    List<Expression> all = new ArrayList<>(arguments);
    if (filter != null) {
      all.add(filter);
    }
    for (Expression expression : all) {
      if (Expressions.hasColumns(expression)) {
        return null;
      }
      PlanExpressions.collectOuterColumns(expression, outer);
    }
    for (OuterQuery level = scope.outer(); level != null; level = level.scope().outer()) {
      for (OuterColumn column : outer.values()) {
        if (level.columnOf(column) != null) {
          return level;
        }
      }
    }
    return null;
  }

  private Expression bindCoalesce(ParsedExpression.FunctionCall call) {
    if (call.arguments().isEmpty()) {
      throw call.position().error(ErrorCode.SYNTAX_ERROR, "COALESCE takes at least one argument");
    }
    List<Expression> bound = new ArrayList<>();
    int open = 0;
    for (ParsedExpression argument : call.arguments()) {
      Expression operand = bind(argument);
      bound.add(operand);
      guards.push(new Expression.IsNull(TypeRules.settle(operand), false), true);
      open++;
    }
    guards.pop(open);
    List<Expression> operands = toCommonType(bound, call.arguments(), "COALESCE");
    return operands.size() == 1 ? operands.get(0) : new Coalesce(operands, operands.get(0).type());
  }

  private List<Expression> toCommonType(
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
      return number("-" + literal.text(), literal.isInteger());
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
      return List.copyOf(bindSingle(subquery));
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
        quantified(
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
      return quantified(operator, expression.left(), expression.query(), expression.position());
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
        quantified(contrary, expression.left(), expression.query(), expression.position()));
  }

  /** {@code left operator ANY (query)}. */
  private Expression quantified(
      ComparisonOperator operator, ParsedExpression left, Query query, Position position) {
    SubqueryTarget target = target(position);
    List<Expression> operands = bindRow(left);
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(query, outer);
    if (plan.columns().size() != operands.size()) {
      throw position.error(
          ErrorCode.SYNTAX_ERROR,
          plan.columns().size() > operands.size()
              ? "subquery has too many columns"
              : "subquery has too few columns");
    }
    List<Expression> own = new ArrayList<>();
    for (int i = 0; i < operands.size(); i++) {
      own.add(Subquery.column(plan, i));
    }
    Expression condition = rows.compare(operator, operands, own, position);
    return target
        .attach(new Subquery(JoinType.MARK, plan, outer.references(plan), condition, "in"))
        .get(0);
  }

  private OuterQuery outerQuery() {
    return OuterQuery.ofClause(statement, scope, clause, aggregates);
  }

  private LogicalPlan bindSubquery(Query query, OuterQuery outer) {
    return statement.withoutRecursion(
        "a subquery", query.position(), () -> statement.bindSubquery(query, outer));
  }

  private SubqueryTarget target(Position position) {
    if (clause == Clause.CHECK || clause == Clause.DEFAULT) {
      throw unsupported(
          position,
          clause == Clause.CHECK
              ? "cannot use subquery in check constraint"
              : "cannot use subquery in DEFAULT expression");
    }
    if (subqueries == null || !clause.allowsSubqueries()) {
      throw unsupported(position, "subqueries are not supported in " + clause.label());
    }
    return subqueries;
  }

  @Override
  public Expression visitExists(ParsedExpression.Exists expression) {
    SubqueryTarget target = target(expression.position());
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(expression.query(), outer);
    List<OuterQuery.Reference> references = outer.references(plan);
    LogicalPlan rows = new Project(plan, List.of(), List.of());
    if (references.isEmpty()) {
      rows = new Limit(rows, new RowLimit(new Literal(1L, DataType.BIGINT), null));
    }
    return target.attach(new Subquery(JoinType.EXISTS, rows, references, null, "exists")).get(0);
  }

  @Override
  public Expression visitScalarSubquery(ParsedExpression.ScalarSubquery expression) {
    List<Expression> values = bindSingle(expression);
    if (values.size() != 1) {
      throw expression
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "subquery must return only one column");
    }
    return values.get(0);
  }

  /** The columns of the one row of the subquery. */
  private List<Expression> bindSingle(ParsedExpression.ScalarSubquery expression) {
    SubqueryTarget target = target(expression.position());
    OuterQuery outer = outerQuery();
    LogicalPlan plan = bindSubquery(expression.query(), outer);
    if (plan.columns().isEmpty()) {
      throw expression
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "subquery must return only one column");
    }
    return List.copyOf(
        target.attach(
            new Subquery(JoinType.SINGLE, plan, outer.references(plan), guards.condition(), "")));
  }

  /** The columns of a subquery of one row, for a SET of several columns. */
  List<Expression> bindRowSubquery(ParsedExpression.ScalarSubquery expression, int width) {
    try {
      List<Expression> values = bindSingle(expression);
      if (values.size() != width) {
        throw expression
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
      }
      return values;
    } catch (KalamException e) {
      throw e.at(expression.position().line(), expression.position().column());
    }
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
