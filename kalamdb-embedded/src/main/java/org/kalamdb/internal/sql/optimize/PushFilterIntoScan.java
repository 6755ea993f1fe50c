package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.In;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.ScanPredicate;
import org.kalamdb.schema.DataType;

/**
 * Gives a scan the conditions of the filter above it: those on a prefix of the primary key as exact
 * key ranges, which leave the filter, and all comparisons with constants as predicates to skip data
 * by, which stay in it.
 */
final class PushFilterIntoScan implements Pass {
  /** The most key ranges that IN lists may multiply to. */
  static final int MAX_RANGES = 1024;

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, PushFilterIntoScan::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (!(plan instanceof Filter filter)
        || !(filter.input() instanceof Scan scan)
        || !scan.keys().isEmpty()) {
      return plan;
    }
    List<Expression> rest = new ArrayList<>();
    List<Condition> conditions = new ArrayList<>();
    for (Expression part : Expressions.conjuncts(filter.condition())) {
      Condition condition = condition(part, scan);
      if (condition == null) {
        conditions.addAll(LikePrefix.conditions(part, scan));
        rest.add(part);
      } else {
        conditions.add(condition);
      }
    }
    List<KeyCondition> keys = new ArrayList<>();
    Set<Condition> used = takeKeys(scan, conditions, keys);
    List<ScanPredicate> predicates = new ArrayList<>();
    List<Expression> stay = new ArrayList<>();
    for (Condition condition : conditions) {
      if (!used.contains(condition)) {
        if (condition.source() != null) {
          stay.add(condition.source());
        }
        predicates.add(
            new ScanPredicate(condition.column(), condition.operator(), condition.values()));
      }
    }
    stay.addAll(rest);
    return Expressions.filter(scan.withConditions(keys, predicates), stay);
  }

  /**
   * {@code column op values}.
   *
   * @param source the part that says no more and no less; null if the part it follows from says
   *     more
   */
  record Condition(
      int column,
      ComparisonOperator operator,
      List<Expression> values,
      @Nullable Expression source) {}

  private static Set<Condition> takeKeys(
      Scan scan, List<Condition> conditions, List<KeyCondition> keys) {
    Set<Condition> used = new HashSet<>();
    long ranges = 1;
    for (int column : scan.table().schema().primaryKey()) {
      List<List<Expression>> equal = new ArrayList<>();
      List<KeyCondition.Bound> lower = new ArrayList<>();
      List<KeyCondition.Bound> upper = new ArrayList<>();
      for (Condition condition : conditions) {
        if (condition.column() != column) {
          continue;
        }
        Expression value = condition.values().get(0);
        switch (condition.operator()) {
          case EQUAL -> {
            if (ranges * condition.values().size() > MAX_RANGES) {
              continue;
            }
            equal.add(condition.values());
          }
          case GREATER -> lower.add(new KeyCondition.Bound(value, false));
          case GREATER_OR_EQUAL -> lower.add(new KeyCondition.Bound(value, true));
          case LESS -> upper.add(new KeyCondition.Bound(value, false));
          case LESS_OR_EQUAL -> upper.add(new KeyCondition.Bound(value, true));
          default -> {
            continue;
          }
        }
        used.add(condition);
      }
      if (equal.isEmpty() && lower.isEmpty() && upper.isEmpty()) {
        break;
      }
      keys.add(new KeyCondition(column, equal, lower, upper));
      if (equal.isEmpty()) {
        break;
      }
      ranges *= equal.stream().mapToInt(List::size).min().orElse(1);
    }
    return used;
  }

  private static @Nullable Condition condition(Expression part, Scan scan) {
    if (part instanceof Comparison comparison) {
      Condition straight =
          condition(
              part, scan, comparison.left(), comparison.operator(), List.of(comparison.right()));
      return straight != null
          ? straight
          : condition(
              part,
              scan,
              comparison.right(),
              comparison.operator().flip(),
              List.of(comparison.left()));
    }
    if (part instanceof In in && !in.negated()) {
      return condition(part, scan, in.operand(), ComparisonOperator.EQUAL, in.list());
    }
    return null;
  }

  private static @Nullable Condition condition(
      Expression part,
      Scan scan,
      Expression operand,
      ComparisonOperator operator,
      List<Expression> values) {
    if (operator == ComparisonOperator.DISTINCT || operator == ComparisonOperator.NOT_DISTINCT) {
      return null;
    }
    Column column = comparedColumn(operand);
    if (column == null) {
      return null;
    }
    int number = scan.scanColumns().get(column.index());
    if (number < 0) {
      return null;
    }
    for (Expression value : values) {
      if (!Expressions.isConstant(value) || !isComparable(column.type(), value.type())) {
        return null;
      }
    }
    return new Condition(number, operator, values, part);
  }

  /** The column, also within a conversion that neither loses values nor changes their order. */
  static @Nullable Column comparedColumn(Expression operand) {
    if (operand instanceof Column column) {
      return column;
    }
    if (operand instanceof Cast cast && cast.operand() instanceof Column column) {
      DataType from = column.type();
      DataType to = cast.type();
      boolean widerNumber =
          isExactNumber(from)
              && isExactNumber(to)
              && integerDigits(from) <= integerDigits(to)
              && from.scale() <= to.scale();
      boolean sameText =
          from.kind() == DataType.Kind.VARCHAR
              && (to.kind() == DataType.Kind.TEXT
                  || (to.kind() == DataType.Kind.VARCHAR && to.length() == 0));
      return widerNumber || sameText ? column : null;
    }
    return null;
  }

  /** Whether a scan can bring values of the type to the column's: {@code KeyRangeBuilder} does. */
  private static boolean isComparable(DataType column, DataType value) {
    return column.equals(value)
        || (isExactNumber(column) && isExactNumber(value))
        || (isVariableText(column) && isVariableText(value));
  }

  private static boolean isVariableText(DataType type) {
    return type.kind() == DataType.Kind.TEXT || type.kind() == DataType.Kind.VARCHAR;
  }

  private static boolean isExactNumber(DataType type) {
    return type.isInteger() || type.kind() == DataType.Kind.DECIMAL;
  }

  private static int integerDigits(DataType type) {
    return switch (type.kind()) {
      case SMALLINT -> 5;
      case INTEGER -> 10;
      case BIGINT -> 19;
      default -> type.length() - type.scale();
    };
  }
}
