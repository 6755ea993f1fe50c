package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.schema.DataType;

/**
 * LIMIT and OFFSET of a query. If there are subqueries in them, one row of the numbers is computed
 * first, and the limited plan refers to it as to an outer row.
 *
 * @param limit null without LIMIT and OFFSET
 * @param row the row of the numbers; null without subqueries
 * @param used what the limit uses of the row
 */
record RowCounts(
    @Nullable RowLimit limit, @Nullable LogicalPlan row, List<Apply.Correlation> used) {
  RowCounts {
    used = List.copyOf(used);
  }

  /** Binds them; they see the common tables and no columns. */
  static RowCounts bind(Query query, StatementBinding statement, CommonTables commonTables) {
    PlanInProgress input = new PlanInProgress(Values.oneEmptyRow());
    LogicalPlan before = input.plan();
    Scope scope = Scope.EMPTY.inside(null, commonTables);
    Expression limit = count(query.limit(), Clause.LIMIT, statement, scope, input);
    Expression offset = count(query.offset(), Clause.OFFSET, statement, scope, input);
    if (limit == null && offset == null) {
      return new RowCounts(null, null, List.of());
    }
    if (input.plan() == before) {
      return new RowCounts(new RowLimit(limit, offset), null, List.of());
    }
    List<Expression> numbers = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    List<Apply.Correlation> used = new ArrayList<>();
    List<@Nullable Expression> outer = new ArrayList<>();
    for (Expression number : new @Nullable Expression[] {limit, offset}) {
      if (number == null) {
        outer.add(null);
        continue;
      }
      String name = number == limit ? "limit" : "offset";
      int id = statement.nextOuterColumn();
      used.add(new Apply.Correlation(id, new Column(numbers.size(), DataType.BIGINT, name)));
      outer.add(new OuterColumn(id, DataType.BIGINT, name));
      numbers.add(number);
      columns.add(PlanColumn.computed(name, DataType.BIGINT));
    }
    return new RowCounts(
        new RowLimit(outer.get(0), outer.get(1)),
        new Project(input.plan(), numbers, columns),
        used);
  }

  private static @Nullable Expression count(
      @Nullable ParsedExpression parsed,
      Clause clause,
      StatementBinding statement,
      Scope scope,
      SubqueryTarget subqueries) {
    if (parsed == null) {
      return null;
    }
    ExpressionBinder binder = new ExpressionBinder(statement, scope, clause, subqueries, null);
    Expression count = binder.bind(parsed);
    if (!TypeRules.canCast(count.type().kind(), DataType.Kind.BIGINT, CastContext.ASSIGNMENT)
        || count.type().kind() == DataType.Kind.BOOLEAN) {
      throw parsed
          .position()
          .error(
              ErrorCode.DATATYPE_MISMATCH,
              "argument of "
                  + clause.label()
                  + " must be type bigint, not type "
                  + TypeRules.sqlName(count.type()));
    }
    Expression bound =
        binder.coerce(count, DataType.BIGINT, CastContext.ASSIGNMENT, parsed.position());
    if (bound instanceof Literal literal && literal.value() instanceof Long value && value < 0) {
      throw parsed
          .position()
          .error(
              clause == Clause.LIMIT
                  ? ErrorCode.INVALID_ROW_COUNT_IN_LIMIT
                  : ErrorCode.INVALID_ROW_COUNT_IN_OFFSET,
              clause.label() + " must not be negative");
    }
    return bound;
  }

  /** The limited plan, with the row of its numbers before it. */
  LogicalPlan around(LogicalPlan plan) {
    if (row == null) {
      return plan;
    }
    Apply apply = new Apply(JoinType.INNER, row, plan, used, null, "");
    int numbers = row.columns().size();
    List<Integer> shown =
        IntStream.range(numbers, numbers + plan.columns().size()).boxed().toList();
    return Project.ofColumns(apply, shown);
  }
}
