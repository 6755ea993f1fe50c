package org.kalamdb.internal.exec;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.ScanPredicate;
import org.kalamdb.internal.storage.ColumnPredicate;
import org.kalamdb.internal.storage.KeyRange;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.TableSchema;

/**
 * Computes the values of a scan's conditions when it opens: key conditions become disjoint
 * ascending ranges, predicates become values storage can compare. Numbers that came in a wider type
 * than the column's are brought to it: {@code small = 70000} has no row, {@code small < 70000} no
 * bound.
 */
final class KeyRangeBuilder {
  private final TableSchema schema;
  private final Constants constants;

  KeyRangeBuilder(TableSchema schema, Constants constants) {
    this.schema = schema;
    this.constants = constants;
  }

  /** The ranges, ascending; none if no key can match. */
  List<KeyRange> ranges(List<KeyCondition> conditions) {
    List<List<Object>> prefixes = new ArrayList<>();
    prefixes.add(List.of());
    for (KeyCondition condition : conditions) {
      DataType type = schema.column(condition.column()).type();
      Ends ends = ends(condition, type);
      if (ends == null) {
        return List.of();
      }
      if (!condition.isEquality()) {
        return prefixes.stream().map(p -> new KeyRange(p, ends.lower(), ends.upper())).toList();
      }
      List<Object> values = equalValues(condition, type, ends);
      List<List<Object>> longer = new ArrayList<>();
      for (List<Object> prefix : prefixes) {
        for (Object value : values) {
          List<Object> extended = new ArrayList<>(prefix);
          extended.add(value);
          longer.add(extended);
        }
      }
      prefixes = longer;
    }
    return prefixes.stream().map(p -> new KeyRange(p, null, null)).toList();
  }

  /** The values that all lists have and that lie between the ends, ascending, each once. */
  private List<Object> equalValues(KeyCondition condition, DataType type, Ends ends) {
    List<Object> common = null;
    for (List<Expression> list : condition.equal()) {
      List<Object> values = sortedValues(list, type);
      if (common == null) {
        common = values;
      } else {
        common.removeIf(
            value -> values.stream().noneMatch(v -> Values.compare(v, value, type) == 0));
      }
    }
    List<Object> result = common == null ? new ArrayList<>() : common;
    result.removeIf(value -> !ends.contain(value, type));
    return result;
  }

  private List<Object> sortedValues(List<Expression> list, DataType type) {
    List<Object> values = new ArrayList<>();
    for (Expression expression : list) {
      Object value = exactly(constants.evaluate(expression), type);
      if (value != null) {
        values.add(value);
      }
    }
    values.sort((a, b) -> Values.compare(a, b, type));
    List<Object> distinct = new ArrayList<>();
    for (Object value : values) {
      boolean repeated =
          !distinct.isEmpty()
              && Values.compare(distinct.get(distinct.size() - 1), value, type) == 0;
      if (!repeated) {
        distinct.add(value);
      }
    }
    return distinct;
  }

  private record Ends(KeyRange.@Nullable Bound lower, KeyRange.@Nullable Bound upper) {
    boolean contain(Object value, DataType type) {
      if (lower != null) {
        int order = Values.compare(value, lower.value(), type);
        if (order < 0 || (order == 0 && !lower.inclusive())) {
          return false;
        }
      }
      if (upper != null) {
        int order = Values.compare(value, upper.value(), type);
        return order < 0 || (order == 0 && upper.inclusive());
      }
      return true;
    }

    boolean isEmpty(DataType type) {
      if (lower == null || upper == null) {
        return false;
      }
      int order = Values.compare(lower.value(), upper.value(), type);
      return order > 0 || (order == 0 && !(lower.inclusive() && upper.inclusive()));
    }
  }

