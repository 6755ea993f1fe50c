package org.kalamdb.internal.expr;

import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * An aggregate function with its overload chosen. Immutable.
 *
 * @param name folded name; {@code count} without arguments is {@code count(*)}
 * @param arguments types of the coerced arguments
 * @param type type of the result
 * @param distinct whether equal arguments of a group count once
 * @param order in which the rows of a group are taken in; empty: as they come
 * @param state makes the state that {@link #createAggregator} hands out
 */
public record AggregateFunction(
    String name,
    List<DataType> arguments,
    DataType type,
    boolean distinct,
    List<ArgumentOrder> order,
    StateFactory state) {
  public AggregateFunction {
    arguments = List.copyOf(arguments);
    order = List.copyOf(order);
  }

  /** A sort key of an ordered aggregate: one of its arguments, perhaps one that is only that. */
  public record ArgumentOrder(int argument, boolean descending, boolean nullsFirst) {}

  /** Makes the state of a call that sees each row (DISTINCT is done around it). */
  @FunctionalInterface
  interface StateFactory {
    Aggregator create(List<DataType> arguments, DataType result, BufferAllocator allocator);
  }

  /** Whether it is {@code count(*)}, which looks at no value. */
  public boolean isCountOfRows() {
    return name.equals("count") && arguments.isEmpty();
  }

  /** What the function gives of no rows: 0 if it counts, a rank if it ranks, else NULL. */
  public @Nullable Object ofNoRows() {
    return name.equals("count") || name.equals("regr_count")
        ? (Object) 0L
        : HypotheticalRanks.ofNoRows(name);
  }

  /** New state without groups, which the caller closes. */
  public Aggregator createAggregator(BufferAllocator allocator) {
    Aggregator plain = createPlainAggregator(allocator);
    return distinctMatters() ? new DistinctAggregator(plain, arguments, allocator) : plain;
  }

  /** As {@link #createAggregator}, but whoever updates it leaves out arguments that are equal. */
  public Aggregator createPlainAggregator(BufferAllocator allocator) {
    Aggregator plain = state.create(arguments, type, allocator);
    return order.isEmpty() ? plain : new OrderedAggregator(plain, arguments, order, allocator);
  }

  /** Whether equal arguments must be left out: the smallest and the largest do not change then. */
  public boolean distinctMatters() {
    return distinct && !name.equals("min") && !name.equals("max") && !name.startsWith("bool_");
  }
}
