package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.Scan;

/** Binds a live query that is a filter and a projection of one table. */
final class SubscriptionBinder {
  private final StatementBinding statement;

  SubscriptionBinder(StatementBinding statement) {
    this.statement = statement;
  }

  /** Null if the query is another one. */
  @Nullable BoundSubscription bind(Query query) {
    LogicalPlan plan = new QueryBinder(statement, null, CommonTables.NONE).bind(query);
    Rows rows = plan instanceof Project ? rowsOf(plan) : null;
    return rows == null
        ? null
        : new BoundSubscription(
            rows.table(),
            Expressions.conjunction(rows.filters()),
            rows.expressions(),
            plan.columns().stream().map(PlanColumn::toResultColumn).toList(),
            statement.parameters().finish());
  }

  /** What a chain of filters and projections makes of the rows of one table. */
  private record Rows(
      TableDefinition table, List<Expression> filters, List<Expression> expressions) {}

  private static @Nullable Rows rowsOf(LogicalPlan plan) {
    if (plan instanceof Scan scan) {
      return SystemTable.of(scan.table()) != null
          ? null
          : new Rows(scan.table(), List.of(), Expressions.columnsOf(scan));
    }
    if (plan instanceof Filter filter) {
      Rows rows = rowsOf(filter.input());
      if (rows == null) {
        return null;
      }
      List<Expression> filters = new ArrayList<>(rows.filters());
      filters.add(Expressions.inline(filter.condition(), rows.expressions()));
      return new Rows(rows.table(), filters, rows.expressions());
    }
    if (plan instanceof Project project) {
      Rows rows = rowsOf(project.input());
      return rows == null
          ? null
          : new Rows(
              rows.table(),
              rows.filters(),
              project.expressions().stream()
                  .map(expression -> Expressions.inline(expression, rows.expressions()))
                  .toList());
    }
    return null;
  }
}
