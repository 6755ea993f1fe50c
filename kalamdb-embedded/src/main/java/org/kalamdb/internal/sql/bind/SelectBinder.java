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
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.PlanColumn;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.SortKey;

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
  private record Item(
      Expression expression, String name, Position position, @Nullable ParsedExpression written) {}

  /** Literals of the select list whose type is open stay so. */
  LogicalPlan bindOpen(QueryBody.Select select) {
    settles = false;
    return bind(select, List.of(), null);
  }

  LogicalPlan bind(
      QueryBody.Select select, List<Query.OrderItem> orderBy, @Nullable RowLimit limit) {
    refuse(select);
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
    List<Expression> groups = bindGroups(select.groupBy(), scope, items, input, aggregates);
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
    List<SortKey> order = bindOrder(orderBy, scope, aggregates, items, shown, select);

    boolean grouped = select.groupBy() != null || having != null || aggregates.hasCalls();
    AggregateCollector.Grouping grouping =
        grouped ? aggregates.finishGrouped(groups) : aggregates.finishUngrouped();
    if (having != null && writtenHaving != null) {
      input.filter(mapPlaced(grouping, having, binder, writtenHaving.position()));
    }
    grouping.attachWindows();
    if (qualify != null && writtenQualify != null) {
      input.filter(mapPlaced(grouping, qualify, binder, writtenQualify.position()));
    }
    grouping.attachSets();
    LogicalPlan plan = project(input.plan(), items, grouping, binder);
    if (select.distinct()) {
      refuseUncomparable(plan, select.position());
      plan = new Distinct(plan);
    }
    if (!order.isEmpty()) {
      plan = new Sort(plan, order);
    }
    return withoutHidden(QueryBinder.limited(plan, limit), shown);
  }

  private static void refuse(QueryBody.Select select) {
    if (!select.distinctOn().isEmpty()) {
      throw select
          .distinctOn()
          .get(0)
          .position()
          .error(ErrorCode.FEATURE_NOT_SUPPORTED, "DISTINCT ON is not supported");
    }
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
          items.add(new Item(scope.column(entry), entry.name(), star.position(), null));
        }
      } else {
        String name = item.alias() == null ? OutputNames.of(item.value()) : item.alias().name();
        Expression value = settles ? binder.bindSettled(item.value()) : binder.bind(item.value());
        items.add(new Item(value, name, item.value().position(), item.value()));
      }
    }
    return items;
  }

  private static Map<String, Expression> aliases(List<Item> items) {
    Map<String, Expression> aliases = new HashMap<>();
    items.forEach(item -> aliases.putIfAbsent(item.name(), item.expression()));
    return aliases;
  }

  private List<Expression> bindGroups(
      QueryBody.@Nullable GroupBy groupBy,
      Scope scope,
      List<Item> items,
      PlanInProgress input,
      AggregateCollector aggregates) {
    List<Expression> groups = new ArrayList<>();
    if (groupBy == null) {
      return groups;
    }
    ExpressionBinder binder = new ExpressionBinder(statement, scope, Clause.GROUP_BY, input, null);
    for (QueryBody.GroupingElement element : groupBy.elements()) {
      if (!(element instanceof QueryBody.GroupingElement.Simple simple)) {
        throw placeOf(element, groupBy.position())
            .error(
                ErrorCode.FEATURE_NOT_SUPPORTED,
                "GROUPING SETS, ROLLUP and CUBE are not supported");
      }
      for (ParsedExpression parsed : simple.expressions()) {
        Expression group = bindGroup(parsed, scope, items, binder, aggregates);
        if (!isGroupable(group)) {
          throw parsed
              .position()
              .error(
                  ErrorCode.UNDEFINED_FUNCTION,
                  "could not identify an equality operator for type "
                      + TypeRules.sqlName(group.type()));
        }
        if (!groups.contains(group)) {
          groups.add(group);
        }
      }
    }
    return groups;
  }

  /** Where the first expression of a grouping element stands. */
  private static Position placeOf(QueryBody.GroupingElement element, Position otherwise) {
    List<? extends QueryBody.GroupingElement> inner = List.of();
    if (element instanceof QueryBody.GroupingElement.Simple simple) {
      return simple.expressions().isEmpty() ? otherwise : simple.expressions().get(0).position();
    } else if (element instanceof QueryBody.GroupingElement.Rollup rollup) {
      inner = rollup.sets();
    } else if (element instanceof QueryBody.GroupingElement.Cube cube) {
      inner = cube.sets();
    } else if (element instanceof QueryBody.GroupingElement.GroupingSets sets) {
      inner = sets.sets();
    }
    return inner.isEmpty() ? otherwise : placeOf(inner.get(0), otherwise);
  }

  /** A number is a select item, a name an input column first and then an alias. */
  private static Expression bindGroup(
      ParsedExpression parsed,
      Scope scope,
      List<Item> items,
      ExpressionBinder binder,
      AggregateCollector aggregates) {
    Integer ordinal = QueryBinder.ordinal(parsed, "GROUP BY", items.size());
    if (ordinal != null) {
      return itemAsGroup(items, ordinal, parsed, binder, aggregates);
    }
    if (parsed instanceof ParsedExpression.ColumnReference reference
        && reference.parts().size() == 1
        && findBare(scope, reference) == null) {
      for (int i = 0; i < items.size(); i++) {
        if (items.get(i).name().equals(reference.name())) {
          return itemAsGroup(items, i, parsed, binder, aggregates);
        }
      }
    }
    return binder.bindSettled(parsed);
  }

  /** The item is grouped by; a subquery in it is computed before grouping, and only there. */
  private static Expression itemAsGroup(
      List<Item> items,
      int index,
      ParsedExpression parsed,
      ExpressionBinder binder,
      AggregateCollector aggregates) {
    Item item = items.get(index);
    ParsedExpression written = item.written();
    if (written == null
        || !AggregateCollector.hasStandIns(item.expression())
        || !AggregateCollector.hasOnlySubqueries(item.expression())) {
      return withoutAggregates(item, parsed);
    }
    aggregates.forget(item.expression());
    Expression group = binder.bindSettled(written);
    items.set(index, new Item(group, item.name(), item.position(), written));
    return group;
  }

  private static Scope.@Nullable Entry findBare(
      Scope scope, ParsedExpression.ColumnReference reference) {
    try {
      return scope.findBare(reference.name());
    } catch (KalamException e) {
      throw e.at(reference.position().line(), reference.position().column());
    }
  }

  private static Expression withoutAggregates(Item item, ParsedExpression parsed) {
    if (WindowCollector.isIn(item.expression())) {
      throw parsed
          .position()
          .error(ErrorCode.WINDOWING_ERROR, "window functions are not allowed in GROUP BY");
    }
    if (AggregateCollector.hasStandIns(item.expression())) {
      throw parsed
          .position()
          .error(ErrorCode.GROUPING_ERROR, "aggregate functions are not allowed in GROUP BY");
    }
    return item.expression();
  }

  private static boolean isGroupable(Expression expression) {
    return switch (expression.type().kind()) {
      case JSON, EMBEDDING -> false;
      default -> true;
    };
  }

  static void refuseUncomparable(LogicalPlan plan, Position position) {
    for (PlanColumn column : plan.columns()) {
      switch (column.type().kind()) {
        case JSON, EMBEDDING ->
            throw position.error(
                ErrorCode.UNDEFINED_FUNCTION,
                "could not identify an equality operator for type "
                    + TypeRules.sqlName(column.type()));
        default -> {}
      }
    }
  }

  /**
   * Sort keys as columns of the projection; what the select list lacks is added to {@code items}
   * and dropped behind the sort.
   */
  private List<SortKey> bindOrder(
      List<Query.OrderItem> orderBy,
      Scope scope,
      AggregateCollector aggregates,
      List<Item> items,
      int shown,
      QueryBody.Select select) {
    ExpressionBinder binder =
        new ExpressionBinder(statement, scope, Clause.ORDER_BY, aggregates, aggregates);
    List<SortKey> keys = new ArrayList<>();
    for (Query.OrderItem order : orderBy) {
      ParsedExpression parsed = order.value();
      Integer index = QueryBinder.ordinal(parsed, "ORDER BY", shown);
      if (index == null) {
        index = aliasIndex(parsed, items, shown);
      }
      if (index == null) {
        Expression expression = binder.bindSettled(parsed);
        index = indexOf(items, expression);
        if (index < 0) {
          if (select.distinct()) {
            throw parsed
                .position()
                .error(
                    ErrorCode.INVALID_COLUMN_REFERENCE,
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
          }
          index = items.size();
          items.add(new Item(expression, OutputNames.of(parsed), parsed.position(), null));
        }
      }
      Item item = items.get(index);
      keys.add(
          QueryBinder.sortKey(order, new Column(index, item.expression().type(), item.name())));
    }
    return keys;
  }

  private static int indexOf(List<Item> items, Expression expression) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).expression().equals(expression)) {
        return i;
      }
    }
    return -1;
  }

  /** The one select item of the name: in ORDER BY it goes before an input column. */
  private static @Nullable Integer aliasIndex(
      ParsedExpression parsed, List<Item> items, int shown) {
    if (!(parsed instanceof ParsedExpression.ColumnReference reference)
        || reference.parts().size() != 1) {
      return null;
    }
    Integer found = null;
    for (int i = 0; i < shown; i++) {
      if (items.get(i).name().equals(reference.name())) {
        if (found != null && !items.get(found).expression().equals(items.get(i).expression())) {
          throw parsed
              .position()
              .error(
                  ErrorCode.AMBIGUOUS_COLUMN, "ORDER BY \"" + reference.name() + "\" is ambiguous");
        }
        found = found == null ? Integer.valueOf(i) : found;
      }
    }
    return found;
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
