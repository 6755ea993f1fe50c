package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.estimate.PlanEstimator;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.SortKey;
import org.kalamdb.schema.DataType;

/**
 * A join by the first columns of both sides' primary keys merges scans in key order where the side
 * it holds would not fit into memory, or where that saves a sort above which costs more.
 */
final class UseMergeJoin implements CostPass {
  /** What a row costs that is put into a hash table, one that is streamed being 1. */
  private static final double BUILD_COST = 2;

  /** Scans in key order merge their sources, and are read by one thread. */
  private static final double ORDERED_COST = 2;

  /** The share of the query's memory that a join may hope for beside others. */
  private static final double MEMORY_SHARE = 0.5;

  /** What a hash table takes for a row, beside its columns. */
  private static final double TABLE_ROW_BYTES = 64;

  private static final double FIXED_BYTES = 8;
  private static final double VARIABLE_BYTES = 32;

  @Override
  public LogicalPlan apply(LogicalPlan plan, PlanEstimator estimates) {
    return Plans.rewriteUp(plan, node -> rewrite(node, estimates));
  }

  private static LogicalPlan rewrite(LogicalPlan node, PlanEstimator estimates) {
    if (node instanceof Sort sort) {
      LogicalPlan ordered = ordered(sort.input(), sort.keys(), 1, false, estimates);
      return ordered == null ? node : ordered;
    }
    if (node instanceof TopN topN) {
      double read = estimates.rows(topN) / Math.max(1, estimates.rows(topN.input()));
      LogicalPlan ordered = ordered(topN.input(), topN.keys(), read, true, estimates);
      return ordered == null ? node : new Limit(ordered, topN.limit());
    }
    if (node instanceof Join join && overflows(join, estimates)) {
      Join merged = merged(join);
      return merged == null ? node : merged;
    }
    return node;
  }

  /**
   * The plan with its rows in the order of the keys, by a join that merges, or null.
   *
   * @param read the share of the rows that is asked for
   * @param top whether what sorts keeps few rows
   */
  private static @Nullable LogicalPlan ordered(
      LogicalPlan plan, List<SortKey> keys, double read, boolean top, PlanEstimator estimates) {
    if (plan instanceof Filter filter) {
      LogicalPlan input = ordered(filter.input(), keys, read, top, estimates);
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
      LogicalPlan input = ordered(project.input(), below, read, top, estimates);
      return input == null ? null : project.withInputs(List.of(input));
    }
    if (!(plan instanceof Join join) || !putsOutInOrder(join.type())) {
      return null;
    }
    Join merged = join.merged() > 0 ? join : merged(join);
    boolean fits = merged != null && isOrder(merged, keys);
    return fits && (join.merged() > 0 || savesSort(join, read, top, estimates)) ? merged : null;
  }

  private static boolean putsOutInOrder(JoinType type) {
    return type == JoinType.INNER || type == JoinType.SEMI || type == JoinType.ANTI;
  }

  /** Whether rows in order of the merged keys are in the order asked for. */
  private static boolean isOrder(Join merged, List<SortKey> keys) {
    int leftWidth = merged.left().columns().size();
    if (keys.size() > merged.merged()) {
      return false;
    }
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).descending() || !(keys.get(i).expression() instanceof Column column)) {
        return false;
      }
      Join.EquiKey key = merged.keys().get(i);
      Expression side = column.index() < leftWidth ? key.left() : key.right();
      int offset = column.index() < leftWidth ? 0 : leftWidth;
      if (!(side instanceof Column by) || by.index() + offset != column.index()) {
        return false;
      }
    }
    return true;
  }

  private static boolean savesSort(Join join, double read, boolean top, PlanEstimator estimates) {
    double left = estimates.rows(join.left());
    double right = estimates.rows(join.right());
    double rows = Math.max(2, estimates.rows(join));
    double sort = top ? rows : rows * Math.log(rows) / Math.log(2);
    return ORDERED_COST * (left + right) * Math.min(1, read) < left + BUILD_COST * right + sort;
  }

  private static boolean overflows(Join join, PlanEstimator estimates) {
    LogicalPlan held = join.holdsLeft() ? join.left() : join.right();
    double rowBytes = TABLE_ROW_BYTES;
    for (var column : held.columns()) {
      rowBytes += isVariable(column.type()) ? VARIABLE_BYTES : FIXED_BYTES;
    }
    return estimates.rows(held) * rowBytes > MEMORY_SHARE * estimates.memoryBytes();
  }

  private static boolean isVariable(DataType type) {
    return switch (type.kind()) {
      case TEXT, VARCHAR, CHAR, BYTES, JSON, EMBEDDING, DECIMAL -> true;
      default -> false;
    };
  }

  /**
   * The join over scans in the order of as many of its keys as can be, which come first; or null.
   */
  private static @Nullable Join merged(Join join) {
    if (join.type() == JoinType.MARK || join.merged() > 0) {
      return null;
    }
    List<Join.EquiKey> first = new ArrayList<>();
    List<Join.EquiKey> others = new ArrayList<>(join.keys());
    LogicalPlan left = null;
    LogicalPlan right = null;
    for (int i = 0; i < others.size(); ) {
      Join.EquiKey key = others.get(i);
      first.add(key);
      LogicalPlan sortedLeft = sorted(join.left(), first.stream().map(Join.EquiKey::left).toList());
      LogicalPlan sortedRight =
          sorted(join.right(), first.stream().map(Join.EquiKey::right).toList());
      if (sortedLeft != null && sortedRight != null) {
        left = sortedLeft;
        right = sortedRight;
        others.remove(i);
        i = 0;
      } else {
        first.remove(first.size() - 1);
        i++;
      }
    }
    if (left == null || right == null) {
      return null;
    }
    int count = first.size();
    first.addAll(others);
    return join.merging(left, right, first, count);
  }

  private static @Nullable LogicalPlan sorted(LogicalPlan plan, List<Expression> by) {
    boolean possible = by.stream().allMatch(key -> isKeyColumn(plan, key)) && isPlain(plan);
    return possible
        ? UseKeyOrder.order(plan, by.stream().map(key -> new SortKey(key, false, false)).toList())
        : null;
  }

  /** Whether the expression is a column of a primary key, whose equal values have one form. */
  private static boolean isKeyColumn(LogicalPlan plan, Expression expression) {
    if (!(expression instanceof Column column)) {
      return false;
    }
    if (plan instanceof Filter filter) {
      return isKeyColumn(filter.input(), expression);
    }
    if (plan instanceof Project project) {
      return isKeyColumn(project.input(), project.expressions().get(column.index()));
    }
    return plan instanceof Scan scan
        && scan.table().schema().primaryKey().contains(scan.scanColumns().get(column.index()))
        && hasOneForm(column.type());
  }

  private static boolean hasOneForm(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN, SMALLINT, INTEGER, BIGINT, DECIMAL -> true;
      case TEXT, VARCHAR, BYTES, UUID, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
      default -> false;
    };
  }

  /** Whether the scan below reads its rows by key, and all of them. */
  private static boolean isPlain(LogicalPlan plan) {
    return plan instanceof Scan scan
        ? scan.index() == null && scan.limit() == null
        : isPlain(plan.inputs().get(0));
  }
}
