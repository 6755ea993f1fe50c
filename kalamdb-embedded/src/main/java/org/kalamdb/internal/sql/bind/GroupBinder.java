package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.sql.bind.SelectBinder.Item;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.sql.parse.QueryBody;
import org.kalamdb.internal.sql.parse.QueryBody.GroupingElement;

/** Binds GROUP BY to the sets of expressions it stands for. */
final class GroupBinder {
  private static final int MOST_CUBE_ELEMENTS = 12;
  private static final int MOST_SETS = 4096;

  private final Scope scope;
  private final List<Item> items;
  private final ExpressionBinder binder;
  private final AggregateCollector aggregates;
  private final List<Expression> groups = new ArrayList<>();

  /**
   * Binds over the rows before grouping.
   *
   * @param items the select list, which ordinals and names mean; one whose value is a subquery is
   *     replaced by the group it becomes
   * @param binder of GROUP BY
   * @param aggregates with what the select list was bound to
   */
  GroupBinder(
      Scope scope, List<Item> items, ExpressionBinder binder, AggregateCollector aggregates) {
    this.scope = scope;
    this.items = items;
    this.binder = binder;
    this.aggregates = aggregates;
  }

  GroupingSets bind(QueryBody.@Nullable GroupBy groupBy) {
    if (groupBy == null) {
      return GroupingSets.NONE;
    }
    List<BitSet> sets = List.of(new BitSet());
    for (GroupingElement element : groupBy.elements()) {
      sets = GroupingSets.cross(sets, expand(element, groupBy.position()));
      checkNumber(sets, groupBy.position());
    }
    return new GroupingSets(groups, groupBy.distinct() ? GroupingSets.distinct(sets) : sets);
  }

  private static void checkNumber(List<BitSet> sets, Position position) {
    if (sets.size() > MOST_SETS) {
      throw position.error(
          ErrorCode.STATEMENT_TOO_COMPLEX,
          "too many grouping sets present (maximum " + MOST_SETS + ")");
    }
  }

  private List<BitSet> expand(GroupingElement element, Position position) {
    if (element instanceof GroupingElement.Simple simple) {
      return List.of(set(simple));
    } else if (element instanceof GroupingElement.Rollup rollup) {
      return GroupingSets.rollup(sets(rollup.sets()));
    } else if (element instanceof GroupingElement.Cube cube) {
      if (cube.sets().size() > MOST_CUBE_ELEMENTS) {
        throw position.error(
            ErrorCode.TOO_MANY_COLUMNS, "CUBE is limited to " + MOST_CUBE_ELEMENTS + " elements");
      }
      return GroupingSets.cube(sets(cube.sets()));
    }
    List<BitSet> all = new ArrayList<>();
    for (GroupingElement inner : ((GroupingElement.GroupingSets) element).sets()) {
      all.addAll(expand(inner, position));
      checkNumber(all, position);
    }
    return all;
  }

  private List<BitSet> sets(List<GroupingElement.Simple> elements) {
    return elements.stream().map(this::set).toList();
  }

  private BitSet set(GroupingElement.Simple simple) {
    BitSet set = new BitSet();
    for (ParsedExpression parsed : simple.expressions()) {
      Expression group = bindGroup(parsed);
      switch (group.type().kind()) {
        case JSON, EMBEDDING ->
            throw parsed
                .position()
                .error(
                    ErrorCode.UNDEFINED_FUNCTION,
                    "could not identify an equality operator for type "
                        + TypeRules.sqlName(group.type()));
        default -> {}
      }
      if (!groups.contains(group)) {
        groups.add(group);
      }
      set.set(groups.indexOf(group));
    }
    return set;
  }

  /** A number is a select item, a name an input column first and then an alias. */
  private Expression bindGroup(ParsedExpression parsed) {
    Integer index = QueryBinder.ordinal(parsed, "GROUP BY", items.size());
    if (index == null
        && parsed instanceof ParsedExpression.ColumnReference reference
        && reference.parts().size() == 1
        && findBare(reference) == null) {
      index = aliasIndex(reference);
    }
    return index == null ? binder.bindSettled(parsed) : itemAsGroup(index, parsed);
  }

  private Scope.@Nullable Entry findBare(ParsedExpression.ColumnReference reference) {
    try {
      return scope.findBare(reference.name());
    } catch (KalamException e) {
      throw e.at(reference.position().line(), reference.position().column());
    }
  }

  private @Nullable Integer aliasIndex(ParsedExpression.ColumnReference reference) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).name().equals(reference.name())) {
        return i;
      }
    }
    return null;
  }

  /** A subquery of the item is bound again, below the grouping. */
  private Expression itemAsGroup(int index, ParsedExpression parsed) {
    Item item = items.get(index);
    if (!AggregateCollector.hasStandIns(item.expression())) {
      return item.expression();
    }
    boolean window = WindowCollector.isIn(item.expression());
    if (window || item.written() == null || AggregateCollector.hasCalls(item.expression())) {
      throw parsed
          .position()
          .error(
              window ? ErrorCode.WINDOWING_ERROR : ErrorCode.GROUPING_ERROR,
              (window ? "window functions" : "aggregate functions")
                  + " are not allowed in GROUP BY");
    }
    Expression group = binder.bindSettled(item.written());
    aggregates.forget(item.expression());
    items.set(index, new Item(group, item.name(), item.written(), item.position()));
    return group;
  }
}
