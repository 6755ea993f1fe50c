package org.kalamdb.internal.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.ddl.ConstraintBuilder;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateIndex;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropIndex;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.storage.hot.IndexStore;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.internal.write.ReferencedKey;
import org.kalamdb.schema.NamespaceId;

/** CREATE INDEX and DROP INDEX; called by one thread at a time. */
final class IndexExecutor {
  private final Engine engine;

  IndexExecutor(Engine engine) {
    this.engine = engine;
  }

  void create(CreateIndex statement, SearchPath path) {
    Created created = new Created();
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> addIndex(statement, path, catalog, batch, created),
            seq -> {}));
    TableDefinition table = created.table;
    if (table != null && !table.constraints().isReady()) {
      new TableCompletion(engine, table).run();
    }
  }

  private static final class Created {
    private @Nullable TableDefinition table;
  }

  private static CatalogSnapshot addIndex(
      CreateIndex statement,
      SearchPath path,
      CatalogSnapshot catalog,
      KvWriteBatch batch,
      Created created) {
    TableDefinition changed = withIndex(statement, path, catalog);
    if (changed == null) {
      return catalog;
    }
    created.table = changed;
    return ForeignKeyChanges.put(catalog, batch, changed);
  }

  /** The table with the index; null if there is one of that name and that is no error. */
  static @Nullable TableDefinition withIndex(
      CreateIndex statement, SearchPath path, CatalogSnapshot catalog) {
    TableDefinition table = catalog.table(path.idOf(statement.table(), catalog));
    if (table == null) {
      throw statement
          .table()
          .position()
          .error(
              ErrorCode.UNDEFINED_TABLE, "relation \"" + statement.table() + "\" does not exist");
    }
    Identifier name = statement.name();
    if (statement.ifNotExists()
        && name != null
        && catalog.tableOfIndex(table.id().namespace(), name.name()) != null) {
      return null;
    }
    ConstraintBuilder builder = new ConstraintBuilder(catalog, table, false);
    builder.add(statement.index(), statement.unique());
    return table.withConstraints(builder.finish());
  }

  void drop(DropIndex statement, EngineSession session) {
    SearchPath path = session.path();
    CatalogStep.of(
            (catalog, batch) -> {
              CatalogSnapshot left = catalog;
              for (ObjectName name : statement.names()) {
                left = dropIndex(statement, name, path, left, batch);
              }
              return left;
            })
        .run(engine, session, "DROP INDEX");
  }

  private static CatalogSnapshot dropIndex(
      DropIndex statement,
      ObjectName name,
      SearchPath path,
      CatalogSnapshot catalog,
      KvWriteBatch batch) {
    NamespaceId namespace = path.namespaceOfIndex(name, catalog);
    TableDefinition table = catalog.tableOfIndex(namespace, name.name());
    if (table == null) {
      if (statement.ifExists()) {
        return catalog;
      }
      throw name.position()
          .error(ErrorCode.UNDEFINED_OBJECT, "index \"" + name + "\" does not exist");
    }
    IndexDefinition index = table.constraints().index(name.name());
    if (index == null) {
      throw new IllegalStateException("The index has gone");
    }
    String needed = neededBy(catalog, table, index);
    if (needed != null) {
      throw name.position()
          .error(
              ErrorCode.DEPENDENT_OBJECTS_EXIST,
              "cannot drop index " + index.name() + " because " + needed + " requires it")
          .withHint("You can drop the constraint instead.");
    }
    List<IndexDefinition> left =
        table.constraints().indexes().stream().filter(other -> !other.equals(index)).toList();
    TableDefinition changed = table.withConstraints(table.constraints().withIndexes(left));
    IndexStore.addDropTo(batch, table.number(), index.number());
    return ForeignKeyChanges.put(catalog, batch, changed);
  }

  /** The constraint that cannot do without the index, or null. */
  static @Nullable String neededBy(
      CatalogSnapshot catalog, TableDefinition table, IndexDefinition index) {
    if (index.origin() == IndexDefinition.Origin.UNIQUE_CONSTRAINT) {
      return "constraint " + index.name() + " on table " + table.id().name();
    }
    for (ForeignKey key : table.constraints().foreignKeys()) {
      if (key.index() == index.number()) {
        return "constraint " + key.name() + " on table " + table.id().name();
      }
    }
    for (Reference reference : catalog.references(table.number())) {
      if (refersBy(reference.key(), table, index)) {
        return "constraint "
            + reference.key().name()
            + " on table "
            + reference.table().id().name();
      }
    }
    return null;
  }

  /** Whether a foreign key refers to columns that only this index keeps unique. */
  private static boolean refersBy(ForeignKey key, TableDefinition table, IndexDefinition index) {
    ReferencedKey referenced = ReferencedKey.of(table, key);
    return referenced.index() != null && referenced.index().number() == index.number();
  }
}
