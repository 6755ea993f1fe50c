package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.LimitWithTies;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/** Binds a whole query expression: WITH, the body, ORDER BY, LIMIT and OFFSET. */
final class QueryBinder implements QueryBody.Visitor<LogicalPlan> {
  private final StatementBinding statement;
  private final @Nullable OuterQuery outer;
  private final CommonTables commonTables;

  QueryBinder(StatementBinding statement, @Nullable OuterQuery outer, CommonTables commonTables) {
    this.statement = statement;
    this.outer = outer;
    this.commonTables = commonTables;
  }

  LogicalPlan bind(Query query) {
    return bind(
        query, WithClause.bind(query.with(), query.recursive(), statement, outer, commonTables));
  }

  /** The query behind its WITH, which has been bound. */
  LogicalPlan bind(Query query, WithClause with) {
    QueryBinder inner = new QueryBinder(statement, outer, with.tables());
    if (query.withTies() && query.orderBy().isEmpty()) {
      throw query
          .position()
          .error(ErrorCode.SYNTAX_ERROR, "WITH TIES cannot be specified without ORDER BY clause");
    }
    RowCounts counts = RowCounts.bind(query, statement, with.tables());
    RowLimit limit = counts.limit();
    LogicalPlan plan;
    if (query.body() instanceof QueryBody.Select select) {
      plan =
          new SelectBinder(statement, outer, inner.commonTables)
              .bind(select, query.orderBy(), limit, query.withTies());
    } else {
      LogicalPlan sorted = inner.sorted(query.body().accept(inner), query.orderBy());
      List<SortKey> ties =
          query.withTies() && sorted instanceof Sort sort ? sort.keys() : List.<SortKey>of();
      plan = limited(sorted, limit, ties);
    }
    return statement.withDeletedRows(with.around(counts.around(plan)));
  }

  /**
   * As {@link #bind}, but string literals and NULLs of a plain select list stay of unknown type,
   * for the construct around to give them one.
   */
  LogicalPlan bindOpen(Query query) {
    if (query.isBare() && query.body() instanceof QueryBody.Select select && !select.distinct()) {
      return statement.withDeletedRows(
          new SelectBinder(statement, outer, commonTables).bindOpen(select));
    }
    return bind(query);
  }

  /** The limited plan; with {@code ties}, also the rows equal to the last by these keys. */
  static LogicalPlan limited(LogicalPlan plan, @Nullable RowLimit limit, List<SortKey> ties) {
    if (limit == null) {
      return plan;
    }
    return ties.isEmpty() ? new Limit(plan, limit) : new LimitWithTies(plan, ties, limit);
  }

