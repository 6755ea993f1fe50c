package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.catalog.IndexDefinition;
import org.kalamdb.internal.catalog.IndexDefinition.IndexColumn;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.IndexAccess;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.ScanPredicate;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;

/**
 * Offers a scan without key ranges the sorted index that its conditions fit best, and to one below
 * a TopN the index that has the first rows in front.
 */
final class UseIndex implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, UseIndex::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (plan instanceof Filter filter && filter.input() instanceof Scan scan && isOpen(scan)) {
      IndexAccess best = best(scan);
      return best == null ? plan : new Filter(scan.withIndex(best), filter.condition());
    }
    if (plan instanceof TopN topN) {
      LogicalPlan input = ordered(topN.input(), topN.keys(), topN, 0);
      return input == null ? plan : topN.withInputs(List.of(input));
    }
    return plan;
  }

  private static boolean isOpen(Scan scan) {
    return scan.keys().isEmpty() && !scan.includeDeleted();
  }

  private static @Nullable IndexAccess best(Scan scan) {
    IndexAccess best = null;
    int bestScore = 0;
    for (IndexDefinition index : usable(scan)) {
      Fit fit = Fit.of(scan, index);
      int score = fit.score(index);
      if (score > bestScore) {
        bestScore = score;
        best = new IndexAccess(index, fit.conditions, false, null);
      }
    }
    return best;
  }

  private static List<IndexDefinition> usable(Scan scan) {
    return scan.table().constraints().indexes().stream()
        .filter(index -> index.isSorted() && index.ready() && !index.spansUsers())
        .toList();
  }

  /** The predicates of a scan that an index answers, on a prefix of its columns. */
  private static final class Fit {
    private final List<KeyCondition> conditions = new ArrayList<>();
    private int predicates;
    private int equalities;

    static Fit of(Scan scan, IndexDefinition index) {
      Fit fit = new Fit();
      TableSchema schema = scan.table().schema();
      long ranges = 1;
      for (IndexColumn column : index.columns()) {
        KeyCondition condition = fit.take(scan, schema.positionOf(column.column()), ranges);
        if (condition == null) {
          break;
        }
        fit.conditions.add(condition);
        if (!condition.isEquality()) {
          break;
        }
        fit.equalities++;
        ranges *= condition.equal().stream().mapToInt(List::size).min().orElse(1);
      }
      return fit;
    }

    private @Nullable KeyCondition take(Scan scan, int column, long ranges) {
      List<List<Expression>> equal = new ArrayList<>();
      List<KeyCondition.Bound> lower = new ArrayList<>();
      List<KeyCondition.Bound> upper = new ArrayList<>();
      for (ScanPredicate predicate : scan.predicates()) {
        if (predicate.column() != column) {
          continue;
        }
        Expression value = predicate.values().get(0);
        boolean taken = true;
        switch (predicate.operator()) {
          case EQUAL -> {
            taken = ranges * predicate.values().size() <= PushFilterIntoScan.MAX_RANGES;
            if (taken) {
              equal.add(predicate.values());
            }
          }
          case GREATER -> lower.add(new KeyCondition.Bound(value, false));
          case GREATER_OR_EQUAL -> lower.add(new KeyCondition.Bound(value, true));
          case LESS -> upper.add(new KeyCondition.Bound(value, false));
          case LESS_OR_EQUAL -> upper.add(new KeyCondition.Bound(value, true));
          default -> taken = false;
        }
        predicates += taken ? 1 : 0;
      }
      return equal.isEmpty() && lower.isEmpty() && upper.isEmpty()
          ? null
          : new KeyCondition(column, equal, lower, upper);
    }

    /** Greater is better; 0 if the index answers nothing. */
    int score(IndexDefinition index) {
      if (conditions.isEmpty()) {
        return 0;
      }
      boolean one = index.unique() && equalities == index.columns().size();
      return (one ? 1_000 : 0) + 2 * equalities + (conditions.size() > equalities ? 1 : 0);
    }
  }

  /** The plan with its scan offered an index in the order of the keys, or null if there is none. */
  private static @Nullable LogicalPlan ordered(
      LogicalPlan plan, List<SortKey> keys, TopN topN, int conjuncts) {
    if (plan instanceof Filter filter) {
      int parts = Expressions.conjuncts(filter.condition()).size();
      LogicalPlan input = ordered(filter.input(), keys, topN, conjuncts + parts);
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
      LogicalPlan input = ordered(project.input(), below, topN, conjuncts);
      return input == null ? null : project.withInputs(List.of(input));
    }
    if (plan instanceof Scan scan && isOpen(scan)) {
      for (IndexDefinition index : usable(scan)) {
        Fit fit = Fit.of(scan, index);
        Boolean descending =
            fit.predicates == conjuncts ? direction(scan, index, fit.conditions, keys) : null;
        if (descending != null) {
          return scan.withIndex(new IndexAccess(index, fit.conditions, descending, topN.limit()));
        }
      }
    }
    return null;
  }

  /** Whether the index has the keys' order backwards; null if it has not at all. */
  private static @Nullable Boolean direction(
      Scan scan, IndexDefinition index, List<KeyCondition> conditions, List<SortKey> keys) {
    TableSchema schema = scan.table().schema();
    Predicate<Integer> settled =
        column -> conditions.stream().anyMatch(c -> c.column() == column && c.isSingleValue());
    long several = conditions.stream().filter(c -> c.isEquality() && !c.isSingleValue()).count();
    if (several > 0) {
      return null;
    }
    Boolean backwards = null;
    int next = 0;
    for (SortKey key : keys) {
      Integer position =
          key.expression() instanceof Column column ? scan.scanColumns().get(column.index()) : null;
      if (position == null || position < 0) {
        return null;
      }
      if (settled.test(position)) {
        continue;
      }
      while (next < index.columns().size()
          && settled.test(schema.positionOf(index.columns().get(next).column()))) {
        next++;
      }
      if (next == index.columns().size()) {
        return null;
      }
      IndexColumn column = index.columns().get(next++);
      ColumnSchema found = schema.column(position);
      boolean turned = key.descending() != column.descending();
      boolean fits =
          column.column() == found.id()
              && (!found.nullable() || key.nullsFirst() == key.descending())
              && (backwards == null || backwards == turned);
      if (!fits) {
        return null;
      }
      backwards = turned;
    }
    return backwards;
  }
}
