package org.kalamdb.internal.engine;

import java.util.List;
import java.util.function.Supplier;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.SessionStatement;
import org.kalamdb.internal.sql.parse.SessionStatement.Begin;
import org.kalamdb.internal.sql.parse.SessionStatement.Commit;
import org.kalamdb.internal.sql.parse.SessionStatement.IsolationLevel;
import org.kalamdb.internal.sql.parse.SessionStatement.Rollback;
import org.kalamdb.internal.sql.parse.SessionStatement.RollbackToSavepoint;
import org.kalamdb.internal.sql.parse.SessionStatement.SetStatement;
import org.kalamdb.internal.sql.parse.SessionStatement.UseNamespace;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.query.Result;

/** One run of one statement about the session itself: its settings and its transaction. */
abstract class SessionStatementRun extends RefusingVisitor<Result> {
  final Engine engine;
  final EngineSession session;
  final QueryExecutor queries;

  SessionStatementRun(Engine engine, EngineSession session, QueryExecutor queries) {
    this.engine = engine;
    this.session = session;
    this.queries = queries;
  }

  /** Adds the statement's place to errors that do not know it. */
  final <T> T at(Statement statement, Supplier<T> action) {
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
                ErrorCode.IN_FAILED_TRANSACTION, "the transaction is aborted and was rolled back");
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
}
