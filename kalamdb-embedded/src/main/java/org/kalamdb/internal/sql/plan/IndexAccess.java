package org.kalamdb.internal.sql.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;

/**
 * An index that may serve a scan. Whether it does is decided when the scan opens and the values are
 * known: if too many rows pass, reading all of them is less work. So the filter above the scan
 * stays, and so does the sort.
 *
 * @param conditions on the first columns of the index, in its order
 * @param descending whether rows are wanted from the end of the index
 * @param first how many rows of the index's order are wanted; null: all, in any order
 */
public record IndexAccess(
    IndexDefinition index,
    List<KeyCondition> conditions,
    boolean descending,
    @Nullable RowLimit first) {
  public IndexAccess {
    conditions = List.copyOf(conditions);
  }
}
