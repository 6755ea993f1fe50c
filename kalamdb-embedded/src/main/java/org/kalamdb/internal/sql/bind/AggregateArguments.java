package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.AggregateRegistry;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.SortKey;

/** The arguments of aggregate and window function calls, of which {@code *} is none. */
final class AggregateArguments {
  private AggregateArguments() {}

  /** The keys of ORDER BY inside of the call, or of WITHIN GROUP. */
  static List<AggregateRegistry.Order> orders(
      ParsedExpression.FunctionCall call, ExpressionBinder binder) {
    List<Query.OrderItem> items =
        call.withinGroup().isEmpty() ? call.orderBy() : call.withinGroup();
    List<AggregateRegistry.Order> orders = new ArrayList<>();
    for (Query.OrderItem item : items) {
      SortKey key = QueryBinder.sortKey(item, binder.bindSettled(item.value()));
      orders.add(new AggregateRegistry.Order(key.expression(), key.descending(), key.nullsFirst()));
    }
    return orders;
  }

  /** The overload that a call means. */
  static AggregateRegistry.Resolved resolve(
      ParsedExpression.FunctionCall call,
      List<Expression> arguments,
      List<AggregateRegistry.Order> orders) {
    if (call.withinGroup().isEmpty()) {
      return AggregateRegistry.resolve(call.name(), arguments, call.distinct(), orders);
    }
    if (call.distinct()) {
      throw call.position().error(ErrorCode.SYNTAX_ERROR, "cannot use DISTINCT with WITHIN GROUP");
    }
    return AggregateRegistry.resolveWithin(call.name(), arguments, orders);
  }

  static List<Expression> bind(ParsedExpression.FunctionCall call, ExpressionBinder binder) {
    List<Expression> arguments = new ArrayList<>();
    boolean star =
        call.arguments().size() == 1 && call.arguments().get(0) instanceof ParsedExpression.Star;
    if (star && !call.name().equals("count")) {
      throw call.position()
          .error(ErrorCode.UNDEFINED_FUNCTION, "function " + call.name() + "(*) does not exist");
    }
    if (!star && call.arguments().isEmpty() && call.name().equals("count")) {
      throw call.position()
          .error(
              ErrorCode.WRONG_OBJECT_TYPE,
              "count(*) must be used to call a parameterless aggregate function");
    }
    if (!star) {
      for (ParsedExpression argument : call.arguments()) {
        arguments.add(binder.bind(argument));
      }
    }
    return arguments;
  }
}
