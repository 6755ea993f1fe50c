package org.kalamdb.internal.expr;

import java.util.List;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * One overload of a scalar function or operator: name, signature, and how to compute it. Immutable.
 *
 * @param name folded name, or the operator's symbol
 * @param parameters kinds of the arguments; {@link Kind#UNKNOWN} takes any type as it is; TEXT also
 *     stands for VARCHAR; DECIMAL for any precision and scale
 * @param variadic whether the last parameter may be repeated
 * @param sameType whether the arguments are brought to their common type first (GREATEST, NULLIF)
 * @param result the type of the result
 * @param volatility whether calls may be folded or moved
 * @param strict whether a NULL argument makes the result NULL without calling the kernel
 * @param kernel makes what computes it
 */
public record ScalarFunction(
    String name,
    List<Kind> parameters,
    boolean variadic,
    boolean sameType,
    ResultType result,
    Volatility volatility,
    boolean strict,
    KernelFactory kernel) {

  public ScalarFunction {
    parameters = List.copyOf(parameters);
  }

  /** Whether a function gives the same result for the same arguments. */
  public enum Volatility {
    /** Always; may be computed when the statement is planned. */
    IMMUTABLE,
    /** Within one statement, such as NOW(). */
    STABLE,
    /** Never, such as RANDOM(); computed once for every row. */
    VOLATILE
  }

  /** The type of the result, from the types of the coerced arguments. */
  @FunctionalInterface
  public interface ResultType {
    DataType of(List<DataType> arguments);

    /** The same from the arguments themselves, for a type that depends on a literal's value. */
    default DataType ofCall(List<Expression> arguments) {
      return of(arguments.stream().map(Expression::type).toList());
    }
  }

  /** Makes the kernel of one call site, which may keep scratch state. */
  @FunctionalInterface
  public interface KernelFactory {
    Kernel create(List<DataType> arguments, DataType result);
  }

  /** Whether {@code count} arguments fit the parameter list. */
  boolean takes(int count) {
    return variadic ? count >= parameters.size() : count == parameters.size();
  }

  /** The kind of parameter number {@code index}. */
  Kind parameter(int index) {
    return parameters.get(Math.min(index, parameters.size() - 1));
  }
}
