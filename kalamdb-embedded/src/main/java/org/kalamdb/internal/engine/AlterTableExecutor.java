package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.CatalogSnapshot.Reference;
import org.kalamdb.internal.catalog.CheckConstraint;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.ddl.ConstraintBuilder;
import org.kalamdb.internal.sql.ddl.TableAlteration;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.CatalogStatement.AlterTable;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.TableConstraint;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableId;

/**
 * ALTER TABLE outside a transaction, of one action that leaves rows as they lie; called by one
 * thread at a time. Most actions are one commit that changes the definition; writers that were
 * under way are told to begin again. What has to look at every row is completed while writers go
 * on.
 */
final class AlterTableExecutor {
  /** Options that say where segments are. */
  private static final Set<String> STORAGE_OPTIONS = Set.of("storage_id", "use_user_storage");

  private final Engine engine;

  AlterTableExecutor(Engine engine) {
    this.engine = engine;
  }

  /**
   * Alters the table in commits of its own.
   *
   * @return false if it takes a transaction: then nothing has happened
   */
  boolean alter(AlterTable statement, SearchPath path) {
    List<AlterAction> actions = statement.actions();
    AlterAction first = actions.get(0);
    CatalogSnapshot now = engine.currentCatalog();
    TableId id = path.idOf(statement.name(), now);
    TableDefinition altered = now.table(id);
    if (altered != null
        && !TableAlteration.isInPlace(now, altered, first, new TableRows(engine, altered, null))) {
      return false;
    }
    if (actions.size() == 1 && looksAtRows(first)) {
      if (first instanceof AlterAction.SetNotNull set) {
        setNotNull(statement, id, set);
      } else {
        addConstraint(statement, id, first);
      }
      return true;
    }
    // One action may rely on what another before it made.
    if (actions.size() > 1) {
      return false;
    }
    change(statement, id, (catalog, table) -> changed(first, catalog, table));
    return true;
  }

  static boolean looksAtRows(AlterAction action) {
    return action instanceof AlterAction.AddConstraint
        || action instanceof AlterAction.AddIndex
        || (action instanceof AlterAction.SetNotNull set && set.notNull());
  }

  /** Whether it is told to whom it may concern even if it changes nothing: a move was killed. */
  static boolean namesStorage(AlterAction action) {
    return action instanceof AlterAction.SetOptions set
        && set.options().stream().anyMatch(option -> STORAGE_OPTIONS.contains(option.name()));
  }

  /** A change of the definition under the commit lock. */
  private interface Change {
    TableDefinition apply(CatalogSnapshot catalog, TableDefinition table);
  }

  /** Commits the change and returns the definition it made; null if there is no such table. */
  private @Nullable TableDefinition change(AlterTable statement, TableId id, Change change) {
    @Nullable TableDefinition[] made = new @Nullable TableDefinition[1];
    @Nullable TableDefinition[] was = new @Nullable TableDefinition[1];
    engine.commit(
        new CatalogChange(
            engine.pipeline(),
            (catalog, batch) -> {
              TableDefinition table = catalog.table(id);
              if (table == null) {
                if (statement.ifExists()) {
                  return catalog;
                }
                throw statement
                    .name()
                    .position()
                    .error(
                        ErrorCode.UNDEFINED_TABLE,
                        "relation \"" + statement.name() + "\" does not exist");
              }
              TableDefinition changed = change.apply(catalog, table);
              made[0] = changed;
              was[0] = table;
              if (changed.equals(table) && !namesStorage(statement.actions().get(0))) {
                return catalog;
              }
              CatalogSnapshot next = replaced(catalog, batch, table, changed);
              AlteredViews.check(catalog, next, table, statement.name().position());
              return next;
            },
            seq -> {}));
    engine.streams().altered(was[0], made[0]);
    return made[0];
  }

  /** The catalog with the altered table, and with what goes with columns that have gone. */
  static CatalogSnapshot replaced(
      CatalogSnapshot catalog, KvWriteBatch batch, TableDefinition before, TableDefinition after) {
    if (catalog.storage(after.options().storageId()) == null) {
      throw new KalamException(
          ErrorCode.UNDEFINED_OBJECT,
          "storage \"" + after.options().storageId() + "\" does not exist");
    }
    TableCompletion.dropMissingIndexes(batch, before, after);
    CatalogSnapshot left =
        before.id().equals(after.id()) ? catalog : catalog.withoutTable(before.id());
    CatalogSnapshot next = ForeignKeyChanges.put(left, batch, after);
    return ForeignKeyChanges.touchReferenced(dropLost(next, batch, after), batch, after);
  }

