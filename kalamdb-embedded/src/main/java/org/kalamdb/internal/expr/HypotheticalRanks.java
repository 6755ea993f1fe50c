package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateRegistry.Order;
import org.kalamdb.internal.expr.AggregateRegistry.Resolved;
import org.kalamdb.internal.expr.HypotheticalRankAggregator.Measure;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * The hypothetical-set aggregates: the rank that a row of the direct arguments would have among the
 * rows of the group. The values of the sort keys are the arguments behind the direct ones.
 */
public final class HypotheticalRanks {
  private static final Set<String> NAMES =
      Set.of("rank", "dense_rank", "percent_rank", "cume_dist");

  private HypotheticalRanks() {}

  /** Whether the (folded) name, with WITHIN GROUP, is a hypothetical-set aggregate's. */
  public static boolean contains(String name) {
    return NAMES.contains(name);
  }

  /** The result over no rows: the hypothetical row stands alone. */
  static @Nullable Object ofNoRows(String name) {
    return switch (name) {
      case "rank", "dense_rank" -> (Object) 1L;
      case "percent_rank" -> (Object) 0.0;
      case "cume_dist" -> (Object) 1.0;
      default -> null;
    };
  }

  /** The overload, of as many arguments as there are keys; null if their types do not fit. */
  static @Nullable Resolved resolve(String name, List<Expression> arguments, List<Order> orders) {
    if (arguments.size() != orders.size()) {
      return null;
    }
    List<Expression> values = new ArrayList<>();
    List<Expression> keys = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      Expression value = arguments.get(i);
      Expression key = TypeRules.settle(orders.get(i).key());
      DataType type =
          value.type().kind() == Kind.UNKNOWN
              ? key.type()
              : TypeRules.commonType(List.of(value.type(), key.type()), "WITHIN GROUP");
      if (type.kind() == Kind.JSON || type.kind() == Kind.EMBEDDING) {
        return null;
      }
      values.add(TypeRules.coerce(value, type, CastContext.IMPLICIT));
      keys.add(TypeRules.coerce(key, type, CastContext.IMPLICIT));
    }
    values.addAll(keys);
    Measure measure = Measure.valueOf(name.toUpperCase(Locale.ROOT));
    return AggregateRegistry.resolved(
        name,
        values,
        measure.type(),
        false,
        (a, r, m) -> new HypotheticalRankAggregator(measure, orders));
  }
}
