package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.In;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;

/**
 * What is demanded of a column is demanded of the columns that must equal it: {@code a.id = b.id
 * AND a.id = 5} says {@code b.id = 5} too.
 */
final class InferFromEqualities implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return rewrite(plan, false);
  }

  /**
   * Rewrites below.
   *
   * @param within whether the plan's conditions were seen together with those above it
   */
  private static LogicalPlan rewrite(LogicalPlan plan, boolean within) {
    LogicalPlan root = plan instanceof Filter filter ? filter.input() : plan;
    boolean joins = isInner(root);
    List<LogicalPlan> inputs = new ArrayList<>();
    for (LogicalPlan input : plan.inputs()) {
      inputs.add(rewrite(input, joins && isInner(plan instanceof Filter ? root : plan)));
    }
    LogicalPlan rewritten = inputs.equals(plan.inputs()) ? plan : plan.withInputs(inputs);
    if (within || !joins) {
      return rewritten;
    }
    List<Expression> known = new ArrayList<>();
    if (rewritten instanceof Filter filter) {
      known.addAll(Expressions.conjuncts(filter.condition()));
    }
    collect(rewritten instanceof Filter filter ? filter.input() : rewritten, 0, known);
    return Expressions.filter(rewritten, inferred(known));
  }

  private static boolean isInner(LogicalPlan plan) {
    return plan instanceof Join join && join.type() == JoinType.INNER;
  }

  /** Adds the conditions of inner joins, over the columns of the topmost of them. */
  private static void collect(LogicalPlan plan, int offset, List<Expression> conditions) {
    if (plan instanceof Join join && isInner(join)) {
      for (Expression part : Expressions.conjuncts(join.residual())) {
        conditions.add(Expressions.mapColumns(part, i -> offset + i));
      }
      int leftWidth = join.left().columns().size();
      for (Join.EquiKey key : join.keys()) {
        conditions.add(
            new Comparison(
                ComparisonOperator.EQUAL,
                Expressions.mapColumns(key.left(), i -> offset + i),
                Expressions.mapColumns(key.right(), i -> offset + leftWidth + i)));
      }
      collect(join.left(), offset, conditions);
      collect(join.right(), offset + leftWidth, conditions);
    }
  }

  private static List<Expression> inferred(List<Expression> known) {
    List<List<Column>> classes = classes(known);
    List<Expression> inferred = new ArrayList<>();
    for (Expression part : known) {
      Column column = demanded(part);
      if (column == null) {
        continue;
      }
      for (List<Column> equal : classes) {
        if (equal.stream().noneMatch(c -> c.index() == column.index())) {
          continue;
        }
        for (Column other : equal) {
          Expression same =
              Expressions.rewrite(
                  part, e -> e instanceof Column c && c.index() == column.index() ? other : e);
          if (other.index() != column.index() && isNew(same, known) && isNew(same, inferred)) {
            inferred.add(same);
          }
        }
      }
    }
    return inferred;
  }

  /** Columns may go by several names. */
  private static boolean isNew(Expression part, List<Expression> known) {
    Expression nameless = nameless(part);
    return known.stream().noneMatch(other -> nameless(other).equals(nameless));
  }

  private static Expression nameless(Expression part) {
    return Expressions.rewrite(
        part, e -> e instanceof Column c ? new Column(c.index(), c.type(), "") : e);
  }

  /** The one column that the part compares with constants, or null. */
  private static @Nullable Column demanded(Expression part) {
    if (Expressions.isVolatile(part)) {
      return null;
    }
    if (part instanceof Comparison comparison
        && comparison.operator() != ComparisonOperator.DISTINCT
        && comparison.operator() != ComparisonOperator.NOT_DISTINCT) {
      if (comparison.left() instanceof Column column
          && Expressions.isConstant(comparison.right())) {
        return column;
      }
      return comparison.right() instanceof Column column
              && Expressions.isConstant(comparison.left())
          ? column
          : null;
    }
    return part instanceof In in
            && in.operand() instanceof Column column
            && in.list().stream().allMatch(Expressions::isConstant)
        ? column
        : null;
  }

  private static List<List<Column>> classes(List<Expression> known) {
    List<List<Column>> classes = new ArrayList<>();
    for (Expression part : known) {
      if (part instanceof Comparison comparison
          && comparison.operator() == ComparisonOperator.EQUAL
          && comparison.left() instanceof Column left
          && comparison.right() instanceof Column right
          && left.type().equals(right.type())) {
        List<Column> united = new ArrayList<>();
        addClass(left, classes, united);
        addClass(right, classes, united);
        classes.add(united);
      }
    }
    return classes;
  }

  private static void addClass(Column column, List<List<Column>> classes, List<Column> united) {
    List<Column> found = null;
    for (List<Column> known : classes) {
      if (known.stream().anyMatch(c -> c.index() == column.index())) {
        found = known;
      }
    }
    if (found == null) {
      united.add(column);
    } else {
      classes.remove(found);
      united.addAll(found);
    }
  }
}
