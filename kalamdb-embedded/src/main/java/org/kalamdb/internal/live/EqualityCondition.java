package org.kalamdb.internal.live;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * {@code column = constant}: what the registry finds interested subscriptions by. Only for types
 * whose SQL equality is {@link Object#equals} of their Java values.
 *
 * @param columnId id of the column within its table
 * @param value never null
 */
public record EqualityCondition(int columnId, Object value) {
  /** The first such condition that {@code filter} cannot be true without; null if there is none. */
  public static @Nullable EqualityCondition impliedBy(
      @Nullable Expression filter, TableDefinition table, @Nullable Object[] parameters) {
    if (filter instanceof Expression.Logical logical
        && logical.connective() == Expression.Connective.AND) {
      for (Expression operand : logical.operands()) {
        EqualityCondition found = impliedBy(operand, table, parameters);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    if (filter instanceof Expression.Comparison comparison
        && comparison.operator() == Expression.ComparisonOperator.EQUAL) {
      EqualityCondition found = of(comparison.left(), comparison.right(), table, parameters);
      return found != null ? found : of(comparison.right(), comparison.left(), table, parameters);
    }
    return null;
  }

  private static @Nullable EqualityCondition of(
      Expression left, Expression right, TableDefinition table, @Nullable Object[] parameters) {
    if (!(withoutTextCast(left) instanceof Expression.Column column)
        || column.index() >= table.schema().columns().size()
        || !equalsIsEquality(column.type())
        || !sameValues(column.type(), right.type())) {
      return null;
    }
    Object value = null;
    if (right instanceof Expression.Literal literal) {
      value = literal.value();
    } else if (right instanceof Expression.Parameter parameter
        && parameter.index() < parameters.length) {
      value = parameters[parameter.index()];
    }
    // A constant of another class has not been converted yet; the filter itself will see to it.
    return value == null || value.getClass() != column.type().kind().javaType()
        ? null
        : new EqualityCondition(table.schema().column(column.index()).id(), value);
  }

  /** A VARCHAR column compared as TEXT has the same values. */
  private static Expression withoutTextCast(Expression expression) {
    return expression instanceof Expression.Cast cast
            && cast.type().kind() == DataType.Kind.TEXT
            && cast.operand().type().kind() == DataType.Kind.VARCHAR
        ? cast.operand()
        : expression;
  }

  private static boolean sameValues(DataType a, DataType b) {
    return a.kind() == b.kind() || (isPlainText(a) && isPlainText(b));
  }

  private static boolean isPlainText(DataType type) {
    return type.kind() == DataType.Kind.TEXT || type.kind() == DataType.Kind.VARCHAR;
  }

  /**
   * Not REAL and DOUBLE (-0.0), DECIMAL (scale), CHAR (padding), ZONED_TIMESTAMP, INTERVAL, arrays.
   */
  private static boolean equalsIsEquality(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN,
          SMALLINT,
          INTEGER,
          BIGINT,
          TEXT,
          VARCHAR,
          DATE,
          TIME,
          TIMESTAMP,
          TIMESTAMPTZ,
          UUID ->
          true;
      default -> false;
    };
  }
}
