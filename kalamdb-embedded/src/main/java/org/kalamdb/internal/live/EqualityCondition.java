package org.kalamdb.internal.live;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * {@code column = constant}, or {@code column IN (constants)}: what the registry finds interested
 * subscriptions by. Only for types whose SQL equality is {@link Object#equals} of their Java
 * values.
 *
 * @param columnId id of the column within its table
 * @param value never null
 * @param others further values of an IN
 */
public record EqualityCondition(int columnId, Object value, Set<Object> others) {
  /** A longer IN is not worth an entry for each of its values. */
  static final int MOST_VALUES = 1_000;

  public EqualityCondition {
    others = Set.copyOf(others);
  }

  public EqualityCondition(int columnId, Object value) {
    this(columnId, value, Set.of());
  }

  /** Whether a row with this value in the column can match. */
  boolean allows(Object present) {
    return value.equals(present) || others.contains(present);
  }

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
    if (filter instanceof Expression.In in && !in.negated()) {
      return of(in.operand(), in.list(), table, parameters);
    }
    if (filter instanceof Expression.Comparison comparison
        && comparison.operator() == Expression.ComparisonOperator.EQUAL) {
      EqualityCondition found =
          of(comparison.left(), List.of(comparison.right()), table, parameters);
      return found != null
          ? found
          : of(comparison.right(), List.of(comparison.left()), table, parameters);
    }
    return null;
  }

  private static @Nullable EqualityCondition of(
      Expression left, List<Expression> right, TableDefinition table, @Nullable Object[] given) {
    if (!(withoutTextCast(left) instanceof Expression.Column column)
        || column.index() >= table.schema().columns().size()
        || !equalsIsEquality(column.type())
        || right.size() > MOST_VALUES) {
      return null;
    }
    Set<Object> values = new LinkedHashSet<>();
    for (Expression item : right) {
      boolean constant =
          item instanceof Expression.Literal
              || (item instanceof Expression.Parameter parameter
                  && parameter.index() < given.length);
      if (!constant || !sameValues(column.type(), item.type())) {
        return null;
      }
      Object value =
          item instanceof Expression.Parameter parameter
              ? given[parameter.index()]
              : ((Expression.Literal) item).value();
      if (value == null) {
        continue; // equal to nothing
      }
      // A constant of another class has not been converted yet; the filter itself will see to it.
      if (value.getClass() != column.type().kind().javaType()) {
        return null;
      }
      values.add(value);
    }
    if (values.isEmpty()) {
      return null;
    }
    Object first = values.iterator().next();
    values.remove(first);
    return new EqualityCondition(table.schema().column(column.index()).id(), first, values);
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
