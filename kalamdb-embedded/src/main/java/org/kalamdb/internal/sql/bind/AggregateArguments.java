package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.parse.ParsedExpression;

/** The arguments of aggregate and window function calls, of which {@code *} is none. */
final class AggregateArguments {
  private AggregateArguments() {}

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
