package org.kalamdb.internal.catalog;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/** Reads the catalog of a database at open. */
public final class CatalogLoader {
  private CatalogLoader() {}

  public static CatalogSnapshot load(KeyValueStore store) {
    SortedMap<String, NamespaceId> namespaces = new TreeMap<>();
    namespaces.put(NamespaceId.DEFAULT.name(), NamespaceId.DEFAULT);
    Map<TableId, TableDefinition> tables = new HashMap<>();
    Map<TableId, ViewDefinition> views = new HashMap<>();
    Map<String, StorageDefinition> storages = new HashMap<>();
    visit(
        store,
        CatalogKeys.NAMESPACE,
        null,
        (key, value) -> {
          String name = new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
          namespaces.put(name, new NamespaceId(name));
        });
    visit(
        store,
        CatalogKeys.TABLE,
        null,
        (key, value) -> {
          TableDefinition table = CatalogCodec.decode(value);
          tables.put(table.id(), table);
        });
    visit(
        store,
        CatalogKeys.VIEW,
        null,
        (key, value) -> {
          ViewDefinition view = ViewCodec.decode(value);
          views.put(view.id(), view);
        });
    visit(
        store,
        CatalogKeys.STORAGE,
        null,
        (key, value) -> {
          StorageDefinition storage = StorageCodec.decode(value);
          storages.put(storage.id(), storage);
        });
    return new CatalogSnapshot(1, namespaces, tables, views, storages);
  }

  /** Visits the users that the catalog has something of, by id. */
  public static void visitUsers(
      KeyValueStore store, @Nullable KvSnapshot snapshot, Consumer<UserDefinition> visitor) {
    visit(
        store,
        CatalogKeys.USER,
        snapshot,
        (key, value) -> visitor.accept(UserCodec.decode(key, value)));
  }

  /** The users who have a storage of their own, with its name. */
  public static Map<UserId, String> userStorages(KeyValueStore store) {
    Map<UserId, String> storages = new HashMap<>();
    visitUsers(
        store,
        null,
        user -> {
          String storage = user.storageId();
          if (storage != null) {
            storages.put(user.id(), storage);
          }
        });
    return storages;
  }

  private interface EntryVisitor {
    void visit(byte[] key, byte[] value);
  }

  private static void visit(
      KeyValueStore store, byte kind, @Nullable KvSnapshot snapshot, EntryVisitor visitor) {
    try (KvIterator entries =
        store.iterator(
            KeyFamily.CATALOG,
            new byte[] {kind},
            new byte[] {(byte) (kind + 1)},
            false,
            snapshot)) {
      while (entries.next()) {
        visitor.visit(entries.copyKey(), entries.copyValue());
      }
    }
  }
}
