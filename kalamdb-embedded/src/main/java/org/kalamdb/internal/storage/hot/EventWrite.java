package org.kalamdb.internal.storage.hot;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * An event a transaction adds to a stream table ({@code key} null: it gets one at commit) or
 * removes from it ({@code key} of the stored event).
 *
 * @param row the event's columns
 * @param seq of the stored event; 0 for a new one
 */
public record EventWrite(
    TableDefinition table, UserId user, byte @Nullable [] key, @Nullable Object[] row, long seq) {
  public boolean isInsert() {
    return key == null;
  }
}
