package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.SystemTable;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.sql.parse.FromItem;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.BoundStatement.BoundSubscription;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.Scan;

/** Binds a live query, which is a filter and a projection of one table. */
final class SubscriptionBinder {
  private static final String HINT =
      "A live query is SELECT columns FROM table [WHERE condition]; order and count of the first rows"
          + " are options of the subscription.";

  private final StatementBinding statement;

  SubscriptionBinder(StatementBinding statement) {
    this.statement = statement;
  }

  BoundSubscription bind(Query query) {
    refuseClauses(query);
    LogicalPlan plan = new QueryBinder(statement, null, CommonTables.NONE).bind(query);
    if (!(plan instanceof Project project)) {
      throw refused(query.position(), "this query");
    }
    Rows rows = rowsOf(plan, query.position());
    return new BoundSubscription(
        rows.table(),
        Expressions.conjunction(rows.filters()),
        rows.expressions(),
        project.columns().stream().map(PlanColumn::toResultColumn).toList(),
        statement.parameters().finish());
  }

  /** What a chain of filters and projections makes of the rows of one table. */
  private record Rows(
      TableDefinition table, List<Expression> filters, List<Expression> expressions) {}

  private static Rows rowsOf(LogicalPlan plan, Position position) {
    if (plan instanceof Scan scan) {
      if (SystemTable.of(scan.table()) != null) {
        throw refused(position, "a system table");
      }
      return new Rows(scan.table(), List.of(), Expressions.columnsOf(scan));
    }
    if (plan instanceof Filter filter) {
      Rows rows = rowsOf(filter.input(), position);
      List<Expression> filters = new ArrayList<>(rows.filters());
      filters.add(Expressions.inline(filter.condition(), rows.expressions()));
      return new Rows(rows.table(), filters, rows.expressions());
    }
    if (plan instanceof Project project) {
      Rows rows = rowsOf(project.input(), position);
      return new Rows(
          rows.table(),
          rows.filters(),
          project.expressions().stream()
              .map(expression -> Expressions.inline(expression, rows.expressions()))
              .toList());
    }
    throw refused(
        position,
        plan instanceof Join
            ? "a join or a subquery"
            : "more than columns and a filter of one table");
  }

  private static void refuseClauses(Query query) {
    if (!query.with().isEmpty()) {
      throw refused(query.position(), "WITH");
    }
    if (!query.orderBy().isEmpty()) {
      throw refused(query.orderBy().get(0).value().position(), "ORDER BY");
    }
    if (query.limit() != null) {
      throw refused(query.limit().position(), "LIMIT");
    }
    if (query.offset() != null) {
      throw refused(query.offset().position(), "OFFSET");
    }
    if (!(query.body() instanceof QueryBody.Select select)) {
      throw refused(query.position(), "a query without SELECT");
    }
    if (select.from().size() != 1) {
      throw refused(select.position(), select.from().isEmpty() ? "a query without FROM" : "a join");
    }
    if (!(select.from().get(0) instanceof FromItem.Table)) {
      throw refused(
          select.from().get(0).position(),
          select.from().get(0) instanceof FromItem.Join ? "a join" : "a subquery in FROM");
    }
    if (select.distinct()) {
      throw refused(select.position(), "DISTINCT");
    }
    if (select.groupBy() != null) {
      throw refused(select.groupBy().position(), "GROUP BY");
    }
    if (select.having() != null) {
      throw refused(select.having().position(), "HAVING");
    }
  }

  private static KalamException refused(Position position, String what) {
    return position
        .error(ErrorCode.FEATURE_NOT_SUPPORTED, "a live query with " + what + " is not supported")
        .withHint(HINT);
  }
}
