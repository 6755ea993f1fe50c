package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.sql.plan.Apply;
import org.kalamdb.internal.sql.plan.Expand;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Aggregate;
import org.kalamdb.internal.sql.plan.LogicalPlan.Distinct;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;
import org.kalamdb.internal.sql.plan.LogicalPlan.Sort;
import org.kalamdb.internal.sql.plan.LogicalPlan.Union;
import org.kalamdb.internal.sql.plan.LogicalPlan.Window;
import org.kalamdb.internal.sql.plan.With;

/**
 * Brings each ANDed part of a filter as near to the data as it stays true there: through
 * projections, sorts, the groups of aggregates, the partitions of windows, branches of unions and
 * into the sides of joins. Parts of a join's own condition sink too. Volatile conditions stay where
 * they are.
 */
final class PushFilterDown implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return push(plan, List.of());
  }

  /** The plan filtered by {@code parts}, which are over its columns. */
  private LogicalPlan push(LogicalPlan plan, List<Expression> parts) {
    if (plan instanceof Filter filter) {
      return pushFilter(filter, parts);
    }
    if (plan instanceof Project project) {
      return pushThroughProject(project, parts);
    }
    if (plan instanceof Join join) {
      return pushIntoJoin(join, parts);
    }
    if (plan instanceof Apply apply) {
      return pushIntoApply(apply, parts);
    }
    if (plan instanceof Expand expand) {
      return pushThroughExpand(expand, parts);
    }
    if (plan instanceof With with) {
      return with.withInputs(List.of(push(with.definition(), List.of()), push(with.body(), parts)));
    }
    if (plan instanceof Sort || plan instanceof Distinct) {
      return plan.withInputs(List.of(push(plan.inputs().get(0), parts)));
    }
    if (plan instanceof Aggregate aggregate) {
      return pushThroughAggregate(aggregate, parts);
    }
    if (plan instanceof Window window) {
      return pushThroughWindow(window, parts);
    }
    if (plan instanceof Union union) {
      return new Union(
          union.inputs().stream().map(input -> push(input, parts)).toList(), union.columns());
    }
    List<LogicalPlan> inputs = plan.inputs().stream().map(input -> push(input, List.of())).toList();
    return Expressions.filter(inputs.isEmpty() ? plan : plan.withInputs(inputs), parts);
  }

  /** A volatile part is a barrier: what stood above it must not see other rows than before. */
  private LogicalPlan pushFilter(Filter filter, List<Expression> above) {
    List<Expression> own = Expressions.conjuncts(filter.condition());
    if (own.stream().anyMatch(Expressions::isVolatile)) {
      return Expressions.filter(
          new Filter(push(filter.input(), List.of()), filter.condition()), above);
    }
    List<Expression> all = new ArrayList<>(own);
    all.addAll(above);
    return push(filter.input(), all);
  }

  private LogicalPlan pushThroughProject(Project project, List<Expression> parts) {
    List<Expression> below = new ArrayList<>();
    List<Expression> stay = new ArrayList<>();
    for (Expression part : parts) {
      Expression inlined = Expressions.inline(part, project.expressions());
      if (Expressions.isVolatile(inlined)) {
        stay.add(part);
      } else {
        below.add(inlined);
      }
    }
    return Expressions.filter(
        new Project(push(project.input(), below), project.expressions(), project.columns()), stay);
  }

  private LogicalPlan pushThroughAggregate(Aggregate aggregate, List<Expression> parts) {
    int groups = aggregate.groups().size();
    List<Expression> below = new ArrayList<>();
    List<Expression> stay = new ArrayList<>();
    for (Expression part : parts) {
      BitSet columns = Expressions.columnsOf(part);
      // Without a group column the part decides over the one row of an ungrouped aggregate.
      if (!columns.isEmpty() && columns.length() <= groups) {
        below.add(Expressions.inline(part, aggregate.groups()));
      } else {
        stay.add(part);
      }
    }
    LogicalPlan input = push(aggregate.input(), below);
    return Expressions.filter(aggregate.withInputs(List.of(input)), stay);
  }

  /** What is about columns that partitions have in common takes away whole partitions. */
  private LogicalPlan pushThroughWindow(Window window, List<Expression> parts) {
    BitSet common = new BitSet();
    for (Expression key : window.partitionBy()) {
      if (key instanceof Column column) {
        common.set(column.index());
      }
    }
    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression part : parts) {
      BitSet others = Expressions.columnsOf(part);
      boolean sinks = !others.isEmpty() && !Expressions.isVolatile(part);
      others.andNot(common);
      (sinks && others.isEmpty() ? below : above).add(part);
    }
    LogicalPlan input = push(window.input(), below);
    return Expressions.filter(window.withInputs(List.of(input)), above);
  }

  /** What is about the left row alone need not run the right side. */
  private LogicalPlan pushIntoApply(Apply apply, List<Expression> parts) {
    int leftWidth = apply.left().columns().size();
    List<Expression> toLeft = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression part : parts) {
      (side(part, leftWidth, apply.columns().size()) == Side.LEFT ? toLeft : above).add(part);
    }
    LogicalPlan left = push(apply.left(), toLeft);
    LogicalPlan right = push(apply.right(), List.of());
    return Expressions.filter(apply.withInputs(List.of(left, right)), above);
  }

  private LogicalPlan pushThroughExpand(Expand expand, List<Expression> parts) {
    int width = expand.input().columns().size();
    List<Expression> below = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    for (Expression part : parts) {
      (side(part, width, expand.columns().size()) == Side.LEFT ? below : above).add(part);
    }
    return Expressions.filter(expand.withInputs(List.of(push(expand.input(), below))), above);
  }

  private LogicalPlan pushIntoJoin(Join original, List<Expression> parts) {
    Join join = strengthen(original, parts);
    int leftWidth = join.left().columns().size();
    int rightWidth = join.right().columns().size();
    List<Expression> toLeft = new ArrayList<>();
    List<Expression> toRight = new ArrayList<>();
    List<Expression> residual = new ArrayList<>();
    List<Expression> above = new ArrayList<>();

    for (Expression part : parts) {
      if (!join.type().showsRight() && Expressions.columnsOf(part).length() > leftWidth) {
        above.add(part); // the column behind the left ones is the mark
        continue;
      }
      switch (side(part, leftWidth, leftWidth + rightWidth)) {
        case LEFT -> (join.type().keepsRight() ? above : toLeft).add(part);
        case RIGHT -> {
          if (join.type() == JoinType.INNER || join.type() == JoinType.RIGHT) {
            toRight.add(shift(part, leftWidth));
          } else {
            above.add(part);
          }
        }
        case BOTH -> (join.type() == JoinType.INNER ? residual : above).add(part);
      }
    }
    for (Expression part : Expressions.conjuncts(join.residual())) {
      switch (side(part, leftWidth, leftWidth + rightWidth)) {
        case LEFT -> {
          boolean sinks =
              join.type() == JoinType.INNER
                  || join.type() == JoinType.RIGHT
                  || join.type() == JoinType.SEMI;
          (sinks ? toLeft : residual).add(part);
        }
        case RIGHT -> {
          // A MARK join must see the right rows for which the condition is NULL.
          boolean sinks =
              join.type() != JoinType.FULL
                  && join.type() != JoinType.RIGHT
                  && join.type() != JoinType.MARK;
          if (sinks) {
            toRight.add(shift(part, leftWidth));
          } else {
            residual.add(part);
          }
        }
        case BOTH -> residual.add(part);
      }
    }
    LogicalPlan left = push(join.left(), toLeft);
    LogicalPlan right = push(join.right(), toRight);
    Join pushed =
        new Join(
            join.type(),
            left,
            right,
            join.keys(),
            Expressions.conjunction(residual),
            join.markName());
    return Expressions.filter(pushed, above);
  }

  /** An outer join whose NULL-extended rows no filter above lets through is a narrower join. */
  private static Join strengthen(Join join, List<Expression> parts) {
    if (join.type() != JoinType.LEFT
        && join.type() != JoinType.RIGHT
        && join.type() != JoinType.FULL) {
      return join;
    }
    int leftWidth = join.left().columns().size();
    boolean leftNeeded = false;
    boolean rightNeeded = false;
    for (Expression part : parts) {
      Column column = rejectsNullOf(part);
      if (column != null) {
        leftNeeded |= column.index() < leftWidth;
        rightNeeded |= column.index() >= leftWidth;
      }
    }
    boolean keepsLeft = join.type().keepsLeft() && !rightNeeded;
    boolean keepsRight = join.type().keepsRight() && !leftNeeded;
    JoinType type =
        keepsLeft
            ? keepsRight ? JoinType.FULL : JoinType.LEFT
            : keepsRight ? JoinType.RIGHT : JoinType.INNER;
    return new Join(type, join.left(), join.right(), join.keys(), join.residual(), join.markName());
  }

  /** A column whose NULL keeps the condition from being true, where that is plain to see. */
  private static @Nullable Column rejectsNullOf(Expression part) {
    if (part instanceof Expression.Comparison comparison) {
      boolean nullAware =
          comparison.operator() == Expression.ComparisonOperator.DISTINCT
              || comparison.operator() == Expression.ComparisonOperator.NOT_DISTINCT;
      if (nullAware) {
        return null;
      }
      Column left = bareColumn(comparison.left());
      return left != null ? left : bareColumn(comparison.right());
    }
    if (part instanceof Expression.IsNull isNull && isNull.negated()) {
      return bareColumn(isNull.operand());
    }
    if (part instanceof Expression.In in) {
      return bareColumn(in.operand());
    }
    return bareColumn(part);
  }

  private static @Nullable Column bareColumn(Expression expression) {
    if (expression instanceof Expression.Cast cast) {
      return bareColumn(cast.operand());
    }
    return expression instanceof Column column ? column : null;
  }

  private enum Side {
    LEFT,
    RIGHT,
    BOTH
  }

  /** Parts without columns count as both, so that they are asked once, where they stand. */
  private static Side side(Expression part, int leftWidth, int width) {
    BitSet columns = Expressions.columnsOf(part);
    if (columns.isEmpty() || columns.length() > width || Expressions.isVolatile(part)) {
      return Side.BOTH;
    }
    if (columns.length() <= leftWidth) {
      return Side.LEFT;
    }
    return columns.nextSetBit(0) >= leftWidth ? Side.RIGHT : Side.BOTH;
  }

  private static Expression shift(Expression part, int leftWidth) {
    return Expressions.mapColumns(part, position -> position - leftWidth);
  }
}
