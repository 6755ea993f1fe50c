package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.sql.parse.AlterAction;
import org.kalamdb.internal.sql.parse.CatalogStatement.AlterTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateIndex;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateNamespace;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.CreateView;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropIndex;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropNamespace;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropTable;
import org.kalamdb.internal.sql.parse.CatalogStatement.DropView;
import org.kalamdb.internal.sql.parse.CatalogStatement.Truncate;
import org.kalamdb.internal.sql.parse.CopyFromStatement;
import org.kalamdb.internal.sql.parse.CopyToStatement;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.ExplainStatement;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.MergeStatement;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUser;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUserStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.CheckDatabase;
import org.kalamdb.internal.sql.parse.OperationStatement.CreateStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.CreateUser;
import org.kalamdb.internal.sql.parse.OperationStatement.DropStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.DropUser;
import org.kalamdb.internal.sql.parse.OperationStatement.ExecuteAsUser;
import org.kalamdb.internal.sql.parse.OperationStatement.KillJob;
import org.kalamdb.internal.sql.parse.OperationStatement.KillLiveQuery;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCheck;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCompact;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageFlush;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.ShowStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.query.Result;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;

/**
 * One run of one statement of a session: says what kind it is and who may run it; what it means is
 * bound, planned and executed elsewhere.
 */
final class StatementRun extends SessionStatementRun {
  private final ParsedStatement parsed;
  private final @Nullable Object[] parameters;

  private StatementRun(
      Engine engine,
      EngineSession session,
      ParsedStatement parsed,
      @Nullable Object[] parameters,
      QueryExecutor queries) {
    super(engine, session, queries);
    this.parsed = parsed;
    this.parameters = parameters;
  }

  /** Carries out the statement. */
  static Result run(
      Engine engine,
      EngineSession session,
      ParsedStatement parsed,
      @Nullable Object[] parameters,
      QueryExecutor queries) {
    return parsed
        .statement()
        .accept(new StatementRun(engine, session, parsed, parameters, queries));
  }

  @Override
  public Result visitSelectStatement(SelectStatement statement) {
    return queries.query(parsed, parameters);
  }

  @Override
  public Result visitInsertStatement(InsertStatement statement) {
    if (statement.asUser() != null) {
      return runAsUser();
    }
    return queries.write(parsed, parameters);
  }

  @Override
  public Result visitUpdateStatement(UpdateStatement statement) {
    return queries.write(parsed, parameters);
  }

  @Override
  public Result visitDeleteStatement(DeleteStatement statement) {
    return queries.write(parsed, parameters);
  }

  @Override
  public Result visitMergeStatement(MergeStatement statement) {
    return queries.write(parsed, parameters);
  }

  @Override
  public Result visitCopyFromStatement(CopyFromStatement statement) {
    session.permissions().checkAdministration("COPY FROM");
    return ListResult.ofCount(new CopyExecutor(engine, session, queries).from(statement, parsed));
  }

  @Override
  public Result visitCopyToStatement(CopyToStatement statement) {
    session.permissions().checkAdministration("COPY TO");
    return ListResult.ofCount(new CopyExecutor(engine, session, queries).to(statement, parameters));
  }

  @Override
  public Result visitExplainStatement(ExplainStatement statement) {
    return new ExplainExecutor(engine, session, queries)
        .run(parsed, statement, parameters, () -> count(statement.statement()));
  }

  /** Carries out a statement and gives the number of rows. */
  private long count(Statement statement) {
    try (Result result = statement.accept(this)) {
      return result.updateCount() < 0 ? result.list().size() : result.updateCount();
    }
  }

  @Override
  public Result visitSubscribeStatement(SubscribeStatement statement) {
    throw statement
        .position()
        .error(ErrorCode.FEATURE_NOT_SUPPORTED, "SUBSCRIBE TO needs a listener")
        .withHint("Session.subscribe(sql, options, listener)");
  }

  /** A statement that makes or alters tables. */
  private void definition(String what) {
    session.permissions().checkDefinition(what);
    checkWritable(what);
  }

  /** A statement that drops them. */
  private void drop(String what) {
    session.permissions().checkAdministration(what);
    checkWritable(what);
  }

  private void checkWritable(String what) {
    SessionTransaction.checkWritable(session.currentOptions(), what);
  }

  private void administration(String what, Statement statement) {
    session.permissions().checkAdministration(what);
    checkOutsideTransaction(what, statement);
  }

  private void maintenance(String what, Statement statement) {
    session.permissions().checkMaintenance(what);
    checkOutsideTransaction(what, statement);
  }

  private void checkOutsideTransaction(String what, Statement statement) {
    if (session.transaction() != null) {
      throw statement
          .position()
          .error(ErrorCode.ACTIVE_TRANSACTION, what + " cannot run inside a transaction block");
    }
  }

