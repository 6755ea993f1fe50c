package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.expr.WindowFunction.Kind;
import org.kalamdb.schema.DataType;

/** The functions that exist only over a window; every aggregate can be used over one too. */
public final class WindowRegistry {
  private static final Map<String, Kind> KINDS = new LinkedHashMap<>();

  static {
    for (Kind kind : Kind.values()) {
      if (kind != Kind.AGGREGATE) {
        KINDS.put(kind.name().toLowerCase(java.util.Locale.ROOT), kind);
      }
    }
  }

  private WindowRegistry() {}

  /** A window function and its arguments, coerced to it. */
  public record Resolved(WindowFunction function, List<Expression> arguments) {
    public Resolved {
      arguments = List.copyOf(arguments);
    }
  }

  /** Whether the (folded) name is that of a function which exists only over a window. */
  public static boolean contains(String name) {
    return KINDS.containsKey(name);
  }

  /**
   * The overload for the arguments.
   *
   * @throws KalamException 42883 if none fits
   */
  public static Resolved resolve(String name, List<Expression> arguments) {
    Resolved resolved = resolveOrNull(name, arguments);
    if (resolved == null) {
      throw new KalamException(
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
    return resolved;
  }

  private static @Nullable Resolved resolveOrNull(String name, List<Expression> arguments) {
    Kind kind = KINDS.get(name);
    if (kind == null) {
      return null;
    }
    int count = arguments.size();
    return switch (kind) {
      case ROW_NUMBER, RANK, DENSE_RANK ->
          count == 0 ? resolved(name, kind, arguments, DataType.BIGINT) : null;
      case PERCENT_RANK, CUME_DIST ->
          count == 0 ? resolved(name, kind, arguments, DataType.DOUBLE) : null;
      case NTILE -> {
        Expression buckets = count == 1 ? asInteger(arguments.get(0)) : null;
        yield buckets == null ? null : resolved(name, kind, List.of(buckets), DataType.INTEGER);
      }
      case FIRST_VALUE, LAST_VALUE -> {
        if (count != 1) {
          yield null;
        }
        Expression value = TypeRules.settle(arguments.get(0));
        yield resolved(name, kind, List.of(value), value.type());
      }
      case NTH_VALUE -> {
        Expression number = count == 2 ? asInteger(arguments.get(1)) : null;
        if (number == null) {
          yield null;
        }
        Expression value = TypeRules.settle(arguments.get(0));
        yield resolved(name, kind, List.of(value, number), value.type());
      }
      case LAG, LEAD -> neighbour(name, kind, arguments);
      case AGGREGATE -> null;
    };
  }

  private static @Nullable Resolved neighbour(String name, Kind kind, List<Expression> arguments) {
    int count = arguments.size();
    if (count < 1 || count > 3) {
      return null;
    }
    List<Expression> coerced = new ArrayList<>();
    DataType type = TypeRules.settle(arguments.get(0)).type();
    if (count == 3) {
      type =
          TypeRules.settle(
                  new Expression.Literal(
                      null,
                      TypeRules.commonType(
                          List.of(arguments.get(0).type(), arguments.get(2).type()), name)))
              .type();
    }
    coerced.add(TypeRules.coerce(arguments.get(0), type, CastContext.IMPLICIT));
    if (count > 1) {
      Expression offset = asInteger(arguments.get(1));
      if (offset == null) {
        return null;
      }
      coerced.add(offset);
    }
    if (count == 3) {
      coerced.add(TypeRules.coerce(arguments.get(2), type, CastContext.IMPLICIT));
    }
    return resolved(name, kind, coerced, type);
  }

  private static @Nullable Expression asInteger(Expression argument) {
    return TypeRules.canCast(argument.type().kind(), DataType.Kind.INTEGER, CastContext.IMPLICIT)
        ? TypeRules.coerce(argument, DataType.INTEGER, CastContext.IMPLICIT)
        : null;
  }

  private static Resolved resolved(
      String name, Kind kind, List<Expression> arguments, DataType type) {
    return new Resolved(
        new WindowFunction(
            name, kind, arguments.stream().map(Expression::type).toList(), type, null),
        arguments);
  }
}
