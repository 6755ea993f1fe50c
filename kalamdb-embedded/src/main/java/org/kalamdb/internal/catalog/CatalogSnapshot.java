package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableType;

/**
 * All namespaces and tables at one moment; immutable. {@link #version()} rises with each change.
 */
public final class CatalogSnapshot {
  private final long version;
  private final SortedMap<String, NamespaceId> namespaces;
  private final Map<TableId, TableDefinition> tables;
  private volatile @Nullable CatalogSnapshot publicView;
  private volatile @Nullable Map<Integer, List<Reference>> references;

  CatalogSnapshot(
      long version,
      SortedMap<String, NamespaceId> namespaces,
      Map<TableId, TableDefinition> tables) {
    this.version = version;
    this.namespaces = Collections.unmodifiableSortedMap(new TreeMap<>(namespaces));
    this.tables = Map.copyOf(tables);
  }

  /** A catalog of the given tables and their namespaces, for tests and for starting from. */
  public static CatalogSnapshot of(long version, Collection<TableDefinition> tables) {
    SortedMap<String, NamespaceId> namespaces = new TreeMap<>();
    namespaces.put(NamespaceId.DEFAULT.name(), NamespaceId.DEFAULT);
    Map<TableId, TableDefinition> byId = new HashMap<>();
    for (TableDefinition table : tables) {
      namespaces.put(table.id().namespace().name(), table.id().namespace());
      byId.put(table.id(), table);
    }
    return new CatalogSnapshot(version, namespaces, byId);
  }

  public long version() {
    return version;
  }

  public boolean hasNamespace(NamespaceId id) {
    return namespaces.containsKey(id.name());
  }

  /** All namespaces by name. */
  public Collection<NamespaceId> namespaces() {
    return namespaces.values();
  }

  public @Nullable TableDefinition table(TableId id) {
    return tables.get(id);
  }

  /** The table with this number, or null. */
  public @Nullable TableDefinition table(int number) {
    for (TableDefinition table : tables.values()) {
      if (table.number() == number) {
        return table;
      }
    }
    return null;
  }

  /** The tables, each with one of its foreign keys, that refer to the table. */
  public List<Reference> references(int table) {
    return references().getOrDefault(table, List.of());
  }

  /** A foreign key and whose it is. */
  public record Reference(TableDefinition table, ForeignKey key) {}

  private Map<Integer, List<Reference>> references() {
    Map<Integer, List<Reference>> known = references;
    if (known == null) {
      known = new HashMap<>();
      for (TableDefinition table : tables.values()) {
        for (ForeignKey key : table.constraints().foreignKeys()) {
          known
              .computeIfAbsent(key.table(), number -> new ArrayList<>())
              .add(new Reference(table, key));
        }
      }
      references = known;
    }
    return known;
  }

  /** The table of the namespace that has an index of this name, or null. */
  public @Nullable TableDefinition tableOfIndex(NamespaceId namespace, String index) {
    for (TableDefinition table : tablesIn(namespace)) {
      if (table.constraints().index(index) != null) {
        return table;
      }
    }
    return null;
  }

  public Collection<TableDefinition> tables() {
    return tables.values();
  }

  /** Without shared tables that are not public; made once. */
  public CatalogSnapshot publicView() {
    CatalogSnapshot view = publicView;
    if (view == null) {
      Map<TableId, TableDefinition> visible = new HashMap<>(tables);
      visible
          .values()
          .removeIf(
              t -> t.type() == TableType.SHARED && !t.options().accessLevel().equals("PUBLIC"));
      view = new CatalogSnapshot(version, namespaces, visible);
      publicView = view;
    }
    return view;
  }

  /** The tables of a namespace by name. */
  public List<TableDefinition> tablesIn(NamespaceId namespace) {
    return tables.values().stream()
        .filter(table -> table.id().namespace().equals(namespace))
        .sorted(Comparator.comparing(table -> table.id().name()))
        .toList();
  }

  public CatalogSnapshot withNamespace(NamespaceId id) {
    TreeMap<String, NamespaceId> changed = new TreeMap<>(namespaces);
    changed.put(id.name(), id);
    return new CatalogSnapshot(version + 1, changed, tables);
  }

  /** Without the namespace and the tables in it. */
  public CatalogSnapshot withoutNamespace(NamespaceId id) {
    TreeMap<String, NamespaceId> changed = new TreeMap<>(namespaces);
    changed.remove(id.name());
    Map<TableId, TableDefinition> left = new HashMap<>(tables);
    left.keySet().removeIf(table -> table.namespace().equals(id));
    return new CatalogSnapshot(version + 1, changed, left);
  }

  /** With the table added, or in place of an earlier definition of the same name. */
  public CatalogSnapshot withTable(TableDefinition table) {
    Map<TableId, TableDefinition> changed = new HashMap<>(tables);
    changed.put(table.id(), table);
    return new CatalogSnapshot(version + 1, namespaces, changed);
  }

  public CatalogSnapshot withoutTable(TableId id) {
    Map<TableId, TableDefinition> changed = new HashMap<>(tables);
    changed.remove(id);
    return new CatalogSnapshot(version + 1, namespaces, changed);
  }
}
