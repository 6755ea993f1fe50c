package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.bind.FromBinder.Source;
import org.kalamdb.internal.sql.bind.Scope.Entry;
import org.kalamdb.internal.sql.bind.Scope.Relation;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.Overriding;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/** Binds an INSERT into one table. */
final class InsertBinder {
  private final StatementBinding statement;
  private final WithClause with;
  private final TableDefinition table;
  private final ColumnAssignments assignments;

  InsertBinder(StatementBinding statement, WithClause with, TableDefinition table) {
    this.statement = statement;
    this.with = with;
    this.table = table;
    this.assignments = new ColumnAssignments(statement, table);
  }

  BoundInsert bind(InsertStatement insert) {
    List<Integer> targets = assignments.targets(insert.columns());
    List<List<InsertItem>> rows = null;
    LogicalPlan subqueries = null;
    LogicalPlan source = null;
    List<Integer> filled = targets;
    if (insert.source() == null) {
      rows = List.of(List.of());
      filled = List.of();
    } else if (insert.source().isBare()
        && insert.source().body() instanceof QueryBody.Values values) {
      filled = narrowed(insert, targets, values.rows().get(0).size(), values.rows().get(0));
      LogicalPlan nothing = Values.oneEmptyRow();
      PlanInProgress input = new PlanInProgress(nothing);
      rows = bindRows(values, filled, insert.overriding(), input);
      subqueries = input.plan() == nothing ? null : with.around(input.plan());
    } else {
      LogicalPlan query = new QueryBinder(statement, null, with.tables()).bindOpen(insert.source());
      filled = narrowed(insert, targets, query.columns().size(), null);
      source = with.around(coerced(query, filled, insert));
      filled =
          filled.stream()
              .filter(target -> !assignments.isLeftOut(target, insert.overriding()))
              .toList();
    }
    String alias = insert.alias() == null ? null : insert.alias().name();
    OnConflict conflict =
        insert.onConflict() == null ? null : bindConflict(insert.onConflict(), alias);
    Returning returning =
        new ReturningBinder(statement, with).bind(insert.returning(), table, alias, null);
    return new BoundInsert(
        table,
        filled,
        rows,
        subqueries,
        source,
        conflict,
        returning,
        statement.parameters().soFar());
  }

  /** Without a column list the first columns are meant; with one the counts must agree. */
  private static List<Integer> narrowed(
      InsertStatement insert,
      List<Integer> targets,
      int width,
      @Nullable List<ParsedExpression> row) {
    if (width > targets.size()) {
      Position position = row == null ? insert.position() : row.get(targets.size()).position();
      throw position.error(
          ErrorCode.SYNTAX_ERROR, "INSERT has more expressions than target columns");
    }
    if (width < targets.size() && !insert.columns().isEmpty()) {
      throw insert
          .columns()
          .get(width)
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "INSERT has more target columns than expressions");
    }
    return targets.subList(0, width);
  }

  private List<List<InsertItem>> bindRows(
      QueryBody.Values values,
      List<Integer> targets,
      @Nullable Overriding overriding,
      PlanInProgress input) {
    Scope scope = Scope.EMPTY.inside(null, with.tables());
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.INSERT, input, null);
    List<List<InsertItem>> rows = new ArrayList<>(values.rows().size());
    for (List<ParsedExpression> row : values.rows()) {
      if (row.size() != targets.size()) {
        throw values
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "VALUES lists must all be the same length");
      }
      List<InsertItem> items = new ArrayList<>(row.size());
      for (int i = 0; i < row.size(); i++) {
        ParsedExpression item = row.get(i);
        items.add(
            item instanceof ParsedExpression.DefaultValue
                ? InsertItem.DEFAULT
                : new InsertItem(
                    assignments.inserted(
                        binder.bind(item), targets.get(i), overriding, item.position())));
      }
      rows.add(List.copyOf(items));
    }
    return List.copyOf(rows);
  }

  private LogicalPlan coerced(LogicalPlan open, List<Integer> targets, InsertStatement insert) {
    Position position = Objects.requireNonNull(insert.source()).position();
    LogicalPlan query = closed(open, targets, position);
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      ColumnSchema column = table.schema().column(targets.get(i));
      PlanColumn from = query.columns().get(i);
      Expression value =
          assignments.inserted(
              new Column(i, from.type(), from.name()),
              targets.get(i),
              insert.overriding(),
              position);
      if (value == null) {
        continue;
      }
      expressions.add(value);
      columns.add(new PlanColumn(column.name(), column.type(), null, null, from.nullable()));
    }
    return new Project(query, expressions, columns);
  }

  /** A literal or parameter of the select list is read as one of the column. */
  private LogicalPlan closed(LogicalPlan query, List<Integer> targets, Position position) {
    try {
      LogicalPlan closed =
          SetOperations.closed(
              query, targets.stream().map(target -> table.schema().column(target).type()).toList());
      if (closed instanceof Project project) {
        project.expressions().forEach(statement.parameters()::note);
      }
      return closed;
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  /** Whether no two rows can have the same values in these columns. */
  private boolean isUnique(Set<Integer> columns) {
    TableSchema schema = table.schema();
    return columns.equals(new HashSet<>(schema.primaryKey()))
        || table.constraints().indexes().stream()
            .filter(index -> index.unique() && index.ready())
            .map(index -> index.columnIds().stream().map(schema::positionOf).toList())
            .anyMatch(key -> columns.equals(new HashSet<>(key)));
  }

  private OnConflict bindConflict(
      org.kalamdb.internal.sql.parse.OnConflict conflict, @Nullable String alias) {
    List<Integer> key = null;
    if (!conflict.target().isEmpty()) {
      key = new ArrayList<>();
      for (Identifier name : conflict.target()) {
        key.add(assignments.writable(name));
      }
      if (!isUnique(new HashSet<>(key))) {
        throw conflict
            .position()
            .error(
                ErrorCode.INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
      }
    }
    if (conflict.isDoNothing()) {
      return new OnConflict(key, null, List.of(), null, null);
    }
    if (key == null) {
      throw conflict
          .position()
          .error(
              ErrorCode.SYNTAX_ERROR,
              "ON CONFLICT DO UPDATE requires inference specification or constraint name")
          .withHint("For example, ON CONFLICT (column_name).");
    }
    Source existing = new FromBinder(statement, null, with.tables()).scan(table, alias);
    Relation proposed = new Relation(statement.nextRelation(), "excluded", null);
    List<Entry> entries = new ArrayList<>(existing.scope().entries());
    List<PlanColumn> layout = new ArrayList<>(existing.plan().columns());
    for (int i = 0; i < table.schema().columns().size(); i++) {
      Entry entry = existing.scope().entries().get(i);
      PlanColumn column = entry.column().asNullable();
      entries.add(new Entry(proposed, entry.name(), layout.size(), column, false, false, false));
      layout.add(column);
    }
    LogicalPlan rows = BufferedRows.numbered(statement.nextRelation(), layout);
    PlanInProgress input = new PlanInProgress(rows);
    Scope scope = new Scope(entries).inside(null, with.tables());
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.CONFLICT, input, null);
    ColumnAssignments.Bound set = assignments.bind(conflict.assignments(), binder);
    Expression condition = conflict.where() == null ? null : binder.bindCondition(conflict.where());
    return new OnConflict(
        key,
        set.columns(),
        set.values(),
        condition,
        input.plan() == rows ? null : with.around(input.plan()));
  }
}
