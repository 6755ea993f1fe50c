package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.Not;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Filter;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Project;

/**
 * A filter that asks for the mark of a MARK or EXISTS join itself is a SEMI join, and one that asks
 * for its contrary, where the mark is never NULL, an ANTI join. The mark column stays as a
 * constant, which {@link PruneColumns} drops.
 */
final class TurnMarkIntoSemiJoin implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, TurnMarkIntoSemiJoin::rewrite);
  }

  private static LogicalPlan rewrite(LogicalPlan plan) {
    if (!(plan instanceof Filter filter)
        || !(filter.input() instanceof Join join)
        || !join.type().marks()) {
      return plan;
    }
    int mark = join.columns().size() - 1;
    List<Expression> rest = new ArrayList<>();
    JoinType type = null;
    for (Expression part : Expressions.conjuncts(filter.condition())) {
      JoinType wanted = type == null ? wantedType(part, mark, join) : null;
      if (wanted == null) {
        rest.add(part);
      } else {
        type = wanted;
      }
    }
    if (type == null) {
      return plan;
    }
    Join narrowed =
        new Join(type, join.left(), join.right(), join.keys(), residual(join, type), "");
    List<Expression> expressions = new ArrayList<>(Expressions.columnsOf(narrowed));
    expressions.add(type == JoinType.SEMI ? Expressions.TRUE : Expressions.FALSE);
    return rewriteRest(new Project(narrowed, expressions, join.columns()), rest);
  }

  /** Further parts may be marks of MARK joins below. */
  private static LogicalPlan rewriteRest(Project project, List<Expression> rest) {
    return new PushFilterDown().apply(Expressions.filter(project, rest));
  }

  /** NOT IN lets a row through for which the condition is false of all: NULL is not. */
  private static @Nullable Expression residual(Join join, JoinType type) {
    Expression residual = join.residual();
    return residual == null || type == JoinType.SEMI || join.type() == JoinType.EXISTS
        ? residual
        : new Comparison(ComparisonOperator.DISTINCT, residual, Expressions.FALSE);
  }

  private static @Nullable JoinType wantedType(Expression part, int mark, Join join) {
    if (part instanceof Column column && column.index() == mark) {
      return JoinType.SEMI;
    }
    // With keys a MARK is NULL by its residual alone, as an ANTI join can ask for.
    boolean neverNull =
        join.type() == JoinType.EXISTS || (!join.keys().isEmpty() && join.residual() != null);
    if (neverNull
        && part instanceof Not not
        && not.operand() instanceof Column column
        && column.index() == mark) {
      return JoinType.ANTI;
    }
    return null;
  }
}
