package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.internal.storage.ScanRequest.Order;

/**
 * An ORDER BY that a scan in primary-key order satisfies needs no sort. Key columns that the scan
 * binds to one value are in any order, and once the whole key is ordered nothing behind it matters.
 */
final class UseKeyOrder implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, UseKeyOrder::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (plan instanceof Sort sort) {
      LogicalPlan ordered = order(sort.input(), sort.keys());
      return ordered == null ? plan : ordered;
    }
    if (plan instanceof TopN topN) {
      LogicalPlan ordered = order(topN.input(), topN.keys());
      return ordered == null ? plan : new Limit(ordered, topN.limit());
    }
    return plan;
  }

  /** The plan with rows in the order of {@code keys}, or null if its scan cannot give that. */
  static @Nullable LogicalPlan order(LogicalPlan plan, List<SortKey> keys) {
    if (plan instanceof Filter filter) {
      LogicalPlan input = order(filter.input(), keys);
      return input == null ? null : new Filter(input, filter.condition());
    }
    if (plan instanceof Project project) {
      List<SortKey> below = new ArrayList<>();
      for (SortKey key : keys) {
        if (!(key.expression() instanceof Column column)) {
          return null;
        }
        below.add(key.withExpression(project.expressions().get(column.index())));
      }
      LogicalPlan input = order(project.input(), below);
      return input == null ? null : project.withInputs(List.of(input));
    }
    if (plan instanceof Scan scan) {
      Order order = scanOrder(scan, keys);
      return order == null ? null : scan.withOrder(order);
    }
    return null;
  }

  private static @Nullable Order scanOrder(Scan scan, List<SortKey> keys) {
    if (scan.order() != Order.ANY) {
      return null;
    }
    Set<Integer> settled = new HashSet<>();
    for (KeyCondition condition : scan.keys()) {
      if (condition.isSingleValue()) {
        settled.add(condition.column());
      }
    }
    List<Integer> keyColumns = scan.table().schema().primaryKey();
    int next = 0;
    Order order = null;
    for (SortKey key : keys) {
      next = skipSettled(keyColumns, next, settled);
      if (next == keyColumns.size() && !keyColumns.isEmpty()) {
        break;
      }
      Integer number = scanNumber(scan, key.expression());
      if (number == null) {
        return null;
      }
      if (settled.contains(number)) {
        continue;
      }
      Order wanted = key.descending() ? Order.DESCENDING : Order.ASCENDING;
      boolean fits =
          next < keyColumns.size()
              && keyColumns.get(next).equals(number)
              && (order == null || order == wanted);
      if (!fits) {
        return null;
      }
      order = wanted;
      settled.add(number);
    }
    return order == null ? Order.ASCENDING : order;
  }

  private static int skipSettled(List<Integer> keyColumns, int from, Set<Integer> settled) {
    int next = from;
    while (next < keyColumns.size() && settled.contains(keyColumns.get(next))) {
      next++;
    }
    return next;
  }

  private static @Nullable Integer scanNumber(Scan scan, Expression expression) {
    return expression instanceof Column column ? scan.scanColumns().get(column.index()) : null;
  }
}
