package org.kalamdb.internal.catalog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableId;

/**
 * All namespaces, tables, views and storages at one moment; immutable. {@link #version()} rises
 * with each change.
 */
public final class CatalogSnapshot {
  private final long version;
  private final SortedMap<String, NamespaceId> namespaces;
  private final Map<TableId, TableDefinition> tables;
  private final Map<TableId, ViewDefinition> views;
  private final Map<String, StorageDefinition> storages;

  /** Who looks at it; null: who sees everything. */
  private final @Nullable Role viewer;

  private final Map<Role, CatalogSnapshot> asSeenBy = new ConcurrentHashMap<>(2);
  private volatile @Nullable Map<Integer, List<Reference>> references;

  CatalogSnapshot(
      long version,
      SortedMap<String, NamespaceId> namespaces,
      Map<TableId, TableDefinition> tables,
      Map<TableId, ViewDefinition> views,
      Map<String, StorageDefinition> storages) {
    this(version, namespaces, tables, views, storages, null);
  }

  private CatalogSnapshot(
      long version,
      SortedMap<String, NamespaceId> namespaces,
      Map<TableId, TableDefinition> tables,
      Map<TableId, ViewDefinition> views,
      Map<String, StorageDefinition> storages,
      @Nullable Role viewer) {
    this.viewer = viewer;
    this.version = version;
    this.namespaces = Collections.unmodifiableSortedMap(new TreeMap<>(namespaces));
    this.tables = Map.copyOf(tables);
    this.views = Map.copyOf(views);
    this.storages = Map.copyOf(storages);
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
    return new CatalogSnapshot(version, namespaces, byId, Map.of(), Map.of());
  }

  public long version() {
    return version;
  }

