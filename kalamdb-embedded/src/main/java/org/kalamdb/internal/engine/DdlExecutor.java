package org.kalamdb.internal.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogCodec;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.ddl.TableDefinitionBuilder;
import org.kalamdb.internal.sql.parse.CatalogStatement.AlterTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateIndex;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateNamespace;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropIndex;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropNamespace;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropTable;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableType;

/** CREATE and DROP of namespaces and tables, each one commit. Thread-safe. */
final class DdlExecutor {
  private final Engine engine;
  private final IndexExecutor indexes;
  private final AlterTableExecutor tables;
  private final ViewExecutor views;

  /** Held by statements that change a table in several commits. */
  private final ReentrantLock tableChanges = new ReentrantLock();

  DdlExecutor(Engine engine) {
    this.engine = engine;
    this.indexes = new IndexExecutor(engine);
    this.tables = new AlterTableExecutor(engine);
    this.views = new ViewExecutor(engine);
  }

  /**
   * @param queries runs a transaction where the statement takes one
   */
  void alterTable(AlterTable statement, EngineSession session, QueryExecutor queries) {
    SearchPath path = session.path();
    if (views.rename(statement, session)) {
      return;
    }
    SessionTransaction open = session.transaction();
    if (open != null) {
      new DraftedAlteration(engine, open).alter(statement, path);
      return;
    }
    changingTables(
        () -> {
          if (!tables.alter(statement, path)) {
            queries.inOwnTransaction(
                own -> new DraftedAlteration(engine, own).alter(statement, path));
          }
        });
  }

  void createIndex(CreateIndex statement, EngineSession session) {
    SessionTransaction open = session.transaction();
    if (open != null) {
      new DraftedAlteration(engine, open).createIndex(statement, session.path());
      return;
    }
    changingTables(() -> indexes.create(statement, session.path()));
  }

  void dropIndex(DropIndex statement, EngineSession session) {
    if (session.transaction() != null) {
      indexes.drop(statement, session);
      return;
    }
    changingTables(() -> indexes.drop(statement, session));
  }

  private void changingTables(Runnable change) {
    tableChanges.lock();
    try {
      change.run();
    } finally {
      tableChanges.unlock();
    }
  }

