package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.bind.SelectBinder.Item;
import org.kalamdb.internal.sql.parse.ParsedExpression;
import org.kalamdb.internal.sql.parse.Query;
import org.kalamdb.internal.sql.plan.SortKey;

/**
 * Binds ORDER BY and DISTINCT ON of a SELECT to columns of its projection; what the select list
 * lacks is added to the items and dropped behind the sort.
 */
final class OrderBinder {
  private final ExpressionBinder binder;
  private final List<Item> items;
  private final int shown;

  /** Whether the rows are made distinct before they are sorted, when nothing can be added. */
  private final boolean distinct;

  OrderBinder(ExpressionBinder binder, List<Item> items, boolean distinct) {
    this.binder = binder;
    this.items = items;
    this.shown = items.size();
    this.distinct = distinct;
  }

  List<SortKey> order(List<Query.OrderItem> orderBy) {
    List<SortKey> keys = new ArrayList<>();
    for (Query.OrderItem order : orderBy) {
      keys.add(QueryBinder.sortKey(order, column(order.value(), "ORDER BY")));
    }
    return keys;
  }

  /**
   * The columns of DISTINCT ON.
   *
   * @param order of the whole query, which must begin with them, in whatever order
   */
  List<Expression> distinctOn(List<ParsedExpression> expressions, List<SortKey> order) {
    List<Expression> columns = new ArrayList<>();
    for (ParsedExpression parsed : expressions) {
      Column column = column(parsed, "DISTINCT ON");
      SelectBinder.refuseUncomparable(column.type(), parsed.position());
      columns.add(column);
    }
    Set<Expression> missing = new HashSet<>(columns);
    boolean others = false;
    boolean late = false;
    for (SortKey key : order) {
      boolean one = columns.contains(key.expression());
      late |= one && others;
      others |= !one;
      missing.remove(key.expression());
    }
    if (late || others && !missing.isEmpty()) {
      throw expressions
          .get(0)
          .position()
          .error(
              ErrorCode.INVALID_COLUMN_REFERENCE,
              "SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
    }
    return columns;
  }

  /** An order in which rows equal by {@code keys} are neighbours and that refines this one. */
  static List<SortKey> withKeys(List<SortKey> order, List<Expression> keys) {
    List<SortKey> all = new ArrayList<>(order);
    for (Expression key : keys) {
      if (all.stream().noneMatch(sortKey -> sortKey.expression().equals(key))) {
        all.add(new SortKey(key, false, false));
      }
    }
    return all;
  }

  private Column column(ParsedExpression parsed, String clause) {
    Integer index = QueryBinder.ordinal(parsed, clause, shown);
    if (index == null) {
      index = aliasIndex(parsed);
    }
    if (index == null) {
      Expression expression = binder.bindSettled(parsed);
      index = indexOf(expression);
      if (index < 0) {
        if (distinct) {
          throw parsed
              .position()
              .error(
                  ErrorCode.INVALID_COLUMN_REFERENCE,
                  "for SELECT DISTINCT, ORDER BY expressions must appear in select list");
        }
        index = items.size();
        items.add(new Item(expression, OutputNames.of(parsed), parsed, parsed.position()));
      }
    }
    Item item = items.get(index);
    return new Column(index, item.expression().type(), item.name());
  }

  private int indexOf(Expression expression) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).expression().equals(expression)) {
        return i;
      }
    }
    return -1;
  }

  /** The one select item of the name: in ORDER BY it goes before an input column. */
  private @Nullable Integer aliasIndex(ParsedExpression parsed) {
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
}
