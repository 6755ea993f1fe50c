package org.kalamdb.internal.catalog;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;

/** Reads the catalog of a database at open. */
public final class CatalogLoader {
  private CatalogLoader() {}

  public static CatalogSnapshot load(KeyValueStore store) {
    SortedMap<String, NamespaceId> namespaces = new TreeMap<>();
    namespaces.put(NamespaceId.DEFAULT.name(), NamespaceId.DEFAULT);
    Map<TableId, TableDefinition> tables = new HashMap<>();
    Map<TableId, ViewDefinition> views = new HashMap<>();
    Map<String, StorageDefinition> storages = new HashMap<>();
    try (KvIterator entries =
        store.iterator(KeyFamily.CATALOG, new byte[] {CatalogKeys.NAMESPACE}, null, false, null)) {
      while (entries.next()) {
        byte[] key = entries.copyKey();
        if (key[0] == CatalogKeys.NAMESPACE) {
          String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
          namespaces.put(name, new NamespaceId(name));
        } else if (key[0] == CatalogKeys.TABLE) {
          TableDefinition table = CatalogCodec.decode(entries.copyValue());
          tables.put(table.id(), table);
        } else if (key[0] == CatalogKeys.VIEW) {
          ViewDefinition view = ViewCodec.decode(entries.copyValue());
          views.put(view.id(), view);
        } else if (key[0] == CatalogKeys.STORAGE) {
          StorageDefinition storage = StorageCodec.decode(entries.copyValue());
          storages.put(storage.id(), storage);
        }
      }
    }
    return new CatalogSnapshot(1, namespaces, tables, views, storages);
  }
}
