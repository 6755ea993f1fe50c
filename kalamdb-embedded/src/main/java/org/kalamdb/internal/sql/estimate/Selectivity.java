package org.kalamdb.internal.sql.estimate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.In;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.Expression.Not;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.Ordinals;
import org.kalamdb.schema.DataType;

/** Which share of rows a condition lets through, 0 to 1. */
final class Selectivity {
  /** For an equality with a column nobody knows. */
  private static final double UNKNOWN_EQUAL = 0.01;

  private static final double UNKNOWN_RANGE = 1.0 / 3;
  private static final double UNKNOWN = 1.0 / 3;
  private static final double PATTERN = 0.05;

  /** For a value outside of what was seen: estimates may be old. */
  private static final double NEXT_TO_NONE = 1e-6;

  private final BiFunction<LogicalPlan, Integer, ColumnEstimate> columns;

  Selectivity(BiFunction<LogicalPlan, Integer, ColumnEstimate> columns) {
    this.columns = columns;
  }

  /** The column an expression is, perhaps within a conversion to another kind of number or text. */
  static @Nullable Column bareColumn(Expression expression) {
    if (expression instanceof Cast cast && isSameFamily(cast.operand().type(), cast.type())) {
      return bareColumn(cast.operand());
    }
    return expression instanceof Column column ? column : null;
  }

  /** Whether the condition leaves the column one value. */
  static boolean isOneValue(Expression condition, int column) {
    if (!(condition instanceof Comparison comparison)
        || comparison.operator() != ComparisonOperator.EQUAL) {
      return false;
    }
    Column left = bareColumn(comparison.left());
    Column right = bareColumn(comparison.right());
    return (left != null && left.index() == column && !Expressions.hasColumns(comparison.right()))
        || (right != null && right.index() == column && !Expressions.hasColumns(comparison.left()));
  }

  private static boolean isSameFamily(DataType from, DataType to) {
    return family(from) == family(to);
  }

  private static int family(DataType type) {
    return switch (type.kind()) {
      case SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DECIMAL -> 0;
      case TEXT, VARCHAR, CHAR -> 1;
      case DATE, TIMESTAMP, TIMESTAMPTZ, ZONED_TIMESTAMP -> 2;
      default -> 3 + type.kind().ordinal();
    };
  }

  double of(Expression condition, LogicalPlan input) {
    if (condition instanceof Logical logical) {
      return logical.connective() == Connective.AND
          ? all(Expressions.conjuncts(condition), input)
          : any(logical.operands(), input);
    }
    if (condition instanceof Not not) {
      return 1 - of(not.operand(), input);
    }
    if (condition instanceof Literal literal) {
      return Boolean.TRUE.equals(literal.value()) ? 1 : 0;
    }
    if (condition instanceof IsNull isNull) {
      Column column = bareColumn(isNull.operand());
      double nulls = column == null ? 0.05 : estimate(column, input).nullFraction();
      return isNull.negated() ? 1 - nulls : Math.max(nulls, NEXT_TO_NONE);
    }
    if (condition instanceof Comparison comparison) {
      return comparison(comparison, input);
    }
    if (condition instanceof In in) {
      double share = 0;
      for (Expression value : in.list()) {
        share += equal(in.operand(), value, input);
      }
      share = Math.min(share, 0.9);
      return in.negated() ? 1 - share : share;
    }
    if (condition instanceof Call call && call.function().name().startsWith("~~")) {
      return PATTERN;
    }
    return condition instanceof Column ? 0.5 : UNKNOWN;
  }

  private double any(List<Expression> operands, LogicalPlan input) {
    double none = 1;
    for (Expression operand : operands) {
      none *= 1 - of(operand, input);
    }
    return 1 - none;
  }

  /** Bounds on one column from both sides are one range; everything else is independent. */
  private double all(List<Expression> parts, LogicalPlan input) {
    double share = 1;
    Map<Column, double[]> ranges = new HashMap<>();
    for (Expression part : parts) {
      Bound bound = part instanceof Comparison comparison ? bound(comparison) : null;
      if (bound == null) {
        share *= of(part, input);
      } else {
        double[] lowAndHigh = ranges.computeIfAbsent(bound.column(), c -> new double[] {1, 1});
        double passes = range(bound, estimate(bound.column(), input));
        int side = bound.isLower() ? 0 : 1;
        lowAndHigh[side] = Math.min(lowAndHigh[side], passes);
      }
    }
    for (double[] range : ranges.values()) {
      boolean both = range[0] < 1 && range[1] < 1;
      double overlap = range[0] + range[1] - 1;
      boolean guessed = range[0] == UNKNOWN_RANGE || range[1] == UNKNOWN_RANGE;
      share *=
          both ? guessed ? 0.1 : Math.max(overlap, NEXT_TO_NONE) : Math.min(range[0], range[1]);
    }
    return share;
  }

