package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.bind.FromBinder.Source;
import org.kalamdb.internal.sql.bind.Scope.Entry;
import org.kalamdb.internal.sql.bind.Scope.Relation;
import org.kalamdb.internal.sql.parse.Assignment;
import org.kalamdb.internal.sql.parse.DeleteStatement;
import org.kalamdb.internal.sql.parse.Identifier;
import org.kalamdb.internal.sql.parse.InsertStatement;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.UpdateStatement;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundDelete;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundInsert;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundUpdate;
import org.kalamdb.internal.sql.plan.BoundStatement.InsertItem;
import org.kalamdb.internal.sql.plan.BoundStatement.OnConflict;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.storage.SystemColumn;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/** Binds INSERT, UPDATE and DELETE. */
final class WriteBinder {
  private static final List<SystemColumn> LOCATION =
      List.of(SystemColumn.SEGMENT, SystemColumn.SEGMENT_ROW);

  private final StatementBinding statement;

  WriteBinder(StatementBinding statement) {
    this.statement = statement;
  }

  private FromBinder fromBinder(CommonTables commonTables) {
    return new FromBinder(statement, null, commonTables);
  }

  private WithClause withClause(
      List<org.kalamdb.internal.sql.parse.Query.CommonTable> with, boolean recursive) {
    return WithClause.bind(with, recursive, statement, null, CommonTables.NONE);
  }

  private TableDefinition target(org.kalamdb.internal.sql.parse.ObjectName name) {
    FromBinder from = fromBinder(CommonTables.NONE);
    TableDefinition table = from.table(name);
    from.requireUser(table, name.position());
    return table;
  }

  BoundInsert bind(InsertStatement insert) {
    if (insert.asUser() != null) {
      throw insert
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "INSERT ... AS USER is not supported here")
          .withHint("Open a session of that user with db.session(user).");
    }
    WithClause with = withClause(insert.with(), insert.recursive());
    TableDefinition table = target(insert.table());
    TableSchema schema = table.schema();
    List<Integer> targets = targets(insert, table);
    List<List<InsertItem>> rows = null;
    LogicalPlan source = null;
    List<Integer> filled = targets;

