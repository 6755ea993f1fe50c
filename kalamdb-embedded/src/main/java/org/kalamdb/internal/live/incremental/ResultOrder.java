package org.kalamdb.internal.live.incremental;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/** ORDER BY over the values of its keys. */
final class ResultOrder {
  private final List<SortKey> keys;
  private final DataType[] types;

  ResultOrder(List<SortKey> keys) {
    this.keys = List.copyOf(keys);
    this.types = keys.stream().map(key -> key.expression().type()).toArray(DataType[]::new);
  }

  int compare(@Nullable Object[] left, @Nullable Object[] right) {
    for (int i = 0; i < types.length; i++) {
      SortKey key = keys.get(i);
      Object a = left[i];
      Object b = right[i];
      int order;
      if (a == null || b == null) {
        order = a == b ? 0 : (a == null) == key.nullsFirst() ? -1 : 1;
      } else {
        order = Values.compare(a, b, types[i]);
        order = key.descending() ? -order : order;
      }
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
