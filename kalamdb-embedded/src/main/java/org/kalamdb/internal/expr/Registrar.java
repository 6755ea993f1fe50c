package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.ScalarFunction.KernelFactory;
import org.kalamdb.internal.expr.ScalarFunction.ResultType;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * The words in which the families of functions describe their overloads. A function that is called
 * for every row of a scan deserves a {@link Kernel} with its own loop; the rarer ones are given as
 * a function of Java values, which boxes.
 */
final class Registrar {
  private final FunctionRegistry registry;
  private FunctionCategory category;

  Registrar(FunctionRegistry registry, FunctionCategory first) {
    this.registry = registry;
    this.category = first;
  }

  /** Functions described from here on stand in this chapter of the reference. */
  void chapter(FunctionCategory next) {
    category = next;
  }

  /**
   * What the reference says about all overloads of the name.
   *
   * @param example an expression
   * @param result the example's value as text, null where it differs from call to call
   */
  void describe(String name, String description, String example, @Nullable String result) {
    registry.describe(new FunctionEntry(category, name, List.of(), description, example, result));
  }

  /** A function of Java values in the classes of {@link Kind#javaType()}. */
  @FunctionalInterface
  interface ValueFunction {
    @Nullable Object apply(@Nullable Object[] arguments, EvaluationContext context);
  }

  /** A strict immutable function with its own loop. */
  void kernel(String name, DataType result, Kernel kernel, Kind... parameters) {
    kernel(name, types -> result, (types, type) -> kernel, parameters);
  }

  /** A strict immutable function whose result type or loop depends on the argument types. */
  void kernel(String name, ResultType result, KernelFactory factory, Kind... parameters) {
    add(name, result, Volatility.IMMUTABLE, true, factory, parameters);
  }

  /** A strict immutable function of Java values. */
  void value(String name, DataType result, ValueFunction function, Kind... parameters) {
    value(name, Volatility.IMMUTABLE, result, function, parameters);
  }

  /** A strict function of Java values. */
  void value(
      String name,
      Volatility volatility,
      DataType result,
      ValueFunction function,
      Kind... parameters) {
    add(
        name,
        types -> result,
        volatility,
        true,
        (types, type) -> loop(function, types.size()),
        parameters);
  }

  void add(
      String name,
      ResultType result,
      Volatility volatility,
      boolean strict,
      KernelFactory factory,
      Kind... parameters) {
    registry.register(
        new ScalarFunction(
            name, List.of(parameters), false, false, result, volatility, strict, factory));
  }

  /** A function whose last parameter may be repeated; it looks at NULLs itself. */
  void variadic(
      String name,
      Volatility volatility,
      boolean sameType,
      ResultType result,
      KernelFactory factory,
      Kind... parameters) {
    registry.register(
        new ScalarFunction(
            name, List.of(parameters), true, sameType, result, volatility, false, factory));
  }

  /** A function of two values of one type. */
  void sameType(String name, ResultType result, boolean strict, KernelFactory factory) {
    registry.register(
        new ScalarFunction(
            name,
            List.of(Kind.UNKNOWN, Kind.UNKNOWN),
            false,
            true,
            result,
            Volatility.IMMUTABLE,
            strict,
            factory));
  }

  /** The loop around a function of Java values. */
  static Kernel loop(ValueFunction function, int arity) {
    @Nullable Object[] values = new Object[arity];
    return (arguments, out, rows, n, context) -> {
      for (int i = 0; i < n; i++) {
        int row = rows[i];
        for (int a = 0; a < values.length; a++) {
          ColumnView argument = arguments[a];
          values[a] = argument.getObject(row);
        }
        out.setObject(row, function.apply(values, context));
      }
    };
  }
}
