package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.ViewDefinition;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.SelectStatement;
import org.kalamdb.internal.sql.parse.SqlParser;
import org.kalamdb.internal.sql.parse.Statement;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * Puts a view's query in the place of its name. The query is bound with the rights and the user of
 * the session that reads the view.
 */
final class ViewBinder {
  private ViewBinder() {}

  /** The rows of the view, under the names of its columns. */
  static LogicalPlan expand(StatementBinding statement, ViewDefinition view, Position position) {
    StatementBinding inside = statement.inside(view, position);
    LogicalPlan plan;
    try {
      plan = new QueryBinder(inside, null, CommonTables.NONE).bind(parsed(view));
    } catch (KalamException e) {
      throw position
          .error(e.code(), e.reason() + " (in view \"" + view.id() + "\")")
          .withHint("The view reads its tables with the rights of this session.");
    }
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (int i = 0; i < view.columns().size(); i++) {
      ViewDefinition.Column column = view.columns().get(i);
      int index = indexOf(plan.columns(), view, i);
      if (index < 0) {
        throw position
            .error(
                ErrorCode.OBJECT_NOT_IN_PREREQUISITE_STATE,
                "view \"" + view.id() + "\" does not fit its tables any more")
            .withHint("CREATE OR REPLACE VIEW makes it anew.");
      }
      PlanColumn from = plan.columns().get(index);
      expressions.add(new Column(index, from.type(), from.name()));
      columns.add(from.named(column.name()));
    }
    return new Project(plan, expressions, columns);
  }

  /**
   * Where the query puts out a column of the view: columns that its tables got later move those
   * behind them.
   */
  private static int indexOf(List<PlanColumn> output, ViewDefinition view, int column) {
    String source = view.columns().get(column).source();
    if (output.size() == view.columns().size()) {
      return column;
    }
    Set<String> names = new HashSet<>();
    int found = -1;
    for (int i = 0; i < output.size(); i++) {
      if (!names.add(output.get(i).name())) {
        return -1;
      }
      found = output.get(i).name().equals(source) ? i : found;
    }
    return found;
  }

  private static Query parsed(ViewDefinition view) {
    Statement statement = SqlParser.parse(view.sql()).get(0).statement();
    if (statement instanceof SelectStatement select) {
      return select.query();
    }
    throw new KalamException(
        ErrorCode.DATA_CORRUPTED, "The text of view " + view.id() + " is no query");
  }
}
