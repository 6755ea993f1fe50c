package org.kalamdb.internal.sql.bind;

import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;

/**
 * Where a session finds tables and views: names without a namespace among its temporary ones, then
 * in its namespace. What is temporary in other sessions it does not find.
 *
 * @param current the session's namespace
 * @param temporary the namespace of its temporary tables, which need not exist; null: none
 */
public record SearchPath(NamespaceId current, @Nullable NamespaceId temporary) {
  /** How SQL names the namespace of a session's own temporary tables. */
  private static final NamespaceId OWN = new NamespaceId("pg_temp");

  /** Where the query of a view finds tables: temporary ones only if the view is so itself. */
  public static SearchPath of(ViewDefinition view) {
    NamespaceId own = view.id().namespace();
    return new SearchPath(view.namespace(), NameRules.isTemporary(own) ? own : null);
  }

  /** The table, view or what is to be one. */
  public TableId idOf(ObjectName name, CatalogSnapshot catalog) {
    NamespaceId own = temporary;
    if (name.namespace() == null && own != null && catalog.hasNamespace(own)) {
      TableId id = new TableId(own, name.name());
      if (catalog.table(id) != null || catalog.view(id) != null) {
        return id;
      }
    }
    return newId(name);
  }

  /** The table or view that is to be made. */
  public TableId newId(ObjectName name) {
    return new TableId(namespaceOf(name), name.name());
  }

  /** The namespace in which to look for an index. */
  public NamespaceId namespaceOfIndex(ObjectName name, CatalogSnapshot catalog) {
    NamespaceId own = temporary;
    return name.namespace() == null && own != null && catalog.tableOfIndex(own, name.name()) != null
        ? own
        : namespaceOf(name);
  }

  private NamespaceId namespaceOf(ObjectName name) {
    String written = name.namespace();
    if (written == null) {
      return current;
    }
    NamespaceId namespace = new NamespaceId(written);
    if (namespace.equals(OWN)) {
      return temporary == null ? OWN : temporary;
    }
    // There is no namespace of the short name, so what belongs to others does not exist.
    return NameRules.isTemporary(namespace) && !namespace.equals(temporary) ? OWN : namespace;
  }
}
