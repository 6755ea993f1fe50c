package org.kalamdb.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;

/**
 * JDBC's transaction modes on a session that knows BEGIN and COMMIT. With auto-commit off the
 * transaction begins with the first statement that reads or changes rows, so that a pooled
 * connection at rest holds no snapshot. Called under the connection's lock.
 */
final class ConnectionTransaction {
  /** Snapshot isolation. */
  static final int DEFAULT_ISOLATION = Connection.TRANSACTION_REPEATABLE_READ;

  private final Session session;
  private boolean autoCommit = true;
  private boolean readOnly;
  private int isolation = DEFAULT_ISOLATION;

  /** Numbers transactions, so that a savepoint of an earlier one is recognised. */
  private int transaction;

  private int savepoints;

  ConnectionTransaction(Session session) {
    this.session = session;
  }

  boolean autoCommit() {
    return autoCommit;
  }

  boolean readOnly() {
    return readOnly;
  }

  int isolation() {
    return isolation;
  }

  /**
   * Begins the transaction if the statement needs one; refuses a statement that read-only forbids.
   */
  void beforeStatement(SqlStatement statement) throws SQLException {
    if (readOnly && statement.writes()) {
      throw SqlErrors.of(
          ErrorCode.READ_ONLY_TRANSACTION,
          "cannot execute " + statement.verb() + " on a read-only connection");
    }
    if (!autoCommit && statement.belongsToTransaction()) {
      begin();
    }
  }

  private void begin() {
    if (session.inTransaction()) {
      return;
    }
    StringBuilder begin = new StringBuilder("BEGIN");
    if (isolation != DEFAULT_ISOLATION) {
      begin.append(" ISOLATION LEVEL ").append(sqlName(isolation).toUpperCase(Locale.ROOT));
    }
    if (readOnly) {
      begin.append(" READ ONLY");
    }
    session.execute(begin.toString());
    transaction++;
  }

  /** Turning it on commits an open transaction, as JDBC asks for. */
  void setAutoCommit(boolean autoCommit) {
    if (autoCommit && !this.autoCommit) {
      end("COMMIT");
    }
    this.autoCommit = autoCommit;
  }

  void setReadOnly(boolean readOnly) throws SQLException {
    if (readOnly != this.readOnly) {
      requireNoTransaction("read-only mode");
      // For what runs outside a transaction, and what no look at the text can tell.
      session.execute("SET default_transaction_read_only = " + (readOnly ? "on" : "off"));
      this.readOnly = readOnly;
    }
  }

  void setIsolation(int isolation) throws SQLException {
    if (!supports(isolation)) {
      throw SqlErrors.unsupported("Transaction isolation " + isolation);
    }
    if (isolation != this.isolation) {
      requireNoTransaction("isolation");
      session.execute("SET default_transaction_isolation = '" + sqlName(isolation) + "'");
      this.isolation = isolation;
    }
  }

  private static String sqlName(int isolation) {
    return switch (isolation) {
      case Connection.TRANSACTION_READ_COMMITTED -> "read committed";
      case Connection.TRANSACTION_SERIALIZABLE -> "serializable";
      default -> "repeatable read";
    };
  }

  static boolean supports(int isolation) {
    return isolation == Connection.TRANSACTION_READ_COMMITTED
        || isolation == Connection.TRANSACTION_REPEATABLE_READ
        || isolation == Connection.TRANSACTION_SERIALIZABLE;
  }

  private void requireNoTransaction(String what) throws SQLException {
    if (session.inTransaction()) {
      throw SqlErrors.of(
          ErrorCode.ACTIVE_TRANSACTION, "The " + what + " cannot change within a transaction");
    }
  }

  void commit() throws SQLException {
    requireManual("commit");
    end("COMMIT");
  }

  void rollback() throws SQLException {
    requireManual("roll back");
    end("ROLLBACK");
  }

  private void end(String command) {
    if (session.inTransaction()) {
      session.execute(command);
    }
  }

  Savepoint setSavepoint(@Nullable String name) throws SQLException {
    requireManual("set a savepoint");
    begin();
    int id = ++savepoints;
    String sqlName = name == null ? "savepoint_" + id : name;
    session.execute("SAVEPOINT " + Identifiers.quote(sqlName));
    return new KalamSavepoint(this, transaction, id, name, sqlName);
  }

  void rollbackTo(Savepoint savepoint) throws SQLException {
    requireManual("roll back");
    session.execute("ROLLBACK TO " + Identifiers.quote(own(savepoint).sqlName()));
  }

  void release(Savepoint savepoint) throws SQLException {
    requireManual("release a savepoint");
    KalamSavepoint own = own(savepoint);
    session.execute("RELEASE " + Identifiers.quote(own.sqlName()));
    own.release();
  }

  private KalamSavepoint own(Savepoint savepoint) throws SQLException {
    if (savepoint instanceof KalamSavepoint own
        && own.isValidIn(this, transaction)
        && session.inTransaction()) {
      return own;
    }
    throw SqlErrors.of(
        ErrorCode.INVALID_SAVEPOINT, "The savepoint does not belong to the open transaction");
  }

  private void requireManual(String action) throws SQLException {
    if (autoCommit) {
      throw SqlErrors.of(
          ErrorCode.NO_ACTIVE_TRANSACTION, "Cannot " + action + " while auto-commit is on");
    }
  }
}