  /** The narrowest bounds; null if nothing is between them or one of them is NULL. */
  private @Nullable Ends ends(KeyCondition condition, DataType type) {
    KeyRange.Bound lower = null;
    for (KeyCondition.Bound bound : condition.lower()) {
      Object value = constants.evaluate(bound.value());
      if (value == null) {
        return null;
      }
      Placed placed = place(value, type, RoundingMode.CEILING);
      if (placed.beyond() > 0) {
        return null;
      }
      if (placed.value() != null) {
        boolean inclusive = bound.inclusive() || !placed.exact();
        lower = narrower(lower, new KeyRange.Bound(placed.value(), inclusive), type, 1);
      }
    }
    KeyRange.Bound upper = null;
    for (KeyCondition.Bound bound : condition.upper()) {
      Object value = constants.evaluate(bound.value());
      if (value == null) {
        return null;
      }
      Placed placed = place(value, type, RoundingMode.FLOOR);
      if (placed.beyond() < 0) {
        return null;
      }
      if (placed.value() != null) {
        boolean inclusive = bound.inclusive() || !placed.exact();
        upper = narrower(upper, new KeyRange.Bound(placed.value(), inclusive), type, -1);
      }
    }
    Ends ends = new Ends(lower, upper);
    return ends.isEmpty(type) ? null : ends;
  }

  private static KeyRange.Bound narrower(
      KeyRange.@Nullable Bound a, KeyRange.Bound b, DataType type, int direction) {
    if (a == null) {
      return b;
    }
    int order = Values.compare(a.value(), b.value(), type) * direction;
    if (order != 0) {
      return order > 0 ? a : b;
    }
    return a.inclusive() ? b : a;
  }

  /**
   * A value among those of a column's type.
   *
   * @param value the value or its neighbour; null if it is beyond all values of the type
   * @param exact whether it is the value itself
   * @param beyond -1 or 1 if it is below or above all values, else 0
   */
  private record Placed(@Nullable Object value, boolean exact, int beyond) {}

  private static Placed place(Object value, DataType type, RoundingMode rounding) {
    if (!isExactNumber(type)) {
      return new Placed(value, true, 0);
    }
    BigDecimal number = toDecimal(value);
    BigDecimal rounded = number.setScale(type.scale(), rounding);
    BigDecimal most = greatest(type);
    BigDecimal least =
        type.kind() == Kind.DECIMAL ? most.negate() : most.negate().subtract(BigDecimal.ONE);
    if (rounded.compareTo(most) > 0) {
      return new Placed(null, false, 1);
    }
    if (rounded.compareTo(least) < 0) {
      return new Placed(null, false, -1);
    }
    Object placed =
        switch (type.kind()) {
          case SMALLINT -> (Object) rounded.shortValueExact();
          case INTEGER -> rounded.intValueExact();
          case BIGINT -> rounded.longValueExact();
          default -> rounded;
        };
    return new Placed(placed, rounded.compareTo(number) == 0, 0);
  }

  private static BigDecimal greatest(DataType type) {
    return switch (type.kind()) {
      case SMALLINT -> BigDecimal.valueOf(Short.MAX_VALUE);
      case INTEGER -> BigDecimal.valueOf(Integer.MAX_VALUE);
      case BIGINT -> BigDecimal.valueOf(Long.MAX_VALUE);
      default ->
          BigDecimal.TEN.pow(type.length()).subtract(BigDecimal.ONE).movePointLeft(type.scale());
    };
  }

  private static boolean isExactNumber(DataType type) {
    return type.isInteger() || type.kind() == Kind.DECIMAL;
  }

  private static BigDecimal toDecimal(Object value) {
    return value instanceof BigDecimal decimal
        ? decimal
        : BigDecimal.valueOf(((Number) value).longValue());
  }

  /** The value in the column's class, or null if the column cannot have it. */
  private static @Nullable Object exactly(@Nullable Object value, DataType type) {
    if (value == null) {
      return null;
    }
    Placed placed = place(value, type, RoundingMode.FLOOR);
    return placed.exact() ? placed.value() : null;
  }

  /** The predicates whose values the columns can have; the filter above the scan knows the rest. */
  List<ColumnPredicate> predicates(List<ScanPredicate> predicates) {
    List<ColumnPredicate> result = new ArrayList<>();
    for (ScanPredicate predicate : predicates) {
      DataType type = schema.column(predicate.column()).type();
      List<Object> values =
          predicate.operator() == ComparisonOperator.EQUAL
              ? sortedValues(predicate.values(), type)
              : singleValue(predicate, type);
      if (!values.isEmpty()) {
        result.add(new ColumnPredicate(predicate.column(), predicate.operator(), values));
      }
    }
    return result;
  }

  private List<Object> singleValue(ScanPredicate predicate, DataType type) {
    Object value = exactly(constants.evaluate(predicate.values().get(0)), type);
    return value == null ? List.of() : List.of(value);
  }
}
