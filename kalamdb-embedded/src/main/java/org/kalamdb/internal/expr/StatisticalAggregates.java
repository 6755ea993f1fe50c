package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateRegistry.Resolved;
import org.kalamdb.internal.expr.RegressionAggregator.Measure;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** The overloads of variance, standard deviation, correlation and regression. */
final class StatisticalAggregates {
  private static final Set<String> SPREADS =
      Set.of("stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop");
  private static final Map<String, Measure> MEASURES = new HashMap<>();

  static {
    for (Measure measure : Measure.values()) {
      MEASURES.put(measure.name().toLowerCase(Locale.ROOT), measure);
    }
  }

  private StatisticalAggregates() {}

  static boolean contains(String name) {
    return SPREADS.contains(name) || MEASURES.containsKey(name);
  }

  static @Nullable Resolved resolve(String name, List<Expression> arguments, boolean distinct) {
    Measure measure = MEASURES.get(name);
    if (measure != null) {
      return pairs(name, measure, arguments, distinct);
    }
    return arguments.size() == 1 ? spread(name, arguments.get(0), distinct) : null;
  }

  private static @Nullable Resolved pairs(
      String name, Measure measure, List<Expression> arguments, boolean distinct) {
    if (arguments.size() != 2) {
      return null;
    }
    List<Expression> coerced = new ArrayList<>();
    for (Expression argument : arguments) {
      if (!TypeRules.canCast(argument.type().kind(), Kind.DOUBLE, CastContext.IMPLICIT)) {
        return null;
      }
      coerced.add(TypeRules.coerce(argument, DataType.DOUBLE, CastContext.IMPLICIT));
    }
    return AggregateRegistry.resolved(
        name,
        coerced,
        measure == Measure.REGR_COUNT ? DataType.BIGINT : DataType.DOUBLE,
        distinct,
        (a, r, m) -> new RegressionAggregator(measure));
  }

  private static @Nullable Resolved spread(String name, Expression argument, boolean distinct) {
    boolean sample = !name.endsWith("_pop");
    boolean root = name.startsWith("stddev");
    DataType type = argument.type();
    return switch (type.kind()) {
      case SMALLINT, INTEGER, BIGINT, DECIMAL ->
          AggregateRegistry.resolved(
              name,
              List.of(argument),
              exactType(type, root),
              distinct,
              (a, r, m) -> new ExactVarianceAggregator(a.get(0), r, sample, root));
      case REAL, DOUBLE ->
          AggregateRegistry.resolved(
              name,
              List.of(argument),
              DataType.DOUBLE,
              distinct,
              (a, r, m) -> new VarianceAggregator(sample, root));
      case UNKNOWN ->
          spread(name, TypeRules.coerce(argument, DataType.DOUBLE, CastContext.IMPLICIT), distinct);
      default -> null;
    };
  }

  /** Room for the largest spread that values of the type can have. */
  private static DataType exactType(DataType type, boolean root) {
    int digits =
        switch (type.kind()) {
          case SMALLINT -> 5;
          case INTEGER -> 10;
          case BIGINT -> 19;
          default -> type.length() - type.scale();
        };
    return TypeRules.bounded(
        Math.min(root ? digits + 1 : 2 * digits, TypeRules.mostDigits(type)),
        Math.max(TypeRules.DIVISION_SCALE, type.scale()),
        TypeRules.mostDigits(type));
  }
}
