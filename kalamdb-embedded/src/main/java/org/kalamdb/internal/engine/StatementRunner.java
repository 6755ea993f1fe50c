package org.kalamdb.internal.engine;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.CheckReport;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.exec.CancelToken;
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
import org.kalamdb.internal.sql.parse.OperationStatement.AlterStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.AlterUserStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.CheckDatabase;
import org.kalamdb.internal.sql.parse.OperationStatement.CreateStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.DropStorage;
import org.kalamdb.internal.sql.parse.OperationStatement.KillJob;
import org.kalamdb.internal.sql.parse.OperationStatement.KillLiveQuery;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCheck;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageCompact;
import org.kalamdb.internal.sql.parse.OperationStatement.StorageFlush;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SessionStatement;
import org.kalamdb.internal.sql.parse.SessionStatement.Begin;
import org.kalamdb.internal.sql.parse.SessionStatement.Commit;
import org.kalamdb.internal.sql.parse.SessionStatement.IsolationLevel;
import org.kalamdb.internal.sql.parse.SessionStatement.Rollback;
import org.kalamdb.internal.sql.parse.SessionStatement.RollbackToSavepoint;
import org.kalamdb.internal.sql.parse.SessionStatement.SetStatement;
import org.kalamdb.internal.sql.parse.SessionStatement.UseNamespace;
import org.kalamdb.internal.sql.parse.ShowStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.SubscribeStatement;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.txn.ReadView;
import org.kalamdb.live.ChangeListener;
import org.kalamdb.live.Subscription;
import org.kalamdb.live.SubscriptionOptions;
import org.kalamdb.query.Result;
import org.kalamdb.schema.DataType;

/**
 * Runs one parsed statement of a session: says what kind it is, who may run it, and which
 * transaction it belongs to; what it means is bound, planned and executed elsewhere.
 */
final class StatementRunner {
  private final Engine engine;
  private final EngineSession session;

  StatementRunner(Engine engine, EngineSession session) {
    this.engine = engine;
    this.session = session;
  }

  /** Runs the statement; inside a transaction, an error spoils the transaction. */
  Result run(ParsedStatement statement, @Nullable Object... parameters) {
    return guarded(
        statement,
        queries -> statement.statement().accept(new Visitor(statement, parameters, queries)));
  }

  /** Runs a writing statement once per row of parameters, all in one transaction. */
  long[] runBatch(ParsedStatement statement, List<@Nullable Object[]> rows) {
    return guarded(statement, queries -> queries.writeBatch(statement, rows));
  }

  private <T> T guarded(ParsedStatement statement, Function<QueryExecutor, T> action) {
    session.checkOpen();
    SessionTransaction open = session.transaction();
    boolean ends =
        statement.statement() instanceof Commit || statement.statement() instanceof Rollback;
    if (open != null) {
      if (!ends && !(statement.statement() instanceof RollbackToSavepoint)) {
        open.checkUsable();
      }
      if (!(statement.statement() instanceof Rollback)) {
        beginUse(open);
      }
    }
    try {
      return entered(statement, open, action);
    } finally {
      if (open != null) {
        open.endUse();
      }
    }
  }

  /** Whether the statement reads or writes, in distinction to those about the session. */
  private static boolean isQuery(Statement statement) {
    return !(statement instanceof SessionStatement) && !(statement instanceof ShowStatement);
  }

  /** An expired transaction says so once, and is over. */
  private void beginUse(SessionTransaction open) {
    try {
      open.beginUse();
    } catch (KalamException e) {
      session.abandon();
      throw e;
    }
  }

  private <T> T entered(
      ParsedStatement statement,
      @Nullable SessionTransaction open,
      Function<QueryExecutor, T> action) {
    engine.enter();
    CancelToken cancel = session.statements().begin();
    boolean streams = false;
    try {
      if (open != null && !(statement.statement() instanceof Rollback)) {
        checkSameStorage(open, statement.statement());
      }
      if (open != null && isQuery(statement.statement())) {
        open.noteUse();
        open.refresh(engine.tables());
      }
      T result = action.apply(new QueryExecutor(engine, session, cancel));
      streams = result instanceof OperatorResult;
      return result;
    } catch (RuntimeException | Error e) {
      if (open != null) {
        open.markFailed();
      }
      throw e;
    } finally {
      if (streams) {
        cancel.pause(); // goes on with each fetch, and ends with the result
      } else {
        session.statements().end(cancel);
      }
      engine.exit();
    }
  }

  /** A transaction that outlived its storage fails, and is over if this was to be its end. */
  private void checkSameStorage(SessionTransaction open, Statement statement) {
    try {
      engine.checkSame(open.storage());
    } catch (KalamException e) {
      if (statement instanceof Commit) {
        session.abandon();
      }
      throw e;
    }
  }

