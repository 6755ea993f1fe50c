package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.DistinctOn;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/**
 * Binds one SELECT in the order SQL gives its clauses: FROM, WHERE, GROUP BY with HAVING, the
 * select list, DISTINCT, ORDER BY, LIMIT.
 */
final class SelectBinder {
  private final StatementBinding statement;
  private final @Nullable OuterQuery outer;
  private final CommonTables commonTables;
  private boolean settles = true;

  SelectBinder(StatementBinding statement, @Nullable OuterQuery outer, CommonTables commonTables) {
    this.statement = statement;
    this.outer = outer;
    this.commonTables = commonTables;
  }

  /** An item of the select list, over the input before grouping until that is known. */
  record Item(
      Expression expression, String name, @Nullable ParsedExpression written, Position position) {}

  /** Literals of the select list whose type is open stay so. */
  LogicalPlan bindOpen(QueryBody.Select select) {
    settles = false;
    return bind(select, List.of(), null, false);
  }

  LogicalPlan bind(
      QueryBody.Select select,
      List<Query.OrderItem> orderBy,
      @Nullable RowLimit limit,
      boolean withTies) {
    FromBinder.Source from = new FromBinder(statement, outer, commonTables).bind(select.from());
    Scope scope = from.scope().inside(outer, commonTables);
    PlanInProgress input = new PlanInProgress(from.plan());
    if (select.where() != null) {
      input.filter(
          new ExpressionBinder(statement, scope, Clause.WHERE, input, null)
              .bindCondition(select.where()));
    }

    AggregateCollector aggregates = new AggregateCollector(statement, scope, input);
    aggregates.windowBinder().define(select.windows());
    ExpressionBinder binder =
        new ExpressionBinder(statement, scope, Clause.SELECT, aggregates, aggregates);
    List<Item> items = bindItems(select, scope, binder);
    int shown = items.size();
    GroupingSets groups =
        new GroupBinder(
                scope,
                items,
                new ExpressionBinder(statement, scope, Clause.GROUP_BY, input, null),
                aggregates)
            .bind(select.groupBy());
    ParsedExpression writtenHaving = select.having();
    Expression having =
        writtenHaving == null
            ? null
            : new ExpressionBinder(statement, scope, Clause.HAVING, aggregates, aggregates)
                .bindCondition(writtenHaving);
    ParsedExpression writtenQualify = select.qualify();
    Expression qualify =
        writtenQualify == null
            ? null
            : new ExpressionBinder(statement, scope, Clause.QUALIFY, aggregates, aggregates)
                .withAliases(aliases(items))
                .bindCondition(writtenQualify);
    boolean distinct = select.distinct() && select.distinctOn().isEmpty();
    OrderBinder orders =
        new OrderBinder(
            new ExpressionBinder(statement, scope, Clause.ORDER_BY, aggregates, aggregates),
            items,
            distinct);
    List<SortKey> order = orders.order(orderBy);
    List<Expression> distinctOn = orders.distinctOn(select.distinctOn(), order);

    boolean grouped = select.groupBy() != null || having != null || aggregates.hasCalls();
    AggregateCollector.Grouping grouping =
        grouped
            ? aggregates.finishGrouped(groups, users(items, having, qualify))
            : aggregates.finishUngrouped();
    if (having != null && writtenHaving != null) {
      input.filter(mapPlaced(grouping, having, binder, writtenHaving.position()));
    }
    grouping.attachWindows();
    if (qualify != null && writtenQualify != null) {
      input.filter(mapPlaced(grouping, qualify, binder, writtenQualify.position()));
    }
    grouping.attachSets();
    LogicalPlan plan = project(input.plan(), items, grouping, binder);
    if (distinct) {
      refuseUncomparable(plan, select.position());
      plan = new Distinct(plan);
    }
    List<SortKey> sorted = OrderBinder.withKeys(order, distinctOn);
    if (!sorted.isEmpty()) {
      plan = new Sort(plan, sorted);
    }
    if (!distinctOn.isEmpty()) {
      plan = new DistinctOn(plan, distinctOn);
    }
    return withoutHidden(QueryBinder.limited(plan, limit, withTies ? order : List.of()), shown);
  }

  private List<Item> bindItems(QueryBody.Select select, Scope scope, ExpressionBinder binder) {
    List<Item> items = new ArrayList<>();
    for (QueryBody.SelectItem item : select.items()) {
      if (item.value() instanceof ParsedExpression.Star star) {
        if (select.from().isEmpty()) {
          throw star.position()
              .error(ErrorCode.SYNTAX_ERROR, "SELECT * with no tables specified is not valid");
        }
        for (Scope.Entry entry : scope.star(star)) {
          items.add(new Item(scope.column(entry), entry.name(), null, star.position()));
        }
      } else {
        String name = item.alias() == null ? OutputNames.of(item.value()) : item.alias().name();
        Expression value = settles ? binder.bindSettled(item.value()) : binder.bind(item.value());
        items.add(new Item(value, name, item.value(), item.value().position()));
      }
    }
    return items;
  }

  private static List<Expression> users(
      List<Item> items, @Nullable Expression having, @Nullable Expression qualify) {
    List<Expression> users = new ArrayList<>();
    items.forEach(item -> users.add(item.expression()));
    if (having != null) {
      users.add(having);
    }
    if (qualify != null) {
      users.add(qualify);
    }
    return users;
  }

  private static Map<String, Expression> aliases(List<Item> items) {
    Map<String, Expression> aliases = new HashMap<>();
    items.forEach(item -> aliases.putIfAbsent(item.name(), item.expression()));
    return aliases;
  }

  static void refuseUncomparable(LogicalPlan plan, Position position) {
    plan.columns().forEach(column -> refuseUncomparable(column.type(), position));
  }

  static void refuseUncomparable(DataType type, Position position) {
    switch (type.kind()) {
      case JSON, EMBEDDING ->
          throw position.error(
              ErrorCode.UNDEFINED_FUNCTION,
              "could not identify an equality operator for type " + TypeRules.sqlName(type));
      default -> {}
    }
  }

  private static Expression mapPlaced(
      AggregateCollector.Grouping grouping,
      Expression expression,
      ExpressionBinder binder,
      Position position) {
    try {
      return grouping.map(expression, binder);
    } catch (KalamException e) {
      throw e.at(position.line(), position.column());
    }
  }

  private static LogicalPlan project(
      LogicalPlan input,
      List<Item> items,
      AggregateCollector.Grouping grouping,
      ExpressionBinder binder) {
    List<Expression> expressions = new ArrayList<>();
    List<PlanColumn> columns = new ArrayList<>();
    for (Item item : items) {
      Expression expression = mapPlaced(grouping, item.expression(), binder, item.position());
      expressions.add(expression);
      columns.add(outputColumn(expression, item.name(), input.columns()));
    }
    return new Project(input, expressions, columns);
  }

  static PlanColumn outputColumn(Expression expression, String name, List<PlanColumn> input) {
    if (expression instanceof Column column) {
      return input.get(column.index()).named(name);
    }
    boolean nullable =
        !(expression instanceof Expression.Literal literal) || literal.value() == null;
    return new PlanColumn(name, expression.type(), null, null, nullable);
  }

  private static LogicalPlan withoutHidden(LogicalPlan plan, int shown) {
    if (plan.columns().size() == shown) {
      return plan;
    }
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < shown; i++) {
      positions.add(i);
    }
    return Project.ofColumns(plan, positions);
  }
}
