package org.kalamdb.internal.storage.hot;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.row.RowUpgrade;
import org.kalamdb.schema.UserId;

/**
 * The net effect of a transaction on one key: the version it found and the row it leaves. Mutable
 * while the transaction runs; confined to it.
 */
public final class RowWrite {
  private TableDefinition table;
  private final @Nullable UserId user;
  private final byte[] rowKey;
  private @Nullable RowVersion base;
  private @Nullable RowVersion moved;
  private @Nullable Object @Nullable [] newRow;
  private int part;

  public RowWrite(
      TableDefinition table,
      @Nullable UserId user,
      byte[] rowKey,
      @Nullable RowVersion base,
      @Nullable Object @Nullable [] newRow) {
    this.table = table;
    this.user = user;
    this.rowKey = rowKey;
    this.base = base;
    this.newRow = newRow;
  }

  public TableDefinition table() {
    return table;
  }

  public @Nullable UserId user() {
    return user;
  }

  /** The key in the rows family. */
  public byte[] rowKey() {
    return rowKey;
  }

  /** The version the transaction saw, a tombstone included; null if the key never was. */
  public @Nullable RowVersion base() {
    return base;
  }

  /** The same version at the place where a flush or compaction moved it; null: dropped. */
  public void relocate(@Nullable RowVersion newPlace) {
    base = newPlace;
  }

  /** The cold version of the key that a reader of a newer snapshot must not see. */
  void noteMoved(RowVersion now) {
    moved = now;
  }

  @Nullable RowVersion moved() {
    return moved;
  }

  /** The row as the transaction leaves it; null if it deletes the row. */
  public @Nullable Object @Nullable [] newRow() {
    return newRow;
  }

  /** The row before the transaction; null if there was none. */
  public @Nullable Object @Nullable [] oldRow() {
    RowVersion found = base;
    return found == null || found.deleted() ? null : found.values();
  }

  /** The same write to the table as it has become. */
  void follow(TableDefinition altered) {
    if (!altered.schema().equals(table.schema())) {
      RowUpgrade upgrade = new RowUpgrade(table.schema(), altered.schema());
      RowVersion found = base;
      if (found != null) {
        base =
            new RowVersion(
                found.seq(),
                found.deleted(),
                found.segment(),
                found.segmentRow(),
                upgrade.apply(found.values()));
      }
      @Nullable Object @Nullable [] row = newRow;
      newRow = row == null ? null : upgrade.apply(row);
    }
    table = altered;
  }

  /** The same write, on its own from now on. */
  RowWrite copy() {
    RowWrite copy = new RowWrite(table, user, rowKey, base, newRow);
    copy.moved = moved;
    return copy;
  }

  /** Another write of the same transaction to the key. */
  void replace(@Nullable Object @Nullable [] row, int by) {
    newRow = row;
    part = by;
  }

  /** Which part of a statement wrote last; 0: a statement without parts. */
  int part() {
    return part;
  }

  /** True if nothing was there before and nothing is left. */
  public boolean isNothing() {
    return newRow == null && oldRow() == null;
  }
}