  /** Tells what statements take and return, without running them. */
  QueryExecutor queries() {
    session.checkOpen();
    return new QueryExecutor(engine, session, engine.shutdown());
  }

  Subscription subscribe(
      ParsedStatement statement,
      SubscriptionOptions options,
      ChangeListener listener,
      @Nullable Object[] parameters) {
    Objects.requireNonNull(options, "options");
    Objects.requireNonNull(listener, "listener");
    engine.enter();
    try {
      return engine.subscribe(session, statement, options, listener, parameters);
    } finally {
      engine.exit();
    }
  }

  /** One run of one statement. */
  private final class Visitor extends RefusingVisitor<Result> {
    private final ParsedStatement parsed;
    private final @Nullable Object[] parameters;
    private final QueryExecutor queries;

    Visitor(ParsedStatement parsed, @Nullable Object[] parameters, QueryExecutor queries) {
      this.queries = queries;
      this.parsed = parsed;
      this.parameters = parameters;
    }

    @Override
    public Result visitSelectStatement(SelectStatement statement) {
      return queries.query(parsed, parameters);
    }

    @Override
    public Result visitInsertStatement(InsertStatement statement) {
      if (statement.asUser() != null) {
        throw statement
            .position()
            .error(ErrorCode.FEATURE_NOT_SUPPORTED, "INSERT ... AS USER is not supported yet")
            .withHint("db.session(user) writes in the user's partitions");
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
      session.role().checkAdministration("COPY FROM");
      return ListResult.ofCount(new CopyExecutor(engine, session, queries).from(statement, parsed));
    }

    @Override
    public Result visitCopyToStatement(CopyToStatement statement) {
      session.role().checkAdministration("COPY TO");
      return ListResult.ofCount(
          new CopyExecutor(engine, session, queries).to(statement, parameters));
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

    /** A statement that changes the catalog. */
    private void definition(String what) {
      session.role().checkAdministration(what);
      checkWritable(what);
    }

    private void checkWritable(String what) {
      SessionTransaction.checkWritable(session.currentOptions(), what);
    }

    private void administration(String what, Statement statement) {
      session.role().checkAdministration(what);
      if (session.transaction() != null) {
        throw statement
            .position()
            .error(ErrorCode.ACTIVE_TRANSACTION, what + " cannot run inside a transaction block");
      }
    }

    @Override
    public Result visitCreateNamespace(CreateNamespace statement) {
      definition("CREATE NAMESPACE");
      administration("CREATE NAMESPACE", statement);
      engine.ddl().createNamespace(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitDropNamespace(DropNamespace statement) {
      definition("DROP NAMESPACE");
      administration("DROP NAMESPACE", statement);
      engine.ddl().dropNamespace(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitCreateTable(CreateTable statement) {
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

    @Override
    public Result visitDropTable(DropTable statement) {
      definition("DROP TABLE");
      engine.ddl().dropTables(statement, session);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitTruncate(Truncate statement) {
      checkWritable("TRUNCATE TABLE");
      new TruncateExecutor(engine, session, queries).run(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitAlterTable(AlterTable statement) {
      definition("ALTER TABLE");
      engine.ddl().alterTable(statement, session, queries);
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
      engine.ddl().createIndex(statement, session);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitDropView(DropView statement) {
      definition("DROP VIEW");
      new ViewExecutor(engine).drop(statement, session);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitDropIndex(DropIndex statement) {
      definition("DROP INDEX");
      engine.ddl().dropIndex(statement, session);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitCreateStorage(CreateStorage statement) {
      definition("CREATE STORAGE");
      administration("CREATE STORAGE", statement);
      engine.storageExecutor().create(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitAlterStorage(AlterStorage statement) {
      definition("ALTER STORAGE");
      administration("ALTER STORAGE", statement);
      engine.storageExecutor().alter(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitDropStorage(DropStorage statement) {
      definition("DROP STORAGE");
      administration("DROP STORAGE", statement);
      engine.storageExecutor().drop(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitAlterUserStorage(AlterUserStorage statement) {
      definition("ALTER USER");
      administration("ALTER USER", statement);
      engine.users().setStorage(statement);
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitShowUsers(ShowStatement.ShowUsers statement) {
      session.role().checkAdministration("SHOW USERS");
      return ShowExecutor.system(SystemTable.USERS, engine.users().rows());
    }

    @Override
    public Result visitStorageCheck(StorageCheck statement) {
      administration("STORAGE CHECK", statement);
      return maintenance().check(statement);
    }

    @Override
    public Result visitShowStorages(ShowStatement.ShowStorages statement) {
      session.role().checkAdministration("SHOW STORAGES");
      StorageExecutor storages = engine.storageExecutor();
      Identifier id = statement.id();
      return ShowExecutor.system(
          SystemTable.STORAGES, id == null ? storages.rows() : storages.rows(id));
    }

    private ShowExecutor show() {
      SessionTransaction open = session.transaction();
      CatalogSnapshot catalog = open == null ? engine.currentCatalog() : open.catalog();
      return new ShowExecutor(session.role().view(catalog), session.path());
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
      session.role().checkAdministration("SHOW STATS");
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

    /** Adds the statement's place to errors that do not know it. */
    private <T> T at(Statement statement, Supplier<T> action) {
      try {
        return action.get();
      } catch (KalamException e) {
        throw e.at(statement.position().line(), statement.position().column());
      }
    }

    @Override
    public Result visitUseNamespace(UseNamespace statement) {
      use(statement.namespace().name(), statement);
      return ListResult.ofCount(0);
    }

    private void use(String namespace, Statement statement) {
      at(
          statement,
          () -> {
            session.useNamespace(namespace);
            return namespace;
          });
    }

    @Override
    public Result visitSetStatement(SetStatement statement) {
      if (statement.local()) {
        throw statement
            .position()
            .error(ErrorCode.FEATURE_NOT_SUPPORTED, "SET LOCAL is not supported");
      }
      return set(statement, statement.name(), statement.values());
    }

    @Override
    public Result visitResetStatement(SessionStatement.ResetStatement statement) {
      if (statement.name().equals("all")) {
        session.settings().resetAll();
        return ListResult.ofCount(0);
      }
      return set(statement, statement.name(), List.of());
    }

    private Result set(Statement statement, String name, List<String> values) {
      return at(
          statement,
          () -> {
            session.settings().set(name, values);
            return ListResult.ofCount(0);
          });
    }

    @Override
    public Result visitBegin(Begin statement) {
      at(
          statement,
          () -> {
            session.open(session.settings().transactionOptions(statement));
            return statement;
          });
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitCommit(Commit statement) {
      try (SessionTransaction transaction = taken(statement)) {
        if (transaction.isFailed()) {
          throw statement
              .position()
              .error(
                  ErrorCode.IN_FAILED_TRANSACTION,
                  "the transaction is aborted and was rolled back");
        }
        queries.commit(transaction);
      }
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitRollback(Rollback statement) {
      taken(statement).close();
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitSavepoint(SessionStatement.Savepoint statement) {
      open(statement).savepoint(statement.name().name());
      return ListResult.ofCount(0);
    }

    @Override
    public Result visitRollbackToSavepoint(RollbackToSavepoint statement) {
      return at(
          statement,
          () -> {
            open(statement).rollbackTo(statement.name().name());
            return ListResult.ofCount(0);
          });
    }

    @Override
    public Result visitReleaseSavepoint(SessionStatement.ReleaseSavepoint statement) {
      return at(
          statement,
          () -> {
            open(statement).releaseSavepoint(statement.name().name());
            return ListResult.ofCount(0);
          });
    }

    @Override
    public Result visitSetTransaction(SessionStatement.SetTransaction statement) {
      return at(
          statement,
          () -> {
            IsolationLevel level = statement.isolation();
            session.changeTransaction(
                level == null ? null : SessionSettings.isolation(level), statement.readOnly());
            return ListResult.ofCount(0);
          });
    }

    private SessionTransaction open(SessionStatement statement) {
      SessionTransaction open = session.transaction();
      if (open == null) {
        throw statement
            .position()
            .error(ErrorCode.NO_ACTIVE_TRANSACTION, "there is no transaction in progress");
      }
      return open;
    }

    private SessionTransaction taken(SessionStatement statement) {
      SessionTransaction transaction = session.takeTransaction();
      if (transaction == null) {
        throw statement
            .position()
            .error(ErrorCode.NO_ACTIVE_TRANSACTION, "there is no transaction in progress");
      }
      return transaction;
    }

    @Override
    public Result visitCheckDatabase(CheckDatabase statement) {
      administration("CHECK DATABASE", statement);
      CheckReport report = DatabaseChecker.check(engine, queries.cancel());
      ShowExecutor.Listing listing =
          new ShowExecutor.Listing()
              .column("place", DataType.TEXT)
              .column("problem", DataType.TEXT);
      report.problems().forEach(problem -> listing.row(problem.where(), problem.what()));
      return listing.result();
    }

    @Override
    public Result visitStorageFlush(StorageFlush statement) {
      administration("STORAGE FLUSH", statement);
      return maintenance().flush(statement);
    }

    @Override
    public Result visitStorageCompact(StorageCompact statement) {
      administration("STORAGE COMPACT", statement);
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
      return engine.liveQueryExecutor().show(session.userId());
    }

    @Override
    public Result visitKillLiveQuery(KillLiveQuery statement) {
      return engine.liveQueryExecutor().kill(statement, session.userId());
    }

    private MaintenanceExecutor maintenance() {
      return new MaintenanceExecutor(engine, show(), queries.cancel());
    }
  }
}