  /** The same under another version. */
  public CatalogSnapshot withVersion(long other) {
    return new CatalogSnapshot(other, namespaces, tables, views, storages);
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

  /** What a table has become, or the rows of all users of one; null if it has gone. */
  public @Nullable TableDefinition current(TableDefinition table) {
    TableDefinition stored = table(table.stored().number());
    return stored == null || table.partitioned() == null ? stored : stored.ofAllUsers();
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

  /**
   * What those of the role may know of; made once for each. A view that reads what they may not is
   * hidden with it, and so are namespaces from who is nobody in particular.
   */
  public CatalogSnapshot asSeenBy(Role role) {
    return role.includes(Role.DBA) ? this : asSeenBy.computeIfAbsent(role, this::restrictedTo);
  }

  private CatalogSnapshot restrictedTo(Role role) {
    Map<TableId, TableDefinition> visible = new HashMap<>(tables);
    visible.values().removeIf(table -> !isVisible(table, role));
    List<TableId> hidden = new ArrayList<>(tables.keySet());
    hidden.removeAll(visible.keySet());
    for (SystemTable table : SystemTable.values()) {
      if (!isVisible(table, role)) {
        hidden.add(table.definition().id());
      }
    }
    Map<TableId, ViewDefinition> visibleViews = new HashMap<>(views);
    viewsOver(hidden).forEach(view -> visibleViews.remove(view.id()));
    SortedMap<String, NamespaceId> visibleNamespaces = new TreeMap<>(namespaces);
    if (role == Role.ANONYMOUS) {
      Set<NamespaceId> used = new HashSet<>(Set.of(NamespaceId.DEFAULT));
      visible.keySet().forEach(id -> used.add(id.namespace()));
      visibleViews.keySet().forEach(id -> used.add(id.namespace()));
      visibleNamespaces.values().retainAll(used);
    }
    return new CatalogSnapshot(version, visibleNamespaces, visible, visibleViews, storages, role);
  }

  /** Whether a role may know of a stored table; it may read what it knows of. */
  public static boolean isVisible(TableDefinition table, Role role) {
    if (role.includes(Role.DBA)) {
      return true;
    }
    if (table.type().isPerUser()) {
      return role.includes(Role.USER);
    }
    String level = table.options().accessLevel();
    return role.includes(Role.SERVICE) ? !level.equals("DBA") : level.equals("PUBLIC");
  }

  private static boolean isVisible(SystemTable table, Role role) {
    return role.includes(Role.DBA) || (role.includes(Role.USER) && table.ownerColumn() >= 0);
  }

  /**
   * The system table of the name; null if there is none.
   *
   * @throws KalamException 42501 for a restricted role, whether there is none or it is not for it
   */
  public @Nullable TableDefinition systemTable(TableId id) {
    SystemTable table = SystemTable.of(id);
    if (viewer != null && (table == null || !isVisible(table, viewer))) {
      throw new KalamException(
          ErrorCode.INSUFFICIENT_PRIVILEGE, "permission denied for table " + id.name());
    }
    return table == null ? null : table.definition();
  }

  /** The system tables that can be read, by name. */
  public List<TableDefinition> systemTables() {
    return Arrays.stream(SystemTable.values())
        .filter(table -> viewer == null || isVisible(table, viewer))
        .map(SystemTable::definition)
        .sorted(Comparator.comparing(table -> table.id().name()))
        .toList();
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
    return new CatalogSnapshot(version + 1, changed, tables, views, storages);
  }

  /** Without the namespace and the tables and views in it. */
  public CatalogSnapshot withoutNamespace(NamespaceId id) {
    TreeMap<String, NamespaceId> changed = new TreeMap<>(namespaces);
    changed.remove(id.name());
    Map<TableId, TableDefinition> left = new HashMap<>(tables);
    left.keySet().removeIf(table -> table.namespace().equals(id));
    Map<TableId, ViewDefinition> leftViews = new HashMap<>(views);
    leftViews.keySet().removeIf(view -> view.namespace().equals(id));
    return new CatalogSnapshot(version + 1, changed, left, leftViews, storages);
  }

  /** With the table added, or in place of an earlier definition of the same name. */
  public CatalogSnapshot withTable(TableDefinition table) {
    Map<TableId, TableDefinition> changed = new HashMap<>(tables);
    changed.put(table.id(), table);
    return new CatalogSnapshot(version + 1, namespaces, changed, views, storages);
  }

  public CatalogSnapshot withoutTable(TableId id) {
    Map<TableId, TableDefinition> changed = new HashMap<>(tables);
    changed.remove(id);
    return new CatalogSnapshot(version + 1, namespaces, changed, views, storages);
  }

  public @Nullable ViewDefinition view(TableId id) {
    return views.get(id);
  }

  /** The views of a namespace by name. */
  public List<ViewDefinition> viewsIn(NamespaceId namespace) {
    return views.values().stream()
        .filter(view -> view.id().namespace().equals(namespace))
        .sorted(Comparator.comparing(view -> view.id().name()))
        .toList();
  }

  /** The views that read one of the tables and views, directly or through others, by name. */
  public List<ViewDefinition> viewsOver(Collection<TableId> read) {
    Set<TableId> below = new HashSet<>(read);
    List<ViewDefinition> over = new ArrayList<>();
    boolean more = true;
    while (more) {
      more = false;
      for (ViewDefinition view : views.values()) {
        if (!over.contains(view) && view.reads().stream().anyMatch(below::contains)) {
          over.add(view);
          below.add(view.id());
          more = true;
        }
      }
    }
    over.sort(Comparator.comparing(view -> view.id().toString()));
    return over;
  }

  /** With the view added, or in place of an earlier one of the same name. */
  public CatalogSnapshot withView(ViewDefinition view) {
    Map<TableId, ViewDefinition> changed = new HashMap<>(views);
    changed.put(view.id(), view);
    return new CatalogSnapshot(version + 1, namespaces, tables, changed, storages);
  }

  public CatalogSnapshot withoutView(TableId id) {
    Map<TableId, ViewDefinition> changed = new HashMap<>(views);
    changed.remove(id);
    return new CatalogSnapshot(version + 1, namespaces, tables, changed, storages);
  }

  /** The storages: the local one first, then by name. */
  public List<StorageDefinition> storages() {
    List<StorageDefinition> all = new ArrayList<>(storages.values());
    all.removeIf(StorageDefinition::isLocal);
    all.sort(Comparator.comparing(StorageDefinition::id));
    all.add(0, storages.getOrDefault(StorageDefinition.LOCAL_ID, StorageDefinition.LOCAL));
    return all;
  }

  /**
   * The storage of the name, or null.
   *
   * @param id null: the local one
   */
  public @Nullable StorageDefinition storage(@Nullable String id) {
    return id == null || id.equals(StorageDefinition.LOCAL_ID)
        ? storages.getOrDefault(StorageDefinition.LOCAL_ID, StorageDefinition.LOCAL)
        : storages.get(id);
  }

  /** With the storage added, or in place of an earlier one of the same name. */
  public CatalogSnapshot withStorage(StorageDefinition storage) {
    Map<String, StorageDefinition> changed = new HashMap<>(storages);
    changed.put(storage.id(), storage);
    return new CatalogSnapshot(version + 1, namespaces, tables, views, changed);
  }

  public CatalogSnapshot withoutStorage(String id) {
    Map<String, StorageDefinition> changed = new HashMap<>(storages);
    changed.remove(id);
    return new CatalogSnapshot(version + 1, namespaces, tables, views, changed);
  }
}
