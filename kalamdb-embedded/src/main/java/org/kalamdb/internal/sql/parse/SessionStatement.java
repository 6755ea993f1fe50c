package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statements that steer a session: its namespace, settings and transaction. */
public sealed interface SessionStatement extends Statement {
  record UseNamespace(Identifier namespace, Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitUseNamespace(this);
    }
  }

  /**
   * {@code SET [SESSION|LOCAL] name {=|TO} value, ...}.
   *
   * @param name lower case
   * @param values texts of strings, numbers and words; empty for DEFAULT
   * @param local only for the current transaction
   */
  record SetStatement(String name, List<String> values, boolean local, Position position)
      implements SessionStatement {
    public SetStatement {
      values = List.copyOf(values);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitSetStatement(this);
    }
  }

  /** RESET name, or RESET ALL with name {@code all}. */
  record ResetStatement(String name, Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitResetStatement(this);
    }
  }

  /** BEGIN or START TRANSACTION; what was not written is null. */
  record Begin(@Nullable IsolationLevel isolation, @Nullable Boolean readOnly, Position position)
      implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitBegin(this);
    }
  }

  record Commit(Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCommit(this);
    }
  }

  record Rollback(Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitRollback(this);
    }
  }

  record Savepoint(Identifier name, Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitSavepoint(this);
    }
  }

  record RollbackToSavepoint(Identifier name, Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitRollbackToSavepoint(this);
    }
  }

  record ReleaseSavepoint(Identifier name, Position position) implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitReleaseSavepoint(this);
    }
  }

  /** SET TRANSACTION: changes the modes of the transaction that is open. */
  record SetTransaction(
      @Nullable IsolationLevel isolation, @Nullable Boolean readOnly, Position position)
      implements SessionStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitSetTransaction(this);
    }
  }

  /** Isolation levels as written; READ UNCOMMITTED is read as READ COMMITTED, as in PostgreSQL. */
  enum IsolationLevel {
    READ_COMMITTED,
    REPEATABLE_READ,
    SERIALIZABLE
  }
}
