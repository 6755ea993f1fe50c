package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.storage.table.TableStore;
import org.kalamdb.internal.txn.HotCounters;
import org.kalamdb.schema.NamespaceId;

/**
 * Temporary tables are tables like others, in a namespace of their session that no other session
 * finds and that is dropped with it. What is left when a process ended before is swept at open.
 */
final class TemporaryTables {
  private TemporaryTables() {}

  /**
   * At open: takes away what sessions of before had. Files of it are orphans from then on.
   *
   * @param isInUse whether a namespace is of a session that is there: opening was not the beginning
   */
  static CatalogSnapshot sweep(
      KeyValueStore store,
      TableStore tables,
      HotCounters counters,
      CatalogSnapshot catalog,
      Predicate<NamespaceId> isInUse) {
    CatalogSnapshot left = catalog;
    KvWriteBatch batch = new KvWriteBatch();
    List<TableDefinition> dropped = new ArrayList<>();
    for (NamespaceId namespace : catalog.namespaces()) {
      if (NameRules.isTemporary(namespace) && !isInUse.test(namespace)) {
        for (TableDefinition table : catalog.tablesIn(namespace)) {
          batch.delete(KeyFamily.CATALOG, CatalogKeys.table(table.number()));
          tables.addDropTo(batch, table);
          counters.remove(batch, table.number());
          dropped.add(table);
        }
        catalog
            .viewsIn(namespace)
            .forEach(view -> batch.delete(KeyFamily.CATALOG, CatalogKeys.view(view.id())));
        batch.delete(KeyFamily.CATALOG, CatalogKeys.namespace(namespace.name()));
        left = left.withoutNamespace(namespace);
      }
    }
    if (!batch.isEmpty()) {
      store.write(batch, true);
      dropped.forEach(table -> counters.removed(table.number()));
    }
    return left;
  }
}
