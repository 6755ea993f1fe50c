package org.kalamdb.internal.feed;

import java.util.List;
import org.kalamdb.internal.catalog.TableDefinition;

/**
 * What one transaction changed, in statement order, under the commit's {@code seq}.
 *
 * @param altered tables whose columns or name it changed, as they are after it
 */
public record ChangeBatch(long seq, List<Change> changes, List<TableDefinition> altered) {
  public ChangeBatch {
    changes = List.copyOf(changes);
    altered = List.copyOf(altered);
  }

  public ChangeBatch(long seq, List<Change> changes) {
    this(seq, changes, List.of());
  }
}
