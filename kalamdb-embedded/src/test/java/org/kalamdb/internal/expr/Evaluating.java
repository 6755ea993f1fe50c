package org.kalamdb.internal.expr;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;

/** Short words for expressions in tests: a Java String is a literal of unknown type, as in SQL. */
final class Evaluating {
  static final SnowflakeIds IDS = new SnowflakeIds(1);
  static final EvaluationContext CONTEXT =
      EvaluationContext.builder(IDS)
          .statementTime(Instant.parse("2024-02-29T12:34:56.789012Z"))
          .user("alice")
          .role("user")
          .namespace("chat")
          .build();

  private Evaluating() {}

  static Expression of(Object value) {
    if (value instanceof Expression expression) {
      return expression;
    }
    if (value == NULL) {
      return new Literal(null, DataType.UNKNOWN);
    }
    return new Literal(value, Values.naturalType(value));
  }

  /** Stands for a bare NULL. */
  static final Object NULL = new Object();

  /** {@code CAST('text' AS type)}. */
  static Expression typed(DataType type, String text) {
    return TypeRules.coerce(new Literal(text, DataType.UNKNOWN), type, CastContext.EXPLICIT);
  }

  static Expression cast(Object value, DataType type) {
    return TypeRules.coerce(of(value), type, CastContext.EXPLICIT);
  }

  static Expression call(String name, Object... arguments) {
    List<Expression> bound = new ArrayList<>();
    for (Object argument : arguments) {
      bound.add(of(argument));
    }
    return FunctionRegistry.instance().resolve(name, bound);
  }

  static Expression op(Object left, String operator, Object right) {
    return FunctionRegistry.instance().resolveOperator(operator, of(left), of(right));
  }

  /**
   * The value as text, NULL, or the SQLSTATE of the error; checks that no memory is left behind.
   */
  static String text(Supplier<Expression> expression) {
    try (BufferAllocator allocator = new RootAllocator()) {
      Expression bound = TypeRules.settle(expression.get());
      Object value = ExpressionEvaluator.evaluateScalar(bound, CONTEXT, allocator);
      return value == null ? "NULL" : Values.format(value, bound.type());
    } catch (KalamException e) {
      return e.sqlState();
    }
  }

  static @Nullable Object value(Expression expression) {
    try (BufferAllocator allocator = new RootAllocator()) {
      return ExpressionEvaluator.evaluateScalar(expression, CONTEXT, allocator);
    }
  }

  /** A value that is not NULL. */
  static Object knownValue(Expression expression) {
    return Objects.requireNonNull(value(expression));
  }
}
