package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.AggregateFunction.ArgumentOrder;
import org.kalamdb.internal.expr.AggregateFunction.StateFactory;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * The aggregate functions and PostgreSQL's result types: sum of INTEGER is BIGINT, of BIGINT a
 * DECIMAL(38,0); avg of whole numbers a DECIMAL with 16 digits after the point.
 */
public final class AggregateRegistry {
  private static final Set<String> NAMES =
      Set.of(
          "count",
          "sum",
          "avg",
          "min",
          "max",
          "bool_and",
          "every",
          "bool_or",
          "any_value",
          "string_agg",
          "array_agg",
          "json_agg",
          "jsonb_agg",
          "json_object_agg",
          "jsonb_object_agg",
          "bit_and",
          "bit_or",
          "bit_xor",
          "stddev",
          "stddev_samp",
          "stddev_pop",
          "variance",
          "var_samp",
          "var_pop",
          "corr",
          "covar_pop",
          "covar_samp",
          "regr_avgx",
          "regr_avgy",
          "regr_count",
          "regr_intercept",
          "regr_r2",
          "regr_slope",
          "regr_sxx",
          "regr_sxy",
          "regr_syy",
          "percentile_cont",
          "percentile_disc",
          "mode");

  /** Aggregates whose result depends on the order of the rows. */
  private static final Set<String> ORDERED =
      Set.of(
          "string_agg",
          "array_agg",
          "json_agg",
          "jsonb_agg",
          "json_object_agg",
          "jsonb_object_agg",
          "any_value");

  private AggregateRegistry() {}

  /** An aggregate function and its arguments, coerced to it. */
  public record Resolved(AggregateFunction function, List<Expression> arguments) {
    public Resolved {
      arguments = List.copyOf(arguments);
    }
  }

  /** A sort key inside of a call. */
  public record Order(Expression key, boolean descending, boolean nullsFirst) {}

  /** Whether the (folded) name is an aggregate function's. */
  public static boolean contains(String name) {
    return NAMES.contains(name);
  }

  /**
   * The overload for the arguments; {@code count} without arguments is {@code count(*)}.
   *
   * @throws KalamException 42883 if none fits
   */
  public static Resolved resolve(String name, List<Expression> arguments, boolean distinct) {
    Resolved resolved = resolveOrNull(name, arguments, distinct);
    if (resolved == null) {
      throw undefined(name, arguments);
    }
    return resolved;
  }

  /**
   * The overload for the arguments, with the order its rows are taken in.
   *
   * @throws KalamException 42P10 if a DISTINCT aggregate is ordered by what is no argument
   */
  public static Resolved resolve(
      String name, List<Expression> arguments, boolean distinct, List<Order> orders) {
    Resolved resolved = resolve(name, arguments, distinct);
    List<Expression> all = new ArrayList<>(resolved.arguments());
    List<ArgumentOrder> keys = new ArrayList<>();
    for (Order order : orders) {
      int at = arguments.indexOf(order.key());
      at = at < 0 || at >= all.size() ? all.indexOf(order.key()) : at;
      if (at < 0 && distinct) {
        throw new KalamException(
            ErrorCode.INVALID_COLUMN_REFERENCE,
            "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list");
      }
      if (at < 0) {
        at = all.size();
        all.add(order.key());
      }
      keys.add(new ArgumentOrder(at, order.descending(), order.nullsFirst()));
    }
    if (!ORDERED.contains(name) && (keys.isEmpty() || !isRounding(name, resolved))) {
      return resolved;
    }
    for (int i = 0; distinct && i < all.size(); i++) {
      keys.add(new ArgumentOrder(i, false, false));
    }
    return ordered(resolved.function(), all, keys);
  }

  /**
   * The overload of an ordered-set aggregate: {@code name(arguments) WITHIN GROUP (ORDER BY
   * order)}.
   *
   * @throws KalamException 42809 if the name is another aggregate's, 42883 if no overload fits
   */
  public static Resolved resolveWithin(
      String name, List<Expression> arguments, List<Order> orders) {
    if (HypotheticalRanks.contains(name)) {
      return hypothetical(name, arguments, orders);
    }
    if (!OrderedSets.contains(name)) {
      throw new KalamException(
          ErrorCode.WRONG_OBJECT_TYPE,
          name + " is not an ordered-set aggregate, so it cannot have WITHIN GROUP");
    }
    List<Expression> all = new ArrayList<>(arguments);
    orders.forEach(order -> all.add(order.key()));
    Resolved resolved = orders.size() == 1 ? OrderedSets.resolve(name, all) : null;
    if (resolved == null) {
      throw undefined(name, all);
    }
    Order order = orders.get(0);
    int last = resolved.arguments().size() - 1;
    return ordered(
        resolved.function(),
        resolved.arguments(),
        List.of(new ArgumentOrder(last, order.descending(), order.nullsFirst())));
  }

