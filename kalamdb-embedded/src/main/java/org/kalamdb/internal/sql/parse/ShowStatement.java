package org.kalamdb.internal.sql.parse;

import org.jspecify.annotations.Nullable;

/** Statements that tell about the catalog and the running engine. */
public sealed interface ShowStatement extends Statement {
  record ShowNamespaces(Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowNamespaces(this);
    }
  }

  /** SHOW TABLES; a null namespace is the session's current one. */
  record ShowTables(@Nullable Identifier namespace, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowTables(this);
    }
  }

  record ShowColumns(ObjectName table, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowColumns(this);
    }
  }

  /** SHOW INDEXES; a null table stands for all of the session's namespace. */
  record ShowIndexes(@Nullable ObjectName table, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowIndexes(this);
    }
  }

  record ShowCreateTable(ObjectName table, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowCreateTable(this);
    }
  }

  record ShowStats(ObjectName table, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowStats(this);
    }
  }

  record DescribeTable(ObjectName table, boolean history, Position position)
      implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDescribeTable(this);
    }
  }

  /** SHOW STORAGES, or SHOW STORAGE id. */
  record ShowStorages(@Nullable Identifier id, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowStorages(this);
    }
  }

  record ShowUsers(Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowUsers(this);
    }
  }

  record ShowJobs(Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowJobs(this);
    }
  }

  record ShowLiveQueries(Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowLiveQueries(this);
    }
  }

  /** SHOW BACKUPS; a null namespace is all of them. */
  record ShowBackups(@Nullable Identifier namespace, String path, Position position)
      implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowBackups(this);
    }
  }

  /** {@code SHOW OPTIMIZER PASSES}. */
  record ShowOptimizerPasses(Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowOptimizerPasses(this);
    }
  }

  /** {@code SHOW search_path}: one setting of the session. */
  record ShowSetting(String name, Position position) implements ShowStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitShowSetting(this);
    }
  }
}