  /** Takes away foreign keys of other tables that refer to columns which have gone. */
  private static CatalogSnapshot dropLost(
      CatalogSnapshot catalog, KvWriteBatch batch, TableDefinition table) {
    CatalogSnapshot left = catalog;
    for (Reference reference : catalog.references(table.number())) {
      ForeignKey key = reference.key();
      boolean lost = key.referenced().stream().anyMatch(c -> table.schema().positionOf(c) < 0);
      TableDefinition referring = left.table(reference.table().number());
      if (lost && referring != null) {
        left = ForeignKeyChanges.put(left, batch, ForeignKeyChanges.without(referring, key, batch));
      }
    }
    return left;
  }

  private TableDefinition changed(
      AlterAction action, CatalogSnapshot catalog, TableDefinition table) {
    return TableAlteration.apply(catalog, table, action, new TableRows(engine, table, null));
  }

  // ---- what looks at all rows

  private void addConstraint(AlterTable statement, TableId id, AlterAction action) {
    boolean foreignKey =
        action instanceof AlterAction.AddConstraint add
            && add.constraint() instanceof TableConstraint.ForeignKey;
    if (foreignKey) {
      // Whoever deletes a referenced row must find all that refer to it: the index comes first.
      complete(
          change(
              statement,
              id,
              (catalog, table) -> {
                TableConstraints all = with(action, catalog, table);
                boolean hasIndex = all.indexes().equals(table.constraints().indexes());
                return hasIndex
                    ? table
                    : table.withConstraints(table.constraints().withIndexes(all.indexes()));
              }));
    }
    complete(
        change(
            statement,
            id,
            (catalog, table) -> table.withConstraints(with(action, catalog, table))));
  }

  static TableConstraints with(AlterAction action, CatalogSnapshot catalog, TableDefinition table) {
    ConstraintBuilder builder = new ConstraintBuilder(catalog, table, false);
    if (action instanceof AlterAction.AddConstraint add) {
      builder.add(add.constraint());
    } else if (action instanceof AlterAction.AddIndex add) {
      builder.add(add.index(), false);
    }
    return builder.finish();
  }

  private void complete(@Nullable TableDefinition table) {
    if (table != null && !table.constraints().isReady()) {
      new TableCompletion(engine, table).run();
    }
  }

  /** A CHECK for the time of looking at the rows there are, NOT NULL afterwards. */
  private void setNotNull(AlterTable statement, TableId id, AlterAction.SetNotNull set) {
    Identifier name = set.column();
    String check = id.name() + "_" + name.name() + "_not_null";
    TableDefinition added =
        change(
            statement,
            id,
            (catalog, table) -> {
              int position = table.schema().indexOf(name.name());
              if (position < 0 || position >= table.schema().visibleColumns()) {
                throw name.position()
                    .error(
                        ErrorCode.UNDEFINED_COLUMN,
                        "column \""
                            + name.name()
                            + "\" of relation \""
                            + id.name()
                            + "\" does not exist");
              }
              ColumnSchema column = table.schema().column(position);
              if (!column.nullable()) {
                return table;
              }
              String sql = '"' + column.name().replace("\"", "\"\"") + "\" IS NOT NULL";
              return table.withConstraints(
                  table
                      .constraints()
                      .plus(new CheckConstraint(check, sql, List.of(column.id()), false)));
            });
    if (added == null || added.constraints().isReady()) {
      return;
    }
    try {
      new TableCompletion(engine, added)
          .run(
              table ->
                  TableAlteration.withNullable(
                      table.withConstraints(
                          table
                              .constraints()
                              .withChecks(
                                  table.constraints().checks().stream()
                                      .filter(other -> !other.name().equals(check))
                                      .toList())),
                      name,
                      false));
    } catch (KalamException e) {
      throw e.code() == ErrorCode.CHECK_VIOLATION
          ? TableAlteration.containsNulls(added, name.name(), name.position())
          : e;
    }
  }
}
