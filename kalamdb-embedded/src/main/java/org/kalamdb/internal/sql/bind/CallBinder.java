package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.HypotheticalRanks;
import org.kalamdb.internal.expr.TableFunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.WindowRegistry;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.WindowSpecification;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.PlanExpressions;

/** Binds what is written as a call: decides which kind of function a name is. */
final class CallBinder {
  private final ExpressionBinder binder;
  private final StatementBinding statement;
  private final Scope scope;
  private final Clause clause;
  private final @Nullable AggregateCollector aggregates;
  private final Guards guards;

  /** For the expressions of {@code binder}, which binds the arguments. */
  CallBinder(
      ExpressionBinder binder,
      StatementBinding statement,
      Scope scope,
      Clause clause,
      @Nullable AggregateCollector aggregates,
      Guards guards) {
    this.binder = binder;
    this.statement = statement;
    this.scope = scope;
    this.clause = clause;
    this.aggregates = aggregates;
    this.guards = guards;
  }

  Expression bind(ParsedExpression.FunctionCall call) {
    if (call.over() != null) {
      return bindWindow(call, call.over());
    }
    if (!call.withinGroup().isEmpty() && HypotheticalRanks.contains(call.name())) {
      return bindAggregate(call);
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
      arguments.add(binder.bind(argument));
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
      throw binder.unsupported(
          call.position(), "set-returning functions are not allowed in " + clause.label());
    }
    if (guards.condition() != null) {
      throw binder.unsupported(
          call.position(), "set-returning functions are not allowed in CASE or COALESCE");
    }
    Expand.Call bound = bindTableFunction(call);
    if (bound.arguments().stream().anyMatch(aggregates::hasSets)) {
      throw binder.unsupported(call.position(), "nested set-returning functions are not supported");
    }
    if (bound.function().outputs().size() > 1) {
      throw binder.unsupported(
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
      arguments.add(binder.bind(argument));
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
      Expression operand = binder.bind(argument);
      bound.add(operand);
      guards.push(new Expression.IsNull(TypeRules.settle(operand), false), true);
      open++;
    }
    guards.pop(open);
    List<Expression> operands = binder.toCommonType(bound, call.arguments(), "COALESCE");
    return operands.size() == 1 ? operands.get(0) : new Coalesce(operands, operands.get(0).type());
  }
}
