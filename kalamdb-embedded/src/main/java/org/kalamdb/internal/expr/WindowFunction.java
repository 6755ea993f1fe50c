package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * A function over the rows of a window, with its overload chosen. Immutable.
 *
 * @param name folded name
 * @param kind how it is computed
 * @param arguments types of the coerced arguments
 * @param type type of the result
 * @param aggregate the aggregate of {@link Kind#AGGREGATE}, else null
 */
public record WindowFunction(
    String name,
    Kind kind,
    List<DataType> arguments,
    DataType type,
    @Nullable AggregateFunction aggregate) {
  public WindowFunction {
    arguments = List.copyOf(arguments);
  }

  /** The ways to compute a window function. */
  public enum Kind {
    ROW_NUMBER,
    RANK,
    DENSE_RANK,
    PERCENT_RANK,
    CUME_DIST,
    NTILE,
    LAG,
    LEAD,
    FIRST_VALUE,
    LAST_VALUE,
    NTH_VALUE,
    AGGREGATE
  }

  /** An aggregate over the rows of each row's frame. */
  public static WindowFunction of(AggregateFunction aggregate) {
    return new WindowFunction(
        aggregate.name(), Kind.AGGREGATE, aggregate.arguments(), aggregate.type(), aggregate);
  }

  /** The aggregate of a function that is one. */
  public AggregateFunction requireAggregate() {
    if (aggregate == null) {
      throw new IllegalStateException(name + " is not an aggregate");
    }
    return aggregate;
  }
}