  /** ORDER BY over the output of a body that is not a SELECT. */
  private LogicalPlan sorted(LogicalPlan plan, List<Query.OrderItem> items) {
    if (items.isEmpty()) {
      return plan;
    }
    List<Scope.Entry> entries = new ArrayList<>();
    for (PlanColumn column : plan.columns()) {
      entries.add(new Scope.Entry(null, column.name(), entries.size(), column, true, true, false));
    }
    Scope scope = new Scope(entries).inside(outer, commonTables);
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.ORDER_BY);
    List<SortKey> keys = new ArrayList<>();
    for (Query.OrderItem item : items) {
      Integer ordinal = ordinal(item.value(), "ORDER BY", plan.columns().size());
      keys.add(
          sortKey(
              item,
              ordinal == null
                  ? binder.bindSettled(item.value())
                  : Expressions.columnsOf(plan).get(ordinal)));
    }
    return new Sort(plan, keys);
  }

  static SortKey sortKey(Query.OrderItem item, Expression expression) {
    switch (expression.type().kind()) {
      case JSON, EMBEDDING ->
          throw item.value()
              .position()
              .error(
                  ErrorCode.UNDEFINED_FUNCTION,
                  "could not identify an ordering operator for type "
                      + TypeRules.sqlName(expression.type()));
      default -> {
        boolean nullsFirst = item.nullsFirst() == null ? item.descending() : item.nullsFirst();
        return new SortKey(expression, item.descending(), nullsFirst);
      }
    }
  }

  /**
   * The output column, from 0, that a whole number in ORDER BY or GROUP BY means; null for others.
   */
  static @Nullable Integer ordinal(ParsedExpression item, String clause, int columns) {
    if (item instanceof ParsedExpression.Unary unary
        && unary.operator().equals("-")
        && unary.operand() instanceof ParsedExpression.NumberLiteral literal) {
      throw literal.isInteger() && literal.text().length() <= 9
          ? item.position()
              .error(
                  ErrorCode.INVALID_COLUMN_REFERENCE,
                  clause + " position -" + literal.text() + " is not in select list")
          : item.position().error(ErrorCode.SYNTAX_ERROR, "non-integer constant in " + clause);
    }
    boolean constant =
        item instanceof ParsedExpression.NumberLiteral
            || item instanceof ParsedExpression.StringLiteral
            || item instanceof ParsedExpression.NullLiteral
            || item instanceof ParsedExpression.BooleanLiteral;
    if (!constant) {
      return null;
    }
    if (!(item instanceof ParsedExpression.NumberLiteral literal) || !literal.isInteger()) {
      throw item.position().error(ErrorCode.SYNTAX_ERROR, "non-integer constant in " + clause);
    }
    String text = literal.text();
    int ordinal = text.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(text);
    if (ordinal < 1 || ordinal > columns) {
      throw item.position()
          .error(
              ErrorCode.INVALID_COLUMN_REFERENCE,
              clause + " position " + text + " is not in select list");
    }
    return ordinal - 1;
  }

  @Override
  public LogicalPlan visitSelect(QueryBody.Select body) {
    return new SelectBinder(statement, outer, commonTables).bind(body, List.of(), null, false);
  }

  @Override
  public LogicalPlan visitNested(QueryBody.Nested body) {
    return bind(body.query());
  }

  @Override
  public LogicalPlan visitWrite(QueryBody.Write body) {
    throw body.position()
        .error(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "WITH clause containing a data-modifying statement must be at the top level");
  }

  @Override
  public LogicalPlan visitValues(QueryBody.Values body) {
    Scope scope = Scope.EMPTY.inside(outer, commonTables);
    SubqueriesInRows subqueries = new SubqueriesInRows();
    ExpressionBinder binder =
        new ExpressionBinder(statement, scope, Clause.VALUES, subqueries, null);
    int width = body.rows().get(0).size();
    List<List<Expression>> rows = new ArrayList<>();
    for (List<ParsedExpression> row : body.rows()) {
      if (row.size() != width) {
        throw body.position()
            .error(ErrorCode.SYNTAX_ERROR, "VALUES lists must all be the same length");
      }
      subqueries.beginRow();
      List<Expression> bound = new ArrayList<>();
      for (ParsedExpression item : row) {
        bound.add(binder.bind(item));
      }
      rows.add(bound);
    }
    List<PlanColumn> columns = new ArrayList<>();
    for (int c = 0; c < width; c++) {
      int column = c;
      DataType type =
          SetOperations.commonType(
              rows.stream().map(r -> r.get(column).type()).toList(), "VALUES", body.position());
      columns.add(PlanColumn.computed("column" + (c + 1), type));
      for (int r = 0; r < rows.size(); r++) {
        Position position = body.rows().get(r).get(c).position();
        rows.get(r).set(c, binder.coerce(rows.get(r).get(c), type, CastContext.IMPLICIT, position));
      }
    }
    return subqueries.values(rows, columns);
  }

  @Override
  public LogicalPlan visitSetOperation(QueryBody.SetOperation body) {
    boolean intersect = body.operator() == QueryBody.SetOperator.INTERSECT;
    boolean except = body.operator() == QueryBody.SetOperator.EXCEPT;
    LogicalPlan left = bindArm(body.left(), body, body.all() && (intersect || except));
    LogicalPlan right = bindArm(body.right(), body, except || (body.all() && intersect));
    return SetOperations.combine(body, left, right);
  }

  /** An operand; PostgreSQL's rules say which ones a recursive query may name itself in. */
  private LogicalPlan bindArm(Query arm, QueryBody.SetOperation body, boolean forbidden) {
    return forbidden
        ? statement.withoutRecursion(body.operator().name(), arm.position(), () -> bindOpen(arm))
        : bindOpen(arm);
  }
}
