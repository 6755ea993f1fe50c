package org.kalamdb.internal.sql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.TableType;

/** Statements that create, change or drop namespaces, tables, indexes and views. */
public sealed interface CatalogStatement extends Statement {
  record CreateNamespace(
      Identifier name, boolean ifNotExists, List<Option> options, Position position)
      implements CatalogStatement {
    public CreateNamespace {
      options = List.copyOf(options);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateNamespace(this);
    }
  }

  record AlterNamespace(Identifier name, List<Option> options, Position position)
      implements CatalogStatement {
    public AlterNamespace {
      options = List.copyOf(options);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitAlterNamespace(this);
    }
  }

  /** DROP NAMESPACE; without {@code cascade} tables are in the way. */
  record DropNamespace(Identifier name, boolean ifExists, boolean cascade, Position position)
      implements CatalogStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropNamespace(this);
    }
  }

  /**
   * CREATE TABLE.
   *
   * @param type from the type word or the TYPE option; SHARED where neither was written
   * @param typeWritten false where {@code type} is the default
   * @param columns in written order, names differ; empty only with {@code query}
   * @param constraints those written beside the columns, and none of a column's own
   * @param options names known and values checked, each once, the TYPE option left out
   * @param query of CREATE TABLE ... AS, or null
   * @param queryColumns new names for the query's first columns, empty if none were written
   * @param withData false for WITH NO DATA behind the query
   */
  record CreateTable(
      ObjectName name,
      TableType type,
      boolean typeWritten,
      boolean ifNotExists,
      List<ColumnDefinition> columns,
      List<TableConstraint> constraints,
      List<IndexClause> indexes,
      List<Option> options,
      @Nullable Query query,
      List<Identifier> queryColumns,
      boolean withData,
      Position position)
      implements CatalogStatement {
    public CreateTable {
      queryColumns = List.copyOf(queryColumns);
      columns = List.copyOf(columns);
      constraints = List.copyOf(constraints);
      indexes = List.copyOf(indexes);
      options = List.copyOf(options);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateTable(this);
    }
  }

  record AlterTable(ObjectName name, boolean ifExists, List<AlterAction> actions, Position position)
      implements CatalogStatement {
    public AlterTable {
      actions = List.copyOf(actions);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitAlterTable(this);
    }
  }

  /**
   * DROP TABLE.
   *
   * @param type the written type word, to be checked against the table's; or null
   * @param force FORCE or CASCADE: open subscriptions are no reason to refuse
   */
  record DropTable(
      List<ObjectName> names,
      @Nullable TableType type,
      boolean ifExists,
      boolean force,
      Position position)
      implements CatalogStatement {
    public DropTable {
      names = List.copyOf(names);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropTable(this);
    }
  }

  /**
   * TRUNCATE.
   *
   * @param restartIdentity RESTART IDENTITY
   */
  record Truncate(
      List<ObjectName> names, boolean restartIdentity, boolean cascade, Position position)
      implements CatalogStatement {
    public Truncate {
      names = List.copyOf(names);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitTruncate(this);
    }
  }

  record CreateIndex(
      @Nullable Identifier name,
      ObjectName table,
      IndexClause index,
      boolean unique,
      boolean ifNotExists,
      Position position)
      implements CatalogStatement {
    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateIndex(this);
    }
  }

  record DropIndex(List<ObjectName> names, boolean ifExists, Position position)
      implements CatalogStatement {
    public DropIndex {
      names = List.copyOf(names);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropIndex(this);
    }
  }

  /**
   * CREATE VIEW.
   *
   * @param sql the query's own text, for storage
   */
  record CreateView(
      ObjectName name,
      boolean orReplace,
      List<Identifier> columns,
      Query query,
      String sql,
      Position position)
      implements CatalogStatement {
    public CreateView {
      columns = List.copyOf(columns);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitCreateView(this);
    }
  }

  /** DROP VIEW; without {@code cascade} views over them are in the way. */
  record DropView(List<ObjectName> names, boolean ifExists, boolean cascade, Position position)
      implements CatalogStatement {
    public DropView {
      names = List.copyOf(names);
    }

    @Override
    public <R> R accept(StatementVisitor<R> visitor) {
      return visitor.visitDropView(this);
    }
  }
}
