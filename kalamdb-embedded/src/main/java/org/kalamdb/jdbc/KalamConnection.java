package org.kalamdb.jdbc;

import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;

/**
 * A connection: one handle on the database and one session. Threads may share it; a call waits for
 * the one that runs. Statements and result sets use its lock.
 */
final class KalamConnection extends AbstractConnection {
  /** Something done with the session. */
  interface Call<T> {
    T run() throws SQLException;
  }

  /** Something done with the session that has no result. */
  interface Action {
    void run() throws SQLException;
  }

  private final KalamUrl url;
  private final Database database;
  private final Session session;
  private final ConnectionTransaction transaction;
  private final Set<AbstractStatement> statements =
      Collections.newSetFromMap(new IdentityHashMap<>());
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;

  /** True once database and session have been given back; under the lock. */
  private boolean released;

  private KalamConnection(KalamUrl url, Database database, Session session) {
    this.url = url;
    this.database = database;
    this.session = session;
    this.transaction = new ConnectionTransaction(session);
  }

  /** Opens the database and a session in it; leaves nothing open when that fails. */
  static KalamConnection open(KalamUrl url, Database.Opener opener) throws SQLException {
    try {
      Database database = opener.open(url);
      try {
        Session session = database.session(url.user());
        return begun(url, database, session);
      } catch (RuntimeException | SQLException e) {
        closeAfter(e, database);
        throw e;
      }
    } catch (RuntimeException e) {
      throw SqlErrors.of(e);
    }
  }

  /** With what the URL asks of the session. */
  private static KalamConnection begun(KalamUrl url, Database database, Session session)
      throws SQLException {
    try {
      if (url.namespace() != null) {
        session.useNamespace(url.namespace());
      }
      if (url.durability() != null) {
        session.execute("SET durability = '" + url.durability() + "'");
      }
      KalamConnection connection = new KalamConnection(url, database, session);
      connection.transaction.setIsolation(url.isolation());
      connection.transaction.setReadOnly(url.readOnly());
      return connection;
    } catch (RuntimeException | SQLException e) {
      session.close();
      throw e;
    }
  }

