package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateRegistry.Resolved;
import org.kalamdb.internal.expr.SortedValuesAggregator.Measure;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** The overloads of percentile_cont, percentile_disc and mode; the value is the last argument. */
final class OrderedSets {
  private OrderedSets() {}

  static boolean contains(String name) {
    return name.equals("percentile_cont") || name.equals("percentile_disc") || name.equals("mode");
  }

  static @Nullable Resolved resolve(String name, List<Expression> arguments) {
    boolean mode = name.equals("mode");
    if (arguments.size() != (mode ? 1 : 2)) {
      return null;
    }
    Expression value = value(name, arguments.get(arguments.size() - 1));
    if (value == null) {
      return null;
    }
    if (mode) {
      return resolved(name, List.of(value), Measure.MODE);
    }
    Kind kind = arguments.get(0).type().kind();
    if (!TypeRules.canCast(kind, Kind.DOUBLE, CastContext.IMPLICIT)) {
      return null;
    }
    Expression fraction = TypeRules.coerce(arguments.get(0), DataType.DOUBLE, CastContext.IMPLICIT);
    if (fraction instanceof Expression.Literal literal && literal.value() instanceof Double given) {
      SortedValuesAggregator.checked(given);
    }
    return resolved(
        name,
        List.of(fraction, value),
        name.equals("percentile_cont") ? Measure.PERCENTILE_CONT : Measure.PERCENTILE_DISC);
  }

  private static Resolved resolved(String name, List<Expression> arguments, Measure measure) {
    DataType type = arguments.get(arguments.size() - 1).type();
    return AggregateRegistry.resolved(
        name, arguments, type, false, (a, r, m) -> new SortedValuesAggregator(measure, r, m));
  }

  /** percentile_cont computes between values, the others choose one. */
  private static @Nullable Expression value(String name, Expression argument) {
    Expression settled = TypeRules.settle(argument);
    Kind kind = settled.type().kind();
    if (!name.equals("percentile_cont")) {
      return kind == Kind.JSON || kind == Kind.EMBEDDING ? null : settled;
    }
    if (kind == Kind.INTERVAL) {
      return settled;
    }
    return TypeRules.canCast(argument.type().kind(), Kind.DOUBLE, CastContext.IMPLICIT)
        ? TypeRules.coerce(argument, DataType.DOUBLE, CastContext.IMPLICIT)
        : null;
  }
}
