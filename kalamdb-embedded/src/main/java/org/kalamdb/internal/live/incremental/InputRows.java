package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * The rows of one table that a query looks at, where changes come in. Keeps nothing but, where the
 * table's rows have no key, how often each is there.
 */
public final class InputRows extends IncrementalOperator {
  private final String label;
  private final List<DataType> types;
  private final boolean keyed;
  private final Map<Object, Integer> counts = new HashMap<>();
  private List<KeyedChange> pending = new ArrayList<>();

  /** One of several rows that are the same. */
  private record CopyKey(Object row, int copy) {}

  InputRows(String label, List<DataType> types, boolean keyed) {
    this.label = label;
    this.types = List.copyOf(types);
    this.keyed = keyed;
  }

  /**
   * Takes note of a change for the next {@code advance}.
   *
   * @param keyValues the row's primary key; empty if the table has none
   * @param moved as {@link KeyedChange#moved()}
   */
  void add(
      @Nullable Object[] keyValues,
      List<DataType> keyTypes,
      @Nullable Object @Nullable [] oldRow,
      @Nullable Object @Nullable [] newRow,
      boolean moved) {
    if (keyed) {
      pending.add(new KeyedChange(ValueKeys.of(keyValues, keyTypes), oldRow, newRow, moved));
      return;
    }
    if (oldRow != null) {
      Object content = ValueKeys.of(oldRow, types);
      Integer left = counts.merge(content, -1, (a, b) -> a + b == 0 ? null : a + b);
      int copy = left == null ? 0 : left;
      pending.add(new KeyedChange(new CopyKey(content, copy), oldRow, null, moved));
    }
    if (newRow != null) {
      Object content = ValueKeys.of(newRow, types);
      int copy = counts.merge(content, 1, Integer::sum) - 1;
      pending.add(new KeyedChange(new CopyKey(content, copy), null, newRow, moved));
    }
  }

  @Override
  List<KeyedChange> advance() {
    if (pending.isEmpty()) {
      return List.of();
    }
    List<KeyedChange> changes = pending;
    pending = new ArrayList<>();
    if (keyed) {
      return changes;
    }
    NetChanges net = new NetChanges();
    for (KeyedChange change : changes) {
      net.change(change.key(), change.oldRow(), change.newRow());
    }
    return net.toList();
  }

  @Override
  List<IncrementalOperator> inputs() {
    return List.of();
  }

  @Override
  String label() {
    return "Changes of " + label;
  }

  @Override
  String kept() {
    return keyed ? "" : counts.size() + " distinct rows, counted";
  }

  @Override
  long stateBytes() {
    return counts.size() * (2L * ENTRY_BYTES + ROW_BYTES + (long) VALUE_BYTES * types.size());
  }

  @Override
  void clear() {
    counts.clear();
    pending = new ArrayList<>();
  }
}
