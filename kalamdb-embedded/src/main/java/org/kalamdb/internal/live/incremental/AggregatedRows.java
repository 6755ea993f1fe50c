package org.kalamdb.internal.live.incremental;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.AggregateFunction;

/**
 * One row a group: its values, then its aggregates. Keeps the groups; without group expressions
 * there is one, always.
 */
final class AggregatedRows extends IncrementalOperator {
  private final IncrementalOperator input;
  private final RowExpressions groupBy;
  private final List<Call> calls;
  private final Map<Object, Group> groups = new HashMap<>();
  private boolean started;

  /**
   * One aggregate.
   *
   * @param argument its argument, or no expression at all
   * @param filter the condition for a row to take part, or no expression at all
   */
  record Call(AggregateFunction function, RowExpressions argument, RowExpressions filter)
      implements AutoCloseable {
    @Nullable Object argumentOf(@Nullable Object[] row) {
      return argument.size() == 0 ? null : argument.evaluate(0, row);
    }

    boolean takes(@Nullable Object[] row) {
      return filter.size() == 0 || filter.isTrue(0, row);
    }

    @Override
    public void close() {
      argument.close();
      filter.close();
    }
  }

  private final class Group {
    private final @Nullable Object[] values;
    private final Accumulator[] accumulators = new Accumulator[calls.size()];
    private long rows;

    /** As it was last told; null if it is new. */
    private @Nullable Object @Nullable [] told;

    private Group(@Nullable Object[] values) {
      this.values = values;
      for (int i = 0; i < accumulators.length; i++) {
        accumulators[i] = Accumulator.of(calls.get(i).function());
      }
    }

    private void add(@Nullable Object[] row) {
      rows++;
      for (int i = 0; i < accumulators.length; i++) {
        if (calls.get(i).takes(row)) {
          accumulators[i].add(calls.get(i).argumentOf(row));
        }
      }
    }

    private void remove(@Nullable Object[] row) {
      rows--;
      for (int i = 0; i < accumulators.length; i++) {
        if (calls.get(i).takes(row)) {
          accumulators[i].remove(calls.get(i).argumentOf(row));
        }
      }
    }

    private @Nullable Object[] toRow() {
      @Nullable Object[] row = new Object[values.length + accumulators.length];
      System.arraycopy(values, 0, row, 0, values.length);
      for (int i = 0; i < accumulators.length; i++) {
        row[values.length + i] = accumulators[i].value();
      }
      return row;
    }
  }

  AggregatedRows(IncrementalOperator input, RowExpressions groupBy, List<Call> calls) {
    this.input = input;
    this.groupBy = groupBy;
    this.calls = List.copyOf(calls);
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> changes = input.advance();
    Map<Object, Group> touched = new LinkedHashMap<>();
    if (!started && groupBy.size() == 0) {
      @Nullable Object[] none = {};
      touched.put(ValueKeys.of(none, List.of()), groupOf(none));
    }
    started = true;
    for (KeyedChange change : changes) {
      if (change.oldRow() != null) {
        groupOf(change.oldRow(), touched).remove(change.oldRow());
      }
      if (change.newRow() != null) {
        groupOf(change.newRow(), touched).add(change.newRow());
      }
    }
    if (touched.isEmpty()) {
      return List.of();
    }
    NetChanges net = new NetChanges();
    touched.forEach((key, group) -> tell(key, group, net));
    return net.toList();
  }

  private void tell(Object key, Group group, NetChanges net) {
    boolean stays = group.rows > 0 || groupBy.size() == 0;
    @Nullable Object @Nullable [] now = stays ? group.toRow() : null;
    net.change(key, group.told, now);
    group.told = now;
    if (!stays) {
      groups.remove(key);
    }
  }

  private Group groupOf(@Nullable Object[] row, Map<Object, Group> touched) {
    @Nullable Object[] values = groupBy.evaluate(row);
    Group group = groupOf(values);
    touched.put(ValueKeys.of(values, groupBy.types()), group);
    return group;
  }

  private Group groupOf(@Nullable Object[] values) {
    return groups.computeIfAbsent(ValueKeys.of(values, groupBy.types()), key -> new Group(values));
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of(input);
  }

  @Override
  String label() {
    String names =
        calls.stream()
            .map(call -> call.function.name() + "(" + call.argument + ")")
            .collect(Collectors.joining(", "));
    return "Aggregate " + names + (groupBy.size() == 0 ? "" : " by " + groupBy);
  }

  @Override
  String kept() {
    return groups.size() + (groups.size() == 1 ? " group" : " groups");
  }

  @Override
  long stateBytes() {
    long bytes = 0;
    // Groups are alike: a few of them say what all take.
    int looked = 0;
    for (Group group : groups.values()) {
      for (Accumulator accumulator : group.accumulators) {
        bytes += accumulator.bytes();
      }
      bytes += 3L * ENTRY_BYTES + 2L * VALUE_BYTES * (group.values.length + calls.size());
      if (++looked == 100) {
        break;
      }
    }
    return looked == 0 ? 0 : bytes * groups.size() / looked;
  }

  @Override
  void clear() {
    groups.clear();
    started = false;
  }

  @Override
  public void close() {
    groupBy.close();
    calls.forEach(Call::close);
  }
}
