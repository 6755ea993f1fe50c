package org.kalamdb.internal.live;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/** Which columns differ between two versions of a row. */
final class ChangedColumns {
  private ChangedColumns() {}

  /** Names of all columns. */
  static Set<String> all(List<ResultColumn> columns) {
    Set<String> names = new HashSet<>();
    columns.forEach(column -> names.add(column.name()));
    return names;
  }

  /** Names of the columns whose values differ. */
  static Set<String> between(
      List<ResultColumn> columns, @Nullable Object[] before, @Nullable Object[] after) {
    Set<String> changed = Set.of();
    for (int i = 0; i < before.length; i++) {
      if (!Objects.deepEquals(before[i], after[i])) {
        if (changed.isEmpty()) {
          changed = new HashSet<>();
        }
        changed.add(columns.get(i).name());
      }
    }
    return changed;
  }

  /** Likewise of two rows of one result. */
  static Set<String> between(Row before, Row after) {
    return between(before.columns(), before.toArray(), after.toArray());
  }
}
