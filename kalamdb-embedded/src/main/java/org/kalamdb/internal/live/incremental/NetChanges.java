package org.kalamdb.internal.live.incremental;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes of one transaction, put together key by key: what came in between is forgotten. Keys keep
 * the order in which they were first touched.
 */
final class NetChanges {
  /** Estimated heap of a change, beside its row's values. */
  static final int BYTES = 2 * IncrementalOperator.ENTRY_BYTES + IncrementalOperator.ROW_BYTES;

  private final Map<Object, KeyedChange> byKey = new LinkedHashMap<>();

  /** The row under the key goes. */
  void remove(Object key, @Nullable Object[] row, boolean moved) {
    KeyedChange before = byKey.get(key);
    if (before == null) {
      byKey.put(key, new KeyedChange(key, row, null, moved));
    } else if (before.oldRow() == null) {
      byKey.remove(key);
    } else {
      byKey.put(key, new KeyedChange(key, before.oldRow(), null, moved));
    }
  }

  /** A row comes under a key that has none now. */
  void add(Object key, @Nullable Object[] row, boolean moved) {
    KeyedChange before = byKey.get(key);
    byKey.put(key, new KeyedChange(key, before == null ? null : before.oldRow(), row, moved));
  }

  void change(
      Object key, @Nullable Object @Nullable [] oldRow, @Nullable Object @Nullable [] newRow) {
    if (oldRow != null) {
      remove(key, oldRow, false);
    }
    if (newRow != null) {
      add(key, newRow, false);
    }
  }

  int size() {
    return byKey.size();
  }

  List<KeyedChange> toList() {
    return byKey.isEmpty() ? List.of() : new ArrayList<>(byKey.values());
  }
}
