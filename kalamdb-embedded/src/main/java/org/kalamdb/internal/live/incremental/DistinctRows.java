package org.kalamdb.internal.live.incremental;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/** Each distinct row once. Keeps every distinct row and how often it is there. */
final class DistinctRows extends IncrementalOperator {
  private final IncrementalOperator input;
  private final List<DataType> types;
  private final Map<Object, Counted> counts = new HashMap<>();

  private static final class Counted {
    private final @Nullable Object[] row;
    private long count;

    private Counted(@Nullable Object[] row) {
      this.row = row;
    }
  }

  DistinctRows(IncrementalOperator input, List<DataType> types) {
    this.input = input;
    this.types = List.copyOf(types);
  }

  @Override
  List<KeyedChange> advance() {
    List<KeyedChange> changes = input.advance();
    if (changes.isEmpty()) {
      return changes;
    }
    NetChanges net = new NetChanges();
    for (KeyedChange change : changes) {
      // The new one first: a value that merely moves from row to row neither goes nor comes.
      if (change.newRow() != null) {
        add(change.newRow(), net);
      }
      if (change.oldRow() != null) {
        remove(change.oldRow(), net);
      }
    }
    return net.toList();
  }

  private void add(@Nullable Object[] row, NetChanges net) {
    Object key = ValueKeys.of(row, types);
    Counted counted = counts.get(key);
    if (counted == null) {
      counted = new Counted(row);
      counts.put(key, counted);
      net.add(key, row, false);
    }
    counted.count++;
  }

  private void remove(@Nullable Object[] row, NetChanges net) {
    Object key = ValueKeys.of(row, types);
    Counted counted = counts.get(key);
    if (counted == null) {
      throw new IllegalStateException("A row goes that was never there");
    }
    if (--counted.count == 0) {
      counts.remove(key);
      net.remove(key, counted.row, false);
    }
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of(input);
  }

  @Override
  String label() {
    return "Distinct";
  }

  @Override
  String kept() {
    return counts.size() + " distinct rows";
  }

  @Override
  long stateBytes() {
    return counts.size() * (2L * ENTRY_BYTES + ROW_BYTES + (long) VALUE_BYTES * types.size());
  }

  @Override
  void clear() {
    counts.clear();
  }
}