  @Override
  public Result visitCreateNamespace(CreateNamespace statement) {
    administration("CREATE NAMESPACE", statement);
    checkWritable("CREATE NAMESPACE");
    engine.ddl().createNamespace(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitDropNamespace(DropNamespace statement) {
    administration("DROP NAMESPACE", statement);
    checkWritable("DROP NAMESPACE");
    engine.ddl().dropNamespace(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitCreateTable(CreateTable statement) {
    checkAccessLevel(statement.options());
    if (statement.query() != null) {
      definition("CREATE TABLE AS");
      return ListResult.ofCount(
          new CreateTableAs(engine, session, queries.cancel())
              .run(statement, statement.query(), parameters));
    }
    definition("CREATE TABLE");
    engine.ddl().createTable(statement, session);
    return ListResult.ofCount(0);
  }

  /** Whether the options name an access level, which the session may give then. */
  private boolean checkAccessLevel(List<Option> options) {
    boolean named = false;
    for (Option option : options) {
      if (option.name().equals("access_level")) {
        session.permissions().checkAccessLevel(option.text());
        named = true;
      }
    }
    return named;
  }

  /** Ends live queries of who may not read the table any more, at once or with COMMIT. */
  private void endUnreadable(ObjectName name) {
    SessionTransaction open = session.transaction();
    CatalogSnapshot catalog = open == null ? engine.currentCatalog() : open.catalog();
    TableDefinition table = catalog.table(session.path().idOf(name, catalog));
    if (table == null) {
      return;
    }
    if (open == null) {
      engine.endUnreadable(table.number());
    } else {
      open.stage(
          new CatalogStep(
              (before, batch) -> before, seq -> {}, seq -> engine.endUnreadable(table.number())));
    }
  }

  /** A table that the role cannot see is not there for it. */
  private void checkVisible(ObjectName name, boolean ifExists) {
    SessionTransaction open = session.transaction();
    CatalogSnapshot all = open == null ? engine.currentCatalog() : open.catalog();
    TableId id = session.path().idOf(name, all);
    boolean hidden = all.table(id) != null && session.permissions().view(all).table(id) == null;
    if (hidden && !ifExists) {
      throw name.position()
          .error(ErrorCode.UNDEFINED_TABLE, "relation \"" + name + "\" does not exist");
    }
  }

  @Override
  public Result visitDropTable(DropTable statement) {
    drop("DROP TABLE");
    engine.ddl().dropTables(statement, session);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitTruncate(Truncate statement) {
    session.permissions().checkWriting("TRUNCATE TABLE");
    checkWritable("TRUNCATE TABLE");
    new TruncateExecutor(engine, session, queries).run(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitAlterTable(AlterTable statement) {
    definition("ALTER TABLE");
    boolean levels = false;
    for (AlterAction action : statement.actions()) {
      if (action instanceof AlterAction.SetOptions set) {
        levels |= checkAccessLevel(set.options());
      }
    }
    checkVisible(statement.name(), statement.ifExists());
    engine.ddl().alterTable(statement, session, queries);
    if (levels) {
      endUnreadable(statement.name());
    }
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitCreateView(CreateView statement) {
    definition("CREATE VIEW");
    new ViewExecutor(engine).create(statement, session);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitCreateIndex(CreateIndex statement) {
    definition("CREATE INDEX");
    checkVisible(statement.table(), false);
    engine.ddl().createIndex(statement, session);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitDropView(DropView statement) {
    drop("DROP VIEW");
    new ViewExecutor(engine).drop(statement, session);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitDropIndex(DropIndex statement) {
    drop("DROP INDEX");
    engine.ddl().dropIndex(statement, session);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitCreateStorage(CreateStorage statement) {
    administration("CREATE STORAGE", statement);
    checkWritable("CREATE STORAGE");
    engine.storageExecutor().create(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitAlterStorage(AlterStorage statement) {
    administration("ALTER STORAGE", statement);
    checkWritable("ALTER STORAGE");
    engine.storageExecutor().alter(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitDropStorage(DropStorage statement) {
    administration("DROP STORAGE", statement);
    checkWritable("DROP STORAGE");
    engine.storageExecutor().drop(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitAlterUserStorage(AlterUserStorage statement) {
    administration("ALTER USER", statement);
    checkWritable("ALTER USER");
    engine.users().setStorage(statement);
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitCreateUser(CreateUser statement) {
    session.permissions().checkCreateUser(UserExecutor.roleOf(statement));
    checkOutsideTransaction("CREATE USER", statement);
    checkWritable("CREATE USER");
    engine.users().create(statement, session.permissions());
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitAlterUser(AlterUser statement) {
    administration("ALTER USER", statement);
    checkWritable("ALTER USER");
    engine.users().alter(statement, session.permissions());
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitDropUser(DropUser statement) {
    administration("DROP USER", statement);
    checkWritable("DROP USER");
    engine.users().drop(statement, session.permissions());
    return ListResult.ofCount(0);
  }

  @Override
  public Result visitExecuteAsUser(ExecuteAsUser statement) {
    return runAsUser();
  }

  private Result runAsUser() {
    ActingUser acting = Objects.requireNonNull(ActingUser.of(session, parsed));
    QueryExecutor own = new QueryExecutor(engine, acting.session(), queries.cancel());
    return run(engine, acting.session(), acting.statement(), parameters, own);
  }

  @Override
  public Result visitShowUsers(ShowStatement.ShowUsers statement) {
    session.permissions().checkAdministration("SHOW USERS");
    return ShowExecutor.system(SystemTable.USERS, engine.users().rows());
  }

  @Override
  public Result visitStorageCheck(StorageCheck statement) {
    administration("STORAGE CHECK", statement);
    return maintenance().check(statement);
  }

  @Override
  public Result visitShowStorages(ShowStatement.ShowStorages statement) {
    session.permissions().checkAdministration("SHOW STORAGES");
    StorageExecutor storages = engine.storageExecutor();
    Identifier id = statement.id();
    return ShowExecutor.system(
        SystemTable.STORAGES, id == null ? storages.rows() : storages.rows(id));
  }

  private ShowExecutor show() {
    SessionTransaction open = session.transaction();
    CatalogSnapshot catalog = open == null ? engine.currentCatalog() : open.catalog();
    return new ShowExecutor(session.permissions().view(catalog), session.path());
  }

  @Override
  public Result visitShowNamespaces(ShowStatement.ShowNamespaces statement) {
    return show().namespaces();
  }

  @Override
  public Result visitShowTables(ShowStatement.ShowTables statement) {
    return show().tables(statement.namespace());
  }

  @Override
  public Result visitShowColumns(ShowStatement.ShowColumns statement) {
    return show().describe(statement.table());
  }

  @Override
  public Result visitShowIndexes(ShowStatement.ShowIndexes statement) {
    return show().indexes(statement.table());
  }

  @Override
  public Result visitDescribeTable(ShowStatement.DescribeTable statement) {
    return statement.history()
        ? show().history(statement.table())
        : show().describe(statement.table());
  }

  @Override
  public Result visitShowCreateTable(ShowStatement.ShowCreateTable statement) {
    return show().createTable(statement.table());
  }

  @Override
  public Result visitShowStats(ShowStatement.ShowStats statement) {
    session.permissions().checkMaintenance("SHOW STATS");
    try (ReadView view = engine.pipeline().acquireView()) {
      return show().statistics(statement.table(), engine, view);
    }
  }

  @Override
  public Result visitShowSetting(ShowStatement.ShowSetting statement) {
    String value = at(statement, () -> session.settings().show(statement.name()));
    return new ShowExecutor.Listing().column(statement.name(), DataType.TEXT).row(value).result();
  }

  @Override
  public Result visitShowOptimizerPasses(ShowStatement.ShowOptimizerPasses statement) {
    ShowExecutor.Listing listing =
        new ShowExecutor.Listing()
            .column("position", DataType.INTEGER)
            .column("pass", DataType.TEXT)
            .column("enabled", DataType.BOOLEAN);
    int position = 0;
    for (String pass : engine.plans().optimizer().passNames()) {
      listing.row(++position, pass, !session.settings().disabledPasses().contains(pass));
    }
    return listing.result();
  }

  @Override
  public Result visitCheckDatabase(CheckDatabase statement) {
    administration("CHECK DATABASE", statement);
    CheckReport report = DatabaseChecker.check(engine, queries.cancel());
    ShowExecutor.Listing listing =
        new ShowExecutor.Listing().column("place", DataType.TEXT).column("problem", DataType.TEXT);
    report.problems().forEach(problem -> listing.row(problem.where(), problem.what()));
    return listing.result();
  }

  @Override
  public Result visitStorageFlush(StorageFlush statement) {
    maintenance("STORAGE FLUSH", statement);
    return maintenance().flush(statement);
  }

  @Override
  public Result visitStorageCompact(StorageCompact statement) {
    maintenance("STORAGE COMPACT", statement);
    return maintenance().compact(statement);
  }

  @Override
  public Result visitKillJob(KillJob statement) {
    administration("KILL JOB", statement);
    return maintenance().kill(statement);
  }

  @Override
  public Result visitShowJobs(ShowStatement.ShowJobs statement) {
    administration("SHOW JOBS", statement);
    return maintenance().jobs();
  }

  @Override
  public Result visitShowLiveQueries(ShowStatement.ShowLiveQueries statement) {
    return engine.liveQueryExecutor().show(session.viewer());
  }

  @Override
  public Result visitKillLiveQuery(KillLiveQuery statement) {
    return engine.liveQueryExecutor().kill(statement, session.viewer());
  }

  private MaintenanceExecutor maintenance() {
    return new MaintenanceExecutor(engine, show(), queries.cancel());
  }
}
