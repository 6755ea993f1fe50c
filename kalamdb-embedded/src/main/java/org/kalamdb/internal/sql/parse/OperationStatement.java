package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Statements about users, storages, jobs, backups and live queries. */
public sealed interface OperationStatement extends Statement {
  /** CREATE USER; what was not written is null, {@code toString} hides the password. */
  record CreateUser(
      String user,
      boolean ifNotExists,
      @Nullable Secret password,
      @Nullable String role,
      @Nullable String email,
      Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateUser(this);
    }
  }

  /** ALTER USER u SET ...; one of the three is not null. */
  record AlterUser(
      String user,
      @Nullable Secret password,
      @Nullable String role,
      @Nullable String email,
      Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitAlterUser(this);
    }
  }

  /**
   * ALTER USER u SET STORAGE_ID = s and RESET STORAGE_ID.
   *
   * @param storage null for RESET
   */
  record AlterUserStorage(String user, @Nullable Identifier storage, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitAlterUserStorage(this);
    }
  }

  record DropUser(String user, boolean ifExists, Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropUser(this);
    }
  }

  /**
   * {@code EXECUTE AS USER 'u' ( statement )}.
   *
   * @param sql the inner statement's own text
   */
  record ExecuteAsUser(String user, Statement statement, String sql, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitExecuteAsUser(this);
    }
  }

  /** CREATE STORAGE; {@code settings} have lower case names such as path, bucket and name. */
  record CreateStorage(
      Identifier id, boolean ifNotExists, String type, List<Option> settings, Position position)
      implements OperationStatement {
    public CreateStorage {
      settings = List.copyOf(settings);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateStorage(this);
    }
  }

  record AlterStorage(Identifier id, Option setting, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitAlterStorage(this);
    }
  }

  record DropStorage(Identifier id, boolean ifExists, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropStorage(this);
    }
  }

  record StorageCheck(Identifier id, Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitStorageCheck(this);
    }
  }

  /**
   * STORAGE FLUSH.
   *
   * @param table null for ALL
   * @param namespace of ALL IN n, else null
   * @param user of FOR USER, else null
   */
  record StorageFlush(
      @Nullable ObjectName table,
      @Nullable Identifier namespace,
      @Nullable String user,
      Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitStorageFlush(this);
    }
  }

  /** STORAGE COMPACT; the same three as {@link StorageFlush}. */
  record StorageCompact(
      @Nullable ObjectName table,
      @Nullable Identifier namespace,
      @Nullable String user,
      Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitStorageCompact(this);
    }
  }

  record KillJob(String id, Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitKillJob(this);
    }
  }

  record KillLiveQuery(String id, Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitKillLiveQuery(this);
    }
  }

  record ClearCache(Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitClearCache(this);
    }
  }

  record Checkpoint(Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCheckpoint(this);
    }
  }

  /** CHECK DATABASE. */
  record CheckDatabase(Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCheckDatabase(this);
    }
  }

  /** BACKUP DATABASE; a null namespace is all of them. */
  record BackupDatabase(@Nullable Identifier namespace, String path, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitBackupDatabase(this);
    }
  }

  /** RESTORE DATABASE; a null namespace is all of them. */
  record RestoreDatabase(@Nullable Identifier namespace, String path, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitRestoreDatabase(this);
    }
  }

  /** EXPORT USER DATA; a null user is the session's own. */
  record ExportUserData(@Nullable String user, String path, Position position)
      implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitExportUserData(this);
    }
  }

  record PurgeUser(String user, Position position) implements OperationStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitPurgeUser(this);
    }
  }

  /** A password, kept out of logs and messages. */
  record Secret(String value) {
    @Override
    public String toString() {
      return "***";
    }
  }
}
