package org.kalamdb.internal.engine;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.sql.parse.CatalogStatement;
import org.kalamdb.internal.sql.parse.OperationStatement;
import org.kalamdb.internal.sql.parse.SessionStatement;
import org.kalamdb.internal.sql.parse.ShowStatement;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.StatementVisitor;

/** Refuses, with 0A000, the statements that are parsed and not carried out yet. */
abstract class RefusingVisitor<R> implements StatementVisitor<R> {
  private static KalamException unsupported(String what, Statement statement) {
    return statement
        .position()
        .error(ErrorCode.FEATURE_NOT_SUPPORTED, what + " is not supported yet");
  }

  @Override
  public R visitAlterNamespace(CatalogStatement.AlterNamespace statement) {
    throw unsupported("ALTER NAMESPACE", statement);
  }

  @Override
  public R visitShowBackups(ShowStatement.ShowBackups statement) {
    throw unsupported("SHOW BACKUPS", statement);
  }

  @Override
  public R visitResetStatement(SessionStatement.ResetStatement statement) {
    throw unsupported("RESET", statement);
  }

  @Override
  public R visitCreateUser(OperationStatement.CreateUser statement) {
    throw unsupported("CREATE USER", statement);
  }

  @Override
  public R visitAlterUser(OperationStatement.AlterUser statement) {
    throw unsupported("ALTER USER", statement);
  }

  @Override
  public R visitDropUser(OperationStatement.DropUser statement) {
    throw unsupported("DROP USER", statement);
  }

  @Override
  public R visitExecuteAsUser(OperationStatement.ExecuteAsUser statement) {
    throw unsupported("EXECUTE AS USER", statement);
  }

  @Override
  public R visitClearCache(OperationStatement.ClearCache statement) {
    throw unsupported("CLEAR CACHE", statement);
  }

  @Override
  public R visitCheckpoint(OperationStatement.Checkpoint statement) {
    throw unsupported("CHECKPOINT", statement);
  }

  @Override
  public R visitBackupDatabase(OperationStatement.BackupDatabase statement) {
    throw unsupported("BACKUP DATABASE", statement);
  }

  @Override
  public R visitRestoreDatabase(OperationStatement.RestoreDatabase statement) {
    throw unsupported("RESTORE DATABASE", statement);
  }

  @Override
  public R visitExportUserData(OperationStatement.ExportUserData statement) {
    throw unsupported("EXPORT USER DATA", statement);
  }

  @Override
  public R visitPurgeUser(OperationStatement.PurgeUser statement) {
    throw unsupported("PURGE USER", statement);
  }
}
