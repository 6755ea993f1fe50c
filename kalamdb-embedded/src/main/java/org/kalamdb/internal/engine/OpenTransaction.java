package org.kalamdb.internal.engine;

import org.kalamdb.Transaction;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.ParsedStatement;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.SessionStatement;

/** A session's transaction as an application holds it; what it does are the statements of SQL. */
final class OpenTransaction implements Transaction {
  private final EngineSession session;
  private final StatementRunner runner;
  private final long number;

  OpenTransaction(EngineSession session, StatementRunner runner) {
    this.session = session;
    this.runner = runner;
    this.number = session.transactions();
  }

  private void run(SessionStatement statement, String text) {
    if (!isOpen()) {
      throw new KalamException(ErrorCode.NO_ACTIVE_TRANSACTION, "the transaction has ended");
    }
    runner.run(new ParsedStatement(statement, text, 0, 0, 0)).close();
  }

  private static Identifier named(String name) {
    return new Identifier(name, Position.START);
  }

  @Override
  public void commit() {
    run(new SessionStatement.Commit(Position.START), "COMMIT");
  }

  @Override
  public void rollback() {
    run(new SessionStatement.Rollback(Position.START), "ROLLBACK");
  }

  @Override
  public void savepoint(String name) {
    run(new SessionStatement.Savepoint(named(name), Position.START), "SAVEPOINT");
  }

  @Override
  public void rollbackTo(String savepoint) {
    run(new SessionStatement.RollbackToSavepoint(named(savepoint), Position.START), "ROLLBACK TO");
  }

  @Override
  public void release(String savepoint) {
    run(new SessionStatement.ReleaseSavepoint(named(savepoint), Position.START), "RELEASE");
  }

  @Override
  public boolean isOpen() {
    return session.transaction() != null && session.transactions() == number;
  }

  @Override
  public void close() {
    if (isOpen()) {
      session.abandon();
    }
  }
}
