package org.kalamdb.internal.storage.table;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.hot.RowVersion;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.schema.UserId;

/**
 * Looks for one key after the other in a snapshot. Once many of a partition were not there, as
 * while rows are appended, its greatest key is found out, and keys beyond it are known to be new
 * without a look. Confined to a thread.
 */
public final class KeyLookup implements AutoCloseable {
  private static final int MISSES_BEFORE_BOUND = 32;

  private final TableStore tables;
  private final KvSnapshot snapshot;
  private final long seq;
  private final boolean ownsSnapshot;

  private int table = -1;
  private @Nullable UserId user;
  private int misses;

  /** No key of the partition is greater; null: not known. */
  private byte @Nullable [] bound;

  /**
   * @param seq the newest commit in the snapshot
   */
  public KeyLookup(TableStore tables, KvSnapshot snapshot, long seq) {
    this(tables, snapshot, seq, false);
  }

  private KeyLookup(TableStore tables, KvSnapshot snapshot, long seq, boolean ownsSnapshot) {
    this.tables = tables;
    this.snapshot = snapshot;
    this.seq = seq;
    this.ownsSnapshot = ownsSnapshot;
  }

  static KeyLookup ofOwn(TableStore tables, KvSnapshot snapshot) {
    return new KeyLookup(tables, snapshot, Long.MAX_VALUE, true);
  }

  /** The version of a key, tombstones included; null if there is none. */
  public @Nullable RowVersion find(
      TableDefinition definition, @Nullable UserId owner, byte[] rowKey) {
    if (definition.number() != table || (owner == null ? user != null : !owner.equals(user))) {
      table = definition.number();
      user = owner;
      misses = 0;
      bound = null;
    }
    byte[] known = bound;
    if (known != null && Arrays.compareUnsigned(rowKey, known) > 0) {
      return null;
    }
    RowVersion found = tables.find(snapshot, seq, definition, owner, rowKey);
    if (found == null && ++misses == MISSES_BEFORE_BOUND) {
      bound = tables.greatestKey(snapshot, seq, definition, owner);
    }
    return found;
  }

  /** Lets go of the snapshot if it was taken for this lookup. */
  @Override
  public void close() {
    if (ownsSnapshot) {
      snapshot.close();
    }
  }
}
