package org.kalamdb.internal.txn;

import java.nio.ByteBuffer;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/**
 * From which commit on a table's rows tell all that happened to them: the last one that created,
 * truncated or altered it, which changes rows, or what is kept of deleted ones, without a commit of
 * each.
 */
final class TableFloors {
  private static final byte PREFIX = 'f';

  private TableFloors() {}

  /** Notes the tables that differ between two catalogs in the commit that leads to the second. */
  @SuppressWarnings("ReferenceEquality") // the same object nearly always
  static void addTo(KvWriteBatch batch, CatalogSnapshot before, CatalogSnapshot after, long seq) {
    if (before == after) {
      return;
    }
    for (TableDefinition table : after.tables()) {
      TableDefinition known = before.table(table.number());
      if (known != table && (known == null || isAltered(known, table))) {
        batch.put(KeyFamily.META, key(table.number()), ByteBuffer.allocate(8).putLong(seq).array());
      }
    }
    for (TableDefinition table : before.tables()) {
      if (after.table(table.number()) == null) {
        batch.delete(KeyFamily.META, key(table.number()));
      }
    }
  }

  private static boolean isAltered(TableDefinition known, TableDefinition table) {
    return !known.schema().equals(table.schema()) || !known.options().equals(table.options());
  }

  /** The floor of a table in the newest state; 0 if it has none. */
  static long of(KeyValueStore store, int table) {
    byte[] stored = store.get(KeyFamily.META, key(table), null);
    return stored == null ? 0 : ByteBuffer.wrap(stored).getLong();
  }

  private static byte[] key(int table) {
    return ByteBuffer.allocate(5).put(PREFIX).putInt(table).array();
  }
}