    if (insert.source() == null) {
      rows = List.of(List.of());
      filled = List.of();
    } else if (insert.source().isBare()
        && insert.source().body() instanceof QueryBody.Values values) {
      filled = narrowed(insert, targets, values.rows().get(0).size(), values.rows().get(0));
      SubqueriesInRows subqueries = new SubqueriesInRows();
      rows = bindRows(values, schema, filled, with.tables(), subqueries);
      if (!subqueries.isEmpty()) {
        source = with.around(rowsOf(rows, schema, filled, subqueries));
        rows = null;
      }
    } else {
      LogicalPlan query = new QueryBinder(statement, null, with.tables()).bindOpen(insert.source());
      filled = narrowed(insert, targets, query.columns().size(), null);
      source = with.around(coerced(query, schema, filled, insert.source().position()));
    }
    String alias = insert.alias() == null ? null : insert.alias().name();
    OnConflict conflict =
        insert.onConflict() == null ? null : bindConflict(insert.onConflict(), table, alias);
    Returning returning = bindReturning(insert.returning(), table, alias);
    return new BoundInsert(
        table, filled, rows, source, conflict, returning, statement.parameters().finish());
  }

  private static List<Integer> targets(InsertStatement insert, TableDefinition table) {
    List<Integer> targets = new ArrayList<>();
    if (insert.columns().isEmpty()) {
      for (int i = 0; i < table.schema().visibleColumns(); i++) {
        targets.add(i);
      }
      return targets;
    }
    for (Identifier name : insert.columns()) {
      int column = writable(table, name);
      if (targets.contains(column)) {
        throw name.position()
            .error(
                ErrorCode.DUPLICATE_COLUMN,
                "column \"" + name.name() + "\" specified more than once");
      }
      targets.add(column);
    }
    return targets;
  }

  /** Position of a column that a statement may set. */
  private static int writable(TableDefinition table, Identifier name) {
    for (SystemColumn system : SystemColumn.values()) {
      if (system.columnName().equals(name.name())) {
        throw name.position()
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "cannot assign to system column \"" + name.name() + "\"");
      }
    }
    int column = table.schema().indexOf(name.name());
    if (column < 0 || column >= table.schema().visibleColumns()) {
      KalamException error =
          name.position()
              .error(
                  ErrorCode.UNDEFINED_COLUMN,
                  "column \""
                      + name.name()
                      + "\" of relation \""
                      + table.id().name()
                      + "\" does not exist");
      String near =
          Suggestions.nearest(
              name.name(),
              table.schema().columns().subList(0, table.schema().visibleColumns()).stream()
                  .map(ColumnSchema::name)
                  .toList());
      throw near == null ? error : error.withHint("Perhaps you meant the column \"" + near + "\".");
    }
    return column;
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

  /** Rows with subqueries are those of a query; a DEFAULT among them is written out. */
  private LogicalPlan rowsOf(
      List<List<InsertItem>> rows,
      TableSchema schema,
      List<Integer> targets,
      SubqueriesInRows subqueries) {
    List<PlanColumn> columns = new ArrayList<>();
    for (int target : targets) {
      ColumnSchema column = schema.column(target);
      columns.add(PlanColumn.computed(column.name(), column.type()));
    }
    List<List<Expression>> values = new ArrayList<>();
    for (List<InsertItem> row : rows) {
      List<Expression> expressions = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        Expression value = row.get(i).value();
        expressions.add(value == null ? defaultOf(schema.column(targets.get(i))) : value);
      }
      values.add(expressions);
    }
    return subqueries.values(values, columns);
  }

  private List<List<InsertItem>> bindRows(
      QueryBody.Values values,
      TableSchema schema,
      List<Integer> targets,
      CommonTables commonTables,
      SubqueriesInRows subqueries) {
    ExpressionBinder binder =
        new ExpressionBinder(
            statement, Scope.EMPTY.inside(null, commonTables), Clause.INSERT, subqueries, null);
    List<List<InsertItem>> rows = new ArrayList<>(values.rows().size());
    for (List<ParsedExpression> row : values.rows()) {
      if (row.size() != targets.size()) {
        throw values
            .position()
            .error(ErrorCode.SYNTAX_ERROR, "VALUES lists must all be the same length");
      }
      subqueries.beginRow();
      List<InsertItem> items = new ArrayList<>(row.size());
      for (int i = 0; i < row.size(); i++) {
        ParsedExpression item = row.get(i);
        if (item instanceof ParsedExpression.DefaultValue) {
          items.add(InsertItem.DEFAULT);
        } else {
          ColumnSchema column = schema.column(targets.get(i));
          items.add(new InsertItem(assigned(binder.bind(item), column, item.position())));
        }
      }
      rows.add(List.copyOf(items));
    }
    return List.copyOf(rows);
  }

  /** The value as one of the column, as assignment allows. */
  private Expression assigned(Expression value, ColumnSchema column, Position position) {
    if (!TypeRules.canCast(value.type().kind(), column.type().kind(), CastContext.ASSIGNMENT)) {
      throw position
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "column \""
                  + column.name()
                  + "\" is of type "
                  + TypeRules.sqlName(column.type())
                  + " but expression is of type "
                  + TypeRules.sqlName(value.type()))
          .withHint("You will need to rewrite or cast the expression.");
    }
    try {
      Expression coerced = TypeRules.coerce(value, column.type(), CastContext.ASSIGNMENT);
      statement.parameters().note(coerced);
      return coerced;
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private LogicalPlan coerced(
      LogicalPlan open, TableSchema schema, List<Integer> targets, Position position) {
    LogicalPlan query = closed(open, schema, targets, position);
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < targets.size(); i++) {
      ColumnSchema column = schema.column(targets.get(i));
      PlanColumn from = query.columns().get(i);
      Expression value = assigned(new Column(i, from.type(), from.name()), column, position);
      expressions.add(value);
      columns.add(new PlanColumn(column.name(), column.type(), null, null, from.nullable()));
    }
    return new Project(query, expressions, columns);
  }

  /** A literal of the select list is read as one of the column. */
  private static LogicalPlan closed(
      LogicalPlan query, TableSchema schema, List<Integer> targets, Position position) {
    try {
      return SetOperations.closed(
          query, targets.stream().map(target -> schema.column(target).type()).toList());
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private OnConflict bindConflict(
      org.kalamdb.internal.sql.parse.OnConflict conflict,
      TableDefinition table,
      @Nullable String alias) {
    List<Integer> key = null;
    if (!conflict.target().isEmpty()) {
      key = new ArrayList<>();
      for (Identifier name : conflict.target()) {
        key.add(writable(table, name));
      }
      if (!new HashSet<>(key).equals(new HashSet<>(table.schema().primaryKey()))) {
        throw conflict
            .position()
            .error(
                ErrorCode.INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
      }
    }
    if (conflict.isDoNothing()) {
      return new OnConflict(key, null, List.of(), null);
    }
    if (key == null) {
      throw conflict
          .position()
          .error(
              ErrorCode.SYNTAX_ERROR,
              "ON CONFLICT DO UPDATE requires inference specification or constraint name")
          .withHint("For example, ON CONFLICT (column_name).");
    }
    Source existing = fromBinder(CommonTables.NONE).scan(table, alias);
    Relation proposed = new Relation(statement.nextRelation(), "excluded", null);
    List<Entry> entries = new ArrayList<>(existing.scope().entries());
    int width = existing.width();
    for (int i = 0; i < table.schema().columns().size(); i++) {
      Entry entry = existing.scope().entries().get(i);
      entries.add(
          new Entry(
              proposed, entry.name(), width + i, entry.column().asNullable(), false, false, false));
    }
    ExpressionBinder binder = new ExpressionBinder(statement, new Scope(entries), Clause.CONFLICT);
    Assignments assignments = bindAssignments(conflict.assignments(), table, binder);
    Expression condition = conflict.where() == null ? null : binder.bindCondition(conflict.where());
    return new OnConflict(key, assignments.columns(), assignments.values(), condition);
  }

  private record Assignments(List<Integer> columns, List<Expression> values) {}

  private Assignments bindAssignments(
      List<Assignment> assignments, TableDefinition table, ExpressionBinder binder) {
    List<Integer> columns = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (Assignment assignment : assignments) {
      List<ParsedExpression> items = items(assignment);
      for (int i = 0; i < items.size(); i++) {
        Identifier name = assignment.columns().get(i);
        int index = writable(table, name);
        if (!seen.add(index)) {
          throw name.position()
              .error(
                  ErrorCode.SYNTAX_ERROR,
                  "multiple assignments to same column \"" + name.name() + "\"");
        }
        ColumnSchema column = table.schema().column(index);
        columns.add(index);
        values.add(
            items.get(i) instanceof ParsedExpression.DefaultValue
                ? defaultOf(column)
                : assigned(binder.bind(items.get(i)), column, items.get(i).position()));
      }
    }
    return new Assignments(columns, values);
  }

  private static List<ParsedExpression> items(Assignment assignment) {
    if (assignment.columns().size() == 1) {
      return List.of(assignment.value());
    }
    if (!(assignment.value() instanceof ParsedExpression.RowValue row)) {
      throw assignment
          .value()
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "several columns can be set only from a row of as many values");
    }
    if (row.items().size() != assignment.columns().size()) {
      throw row.position()
          .error(ErrorCode.SYNTAX_ERROR, "number of columns does not match number of values");
    }
    return row.items();
  }

  private Expression defaultOf(ColumnSchema column) {
    return column.defaultSql() == null
        ? new Literal(null, column.type())
        : Binder.bindDefault(statement, SqlParser.parseExpression(column.defaultSql()), column);
  }

  BoundUpdate bind(UpdateStatement update) {
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
    if (!update.from().isEmpty()) {
      throw update
          .from()
          .get(0)
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "UPDATE ... FROM is not supported")
          .withHint("Use a subquery in WHERE.");
    }
    WithClause with = withClause(update.with(), update.recursive());
    String alias = update.alias() == null ? null : update.alias().name();
    Source source = fromBinder(with.tables()).scan(table, alias, LOCATION);
    Scope scope = source.scope().inside(null, with.tables());
    PlanInProgress input = filtered(source, scope, update.where());
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.UPDATE, input, null);
    Assignments assignments = bindAssignments(update.assignments(), table, binder);

    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    addLocatedRow(table, input.plan(), expressions, columns);
    for (int i = 0; i < assignments.columns().size(); i++) {
      ColumnSchema column = table.schema().column(assignments.columns().get(i));
      expressions.add(assignments.values().get(i));
      columns.add(PlanColumn.computed(column.name(), column.type()));
    }
    boolean updatesKey = assignments.columns().stream().anyMatch(table.schema()::isPrimaryKey);
    LogicalPlan plan = with.around(new Project(input.plan(), expressions, columns));
    Returning returning = bindReturning(update.returning(), table, alias);
    return new BoundUpdate(
        table, plan, assignments.columns(), updatesKey, returning, statement.parameters().finish());
  }

  BoundDelete bind(DeleteStatement delete) {
    TableDefinition table = target(delete.table());
    if (!delete.using().isEmpty()) {
      throw delete
          .using()
          .get(0)
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "DELETE ... USING is not supported")
          .withHint("Use a subquery in WHERE.");
    }
    WithClause with = withClause(delete.with(), delete.recursive());
    String alias = delete.alias() == null ? null : delete.alias().name();
    Source source = fromBinder(with.tables()).scan(table, alias, LOCATION);
    Scope scope = source.scope().inside(null, with.tables());
    PlanInProgress input = filtered(source, scope, delete.where());
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    addLocatedRow(table, input.plan(), expressions, columns);
    LogicalPlan plan = with.around(new Project(input.plan(), expressions, columns));
    Returning returning = bindReturning(delete.returning(), table, alias);
    return new BoundDelete(table, plan, returning, statement.parameters().finish());
  }

  private PlanInProgress filtered(Source source, Scope scope, @Nullable ParsedExpression where) {
    PlanInProgress input = new PlanInProgress(source.plan());
    if (where != null) {
      input.filter(
          new ExpressionBinder(statement, scope, Clause.WHERE, input, null).bindCondition(where));
    }
    return input;
  }

  /** All columns of the table, its {@code _seq} and where the row is; without {@code _deleted}. */
  private static void addLocatedRow(
      TableDefinition table,
      LogicalPlan input,
      List<Expression> expressions,
      List<PlanColumn> columns) {
    int width = table.schema().columns().size();
    for (int i = 0; i < width + 4; i++) {
      if (i != width + 1) {
        PlanColumn column = input.columns().get(i);
        expressions.add(new Column(i, column.type(), column.name()));
        columns.add(column);
      }
    }
  }

  private @Nullable Returning bindReturning(
      List<QueryBody.SelectItem> items, TableDefinition table, @Nullable String alias) {
    if (items.isEmpty()) {
      return null;
    }
    Source source = fromBinder(CommonTables.NONE).scan(table, alias);
    ExpressionBinder binder = new ExpressionBinder(statement, source.scope(), Clause.RETURNING);
    List<Expression> expressions = new ArrayList<>();
    List<ResultColumn> columns = new ArrayList<>();
    for (QueryBody.SelectItem item : items) {
      if (item.value() instanceof ParsedExpression.Star star) {
        for (Entry entry : source.scope().star(star)) {
          expressions.add(source.scope().column(entry));
          columns.add(entry.column().toResultColumn());
        }
      } else {
        Expression expression = binder.bindSettled(item.value());
        String name = item.alias() == null ? OutputNames.of(item.value()) : item.alias().name();
        expressions.add(expression);
        columns.add(
            SelectBinder.outputColumn(expression, name, source.plan().columns()).toResultColumn());
      }
    }
    return new Returning(expressions, columns);
  }
}
