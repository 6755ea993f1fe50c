package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateRegistry.Resolved;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;

/**
 * The overloads of the aggregates that give JSON: their arguments become JSON first. There being no
 * arrays, array_agg gives a JSON array.
 */
final class JsonAggregates {
  private JsonAggregates() {}

  static @Nullable Resolved resolve(String name, List<Expression> arguments, boolean distinct) {
    boolean object = name.contains("object");
    if (arguments.size() != (object ? 2 : 1)) {
      return null;
    }
    boolean binary = name.startsWith("jsonb");
    Expression value = json(arguments.get(arguments.size() - 1), binary);
    List<Expression> coerced =
        object
            ? List.of(
                json(
                    TypeRules.coerce(
                        TypeRules.settle(arguments.get(0)), DataType.TEXT, CastContext.EXPLICIT),
                    false),
                value)
            : List.of(value);
    return AggregateRegistry.resolved(
        name, coerced, DataType.JSON, distinct, (a, r, m) -> new JsonAggregator(object, binary));
  }

  private static Expression json(Expression value, boolean binary) {
    return FunctionRegistry.instance()
        .resolve(binary ? "to_jsonb" : "to_json", List.of(TypeRules.settle(value)));
  }
}
