package org.kalamdb.internal.write;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.TableSchema;

/**
 * What a foreign key refers to: the primary key of its table, or a unique index.
 *
 * @param index null for the primary key
 */
public record ReferencedKey(@Nullable IndexDefinition index) {
  /** The key that a foreign key of some table refers to. */
  public static ReferencedKey of(TableDefinition referenced, ForeignKey key) {
    Set<Integer> columns = new HashSet<>(key.referenced());
    TableSchema schema = referenced.schema();
    List<Integer> primaryKey =
        schema.primaryKey().stream().map(position -> schema.column(position).id()).toList();
    if (columns.equals(new HashSet<>(primaryKey))) {
      return new ReferencedKey(null);
    }
    for (IndexDefinition index : referenced.constraints().indexes()) {
      if (index.unique() && columns.equals(new HashSet<>(index.columnIds()))) {
        return new ReferencedKey(index);
      }
    }
    throw new IllegalStateException(
        "Foreign key " + key.name() + " refers to no key of " + referenced.id());
  }
}