  /** {@code column op constant} with one of the four comparisons of order. */
  private record Bound(Column column, ComparisonOperator operator, Expression value) {
    boolean isLower() {
      return operator == ComparisonOperator.GREATER
          || operator == ComparisonOperator.GREATER_OR_EQUAL;
    }
  }

  private static @Nullable Bound bound(Comparison comparison) {
    ComparisonOperator operator = comparison.operator();
    switch (operator) {
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> {}
      default -> {
        return null;
      }
    }
    Column left = bareColumn(comparison.left());
    if (left != null && !Expressions.hasColumns(comparison.right())) {
      return new Bound(left, operator, comparison.right());
    }
    Column right = bareColumn(comparison.right());
    return right != null && !Expressions.hasColumns(comparison.left())
        ? new Bound(right, operator.flip(), comparison.left())
        : null;
  }

  private double range(Bound bound, ColumnEstimate estimate) {
    return range(bound.isLower(), bound.value(), estimate);
  }

  private static double range(boolean lower, Expression value, ColumnEstimate estimate) {
    double at = value instanceof Literal literal ? Ordinals.of(literal.value()) : Double.NaN;
    if (Double.isNaN(at) || !estimate.hasRange()) {
      return UNKNOWN_RANGE;
    }
    double width = estimate.high() - estimate.low();
    double below =
        width == 0
            ? at >= estimate.low() ? 1 : 0
            : Math.min(1, Math.max(0, (at - estimate.low()) / width));
    double share = (lower ? 1 - below : below) * (1 - estimate.nullFraction());
    return Math.max(share, NEXT_TO_NONE);
  }

  private double comparison(Comparison comparison, LogicalPlan input) {
    return switch (comparison.operator()) {
      case EQUAL, NOT_DISTINCT -> equal(comparison.left(), comparison.right(), input);
      case NOT_EQUAL, DISTINCT -> 1 - equal(comparison.left(), comparison.right(), input);
      default -> {
        Bound bound = bound(comparison);
        yield bound == null ? UNKNOWN_RANGE : range(bound, estimate(bound.column(), input));
      }
    };
  }

  private double equal(Expression left, Expression right, LogicalPlan input) {
    Column first = bareColumn(left);
    Column second = bareColumn(right);
    if (first == null && second == null) {
      return UNKNOWN_EQUAL;
    }
    if (first == null || second == null) {
      Column column = first == null ? second : first;
      return column == null
          ? UNKNOWN_EQUAL
          : equal(estimate(column, input), first == null ? left : right);
    }
    double values = Math.max(estimate(first, input).distinct(), estimate(second, input).distinct());
    return values == 0 ? UNKNOWN_EQUAL : 1 / values;
  }

  private static double equal(ColumnEstimate estimate, Expression value) {
    double at = value instanceof Literal literal ? Ordinals.of(literal.value()) : Double.NaN;
    boolean outside = estimate.hasRange() && (at < estimate.low() || at > estimate.high());
    if (outside) {
      return NEXT_TO_NONE;
    }
    return estimate.distinct() == 0
        ? UNKNOWN_EQUAL
        : (1 - estimate.nullFraction()) / estimate.distinct();
  }

  private ColumnEstimate estimate(Column column, LogicalPlan input) {
    return columns.apply(input, column.index());
  }

  /** What a scan's condition on one key column lets through. */
  double of(KeyCondition condition, ColumnEstimate column) {
    List<Double> shares = new ArrayList<>();
    for (List<Expression> values : condition.equal()) {
      double share = 0;
      for (Expression value : values) {
        share += equal(column, value);
      }
      shares.add(Math.min(1, share));
    }
    double low = 1;
    for (KeyCondition.Bound bound : condition.lower()) {
      low = Math.min(low, range(true, bound.value(), column));
    }
    double high = 1;
    for (KeyCondition.Bound bound : condition.upper()) {
      high = Math.min(high, range(false, bound.value(), column));
    }
    shares.add(low < 1 && high < 1 ? Math.max(low + high - 1, NEXT_TO_NONE) : Math.min(low, high));
    return shares.stream().mapToDouble(Double::doubleValue).min().orElse(1);
  }
}
