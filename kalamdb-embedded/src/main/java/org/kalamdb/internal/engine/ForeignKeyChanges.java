package org.kalamdb.internal.engine;

import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/** What making and dropping tables and foreign keys means for the tables at the other end. */
final class ForeignKeyChanges {
  private ForeignKeyChanges() {}

  /** The catalog with the definition, which the batch stores. */
  static CatalogSnapshot put(CatalogSnapshot catalog, KvWriteBatch batch, TableDefinition table) {
    batch.put(KeyFamily.CATALOG, CatalogKeys.table(table.number()), CatalogCodec.encode(table));
    return catalog.withTable(table);
  }

  /**
   * Gives the tables that a table refers to a new revision: whoever deletes from them must know of
   * the foreign key.
   */
  static CatalogSnapshot touchReferenced(
      CatalogSnapshot catalog, KvWriteBatch batch, TableDefinition table) {
    CatalogSnapshot touched = catalog;
    for (ForeignKey key : table.constraints().foreignKeys()) {
      TableDefinition target = touched.table(key.table());
      if (target != null && target.number() != table.number()) {
        touched = put(touched, batch, target.nextRevision());
      }
    }
    return touched;
  }

  /**
   * Takes away the foreign keys that refer to a table which is dropped.
   *
   * @param going numbers of all tables that are dropped
   * @param cascade whether foreign keys of tables that stay may be taken away
   */
  static CatalogSnapshot dropReferences(
      CatalogSnapshot catalog,
      KvWriteBatch batch,
      TableDefinition table,
      Set<Integer> going,
      boolean cascade,
      Position position) {
    CatalogSnapshot left = catalog;
    for (Reference reference : catalog.references(table.number())) {
      TableDefinition referring = left.table(reference.table().number());
      if (referring == null || going.contains(referring.number())) {
        continue;
      }
      if (!cascade) {
        throw position
            .error(
                ErrorCode.DEPENDENT_OBJECTS_EXIST,
                "cannot drop table "
                    + table.id().name()
                    + " because other objects depend on it: constraint "
                    + reference.key().name()
                    + " on table "
                    + referring.id().name())
            .withHint("Use DROP ... CASCADE to drop the dependent objects too.");
      }
      left = put(left, batch, without(referring, reference.key(), batch));
    }
    return left;
  }

  /** The table without the foreign key; entries of an index that goes with it are deleted. */
  static TableDefinition without(TableDefinition table, ForeignKey key, KvWriteBatch batch) {
    TableDefinition changed =
        table.withConstraints(
            table
                .constraints()
                .without(
                    table.constraints().foreignKeys().stream()
                        .filter(other -> other.name().equals(key.name()))
                        .findFirst()
                        .orElse(key)));
    TableCompletion.dropMissingIndexes(batch, table, changed);
    return changed;
  }
}
