package org.kalamdb.internal.sql.optimize;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.OuterColumn;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.CommonScan;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanExpressions;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.With;

/**
 * The distinct combinations of values that the left side of an apply gives its outer columns. Where
 * these are asked for, the left side is read twice: scanned again if it is but a scan, else kept as
 * a common table.
 */
final class CorrelationDomain {
  private final Apply apply;
  private final PlanNumbers numbers;
  private final Map<Integer, Column> columns = new LinkedHashMap<>();
  private @Nullable CommonScan shared;

  CorrelationDomain(Apply apply, PlanNumbers numbers) {
    this.apply = apply;
    this.numbers = numbers;
    apply.correlations().forEach(c -> columns.put(c.id(), c.column()));
  }

  boolean contains(int id) {
    return columns.containsKey(id);
  }

  /** The left column that the outer column is. */
  Column column(int id) {
    return Objects.requireNonNull(columns.get(id));
  }

  /**
   * One row for each combination; column {@code i} is outer column number {@code i} of the list.
   */
  LogicalPlan combinations(Collection<Integer> ids) {
    List<Integer> positions = ids.stream().map(id -> column(id).index()).toList();
    return new Distinct(Project.ofColumns(source(), positions));
  }

  private LogicalPlan source() {
    if (isCheap(apply.left())) {
      return apply.left();
    }
    if (shared == null) {
      shared = CommonScan.of(numbers.next(), "outer rows", apply.left().columns());
    }
    return shared;
  }

  private static boolean isCheap(LogicalPlan plan) {
    if (plan instanceof Scan || plan instanceof CommonScan) {
      return true;
    }
    return (plan instanceof Filter || plan instanceof Project)
        && PlanExpressions.of(plan).stream().noneMatch(Expressions::isVolatile)
        && isCheap(plan.inputs().get(0));
  }

  /** The left side, for use beside the combinations once these have been made. */
  LogicalPlan left() {
    return shared == null ? apply.left() : shared;
  }

  /** The plan around {@link #left}. */
  LogicalPlan around(LogicalPlan plan) {
    return shared == null ? plan : new With(shared.id(), shared.name(), apply.left(), plan);
  }

  /** That the outer column and {@code value} are the same; NULLs are. */
  Expression same(int id, Expression value) {
    Column column = column(id);
    boolean nullable = apply.left().columns().get(column.index()).nullable();
    return new Comparison(
        nullable ? ComparisonOperator.NOT_DISTINCT : ComparisonOperator.EQUAL,
        new OuterColumn(id, column.type(), column.name()),
        value);
  }

  /** Whether the outer columns have values that can be told apart. */
  boolean isComparable() {
    return columns.values().stream()
        .noneMatch(
            c -> {
              return switch (c.type().kind()) {
                case JSON, EMBEDDING, UNKNOWN -> true;
                default -> false;
              };
            });
  }
}
