package org.kalamdb.internal.engine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogKeys;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.NameRules;
import org.kalamdb.internal.catalog.ViewCodec;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.expr.FunctionRegistry;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.sql.bind.Binder;
import org.kalamdb.internal.sql.bind.BindingContext;
import org.kalamdb.internal.sql.bind.SearchPath;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.CatalogStatement.AlterTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateView;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropView;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.UserId;

/** CREATE and DROP VIEW, each one commit. Thread-safe. */
final class ViewExecutor {
  /** A view may read partitions of users, whoever creates it. */
  static final UserId ANY_USER = new UserId("any");

  private final Engine engine;

  ViewExecutor(Engine engine) {
    this.engine = engine;
  }

  void create(CreateView statement, EngineSession session) {
    CatalogStep.of(
            (before, batch) -> {
              CatalogSnapshot catalog = before;
              ViewDefinition view = define(statement, catalog, session);
              catalog = DdlExecutor.withTemporary(catalog, batch, view.id());
              check(statement, view, catalog);
              batch.put(KeyFamily.CATALOG, CatalogKeys.view(view.id()), ViewCodec.encode(view));
              return catalog.withView(view);
            })
        .run(engine, session, "CREATE VIEW");
  }

  private static ViewDefinition define(
      CreateView statement, CatalogSnapshot catalog, EngineSession session) {
    SearchPath path = session.path();
    TableId id = path.newId(statement.name());
    located(statement.name().position(), () -> NameRules.checkTable(statement.name().name()));
    Binder.BoundView bound =
        new Binder(
                catalog,
                FunctionRegistry.instance(),
                new BindingContext(path, ANY_USER, session.role()))
            .bindView(statement.query());
    List<Identifier> renamed = statement.columns();
    if (renamed.size() > bound.columns().size()) {
      throw renamed
          .get(bound.columns().size())
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "CREATE VIEW specifies more column names than columns");
    }
    List<ViewDefinition.Column> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < bound.columns().size(); i++) {
      PlanColumn column = bound.columns().get(i);
      String name = i < renamed.size() ? renamed.get(i).name() : column.name();
      if (!names.add(name)) {
        throw statement
            .position()
            .error(ErrorCode.DUPLICATE_COLUMN, "column \"" + name + "\" specified more than once");
      }
      boolean open = column.type().kind() == DataType.Kind.UNKNOWN;
      columns.add(
          new ViewDefinition.Column(name, column.name(), open ? DataType.TEXT : column.type()));
    }
    NamespaceId own = path.temporary();
    if (own != null && bound.reads().stream().anyMatch(read -> read.namespace().equals(own))) {
      // It cannot outlive what it reads.
      id = new TableId(own, id.name());
    }
    return new ViewDefinition(id, path.current(), columns, statement.sql(), bound.reads());
  }

  private static void check(CreateView statement, ViewDefinition view, CatalogSnapshot catalog) {
    Position position = statement.name().position();
    TableId id = view.id();
    if (!catalog.hasNamespace(id.namespace())) {
      throw position.error(
          ErrorCode.INVALID_SCHEMA_NAME, "namespace \"" + id.namespace() + "\" does not exist");
    }
    if (catalog.table(id) != null) {
      throw statement.orReplace()
          ? position.error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + id.name() + "\" is not a view")
          : taken(position, id);
    }
    ViewDefinition earlier = catalog.view(id);
    if (earlier == null) {
      return;
    }
    if (!statement.orReplace()) {
      throw taken(position, id);
    }
    checkReplaces(position, earlier, view);
    Set<TableId> over = new HashSet<>(Set.of(id));
    catalog.viewsOver(Set.of(id)).forEach(other -> over.add(other.id()));
    if (view.reads().stream().anyMatch(over::contains)) {
      throw position.error(
          ErrorCode.INVALID_OBJECT_DEFINITION,
          "infinite recursion detected in view \"" + id.name() + "\"");
    }
  }

  private static KalamException taken(Position position, TableId id) {
    return position.error(
        ErrorCode.DUPLICATE_TABLE, "relation \"" + id.name() + "\" already exists");
  }

  /** The columns there were must stay; others may follow them. */
  private static void checkReplaces(
      Position position, ViewDefinition earlier, ViewDefinition view) {
    if (view.columns().size() < earlier.columns().size()) {
      throw position.error(ErrorCode.INVALID_TABLE_DEFINITION, "cannot drop columns from view");
    }
    for (int i = 0; i < earlier.columns().size(); i++) {
      ViewDefinition.Column was = earlier.columns().get(i);
      ViewDefinition.Column is = view.columns().get(i);
      if (!was.name().equals(is.name())) {
        throw position.error(
            ErrorCode.INVALID_TABLE_DEFINITION,
            "cannot change name of view column \"" + was.name() + "\" to \"" + is.name() + "\"");
      }
      if (!was.type().equals(is.type())) {
        throw position.error(
            ErrorCode.INVALID_TABLE_DEFINITION,
            "cannot change data type of view column \""
                + was.name()
                + "\" from "
                + TypeRules.sqlName(was.type())
                + " to "
                + TypeRules.sqlName(is.type()));
      }
    }
  }

  /**
   * ALTER VIEW or ALTER TABLE ... RENAME TO of a view.
   *
   * @return false if it is not about a view
   */
  boolean rename(AlterTable statement, EngineSession session) {
    SessionTransaction open = session.transaction();
    CatalogSnapshot now = open == null ? engine.currentCatalog() : open.catalog();
    TableId id = session.path().idOf(statement.name(), now);
    if (now.view(id) == null) {
      return false;
    }
    Position place = statement.name().position();
    if (!(statement.actions().size() == 1
        && statement.actions().get(0) instanceof AlterAction.RenameTable rename)) {
      throw place
          .error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + id.name() + "\" is not a table")
          .withHint("Of a view only the name can be altered.");
    }
    Identifier name = rename.newName();
    located(name.position(), () -> NameRules.checkTable(name.name()));
    CatalogStep.of((catalog, batch) -> renamed(id, name, place, catalog, batch))
        .run(engine, session, "ALTER VIEW");
    return true;
  }

  private static CatalogSnapshot renamed(
      TableId id, Identifier name, Position place, CatalogSnapshot catalog, KvWriteBatch batch) {
    ViewDefinition view = catalog.view(id);
    if (view == null) {
      throw place.error(ErrorCode.UNDEFINED_TABLE, "relation \"" + id.name() + "\" does not exist");
    }
    TableId other = new TableId(id.namespace(), name.name());
    if (catalog.table(other) != null
        || catalog.view(other) != null
        || catalog.tableOfIndex(other.namespace(), other.name()) != null) {
      throw taken(name.position(), other);
    }
    List<ViewDefinition> over = catalog.viewsOver(Set.of(id));
    if (!over.isEmpty()) {
      throw place
          .error(
              ErrorCode.DEPENDENT_OBJECTS_EXIST,
              "cannot rename view " + id.name() + " because view " + over.get(0).id() + " reads it")
          .withHint("Drop that view first and create it again.");
    }
    ViewDefinition renamed =
        new ViewDefinition(other, view.namespace(), view.columns(), view.sql(), view.reads());
    batch.delete(KeyFamily.CATALOG, CatalogKeys.view(id));
    batch.put(KeyFamily.CATALOG, CatalogKeys.view(other), ViewCodec.encode(renamed));
    return catalog.withoutView(id).withView(renamed);
  }

  void drop(DropView statement, EngineSession session) {
    SearchPath path = session.path();
    CatalogStep.of((catalog, batch) -> dropped(statement, path, catalog, batch))
        .run(engine, session, "DROP VIEW");
  }

  private static CatalogSnapshot dropped(
      DropView statement, SearchPath path, CatalogSnapshot catalog, KvWriteBatch batch) {
    Set<TableId> ids = new HashSet<>();
    for (ObjectName name : statement.names()) {
      TableId id = path.idOf(name, catalog);
      if (catalog.table(id) != null) {
        throw name.position()
            .error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + name + "\" is not a view")
            .withHint("Use DROP TABLE to remove a table.");
      }
      if (catalog.view(id) != null) {
        ids.add(id);
      } else if (!statement.ifExists()) {
        throw name.position()
            .error(ErrorCode.UNDEFINED_TABLE, "view \"" + name + "\" does not exist");
      }
    }
    CatalogSnapshot left =
        withoutViewsOver(ids, "view", statement.cascade(), statement.position(), catalog, batch);
    for (TableId id : ids) {
      batch.delete(KeyFamily.CATALOG, CatalogKeys.view(id));
      left = left.withoutView(id);
    }
    return left;
  }

  /**
   * Drops the views that read what is about to be dropped, or refuses.
   *
   * @param what the kind of the dropped things, for the error
   */
  static CatalogSnapshot withoutViewsOver(
      Collection<TableId> dropped,
      String what,
      boolean cascade,
      Position position,
      CatalogSnapshot catalog,
      KvWriteBatch batch) {
    List<ViewDefinition> over =
        catalog.viewsOver(dropped).stream().filter(v -> !dropped.contains(v.id())).toList();
    if (!over.isEmpty() && !cascade) {
      throw position
          .error(
              ErrorCode.DEPENDENT_OBJECTS_EXIST,
              "cannot drop "
                  + what
                  + " "
                  + dropped.stream().map(TableId::name).sorted().collect(Collectors.joining(", "))
                  + " because other objects depend on it: "
                  + over.stream()
                      .map(view -> "view " + view.id())
                      .collect(Collectors.joining(", ")))
          .withHint("Use DROP ... CASCADE to drop the dependent objects too.");
    }
    CatalogSnapshot left = catalog;
    for (ViewDefinition view : over) {
      batch.delete(KeyFamily.CATALOG, CatalogKeys.view(view.id()));
      left = left.withoutView(view.id());
    }
    return left;
  }

  /** Refuses a name that is a view's where a table's is asked for. */
  static void refuseView(ObjectName name, @Nullable ViewDefinition view) {
    if (view != null) {
      throw name.position()
          .error(ErrorCode.WRONG_OBJECT_TYPE, "\"" + name + "\" is not a table")
          .withHint("Use DROP VIEW to remove a view.");
    }
  }

  private static void located(Position position, Runnable check) {
    try {
      check.run();
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }
}
