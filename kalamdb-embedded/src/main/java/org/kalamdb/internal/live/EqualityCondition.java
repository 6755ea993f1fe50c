package org.kalamdb.internal.live;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.schema.DataType;

/**
 * {@code column = constant} or {@code column IN (constants)}: what the registry finds interested
 * subscriptions by. Only for types whose SQL equality is {@link Object#equals} of their Java
 * values.
 *
 * @param columnId id of the column within its table
 * @param values one of these the column must have; at least one
 */
public record EqualityCondition(int columnId, Set<Object> values) {
  /** Longer lists are not worth a place for each value. */
  static final int MOST_VALUES = 1_000;

  public EqualityCondition {
    values = Set.copyOf(values);
  }

  /** Of {@code column = value}. */
  public EqualityCondition(int columnId, Object value) {
    this(columnId, Set.of(value));
  }

  /** The narrowest such condition that {@code filter} cannot be true without; null if none is. */
  public static @Nullable EqualityCondition impliedBy(
      @Nullable Expression filter, TableDefinition table, @Nullable Object[] parameters) {
    if (filter instanceof Expression.Logical logical) {
      return logical.connective() == Expression.Connective.AND
          ? narrowest(logical.operands(), table, parameters)
          : union(logical.operands(), table, parameters);
    }
    if (filter instanceof Expression.Comparison comparison
        && comparison.operator() == Expression.ComparisonOperator.EQUAL) {
      EqualityCondition found =
          of(comparison.left(), List.of(comparison.right()), table, parameters);
      return found != null
          ? found
          : of(comparison.right(), List.of(comparison.left()), table, parameters);
    }
    if (filter instanceof Expression.In in && !in.negated()) {
      return of(in.operand(), in.list(), table, parameters);
    }
    return null;
  }

  private static @Nullable EqualityCondition narrowest(
      List<Expression> operands, TableDefinition table, @Nullable Object[] parameters) {
    EqualityCondition narrowest = null;
    for (Expression operand : operands) {
      EqualityCondition found = impliedBy(operand, table, parameters);
      if (found != null && (narrowest == null || found.values.size() < narrowest.values.size())) {
        narrowest = found;
      }
    }
    return narrowest;
  }

  private static @Nullable EqualityCondition union(
      List<Expression> operands, TableDefinition table, @Nullable Object[] parameters) {
    Set<Object> values = new HashSet<>();
    int columnId = -1;
    for (Expression operand : operands) {
      EqualityCondition found = impliedBy(operand, table, parameters);
      if (found == null || (columnId >= 0 && found.columnId != columnId)) {
        return null;
      }
      columnId = found.columnId;
      values.addAll(found.values);
    }
    return values.isEmpty() || values.size() > MOST_VALUES
        ? null
        : new EqualityCondition(columnId, values);
  }

  private static @Nullable EqualityCondition of(
      Expression left, List<Expression> right, TableDefinition table, @Nullable Object[] given) {
    if (!(withoutTextCast(left) instanceof Expression.Column column)
        || column.index() >= table.schema().columns().size()
        || !equalsIsEquality(column.type())
        || right.size() > MOST_VALUES) {
      return null;
    }
    Set<Object> values = new HashSet<>();
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
    return values.isEmpty()
        ? null
        : new EqualityCondition(table.schema().column(column.index()).id(), values);
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
