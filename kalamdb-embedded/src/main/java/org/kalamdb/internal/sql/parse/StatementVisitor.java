package org.kalamdb.internal.sql.parse;

/**
 * One method per kind of {@link Statement}; all abstract, so that a new kind is an error wherever
 * it was forgotten.
 *
 * @param <R> what a visit gives
 */
public interface StatementVisitor<R> {
  R visitSelectStatement(SelectStatement statement);

  R visitInsertStatement(InsertStatement statement);

  R visitUpdateStatement(UpdateStatement statement);

  R visitDeleteStatement(DeleteStatement statement);

  R visitMergeStatement(MergeStatement statement);

  R visitCopyFromStatement(CopyFromStatement statement);

  R visitCopyToStatement(CopyToStatement statement);

  R visitExplainStatement(ExplainStatement statement);

  R visitSubscribeStatement(SubscribeStatement statement);

  R visitCreateNamespace(CatalogStatement.CreateNamespace statement);

  R visitAlterNamespace(CatalogStatement.AlterNamespace statement);

  R visitDropNamespace(CatalogStatement.DropNamespace statement);

  R visitCreateTable(CatalogStatement.CreateTable statement);

  R visitAlterTable(CatalogStatement.AlterTable statement);

  R visitDropTable(CatalogStatement.DropTable statement);

  R visitTruncate(CatalogStatement.Truncate statement);

  R visitCreateIndex(CatalogStatement.CreateIndex statement);

  R visitDropIndex(CatalogStatement.DropIndex statement);

  R visitCreateView(CatalogStatement.CreateView statement);

  R visitDropView(CatalogStatement.DropView statement);

  R visitShowNamespaces(ShowStatement.ShowNamespaces statement);

  R visitShowTables(ShowStatement.ShowTables statement);

  R visitShowColumns(ShowStatement.ShowColumns statement);

  R visitShowIndexes(ShowStatement.ShowIndexes statement);

  R visitShowCreateTable(ShowStatement.ShowCreateTable statement);

  R visitShowStats(ShowStatement.ShowStats statement);

  R visitDescribeTable(ShowStatement.DescribeTable statement);

  R visitShowStorages(ShowStatement.ShowStorages statement);

  R visitShowUsers(ShowStatement.ShowUsers statement);

  R visitShowJobs(ShowStatement.ShowJobs statement);

  R visitShowLiveQueries(ShowStatement.ShowLiveQueries statement);

  R visitShowBackups(ShowStatement.ShowBackups statement);

  R visitShowOptimizerPasses(ShowStatement.ShowOptimizerPasses statement);

  R visitShowSetting(ShowStatement.ShowSetting statement);

  R visitUseNamespace(SessionStatement.UseNamespace statement);

  R visitSetStatement(SessionStatement.SetStatement statement);

  R visitResetStatement(SessionStatement.ResetStatement statement);

  R visitBegin(SessionStatement.Begin statement);

  R visitCommit(SessionStatement.Commit statement);

  R visitRollback(SessionStatement.Rollback statement);

  R visitSavepoint(SessionStatement.Savepoint statement);

  R visitRollbackToSavepoint(SessionStatement.RollbackToSavepoint statement);

  R visitReleaseSavepoint(SessionStatement.ReleaseSavepoint statement);

  R visitSetTransaction(SessionStatement.SetTransaction statement);

  R visitCreateUser(OperationStatement.CreateUser statement);

  R visitAlterUser(OperationStatement.AlterUser statement);

  R visitAlterUserStorage(OperationStatement.AlterUserStorage statement);

  R visitDropUser(OperationStatement.DropUser statement);

  R visitExecuteAsUser(OperationStatement.ExecuteAsUser statement);

  R visitCreateStorage(OperationStatement.CreateStorage statement);

  R visitAlterStorage(OperationStatement.AlterStorage statement);

  R visitDropStorage(OperationStatement.DropStorage statement);

  R visitStorageCheck(OperationStatement.StorageCheck statement);

  R visitStorageFlush(OperationStatement.StorageFlush statement);

  R visitStorageCompact(OperationStatement.StorageCompact statement);

  R visitKillJob(OperationStatement.KillJob statement);

  R visitKillLiveQuery(OperationStatement.KillLiveQuery statement);

  R visitClearCache(OperationStatement.ClearCache statement);

  R visitCheckpoint(OperationStatement.Checkpoint statement);

  R visitCheckDatabase(OperationStatement.CheckDatabase statement);

  R visitBackupDatabase(OperationStatement.BackupDatabase statement);

  R visitRestoreDatabase(OperationStatement.RestoreDatabase statement);

  R visitExportUserData(OperationStatement.ExportUserData statement);

  R visitPurgeUser(OperationStatement.PurgeUser statement);
}
