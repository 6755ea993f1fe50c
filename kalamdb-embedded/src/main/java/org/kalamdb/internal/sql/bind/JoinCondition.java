package org.kalamdb.internal.sql.bind;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.bind.OuterQuery.Reference;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.PlanColumn;

/**
 * Makes the join of two FROM items and takes the subqueries of its ON. Below an INNER join they are
 * joined to the pairs; below a LEFT or RIGHT one to the side that may be missing, which with the
 * condition becomes a query of its own for each row of the other side.
 */
final class JoinCondition implements SubqueryTarget {
  private final JoinType type;
  private final LogicalPlan left;
  private final LogicalPlan right;
  private final OuterQuery level;
  private final int leftWidth;
  private final int width;
  private final List<Subquery> subqueries = new ArrayList<>();
  private int added;

  /**
   * A join to be.
   *
   * @param level what of the left side the right one refers to
   */
  JoinCondition(JoinType type, LogicalPlan left, LogicalPlan right, OuterQuery level) {
    this.type = type;
    this.left = left;
    this.right = right;
    this.level = level;
    this.leftWidth = left.columns().size();
    this.width = leftWidth + right.columns().size();
  }

  JoinType type() {
    return type;
  }

  @Override
  public List<Column> attach(Subquery subquery) {
    subqueries.add(subquery);
    List<Column> columns = new ArrayList<>();
    for (PlanColumn column : subquery.columns()) {
      columns.add(new Column(width + added++, column.type(), column.name()));
    }
    return columns;
  }

  /** The join on the condition, which is over the left columns, the right ones and the attached. */
  LogicalPlan join(@Nullable Expression condition) {
    if (subqueries.isEmpty() || condition == null) {
      return joined(type, left, right, level.references(right), condition);
    }
    return switch (type) {
      case LEFT -> lateral(condition);
      case RIGHT -> mirrored(condition);
      case FULL -> full(condition);
      default -> {
        PlanInProgress pairs =
            new PlanInProgress(joined(type, left, right, level.references(right), null));
        subqueries.forEach(pairs::attach);
        pairs.filter(condition);
        yield first(pairs.plan(), width);
      }
    };
  }

  private static LogicalPlan joined(
      JoinType type,
      LogicalPlan left,
      LogicalPlan right,
      List<Reference> references,
      @Nullable Expression condition) {
    List<Apply.Correlation> correlations =
        references.stream().map(r -> new Apply.Correlation(r.id(), r.column())).toList();
    Apply apply = new Apply(type, left, right, correlations, condition, "");
    return correlations.isEmpty() ? apply.toJoin() : apply;
  }

  private static LogicalPlan first(LogicalPlan plan, int columns) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      positions.add(i);
    }
    return Project.ofColumns(plan, positions);
  }

  /** {@code left LEFT JOIN LATERAL (right with the subqueries, filtered)}. */
  private LogicalPlan lateral(Expression condition) {
    PlanInProgress filtered = new PlanInProgress(right);
    List<Reference> fromLeft = new ArrayList<>();
    for (Subquery subquery : subqueries) {
      Set<Integer> ofLeft = new HashSet<>();
      for (Reference reference : subquery.references()) {
        if (reference.column().index() < leftWidth) {
          fromLeft.add(reference);
          ofLeft.add(reference.id());
        }
      }
      Subquery onRight =
          new Subquery(
              subquery.type(),
              subquery.plan(),
              subquery.references().stream().filter(r -> !ofLeft.contains(r.id())).toList(),
              subquery.condition(),
              subquery.name());
      filtered.attach(onRight.mapped(this::overRight, r -> (Column) overRight(r.column())));
    }
    filtered.filter(overRight(condition));
    LogicalPlan lateral = first(filtered.plan(), width - leftWidth);
    List<Reference> references = new ArrayList<>(level.references(lateral));
    references.addAll(fromLeft);
    return joined(JoinType.LEFT, left, lateral, references, null);
  }

  /** The expression over the right columns, with the left ones as outer columns. */
  private Expression overRight(Expression expression) {
    return Expressions.rewrite(
        expression,
        part -> {
          if (!(part instanceof Column column) || Subquery.isOwn(column)) {
            return part;
          }
          return column.index() < leftWidth
              ? level.refer(column)
              : new Column(column.index() - leftWidth, column.type(), column.name());
        });
  }

  /** Each subquery is joined to the one side that it is about. */
  private LogicalPlan full(Expression condition) {
    PlanInProgress onLeft = new PlanInProgress(left);
    PlanInProgress onRight = new PlanInProgress(right);
    List<Integer> ofLeft = new ArrayList<>();
    List<Integer> ofRight = new ArrayList<>();
    int standIn = width;
    for (Subquery subquery : subqueries) {
      BitSet columns = new BitSet();
      subquery.references().forEach(r -> columns.set(r.column().index()));
      Expression asked = subquery.condition();
      if (asked != null) {
        Expressions.collectColumns(asked, columns);
        Subquery.clearOwn(columns);
      }
      boolean leftOnly = columns.length() <= leftWidth && !columns.isEmpty();
      boolean rightOnly =
          columns.isEmpty() || (columns.nextSetBit(0) >= leftWidth && columns.length() <= width);
      if (!leftOnly && !rightOnly) {
        throw new KalamException(
            ErrorCode.FEATURE_NOT_SUPPORTED,
            "a subquery about both sides is not supported in the condition of FULL JOIN");
      }
      if (leftOnly) {
        onLeft.attach(subquery);
      } else {
        onRight.attach(subquery.mapped(this::overRight, r -> (Column) overRight(r.column())));
      }
      for (int i = 0; i < subquery.columns().size(); i++) {
        (leftOnly ? ofLeft : ofRight).add(standIn++);
      }
    }
    int newLeft = leftWidth + ofLeft.size();
    Expression moved =
        Expressions.mapColumns(
            condition,
            i -> {
              if (i < leftWidth) {
                return i;
              }
              if (i < width) {
                return i - leftWidth + newLeft;
              }
              return ofLeft.contains(i)
                  ? leftWidth + ofLeft.indexOf(i)
                  : newLeft + width - leftWidth + ofRight.indexOf(i);
            });
    LogicalPlan joined = joined(JoinType.FULL, onLeft.plan(), onRight.plan(), List.of(), moved);
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      positions.add(i < leftWidth ? i : i - leftWidth + newLeft);
    }
    return Project.ofColumns(joined, positions);
  }

  private LogicalPlan mirrored(Expression condition) {
    int rightWidth = width - leftWidth;
    JoinCondition swapped = new JoinCondition(JoinType.LEFT, right, left, level.unused());
    for (Subquery subquery : subqueries) {
      swapped.attach(
          subquery.mapped(
              part -> swapped(part, rightWidth), r -> (Column) swapped(r.column(), rightWidth)));
    }
    LogicalPlan joined = swapped.join(swapped(condition, rightWidth));
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      positions.add(i < leftWidth ? i + rightWidth : i - leftWidth);
    }
    return Project.ofColumns(joined, positions);
  }

  private Expression swapped(Expression expression, int rightWidth) {
    return Expressions.mapColumns(
        expression, i -> i >= width ? i : i < leftWidth ? i + rightWidth : i - leftWidth);
  }
}
