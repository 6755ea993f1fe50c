package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.OuterColumn;

/** The expressions that plans are made of. */
public final class PlanExpressions implements PlanVisitor<List<Expression>> {
  private static final PlanExpressions OF = new PlanExpressions();

  private PlanExpressions() {}

  /** The operator's own expressions, without those of its inputs. */
  public static List<Expression> of(LogicalPlan plan) {
    return plan.accept(OF);
  }

  /** Whether something in the plan may give another value each time. */
  public static boolean isVolatile(LogicalPlan plan) {
    return of(plan).stream().anyMatch(Expressions::isVolatile)
        || plan.inputs().stream().anyMatch(PlanExpressions::isVolatile);
  }

  /** Whether the plan gives the same rows over the same tables, always. */
  public static boolean isImmutable(LogicalPlan plan) {
    return of(plan).stream().allMatch(Expressions::isImmutable)
        && plan.inputs().stream().allMatch(PlanExpressions::isImmutable);
  }

  /** The outer columns that the plan needs from around it, by number. */
  public static Map<Integer, OuterColumn> outerColumns(LogicalPlan plan) {
    Map<Integer, OuterColumn> found = new LinkedHashMap<>();
    collectOuterColumns(plan, found);
    return found;
  }

  private static void collectOuterColumns(LogicalPlan plan, Map<Integer, OuterColumn> found) {
    of(plan).forEach(expression -> collectOuterColumns(expression, found));
    if (plan instanceof Apply apply) {
      collectOuterColumns(apply.left(), found);
      Map<Integer, OuterColumn> right = outerColumns(apply.right());
      apply.correlations().forEach(c -> right.remove(c.id()));
      found.putAll(right);
      return;
    }
    plan.inputs().forEach(input -> collectOuterColumns(input, found));
  }

  /** Adds the outer columns in the expression, by number. */
  public static void collectOuterColumns(Expression expression, Map<Integer, OuterColumn> found) {
    if (expression instanceof OuterColumn column) {
      found.put(column.id(), column);
    }
    Expressions.children(expression).forEach(child -> collectOuterColumns(child, found));
  }

  @Override
  public List<Expression> visitScan(Scan scan) {
    List<Expression> all = new ArrayList<>();
    for (KeyCondition key : scan.keys()) {
      key.equal().forEach(all::addAll);
      key.lower().forEach(bound -> all.add(bound.value()));
      key.upper().forEach(bound -> all.add(bound.value()));
    }
    scan.predicates().forEach(predicate -> all.addAll(predicate.values()));
    addLimit(scan.limit(), all);
    return all;
  }

  private static void addLimit(@Nullable RowLimit limit, List<Expression> all) {
    if (limit != null && limit.limit() != null) {
      all.add(limit.limit());
    }
    if (limit != null && limit.offset() != null) {
      all.add(limit.offset());
    }
  }

  @Override
  public List<Expression> visitValues(LogicalPlan.Values values) {
    return values.rows().stream().flatMap(List::stream).toList();
  }

  @Override
  public List<Expression> visitBufferedRows(LogicalPlan.BufferedRows rows) {
    return List.of();
  }

  @Override
  public List<Expression> visitFilter(LogicalPlan.Filter filter) {
    return List.of(filter.condition());
  }

  @Override
  public List<Expression> visitProject(LogicalPlan.Project project) {
    return project.expressions();
  }

  @Override
  public List<Expression> visitAggregate(LogicalPlan.Aggregate aggregate) {
    List<Expression> all = new ArrayList<>(aggregate.groups());
    for (AggregateCall call : aggregate.calls()) {
      all.addAll(call.arguments());
      if (call.filter() != null) {
        all.add(call.filter());
      }
    }
    return all;
  }

  @Override
  public List<Expression> visitExpandSets(ExpandSets expand) {
    return expand.keys();
  }

  @Override
  public List<Expression> visitWindow(LogicalPlan.Window window) {
    List<Expression> all = new ArrayList<>(window.partitionBy());
    window.orderBy().forEach(key -> all.add(key.expression()));
    for (WindowCall call : window.calls()) {
      all.addAll(call.arguments());
      WindowFrame frame = call.frame();
      for (Expression part :
          Arrays.asList(
              call.filter(),
              frame.start().offset(),
              frame.end().offset(),
              frame.start().limit(),
              frame.end().limit(),
              frame.rangeKey())) {
        if (part != null) {
          all.add(part);
        }
      }
    }
    return all;
  }

  @Override
  public List<Expression> visitDistinct(LogicalPlan.Distinct distinct) {
    return List.of();
  }

  @Override
  public List<Expression> visitDistinctOn(LogicalPlan.DistinctOn distinct) {
    return distinct.keys();
  }

  @Override
  public List<Expression> visitSort(LogicalPlan.Sort sort) {
    return sort.keys().stream().map(SortKey::expression).toList();
  }

  @Override
  public List<Expression> visitLimit(LogicalPlan.Limit limit) {
    List<Expression> all = new ArrayList<>();
    addLimit(limit.limit(), all);
    return all;
  }

  @Override
  public List<Expression> visitLimitWithTies(LogicalPlan.LimitWithTies limit) {
    List<Expression> all = new ArrayList<>();
    limit.keys().forEach(key -> all.add(key.expression()));
    addLimit(limit.limit(), all);
    return all;
  }

  @Override
  public List<Expression> visitTopN(LogicalPlan.TopN topN) {
    List<Expression> all = new ArrayList<>();
    topN.keys().forEach(key -> all.add(key.expression()));
    addLimit(topN.limit(), all);
    return all;
  }

  @Override
  public List<Expression> visitJoin(LogicalPlan.Join join) {
    List<Expression> all = new ArrayList<>();
    for (LogicalPlan.Join.EquiKey key : join.keys()) {
      all.add(key.left());
      all.add(key.right());
    }
    if (join.residual() != null) {
      all.add(join.residual());
    }
    return all;
  }

  @Override
  public List<Expression> visitUnion(LogicalPlan.Union union) {
    return List.of();
  }

  @Override
  public List<Expression> visitApply(Apply apply) {
    return apply.condition() == null ? List.of() : List.of(apply.condition());
  }

  @Override
  public List<Expression> visitExpand(Expand expand) {
    return expand.calls().stream().flatMap(call -> call.arguments().stream()).toList();
  }

  @Override
  public List<Expression> visitWith(With with) {
    return List.of();
  }

  @Override
  public List<Expression> visitCommonScan(CommonScan scan) {
    return List.of();
  }

  @Override
  public List<Expression> visitRecursiveUnion(RecursiveUnion union) {
    return List.of();
  }
}
