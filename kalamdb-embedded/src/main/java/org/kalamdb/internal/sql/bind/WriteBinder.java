package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.bind.FromBinder.Source;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.FromItem;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.MergeStatement;
import org.kalamdb.internal.sql.parse.ObjectName;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.sql.plan.BoundStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundMerge;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundParts;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundWrite;
import org.kalamdb.internal.sql.plan.BoundStatement.Part;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableType;

/** Binds INSERT, UPDATE, DELETE and MERGE. */
final class WriteBinder {
  /** Where a row is, behind its row layout. */
  static final List<SystemColumn> LOCATION =
      List.of(SystemColumn.SEGMENT, SystemColumn.SEGMENT_ROW);

  private final StatementBinding statement;
  private final @Nullable WithClause parent;
  private @Nullable WithClause withClause;

  /**
   * @param parent the WITH the statement is in; null for a whole statement
   */
  WriteBinder(StatementBinding statement, @Nullable WithClause parent) {
    this.statement = statement;
    this.parent = parent;
  }

  /** A whole statement, with what in its WITH writes. */
  BoundStatement bindWhole(Statement write) {
    BoundWrite main = bind(write);
    List<DataType> types = statement.parameters().finish();
    List<Part> parts = withClause == null ? List.of() : withClause.parts();
    return parts.isEmpty() ? main : new BoundParts(parts, main, types);
  }

  BoundWrite bind(Statement write) {
    if (write instanceof InsertStatement insert) {
      return bind(insert);
    } else if (write instanceof UpdateStatement update) {
      return bind(update);
    } else if (write instanceof DeleteStatement delete) {
      return bind(delete);
    }
    return bind((MergeStatement) write);
  }

  private WithClause withClause(List<Query.CommonTable> with, boolean recursive) {
    WithClause clause = WithClause.bind(with, recursive, statement, parent);
    withClause = clause;
    return clause;
  }

  private TableDefinition target(ObjectName name) {
    FromBinder from = new FromBinder(statement, null, CommonTables.NONE);
    TableDefinition table = from.target(name);
    from.requireUser(table, name.position());
    return table;
  }

  private BoundInsert bind(InsertStatement insert) {
    if (insert.asUser() != null) {
      throw insert
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "INSERT ... AS USER is not supported here")
          .withHint("Open a session of that user with db.session(user).");
    }
    WithClause with = withClause(insert.with(), insert.recursive());
    return new InsertBinder(statement, with, target(insert.table())).bind(insert);
  }

  private BoundMerge bind(MergeStatement merge) {
    WithClause with = withClause(merge.with(), merge.recursive());
    return new MergeBinder(statement, with, target(merge.table())).bind(merge);
  }

  private BoundUpdate bind(UpdateStatement update) {
    TableDefinition table = target(update.table());
    if (table.type() == TableType.STREAM) {
      throw update
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "UPDATE is not supported on stream table "
                  + table.id()
                  + ": its events are only inserted and expire");
    }
    WithClause with = withClause(update.with(), update.recursive());
    Target target = new Target(table, update.alias(), update.from(), with);
    target.filter(update.where());
    ColumnAssignments.Bound set =
        new ColumnAssignments(statement, table)
            .bind(
                update.assignments(),
                new ExpressionBinder(statement, target.scope, Clause.UPDATE, target.input, null));
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    target.addLocatedRow(expressions, columns);
    for (int i = 0; i < set.columns().size(); i++) {
      ColumnSchema column = table.schema().column(set.columns().get(i));
      expressions.add(set.values().get(i));
      columns.add(PlanColumn.computed(column.name(), column.type()));
    }
    Returning returning = target.returning(update.returning());
    target.addSources(returning, expressions, columns);
    return new BoundUpdate(
        table,
        with.around(new Project(target.input.plan(), expressions, columns)),
        set.columns(),
        set.columns().stream().anyMatch(table.schema()::isPrimaryKey),
        target.sources != null,
        returning,
        statement.parameters().soFar());
  }

  private BoundDelete bind(DeleteStatement delete) {
    TableDefinition table = target(delete.table());
    WithClause with = withClause(delete.with(), delete.recursive());
    Target target = new Target(table, delete.alias(), delete.using(), with);
    target.filter(delete.where());
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    target.addLocatedRow(expressions, columns);
    Returning returning = target.returning(delete.returning());
    target.addSources(returning, expressions, columns);
    return new BoundDelete(
        table,
        with.around(new Project(target.input.plan(), expressions, columns)),
        target.sources != null,
        returning,
        statement.parameters().soFar());
  }

  /** The table an UPDATE or DELETE changes, with where its rows are, beside further sources. */
  private final class Target {
    private final TableDefinition table;
    private final @Nullable String alias;
    private final WithClause with;
    private final @Nullable Source sources;
    private final int sourcesFrom;
    private final Scope scope;
    private final PlanInProgress input;

    Target(
        TableDefinition table,
        @Nullable Identifier alias,
        List<FromItem> further,
        WithClause with) {
      this.table = table;
      this.alias = alias == null ? null : alias.name();
      this.with = with;
      FromBinder binder = new FromBinder(statement, null, with.tables());
      Source rows = binder.scan(table, this.alias, LOCATION);
      this.sourcesFrom = rows.width();
      if (further.isEmpty()) {
        this.sources = null;
      } else {
        this.sources = binder.bind(further);
        rows = binder.product(rows, sources, further.get(0).position());
      }
      this.scope = rows.scope().inside(null, with.tables());
      this.input = new PlanInProgress(rows.plan());
    }

    void filter(@Nullable ParsedExpression where) {
      if (where != null) {
        input.filter(
            new ExpressionBinder(statement, scope, Clause.WHERE, input, null).bindCondition(where));
      }
    }

    /** All columns of the table, its {@code _seq} and where the row is; not {@code _deleted}. */
    void addLocatedRow(List<Expression> expressions, List<PlanColumn> columns) {
      int deleted = table.schema().columns().size() + 1;
      for (int i = 0; i < sourcesFrom; i++) {
        if (i != deleted) {
          addColumn(i, expressions, columns);
        }
      }
    }

    @Nullable Returning returning(List<QueryBody.SelectItem> items) {
      return new ReturningBinder(statement, with).bind(items, table, alias, sources);
    }

    /** The further sources' columns, which RETURNING can name. */
    void addSources(
        @Nullable Returning returning, List<Expression> expressions, List<PlanColumn> columns) {
      if (returning != null && sources != null) {
        for (int i = 0; i < sources.width(); i++) {
          addColumn(sourcesFrom + i, expressions, columns);
        }
      }
    }

    private void addColumn(int index, List<Expression> expressions, List<PlanColumn> columns) {
      LogicalPlan plan = input.plan();
      PlanColumn column = plan.columns().get(index);
      expressions.add(new Column(index, column.type(), column.name()));
      columns.add(column);
    }
  }
}
