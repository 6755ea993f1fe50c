package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.ForeignKey;
import org.kalamdb.internal.catalog.TableConstraints;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.parse.CatalogStatement.Truncate;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableId;

/**
 * TRUNCATE. The table goes on under a new number, and everything under the old one is dropped in
 * the same commit: whatever was on its way to the old rows, a flush or another transaction, finds
 * the table changed. Where somebody must see the rows go, which is in a transaction, in a user's
 * partition and under live queries, they are deleted one by one instead.
 */
final class TruncateExecutor {
  private final Engine engine;
  private final EngineSession session;
  private final QueryExecutor queries;

  TruncateExecutor(Engine engine, EngineSession session, QueryExecutor queries) {
    this.engine = engine;
    this.session = session;
    this.queries = queries;
  }

  void run(Truncate statement) {
    boolean all = session.userId() == null && session.role().includes(Role.DBA);
    if (session.transaction() == null && all && dropRows(statement)) {
      return;
    }
    deleteRows(statement);
  }

  /** False if live queries are open on a table: then nothing has happened. */
  private boolean dropRows(Truncate statement) {
    List<TableDefinition> truncated = new ArrayList<>();
    Map<TableDefinition, List<String>> files = new HashMap<>();
    boolean[] watched = new boolean[1];
    long seq =
        engine.commit(
            new CatalogChange(
                engine.pipeline(),
                (catalog, batch) -> {
                  Map<Integer, TableDefinition> tables = tables(statement, catalog);
                  watched[0] =
                      tables.keySet().stream()
                          .anyMatch(n -> engine.liveQueries().openSubscriptionsOn(n) > 0);
                  if (watched[0]) {
                    return catalog;
                  }
                  truncated.addAll(tables.values());
                  return renumbered(tables, files, catalog, batch);
                },
                at -> truncated.forEach(table -> engine.tables().cold().dropped(table, at))));
    engine.ddl().finishDrops(truncated, files, seq);
    return !watched[0];
  }

  private CatalogSnapshot renumbered(
      Map<Integer, TableDefinition> tables,
      Map<TableDefinition, List<String>> files,
      CatalogSnapshot catalog,
      KvWriteBatch batch) {
    int next = engine.ddl().nextTableNumbers(batch, tables.size());
    Map<Integer, Integer> numbers = new HashMap<>();
    for (TableDefinition table : tables.values()) {
      numbers.put(table.number(), next++);
    }
    CatalogSnapshot changed = catalog;
    for (TableDefinition table : tables.values()) {
      TableDefinition empty = withNumbers(table, numbers);
      batch.delete(KeyFamily.CATALOG, CatalogKeys.table(table.number()));
      engine.ddl().addDrop(batch, table, files);
      batch.put(KeyFamily.CATALOG, CatalogKeys.table(empty.number()), CatalogCodec.encode(empty));
      changed = changed.withTable(empty);
    }
    return changed;
  }

  /** The table, and the tables its foreign keys refer to, under other numbers. */
  static TableDefinition withNumbers(TableDefinition table, Map<Integer, Integer> numbers) {
    TableConstraints constraints = table.constraints();
    List<ForeignKey> keys =
        constraints.foreignKeys().stream()
            .map(
                key ->
                    new ForeignKey(
                        key.name(),
                        key.columns(),
                        numbers.getOrDefault(key.table(), key.table()),
                        key.referenced(),
                        key.onDelete(),
                        key.onUpdate(),
                        key.index(),
                        key.ready()))
            .toList();
    return new TableDefinition(
        numbers.getOrDefault(table.number(), table.number()),
        table.id(),
        table.type(),
        table.revision(),
        table.schemas(),
        new TableConstraints(
            constraints.primaryKey(),
            constraints.checks(),
            constraints.indexes(),
            keys,
            constraints.nextIndex()),
        table.options());
  }

  /** The tables by number: those named, and with CASCADE those whose rows refer to them. */
  private Map<Integer, TableDefinition> tables(Truncate statement, CatalogSnapshot catalog) {
    Map<Integer, TableDefinition> tables = new LinkedHashMap<>();
    for (ObjectName name : statement.names()) {
      TableDefinition table = named(name, catalog);
      if (statement.restartIdentity()) {
        refuseIdentity(name, table);
      }
      tables.put(table.number(), table);
    }
    List<TableDefinition> open = new ArrayList<>(tables.values());
    for (int i = 0; i < open.size(); i++) {
      for (CatalogSnapshot.Reference reference : catalog.references(open.get(i).number())) {
        TableDefinition referring = reference.table();
        if (tables.containsKey(referring.number())) {
          continue;
        }
        if (!statement.cascade()) {
          throw statement
              .position()
              .error(
                  ErrorCode.FEATURE_NOT_SUPPORTED,
                  "cannot truncate a table referenced in a foreign key constraint: \""
                      + referring.id().name()
                      + "\" refers to \""
                      + open.get(i).id().name()
                      + "\"")
              .withHint("Truncate both at once, or use TRUNCATE ... CASCADE.");
        }
        tables.put(referring.number(), referring);
        open.add(referring);
      }
    }
    return tables;
  }

  private TableDefinition named(ObjectName name, CatalogSnapshot catalog) {
    TableId id = session.path().idOf(name, catalog);
    TableDefinition table = catalog.table(id);
    if (table != null) {
      return table;
    }
    throw catalog.view(id) != null
        ? name.position().error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + name + "\" is not a table")
        : name.position()
            .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
  }

  private static void refuseIdentity(ObjectName name, TableDefinition table) {
    boolean numbered =
        table.schema().columns().stream()
            .anyMatch(column -> column.identity() != ColumnSchema.Identity.NONE);
    if (numbered) {
      throw name.position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "RESTART IDENTITY is not supported: numbers of \""
                  + table.id().name()
                  + "\" are never given twice");
    }
  }

  private void deleteRows(Truncate statement) {
    CatalogSnapshot catalog = session.permissions().view(catalogOf(session.transaction()));
    List<ParsedStatement> deletes = new ArrayList<>();
    for (TableDefinition table : tables(statement, catalog).values()) {
      deletes.add(deleteAll(table.id(), statement));
    }
    queries.writeAll(deletes);
  }

  private CatalogSnapshot catalogOf(@Nullable SessionTransaction transaction) {
    return transaction == null ? engine.currentCatalog() : transaction.catalog();
  }

  private static ParsedStatement deleteAll(TableId id, Truncate statement) {
    ObjectName name = new ObjectName(id.namespace().name(), id.name(), statement.position());
    DeleteStatement delete =
        new DeleteStatement(
            List.of(), false, name, null, List.of(), null, List.of(), statement.position());
    return new ParsedStatement(delete, "DELETE FROM " + id, 0, 0, 0);
  }
}
