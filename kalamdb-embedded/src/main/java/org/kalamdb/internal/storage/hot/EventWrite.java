package org.kalamdb.internal.storage.hot;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.UserId;

/**
 * An event a transaction adds to a stream table ({@code key} null: it gets one at commit) or
 * removes from it ({@code key} of the stored event), or one that takes back an earlier one.
 *
 * @param row the event's columns
 * @param seq of the stored event; 0 for a new one
 * @param takesBack the place among the transaction's events of the one it takes back; -1: none
 */
public record EventWrite(
    TableDefinition table,
    UserId user,
    byte @Nullable [] key,
    @Nullable Object[] row,
    long seq,
    int takesBack) {
  /** A new event. */
  public static EventWrite insert(TableDefinition table, UserId user, @Nullable Object[] row) {
    return new EventWrite(table, user, null, row, 0, -1);
  }

  /** The end of a stored event. */
  public static EventWrite delete(
      TableDefinition table, UserId user, byte[] key, @Nullable Object[] row, long seq) {
    return new EventWrite(table, user, key, row, seq, -1);
  }

  /** The end of an event of the same transaction. */
  public static EventWrite takeBack(
      TableDefinition table, UserId user, @Nullable Object[] row, int place) {
    return new EventWrite(table, user, null, row, 0, place);
  }

  EventWrite follow(TableDefinition altered, @Nullable Object[] upgraded) {
    return new EventWrite(altered, user, key, upgraded, seq, takesBack);
  }
}