  void createNamespace(CreateNamespace statement) {
    if (!statement.options().isEmpty()) {
      throw statement
          .options()
          .get(0)
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "namespace option \""
                  + statement.options().get(0).name()
                  + "\" is not supported yet");
    }
    String name =
        located(
            statement.name().position(), () -> NameRules.checkNamespace(statement.name().name()));
    NamespaceId id = new NamespaceId(name);
    commit(
        (catalog, batch) -> {
          if (catalog.hasNamespace(id)) {
            if (statement.ifNotExists()) {
              return catalog;
            }
            throw statement
                .name()
                .position()
                .error(ErrorCode.DUPLICATE_SCHEMA, "namespace \"" + name + "\" already exists");
          }
          batch.put(KeyFamily.CATALOG, CatalogKeys.namespace(name), new byte[0]);
          return catalog.withNamespace(id);
        },
        seq -> {});
  }

  void dropNamespace(DropNamespace statement) {
    NamespaceId id = new NamespaceId(statement.name().name());
    Position position = statement.name().position();
    if (NameRules.isTemporary(id)) {
      throw position.error(
          ErrorCode.RESERVED_NAME, "namespace \"" + id + "\" goes with its session");
    }
    dropNamespace(id, statement.ifExists(), statement.cascade(), position);
  }

  /** Drops a namespace, if it is there, with all that is in it. */
  void dropTemporary(NamespaceId namespace) {
    dropNamespace(namespace, true, true, new Position(1, 1));
  }

  private void dropNamespace(NamespaceId id, boolean ifExists, boolean cascade, Position position) {
    if (id.equals(NamespaceId.DEFAULT)) {
      throw position.error(ErrorCode.RESERVED_NAME, "namespace \"default\" cannot be dropped");
    }
    List<TableDefinition> dropped = new ArrayList<>();
    Map<TableDefinition, List<String>> files = new HashMap<>();
    long seq =
        commit(
            (catalog, batch) -> {
              if (!catalog.hasNamespace(id)) {
                if (ifExists) {
                  return catalog;
                }
                throw position.error(
                    ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + id + "\" does not exist");
              }
              dropped.addAll(catalog.tablesIn(id));
              List<TableId> all = new ArrayList<>();
              dropped.forEach(table -> all.add(table.id()));
              catalog.viewsIn(id).forEach(view -> all.add(view.id()));
              if (!all.isEmpty() && !cascade) {
                throw position
                    .error(
                        ErrorCode.DEPENDENT_OBJECTS_EXIST,
                        "cannot drop namespace \""
                            + id
                            + "\": it holds "
                            + all.stream().map(TableId::name).collect(Collectors.joining(", ")))
                    .withHint("Use DROP NAMESPACE ... CASCADE to drop the tables too.");
              }
              batch.delete(KeyFamily.CATALOG, CatalogKeys.namespace(id.name()));
              catalog
                  .viewsIn(id)
                  .forEach(view -> batch.delete(KeyFamily.CATALOG, CatalogKeys.view(view.id())));
              for (TableDefinition table : dropped) {
                batch.delete(KeyFamily.CATALOG, CatalogKeys.table(table.number()));
                addDrop(batch, table, files);
              }
              return ViewExecutor.withoutViewsOver(all, "namespace", true, position, catalog, batch)
                  .withoutNamespace(id);
            },
            at -> dropped.forEach(table -> engine.tables().cold().dropped(table, at)));
    finishDrops(dropped, files, seq);
  }

  void createTable(CreateTable statement, EngineSession session) {
    TableId id = session.path().newId(statement.name());
    if (statement.type() != TableType.SHARED && id.namespace().equals(NamespaceId.DEFAULT)) {
      throw onlyShared(statement.name());
    }
    // In a transaction the table is built twice and must have its number before.
    int reserved = session.transaction() == null ? 0 : reserveTableNumber();
    CatalogStep.of(
            (before, batch) -> {
              CatalogSnapshot catalog = withTemporary(before, batch, id);
              if (isThere(statement, id, catalog)) {
                return catalog;
              }
              int number = reserved == 0 ? nextTableNumber(batch) : reserved;
              TableDefinition table = TableDefinitionBuilder.build(statement, id, number, catalog);
              batch.put(KeyFamily.CATALOG, CatalogKeys.table(number), CatalogCodec.encode(table));
              return ForeignKeyChanges.touchReferenced(catalog.withTable(table), batch, table);
            })
        .run(engine, session, "CREATE TABLE");
  }

  /** The catalog with the namespace that something temporary is to be made in. */
  static CatalogSnapshot withTemporary(
      CatalogSnapshot catalog, @Nullable KvWriteBatch batch, TableId id) {
    NamespaceId namespace = id.namespace();
    if (!NameRules.isTemporary(namespace) || catalog.hasNamespace(namespace)) {
      return catalog;
    }
    if (batch != null) {
      batch.put(KeyFamily.CATALOG, CatalogKeys.namespace(namespace.name()), new byte[0]);
    }
    return catalog.withNamespace(namespace);
  }

  /** Whether there is such a table and nothing is to be done; refuses what cannot be created. */
  static boolean isThere(CreateTable statement, TableId id, CatalogSnapshot catalog) {
    if (!catalog.hasNamespace(id.namespace())) {
      throw statement
          .name()
          .position()
          .error(
              ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + id.namespace() + "\" does not exist")
          .withHint("CREATE NAMESPACE " + id.namespace());
    }
    if (catalog.table(id) == null && catalog.view(id) == null) {
      return false;
    }
    if (statement.ifNotExists()) {
      return true;
    }
    throw statement
        .name()
        .position()
        .error(ErrorCode.DUPLICATE_TABLE, "relation \"" + id.name() + "\" already exists");
  }

  /** A number for a table that a later commit may create; numbers are never used twice. */
  int reserveTableNumber() {
    int[] number = new int[1];
    commit(
        (catalog, batch) -> {
          number[0] = nextTableNumber(batch);
          return catalog;
        },
        seq -> {});
    return number[0];
  }

  private static KalamException onlyShared(ObjectName name) {
    return name.position()
        .error(ErrorCode.INVALID_TABLE_DEFINITION, "namespace \"default\" holds only shared tables")
        .withHint("create a namespace for tables per user");
  }

  /** Read and raised under the commit lock, in the batch of the table it numbers. */
  private int nextTableNumber(KvWriteBatch batch) {
    return nextTableNumbers(batch, 1);
  }

  /** The first of so many numbers. */
  int nextTableNumbers(KvWriteBatch batch, int count) {
    KeyValueStore store = engine.store();
    byte[] stored = store.get(KeyFamily.CATALOG, CatalogKeys.NEXT_TABLE_NUMBER, null);
    int number = stored == null ? 1 : ByteBuffer.wrap(stored).getInt();
    batch.put(
        KeyFamily.CATALOG,
        CatalogKeys.NEXT_TABLE_NUMBER,
        ByteBuffer.allocate(4).putInt(Math.addExact(number, count)).array());
    return number;
  }

  void dropTables(DropTable statement, EngineSession session) {
    SearchPath path = session.path();
    List<TableDefinition> dropped = new ArrayList<>();
    Map<TableDefinition, List<String>> files = new HashMap<>();
    new CatalogStep(
            (catalog, batch) -> {
              dropped.clear();
              Set<Integer> going = new HashSet<>();
              for (ObjectName name : statement.names()) {
                TableDefinition table = catalog.table(path.idOf(name, catalog));
                if (table != null) {
                  going.add(table.number());
                }
              }
              CatalogSnapshot left = catalog;
              for (ObjectName name : statement.names()) {
                ViewExecutor.refuseView(name, left.view(path.idOf(name, left)));
                TableDefinition table = left.table(path.idOf(name, left));
                if (table == null) {
                  if (statement.ifExists()) {
                    continue;
                  }
                  throw name.position()
                      .error(ErrorCode.UNDEFINED_TABLE, "table \"" + name + "\" does not exist");
                }
                checkDroppable(statement, name, table);
                left =
                    ForeignKeyChanges.dropReferences(
                        left, batch, table, going, statement.force(), name.position());
                batch.delete(KeyFamily.CATALOG, CatalogKeys.table(table.number()));
                addDrop(batch, table, files);
                dropped.add(table);
                left = left.withoutTable(table.id());
              }
              return ViewExecutor.withoutViewsOver(
                  dropped.stream().map(TableDefinition::id).toList(),
                  "table",
                  statement.force(),
                  statement.position(),
                  left,
                  batch);
            },
            at -> dropped.forEach(table -> engine.tables().cold().dropped(table, at)),
            seq -> finishDrops(dropped, files, seq))
        .run(engine, session, "DROP TABLE");
  }

  void addDrop(
      KvWriteBatch batch, TableDefinition table, Map<TableDefinition, List<String>> files) {
    try (KvSnapshot newest = engine.store().snapshot()) {
      files.put(table, engine.tables().cold().filesOf(table, newest));
    }
    engine.tables().addDropTo(batch, table);
    engine.counters().remove(batch, table.number());
  }

  void finishDrops(
      List<TableDefinition> dropped, Map<TableDefinition, List<String>> files, long seq) {
    for (TableDefinition table : dropped) {
      engine.counters().removed(table.number());
      engine.tableDropped(table, files.getOrDefault(table, List.of()), seq);
    }
  }

  private void checkDroppable(DropTable statement, ObjectName name, TableDefinition table) {
    if (statement.type() != null && statement.type() != table.type()) {
      throw name.position()
          .error(
              ErrorCode.WRONG_OBJECT_TYPE,
              "\""
                  + name
                  + "\" is not a "
                  + statement.type().name().toLowerCase(java.util.Locale.ROOT)
                  + " table");
    }
    int open = engine.liveQueries().openSubscriptionsOn(table.number());
    if (open > 0 && !statement.force()) {
      throw name.position()
          .error(
              ErrorCode.OBJECT_IN_USE,
              "cannot drop table \""
                  + name
                  + "\": "
                  + open
                  + " live quer"
                  + (open == 1 ? "y is" : "ies are")
                  + " open on it")
          .withHint("Use DROP TABLE ... FORCE to end them.");
    }
  }

  private long commit(
      BiFunction<CatalogSnapshot, KvWriteBatch, CatalogSnapshot> change, LongConsumer afterwards) {
    return engine.commit(new CatalogChange(engine.pipeline(), change, afterwards));
  }

  private static <T> T located(Position position, java.util.function.Supplier<T> check) {
    try {
      return check.get();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }
}
