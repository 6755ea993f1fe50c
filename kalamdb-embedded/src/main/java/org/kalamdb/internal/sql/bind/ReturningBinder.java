package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.bind.FromBinder.Source;
import org.kalamdb.internal.sql.bind.Scope.Entry;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.BoundStatement.Returning;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.BufferedRows;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.schema.DataType;

/** Binds RETURNING over the rows a write changed and the rows of its further sources. */
final class ReturningBinder {
  /** What the scope of a MERGE calls the value of {@code merge_action()}. */
  static final String MERGE_ACTION = "merge_action()";

  private final StatementBinding statement;
  private final WithClause with;

  ReturningBinder(StatementBinding statement, WithClause with) {
    this.statement = statement;
    this.with = with;
  }

  /**
   * Binds the items.
   *
   * @param sources what FROM or USING names, or null
   */
  @Nullable Returning bind(
      List<QueryBody.SelectItem> items,
      TableDefinition table,
      @Nullable String alias,
      @Nullable Source sources) {
    if (items.isEmpty()) {
      return null;
    }
    Source changed = new FromBinder(statement, null, with.tables()).scan(table, alias);
    Scope names = changed.scope();
    List<PlanColumn> layout = new ArrayList<>(changed.plan().columns());
    if (sources != null) {
      names = names.and(sources.scope(), layout.size());
      layout.addAll(sources.plan().columns());
    }
    return bind(items, names, layout);
  }

  /** The same for MERGE: {@code *} begins with the sources, and {@code merge_action()} is known. */
  @Nullable Returning bindMerged(
      List<QueryBody.SelectItem> items,
      TableDefinition table,
      @Nullable String alias,
      Source sources) {
    if (items.isEmpty()) {
      return null;
    }
    Source changed = new FromBinder(statement, null, with.tables()).scan(table, alias);
    List<PlanColumn> layout = new ArrayList<>(changed.plan().columns());
    List<Entry> entries = new ArrayList<>();
    for (Entry entry : sources.scope().entries()) {
      entries.add(entry.at(entry.index() + layout.size()));
    }
    entries.addAll(changed.scope().entries());
    layout.addAll(sources.plan().columns());
    PlanColumn action = new PlanColumn(MERGE_ACTION, DataType.TEXT, null, null, false);
    entries.add(new Entry(null, MERGE_ACTION, layout.size(), action, true, false, false));
    layout.add(action);
    return bind(items, new Scope(entries), layout);
  }

  private Returning bind(List<QueryBody.SelectItem> items, Scope names, List<PlanColumn> layout) {
    Scope scope = names.inside(null, with.tables());
    LogicalPlan rows = BufferedRows.numbered(statement.nextRelation(), layout);
    PlanInProgress input = new PlanInProgress(rows);
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.RETURNING, input, null);
    List<Expression> expressions = new ArrayList<>();
    List<ResultColumn> columns = new ArrayList<>();
    for (QueryBody.SelectItem item : items) {
      if (item.value() instanceof ParsedExpression.Star star) {
        for (Entry entry : scope.star(star)) {
          expressions.add(scope.column(entry));
          columns.add(entry.column().named(entry.name()).toResultColumn());
        }
      } else {
        Expression expression = binder.bindSettled(item.value());
        String name = item.alias() == null ? OutputNames.of(item.value()) : item.alias().name();
        expressions.add(expression);
        columns.add(
            SelectBinder.outputColumn(expression, name, input.plan().columns()).toResultColumn());
      }
    }
    return new Returning(
        input.plan() == rows ? null : with.around(input.plan()), expressions, columns);
  }
}
