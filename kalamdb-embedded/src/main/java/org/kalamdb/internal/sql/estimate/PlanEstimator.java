package org.kalamdb.internal.sql.estimate;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.KeyCondition;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Limit;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.TopN;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Values;
import org.kalamdb.internal.sql.plan.RowEstimates;
import org.kalamdb.internal.sql.plan.RowLimit;
import org.kalamdb.internal.sql.plan.Scan;
import org.kalamdb.internal.sql.plan.With;
import org.kalamdb.internal.storage.ColumnEstimate;
import org.kalamdb.internal.storage.TableEstimate;

/**
 * Estimates by the textbook: values evenly spread over their range and their distinct values,
 * conditions independent of each other, keys of a join contained in the side that has more of them
 * (Selinger et al., "Access Path Selection in a Relational Database Management System", 1979).
 * Remembers what it found for each operator; one thread at a time.
 */
public final class PlanEstimator implements RowEstimates {
  private static final double UNKNOWN_ROWS = 1000;
  private static final double UNKNOWN_LIMIT = 100;
  private static final double UNKNOWN_GROUPS_SHARE = 0.1;

  private final Function<Scan, TableEstimate> tables;
  private final long memoryBytes;
  private final Selectivity selectivity = new Selectivity(this::column);
  private final Map<Integer, TableEstimate> known = new HashMap<>();
  private final Map<LogicalPlan, Double> rows = new IdentityHashMap<>();

  /**
   * An estimator for any number of plans.
   *
   * @param tables what is known of the table a scan reads; asked once for each table
   * @param memoryBytes what a query may hold in memory
   */
  public PlanEstimator(Function<Scan, TableEstimate> tables, long memoryBytes) {
    this.tables = tables;
    this.memoryBytes = memoryBytes;
  }

  /** What a query may hold in memory. */
  public long memoryBytes() {
    return memoryBytes;
  }

  @Override
  public double rows(LogicalPlan plan) {
    Double known = rows.get(plan);
    if (known == null) {
      known = Math.max(0, compute(plan));
      rows.put(plan, known);
    }
    return known;
  }

  private double compute(LogicalPlan plan) {
    if (plan instanceof Scan scan) {
      return scanRows(scan);
    }
    if (plan instanceof Values values) {
      return values.rows().size();
    }
    if (plan instanceof Filter filter) {
      return rows(filter.input()) * selectivity.of(filter.condition(), filter.input());
    }
    if (plan instanceof Aggregate aggregate) {
      return groups(aggregate.input(), aggregate.groups());
    }
    if (plan instanceof Distinct distinct) {
      return groups(distinct.input(), Expressions.columnsOf(distinct.input()));
    }
    if (plan instanceof Limit limit) {
      return Math.min(rows(limit.input()), most(limit.limit()));
    }
    if (plan instanceof TopN topN) {
      return Math.min(rows(topN.input()), most(topN.limit()));
    }
    if (plan instanceof Join join) {
      return joinRows(join);
    }
    if (plan instanceof Union union) {
      return union.inputs().stream().mapToDouble(this::rows).sum();
    }
    if (plan instanceof With with) {
      return rows(with.body());
    }
    return plan.inputs().isEmpty() ? UNKNOWN_ROWS : rows(plan.inputs().get(0));
  }

  /** What is known of the table a scan reads. */
  public TableEstimate table(Scan scan) {
    return known.computeIfAbsent(scan.table().number(), number -> tables.apply(scan));
  }

  private double scanRows(Scan scan) {
    double estimate = table(scan).rows();
    List<Integer> key = scan.table().schema().primaryKey();
    long single = scan.keys().stream().filter(KeyCondition::isSingleValue).count();
    if (!key.isEmpty() && single == key.size()) {
      return Math.min(1, estimate);
    }
    for (KeyCondition condition : scan.keys()) {
      estimate *= selectivity.of(condition, tableColumn(scan, condition.column()));
    }
    return scan.limit() == null ? estimate : Math.min(estimate, most(scan.limit()));
  }

  private ColumnEstimate tableColumn(Scan scan, int position) {
    TableEstimate table = table(scan);
    List<Integer> key = scan.table().schema().primaryKey();
    ColumnEstimate column = table.column(position);
    boolean unique = key.size() == 1 && key.get(0) == position;
    return unique ? column.withDistinct(table.rows()) : column;
  }

  private static double most(RowLimit limit) {
    if (limit.limit() == null) {
      return Double.MAX_VALUE;
    }
    return limit.limit() instanceof Expression.Literal literal
            && literal.value() instanceof Number number
        ? number.doubleValue()
        : UNKNOWN_LIMIT;
  }

  /** The distinct combinations of the expressions' values; one if there are no expressions. */
  private double groups(LogicalPlan input, List<Expression> expressions) {
    if (expressions.isEmpty()) {
      return 1;
    }
    double inputRows = rows(input);
    double groups = 1;
    for (Expression expression : expressions) {
      double distinct = distinct(expression, input);
      if (distinct == 0) {
        distinct = Math.max(1, inputRows * UNKNOWN_GROUPS_SHARE);
      }
      groups *= distinct;
      if (groups >= inputRows) {
        return inputRows;
      }
    }
    return Math.min(groups, inputRows);
  }