  private static Resolved hypothetical(
      String name, List<Expression> arguments, List<Order> orders) {
    Resolved resolved = HypotheticalRanks.resolve(name, arguments, orders);
    if (resolved == null) {
      List<Expression> all = new ArrayList<>(arguments);
      orders.forEach(order -> all.add(order.key()));
      throw undefined(name, all)
          .withHint(
              "A hypothetical-set aggregate takes as many arguments as WITHIN GROUP has keys.");
    }
    List<ArgumentOrder> keys = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      Order order = orders.get(i);
      keys.add(new ArgumentOrder(orders.size() + i, order.descending(), order.nullsFirst()));
    }
    return ordered(resolved.function(), resolved.arguments(), keys);
  }

  /** Whether the sum depends, in its last digits, on the order of the rows. */
  private static boolean isRounding(String name, Resolved resolved) {
    Kind kind = resolved.function().type().kind();
    return (name.equals("sum") || name.equals("avg")) && (kind == Kind.DOUBLE || kind == Kind.REAL);
  }

  private static Resolved ordered(
      AggregateFunction function, List<Expression> arguments, List<ArgumentOrder> keys) {
    return new Resolved(
        new AggregateFunction(
            function.name(),
            arguments.stream().map(Expression::type).toList(),
            function.type(),
            function.distinct(),
            keys,
            function.state()),
        arguments);
  }

  private static KalamException undefined(String name, List<Expression> arguments) {
    return new KalamException(
            ErrorCode.UNDEFINED_FUNCTION,
            "function "
                + name
                + "("
                + arguments.stream()
                    .map(a -> TypeRules.sqlName(a.type()))
                    .collect(Collectors.joining(", "))
                + ") does not exist")
        .withHint(
            "No function matches the given name and argument types. You might need to add explicit type"
                + " casts.");
  }

  private static @Nullable Resolved resolveOrNull(
      String name, List<Expression> arguments, boolean distinct) {
    if (name.equals("count") && arguments.isEmpty()) {
      return distinct
          ? null
          : resolved(name, arguments, DataType.BIGINT, false, (a, r, m) -> new CountAggregator());
    }
    if (OrderedSets.contains(name)) {
      throw new KalamException(
          ErrorCode.WRONG_OBJECT_TYPE,
          "WITHIN GROUP is required for ordered-set aggregate " + name);
    }
    if (name.equals("string_agg")) {
      return stringAgg(arguments, distinct);
    }
    if (name.endsWith("_agg")) {
      return JsonAggregates.resolve(name, arguments, distinct);
    }
    if (StatisticalAggregates.contains(name)) {
      return StatisticalAggregates.resolve(name, arguments, distinct);
    }
    if (arguments.size() != 1) {
      return null;
    }
    Expression argument = arguments.get(0);
    DataType type = argument.type();
    return switch (name) {
      case "count" ->
          resolved(
              name,
              List.of(TypeRules.settle(argument)),
              DataType.BIGINT,
              distinct,
              (a, r, m) -> new CountAggregator());
      case "bit_and", "bit_or", "bit_xor" ->
          switch (type.kind()) {
            case SMALLINT, INTEGER, BIGINT ->
                resolved(
                    name,
                    arguments,
                    type,
                    distinct,
                    (a, r, m) ->
                        new BitAggregator(
                            BitAggregator.Operation.valueOf(name.toUpperCase(Locale.ROOT)),
                            r.kind()));
            default -> null;
          };
      case "any_value" -> {
        Expression settled = TypeRules.settle(argument);
        yield resolved(
            name,
            List.of(settled),
            settled.type(),
            distinct,
            (a, r, m) -> new AnyValueAggregator(r, m));
      }
      case "sum", "avg" -> numeric(name, argument, distinct);
      case "min", "max" -> {
        Expression settled = TypeRules.settle(argument);
        boolean ordered =
            switch (settled.type().kind()) {
              case JSON, EMBEDDING, BOOLEAN, UUID -> false;
              default -> true;
            };
        boolean greatest = name.equals("max");
        yield ordered
            ? resolved(
                name,
                List.of(settled),
                settled.type(),
                distinct,
                (a, r, m) -> ExtremeAggregator.create(r, greatest))
            : null;
      }
      case "bool_and", "every", "bool_or" -> {
        if (type.kind() != Kind.BOOLEAN && type.kind() != Kind.UNKNOWN) {
          yield null;
        }
        boolean and = !name.equals("bool_or");
        yield resolved(
            name,
            List.of(TypeRules.coerce(argument, DataType.BOOLEAN, CastContext.IMPLICIT)),
            DataType.BOOLEAN,
            distinct,
            (a, r, m) -> new BooleanAggregator(and));
      }
      default -> null;
    };
  }

  private static @Nullable Resolved numeric(String name, Expression argument, boolean distinct) {
    boolean average = name.equals("avg");
    DataType type = argument.type();
    return switch (type.kind()) {
      case SMALLINT, INTEGER ->
          average
              ? resolved(
                  name,
                  List.of(argument),
                  averageType(type, 0, 10),
                  distinct,
                  (a, r, m) -> SumAggregators.OfLongs.average(a, r))
              : resolved(
                  name,
                  List.of(argument),
                  DataType.BIGINT,
                  distinct,
                  (a, r, m) -> SumAggregators.OfLongs.sum(a, r));
      case BIGINT, DECIMAL -> {
        int scale = type.scale();
        yield average
            ? resolved(
                name,
                List.of(argument),
                averageType(type, scale, type.kind() == Kind.DECIMAL ? type.length() - scale : 19),
                distinct,
                (a, r, m) -> SumAggregators.OfDecimals.average(a, r))
            : resolved(
                name,
                List.of(argument),
                DataType.decimal(TypeRules.mostDigits(type), scale),
                distinct,
                (a, r, m) -> SumAggregators.OfDecimals.sum(a, r));
      }
      case REAL, DOUBLE ->
          resolved(
              name,
              List.of(argument),
              average ? DataType.DOUBLE : type,
              distinct,
              (a, r, m) ->
                  average
                      ? SumAggregators.OfDoubles.average(a, r)
                      : SumAggregators.OfDoubles.sum(a, r));
      case UNKNOWN -> {
        Expression number = TypeRules.coerce(argument, DataType.DOUBLE, CastContext.IMPLICIT);
        yield numeric(name, number, distinct);
      }
      case INTERVAL ->
          resolved(
              name,
              List.of(argument),
              type,
              distinct,
              (a, r, m) ->
                  average ? IntervalSumAggregator.average(a, r) : IntervalSumAggregator.sum(a, r));
      default -> null;
    };
  }

  private static DataType averageType(DataType argument, int scale, int integerDigits) {
    int most = TypeRules.mostDigits(argument);
    return TypeRules.bounded(
        Math.min(integerDigits, most), Math.max(TypeRules.DIVISION_SCALE, scale), most);
  }

  private static @Nullable Resolved stringAgg(List<Expression> arguments, boolean distinct) {
    if (arguments.size() != 2) {
      return null;
    }
    boolean bytes = arguments.get(0).type().kind() == Kind.BYTES;
    DataType type = bytes ? DataType.BYTES : DataType.TEXT;
    List<Expression> coerced = new ArrayList<>();
    for (Expression argument : arguments) {
      if (!TypeRules.canCast(argument.type().kind(), type.kind(), CastContext.IMPLICIT)) {
        return null;
      }
      coerced.add(TypeRules.coerce(argument, type, CastContext.IMPLICIT));
    }
    return resolved("string_agg", coerced, type, distinct, (a, r, m) -> new StringAggregator());
  }

  static Resolved resolved(
      String name,
      List<Expression> arguments,
      DataType type,
      boolean distinct,
      StateFactory state) {
    return new Resolved(
        new AggregateFunction(
            name,
            arguments.stream().map(Expression::type).toList(),
            type,
            distinct,
            List.of(),
            state),
        arguments);
  }
}