  private static void closeAfter(Exception failure, Database database) {
    try {
      database.close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  // The lock, and what runs under it.

  void enter() {
    lock.lock();
  }

  void leave() {
    lock.unlock();
  }

  /** Runs with the session under the lock; failures come out as {@link SQLException}. */
  <T> T call(Call<T> call) throws SQLException {
    lock.lock();
    try {
      checkOpen();
      return call.run();
    } catch (RuntimeException e) {
      throw SqlErrors.of(e);
    } finally {
      lock.unlock();
    }
  }

  void run(Action action) throws SQLException {
    call(
        () -> {
          action.run();
          return Boolean.TRUE;
        });
  }

  Session session() {
    return session;
  }

  CatalogQueries catalog() {
    return new CatalogQueries(session);
  }

  ConnectionTransaction transaction() {
    return transaction;
  }

  KalamUrl url() {
    return url;
  }

  void forget(AbstractStatement statement) {
    statements.remove(statement);
  }

  private <S extends AbstractStatement> S opened(S statement) {
    statements.add(statement);
    return statement;
  }

  @Override
  void checkOpen() throws SQLException {
    if (closed) {
      throw SqlErrors.closed("connection");
    }
  }

  @Override
  public Object delegate() {
    return session;
  }

  // Statements.

  @Override
  public Statement createStatement() throws SQLException {
    return call(() -> opened(new KalamStatement(this)));
  }

  @Override
  public Statement createStatement(int type, int concurrency, int holdability) throws SQLException {
    requireForwardReadOnly(type, concurrency, holdability);
    return createStatement();
  }

  @Override
  public PreparedStatement prepareStatement(String sql, int type, int concurrency, int holdability)
      throws SQLException {
    requireForwardReadOnly(type, concurrency, holdability);
    return prepareStatement(sql);
  }

  private static void requireForwardReadOnly(int type, int concurrency, int holdability)
      throws SQLException {
    if (type != ResultSet.TYPE_FORWARD_ONLY) {
      throw SqlErrors.unsupported("A result set other than TYPE_FORWARD_ONLY");
    }
    if (concurrency != ResultSet.CONCUR_READ_ONLY) {
      throw SqlErrors.unsupported("A result set other than CONCUR_READ_ONLY");
    }
    requireCloseAtCommit(holdability);
  }

  private static void requireCloseAtCommit(int holdability) throws SQLException {
    if (holdability != ResultSet.CLOSE_CURSORS_AT_COMMIT) {
      throw SqlErrors.unsupported("A result set that is held over commit");
    }
  }

  @Override
  PreparedStatement prepare(String sql, GeneratedKeys keys) throws SQLException {
    Objects.requireNonNull(sql, "sql");
    return call(() -> opened(KalamPreparedStatement.prepare(this, sql, keys)));
  }

  // Transactions.

  @Override
  public void setAutoCommit(boolean autoCommit) throws SQLException {
    run(
        () -> {
          if (autoCommit && !transaction.autoCommit()) {
            closeResults();
          }
          transaction.setAutoCommit(autoCommit);
        });
  }

  @Override
  public boolean getAutoCommit() throws SQLException {
    return call(transaction::autoCommit);
  }

  @Override
  public void commit() throws SQLException {
    run(
        () -> {
          closeResults();
          transaction.commit();
        });
  }

  @Override
  public void rollback() throws SQLException {
    run(
        () -> {
          closeResults();
          transaction.rollback();
        });
  }

  @Override
  public Savepoint setSavepoint() throws SQLException {
    return call(() -> transaction.setSavepoint(null));
  }

  @Override
  public Savepoint setSavepoint(String name) throws SQLException {
    Objects.requireNonNull(name, "name");
    return call(() -> transaction.setSavepoint(name));
  }

  @Override
  public void rollback(Savepoint savepoint) throws SQLException {
    run(() -> transaction.rollbackTo(savepoint));
  }

  @Override
  public void releaseSavepoint(Savepoint savepoint) throws SQLException {
    run(() -> transaction.release(savepoint));
  }

  @Override
  public void setReadOnly(boolean readOnly) throws SQLException {
    run(() -> transaction.setReadOnly(readOnly));
  }

  @Override
  public boolean isReadOnly() throws SQLException {
    return call(transaction::readOnly);
  }

  @Override
  public void setTransactionIsolation(int level) throws SQLException {
    run(() -> transaction.setIsolation(level));
  }

  @Override
  public int getTransactionIsolation() throws SQLException {
    return call(transaction::isolation);
  }

  @Override
  public void setHoldability(int holdability) throws SQLException {
    checkOpen();
    requireCloseAtCommit(holdability);
  }

  @Override
  public int getHoldability() throws SQLException {
    checkOpen();
    return ResultSet.CLOSE_CURSORS_AT_COMMIT;
  }

  // Names.

  @Override
  public void setSchema(String schema) throws SQLException {
    Objects.requireNonNull(schema, "schema");
    run(() -> session.useNamespace(schema));
  }

  @Override
  public String getSchema() throws SQLException {
    return call(session::namespace);
  }

  @Override
  public String nativeSQL(String sql) throws SQLException {
    checkOpen();
    return EscapeSyntax.translate(sql);
  }

  @Override
  public DatabaseMetaData getMetaData() throws SQLException {
    checkOpen();
    return new KalamDatabaseMetaData(this);
  }

  // Life and death.

  /** Asks the database for a row, unless a transaction is open: that one shall not notice. */
  @Override
  public boolean isValid(int timeout) throws SQLException {
    if (timeout < 0) {
      throw SqlErrors.of(ErrorCode.INVALID_PARAMETER_VALUE, "The timeout is negative: " + timeout);
    }
    if (closed) {
      return false;
    }
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      return session.inTransaction() || session.query("SELECT 1").list().size() == 1;
    } catch (RuntimeException e) {
      addWarning(new SQLWarning("The connection is not valid: " + e.getMessage(), e));
      return false;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Refuses further use at once, and closes on the executor when the running call, if any, has
   * ended.
   */
  @Override
  public void abort(Executor executor) throws SQLException {
    Objects.requireNonNull(executor, "executor");
    closed = true;
    executor.execute(this::release);
  }

  /** Rolls back an open transaction, closes statements, session and handle. Idempotent. */
  @Override
  public void close() throws SQLException {
    closed = true;
    try {
      release();
    } catch (RuntimeException e) {
      throw SqlErrors.of(e);
    }
  }

  private void release() {
    lock.lock();
    try {
      if (released) {
        return;
      }
      released = true;
      List<AutoCloseable> parts = new ArrayList<>(statements);
      parts.add(session);
      parts.add(database::close);
      statements.clear();
      closeAll(parts);
    } finally {
      lock.unlock();
    }
  }

  private static void closeAll(List<AutoCloseable> parts) {
    RuntimeException first = null;
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (Exception e) {
        if (first == null) {
          first = e instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void closeResults() throws SQLException {
    for (AbstractStatement statement : List.copyOf(statements)) {
      statement.closeResults();
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }
}