  /** How many values the expression has over the plan's rows; 0 if nobody knows. */
  public double distinct(Expression expression, LogicalPlan input) {
    Column column = Selectivity.bareColumn(expression);
    return column == null ? 0 : column(input, column.index()).distinct();
  }

  private double joinRows(Join join) {
    double left = rows(join.left());
    double right = rows(join.right());
    double matching = left * right * joinSelectivity(join);
    return switch (join.type()) {
      case INNER -> matching;
      case LEFT -> Math.max(matching, left);
      case RIGHT -> Math.max(matching, right);
      case FULL -> Math.max(matching, Math.max(left, right));
      case MARK, EXISTS, SINGLE -> left;
      case SEMI -> left * matchedShare(join, right);
      case ANTI -> Math.max(left * (1 - matchedShare(join, right)), left * 0.05);
    };
  }

  private double joinSelectivity(Join join) {
    double leftValues = 1;
    double rightValues = 1;
    for (Join.EquiKey key : join.keys()) {
      leftValues *= distinctOrGuess(key.left(), join.left());
      rightValues *= distinctOrGuess(key.right(), join.right());
    }
    leftValues = Math.min(leftValues, Math.max(1, rows(join.left())));
    rightValues = Math.min(rightValues, Math.max(1, rows(join.right())));
    double residual =
        join.residual() == null ? 1 : selectivity.of(join.residual(), candidates(join));
    return residual / Math.max(leftValues, rightValues);
  }

  /** The pairs the residual is asked about. */
  private static Join candidates(Join join) {
    return new Join(JoinType.INNER, join.left(), join.right(), join.keys(), null, "");
  }

  /** Distinct values, or a tenth of the rows where nobody knows. */
  public double distinctOrGuess(Expression expression, LogicalPlan input) {
    double distinct = distinct(expression, input);
    return distinct > 0 ? distinct : Math.max(1, rows(input) * UNKNOWN_GROUPS_SHARE);
  }

  /** Which share of the left rows has a partner. */
  private double matchedShare(Join join, double rightRows) {
    double share = Math.min(1, rightRows);
    for (Join.EquiKey key : join.keys()) {
      double left = distinctOrGuess(key.left(), join.left());
      double right = distinctOrGuess(key.right(), join.right());
      share = Math.min(share, right / Math.max(left, right));
    }
    boolean guess = join.keys().isEmpty() || join.residual() != null;
    return guess ? share * 0.5 : share;
  }

  /** What is known of a column of the plan's output. */
  public ColumnEstimate column(LogicalPlan plan, int index) {
    if (plan instanceof Scan scan) {
      int position = scan.scanColumns().get(index);
      return position < 0 ? ColumnEstimate.UNKNOWN : limited(tableColumn(scan, position), scan);
    }
    if (plan instanceof Project project) {
      return columnOf(project.expressions().get(index), project.input());
    }
    if (plan instanceof Filter filter) {
      ColumnEstimate below = column(filter.input(), index);
      boolean single =
          Expressions.conjuncts(filter.condition()).stream()
              .anyMatch(part -> Selectivity.isOneValue(part, index));
      return below.withDistinct(
          single ? 1 : remaining(below.distinct(), rows(filter.input()), rows(filter)));
    }
    if (plan instanceof Aggregate aggregate) {
      return index < aggregate.groups().size()
          ? limited(columnOf(aggregate.groups().get(index), aggregate.input()), plan)
          : ColumnEstimate.UNKNOWN;
    }
    if (plan instanceof Join join) {
      int leftWidth = join.left().columns().size();
      boolean fromLeft = index < leftWidth;
      if (!fromLeft && !join.type().showsRight()) {
        return ColumnEstimate.UNKNOWN;
      }
      return limited(
          fromLeft ? column(join.left(), index) : column(join.right(), index - leftWidth), plan);
    }
    List<LogicalPlan> inputs = plan.inputs();
    boolean sameColumns =
        inputs.size() == 1 && inputs.get(0).columns().size() == plan.columns().size();
    return sameColumns ? limited(column(inputs.get(0), index), plan) : ColumnEstimate.UNKNOWN;
  }

  private ColumnEstimate columnOf(Expression expression, LogicalPlan input) {
    Column column = Selectivity.bareColumn(expression);
    return column == null ? ColumnEstimate.UNKNOWN : column(input, column.index());
  }

  private ColumnEstimate limited(ColumnEstimate estimate, LogicalPlan plan) {
    double most = Math.max(1, rows(plan));
    return estimate.distinct() > most ? estimate.withDistinct(most) : estimate;
  }

  /** Of so many values on so many rows, how many are on a random choice of them (Yao, 1977). */
  private static double remaining(double distinct, double rows, double chosen) {
    if (distinct == 0 || rows <= 0 || chosen >= rows) {
      return distinct;
    }
    double perValue = rows / distinct;
    return Math.max(1, distinct * (1 - Math.pow(1 - chosen / rows, perValue)));
  }
}
