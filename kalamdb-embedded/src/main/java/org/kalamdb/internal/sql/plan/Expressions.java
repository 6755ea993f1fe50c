package org.kalamdb.internal.sql.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Call;
import org.kalamdb.internal.expr.Expression.Case;
import org.kalamdb.internal.expr.Expression.Cast;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Column;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.expr.Expression.In;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.Expression.Logical;
import org.kalamdb.internal.expr.Expression.Not;
import org.kalamdb.internal.expr.Expression.When;
import org.kalamdb.internal.expr.ExpressionTree;
import org.kalamdb.schema.DataType;

/** Walking and rewriting bound expressions. */
public final class Expressions {
  public static final Literal TRUE = new Literal(true, DataType.BOOLEAN);
  public static final Literal FALSE = new Literal(false, DataType.BOOLEAN);

  private Expressions() {}

  /** The operands, in order of evaluation. */
  public static List<Expression> children(Expression expression) {
    return ExpressionTree.children(expression);
  }

  /** The same expression over other operands, given in the order of {@link #children}. */
  public static Expression withChildren(Expression expression, List<Expression> children) {
    if (expression instanceof Call call) {
      return new Call(call.function(), children, call.type());
    }
    if (expression instanceof Cast cast) {
      return new Cast(children.get(0), cast.type(), cast.implicit());
    }
    if (expression instanceof Logical logical) {
      return new Logical(logical.connective(), children);
    }
    if (expression instanceof Not) {
      return new Not(children.get(0));
    }
    if (expression instanceof IsNull isNull) {
      return new IsNull(children.get(0), isNull.negated());
    }
    if (expression instanceof Comparison comparison) {
      return new Comparison(comparison.operator(), children.get(0), children.get(1));
    }
    if (expression instanceof Coalesce coalesce) {
      return new Coalesce(children, coalesce.type());
    }
    if (expression instanceof In in) {
      return new In(children.get(0), children.subList(1, children.size()), in.negated());
    }
    if (expression instanceof Case branches) {
      List<When> whens = new ArrayList<>();
      for (int i = 0; i < branches.whens().size(); i++) {
        whens.add(new When(children.get(2 * i), children.get(2 * i + 1)));
      }
      Expression otherwise =
          branches.otherwise() == null ? null : children.get(children.size() - 1);
      return new Case(whens, otherwise, branches.type());
    }
    return expression;
  }

  /**
   * The expression with {@code step} applied to every part of it, operands before what uses them.
   */
  public static Expression rewrite(Expression expression, UnaryOperator<Expression> step) {
    List<Expression> children = children(expression);
    if (children.isEmpty()) {
      return step.apply(expression);
    }
    boolean changed = false;
    List<Expression> rewritten = new ArrayList<>(children.size());
    for (Expression child : children) {
      Expression other = rewrite(child, step);
      changed |= other != child;
      rewritten.add(other);
    }
    return step.apply(changed ? withChildren(expression, rewritten) : expression);
  }

  /** The expression over columns that stand elsewhere. */
  public static Expression mapColumns(Expression expression, IntUnaryOperator newPosition) {
    return rewrite(
        expression,
        part ->
            part instanceof Column column
                ? new Column(newPosition.applyAsInt(column.index()), column.type(), column.name())
                : part);
  }

  /** The expression with each column replaced by what computes it. */
  public static Expression inline(Expression expression, List<Expression> definitions) {
    return rewrite(
        expression, part -> part instanceof Column column ? definitions.get(column.index()) : part);
  }

  /** Whether some part of the expression satisfies the predicate. */
  public static boolean contains(Expression expression, Predicate<Expression> predicate) {
    if (predicate.test(expression)) {
      return true;
    }
    for (Expression child : children(expression)) {
      if (contains(child, predicate)) {
        return true;
      }
    }
    return false;
  }

  /** Adds the positions of all columns in the expression. */
  public static void collectColumns(Expression expression, BitSet columns) {
    if (expression instanceof Column column) {
      columns.set(column.index());
    }
    for (Expression child : children(expression)) {
      collectColumns(child, columns);
    }
  }

  public static BitSet columnsOf(Expression expression) {
    BitSet columns = new BitSet();
    collectColumns(expression, columns);
    return columns;
  }

  public static boolean hasColumns(Expression expression) {
    return contains(expression, part -> part instanceof Column);
  }

  /** Whether a column of a query around is in it. */
  public static boolean hasOuterColumns(Expression expression) {
    return contains(expression, part -> part instanceof Expression.OuterColumn);
  }

  /** The expression with outer columns replaced by what {@code values} knows of them. */
  public static Expression mapOuterColumns(
      Expression expression, Function<Expression.OuterColumn, Expression> values) {
    return rewrite(
        expression,
        part -> part instanceof Expression.OuterColumn outer ? values.apply(outer) : part);
  }

  /** Whether each evaluation may give another value, so that it must not be moved or repeated. */
  public static boolean isVolatile(Expression expression) {
    return ExpressionTree.isVolatile(expression);
  }

  /** Whether the expression gives the same value for the same row, always. */
  public static boolean isImmutable(Expression expression) {
    return ExpressionTree.isImmutable(expression);
  }

  /**
   * Whether the value is the same for a whole statement: no columns and nothing volatile. Computing
   * it may still fail.
   */
  public static boolean isConstant(Expression expression) {
    return !hasColumns(expression) && !isVolatile(expression);
  }

  /** The parts of an AND, flattened; none for the constant true. */
  public static List<Expression> conjuncts(@Nullable Expression condition) {
    List<Expression> parts = new ArrayList<>();
    if (condition != null) {
      collectConjuncts(condition, parts);
    }
    return parts;
  }

  private static void collectConjuncts(Expression condition, List<Expression> parts) {
    if (condition instanceof Logical logical && logical.connective() == Connective.AND) {
      for (Expression operand : logical.operands()) {
        collectConjuncts(operand, parts);
      }
    } else if (!TRUE.equals(condition)) {
      parts.add(condition);
    }
  }

  /** {@code left AND right}; null is true. */
  public static Expression and(Expression left, @Nullable Expression right) {
    return right == null ? left : new Logical(Connective.AND, List.of(left, right));
  }

  /** The AND of the parts; null if there are none. */
  public static @Nullable Expression conjunction(List<Expression> parts) {
    return switch (parts.size()) {
      case 0 -> null;
      case 1 -> parts.get(0);
      default -> new Logical(Connective.AND, parts);
    };
  }

  /** Filters the plan by all the parts; the plan itself if there are none. */
  public static LogicalPlan filter(LogicalPlan input, List<Expression> parts) {
    Expression condition = conjunction(parts);
    return condition == null ? input : new LogicalPlan.Filter(input, condition);
  }

  /** Each column of the plan as an expression over it. */
  public static List<Expression> columnsOf(LogicalPlan plan) {
    List<Expression> columns = new ArrayList<>();
    for (PlanColumn column : plan.columns()) {
      columns.add(new Column(columns.size(), column.type(), column.name()));
    }
    return columns;
  }
}
