package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;

/**
 * Takes out of an OR what all its branches demand, so that it can be pushed down or joined by:
 * {@code (a AND x) OR (a AND y)} is {@code a AND (x OR y)}. From an OR over both sides of a join it
 * also derives what each side alone must satisfy.
 */
final class FactorCommonConditions implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(
        plan,
        node -> {
          if (node instanceof Filter filter) {
            return new Filter(filter.input(), withImplied(factorAll(filter.condition()), filter));
          }
          if (node instanceof Join join
              && join.residual() != null
              && join.type() != JoinType.MARK) {
            return join.withCondition(join.keys(), factorAll(join.residual()));
          }
          return node;
        });
  }

  private static Expression factorAll(Expression condition) {
    return Expressions.rewrite(
        condition,
        part ->
            part instanceof Logical logical
                    && logical.connective() == Connective.OR
                    && !Expressions.isVolatile(part)
                ? factor(logical)
                : part);
  }

  private static Expression factor(Logical or) {
    List<List<Expression>> branches = new ArrayList<>();
    for (Expression operand : or.operands()) {
      branches.add(new ArrayList<>(Expressions.conjuncts(operand)));
    }
    List<Expression> common = new ArrayList<>();
    for (Expression part : List.copyOf(branches.get(0))) {
      if (branches.stream().allMatch(branch -> branch.contains(part))) {
        common.add(part);
        branches.forEach(branch -> branch.removeAll(List.of(part)));
      }
    }
    if (common.isEmpty()) {
      return or;
    }
    // A branch that demands nothing more makes the rest of the OR true.
    if (branches.stream().noneMatch(List::isEmpty)) {
      List<Expression> rest = new ArrayList<>();
      for (List<Expression> branch : branches) {
        rest.add(notNull(Expressions.conjunction(branch)));
      }
      common.add(new Logical(Connective.OR, rest));
    }
    return notNull(Expressions.conjunction(common));
  }

  private static Expression notNull(@Nullable Expression expression) {
    return expression == null ? Expressions.TRUE : expression;
  }

  /** The condition and what it implies for each side of the joins below the filter. */
  private static Expression withImplied(Expression condition, Filter filter) {
    if (!(filter.input() instanceof Join)) {
      return condition;
    }
    List<BitSet> sides = new ArrayList<>();
    collectSides(filter.input(), 0, sides);
    List<Expression> parts = new ArrayList<>(Expressions.conjuncts(condition));
    for (Expression part : List.copyOf(parts)) {
      if (part instanceof Logical or
          && or.connective() == Connective.OR
          && !Expressions.isVolatile(part)) {
        sides.forEach(side -> addImplied(or, side, parts));
      }
    }
    return notNull(Expressions.conjunction(parts));
  }

  private static void collectSides(LogicalPlan plan, int offset, List<BitSet> sides) {
    if (plan instanceof Join join && join.type() == JoinType.INNER) {
      collectSides(join.left(), offset, sides);
      collectSides(join.right(), offset + join.left().columns().size(), sides);
    } else {
      BitSet side = new BitSet();
      side.set(offset, offset + plan.columns().size());
      sides.add(side);
    }
  }

  /** Adds the OR of what each branch demands of the side; nothing if one demands nothing. */
  private static void addImplied(Logical or, BitSet side, List<Expression> parts) {
    BitSet outside = Expressions.columnsOf(or);
    outside.andNot(side);
    if (outside.isEmpty()) {
      return;
    }
    List<Expression> branches = new ArrayList<>();
    for (Expression operand : or.operands()) {
      List<Expression> own = new ArrayList<>();
      for (Expression part : Expressions.conjuncts(operand)) {
        BitSet read = Expressions.columnsOf(part);
        boolean inside = !read.isEmpty();
        read.andNot(side);
        if (inside && read.isEmpty()) {
          own.add(part);
        }
      }
      if (own.isEmpty()) {
        return;
      }
      branches.add(notNull(Expressions.conjunction(own)));
    }
    Expression implied = new Logical(Connective.OR, branches);
    if (!parts.contains(implied)) {
      parts.add(implied);
    }
  }
}
