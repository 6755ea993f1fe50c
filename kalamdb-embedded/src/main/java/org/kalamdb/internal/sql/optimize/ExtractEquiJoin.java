package org.kalamdb.internal.sql.optimize;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.internal.sql.plan.Expressions;
import org.kalamdb.internal.sql.plan.JoinType;
import org.kalamdb.internal.sql.plan.LogicalPlan;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join.EquiKey;
import org.kalamdb.schema.DataType;

/** Finds the parts of a join's condition that compare one side with the other and can be hashed. */
final class ExtractEquiJoin implements Pass {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Plans.rewriteUp(plan, node -> node instanceof Join join ? extract(join) : node);
  }

  /** The join with more keys and less of a residual. */
  static LogicalPlan extract(Join join) {
    List<Expression> parts = Expressions.conjuncts(join.residual());
    if (join.type() == JoinType.MARK && (parts.size() != 1 || !join.keys().isEmpty())) {
      // The NULL of a mark follows from one key, not from several or a further condition.
      return join;
    }
    int leftWidth = join.left().columns().size();
    List<EquiKey> keys = new ArrayList<>(join.keys());
    List<Expression> rest = new ArrayList<>();
    for (Expression part : parts) {
      EquiKey key = equiKey(part, leftWidth);
      List<EquiKey> found = key == null ? NullSafeKeys.of(part, leftWidth) : List.of(key);
      if (found.isEmpty()) {
        rest.add(part);
      } else {
        keys.addAll(found);
      }
    }
    return join.withCondition(keys, Expressions.conjunction(rest));
  }

  /** The part as a key of a join whose left side has so many columns, or null. */
  static @Nullable EquiKey equiKey(Expression part, int leftWidth) {
    if (!(part instanceof Comparison comparison)
        || comparison.operator() != ComparisonOperator.EQUAL
        || Expressions.isVolatile(part)) {
      return null;
    }
    BitSet first = Expressions.columnsOf(comparison.left());
    BitSet second = Expressions.columnsOf(comparison.right());
    if (first.isEmpty() || second.isEmpty()) {
      return null;
    }
    if (isLeft(first, leftWidth) && isRight(second, leftWidth)) {
      return key(comparison.left(), comparison.right(), leftWidth);
    }
    if (isRight(first, leftWidth) && isLeft(second, leftWidth)) {
      return key(comparison.right(), comparison.left(), leftWidth);
    }
    return null;
  }

  /** Both sides with one representation, so that equal values have equal bytes. */
  private static @Nullable EquiKey key(Expression left, Expression right, int leftWidth) {
    Expression shifted = Expressions.mapColumns(right, position -> position - leftWidth);
    DataType leftType = left.type();
    DataType rightType = shifted.type();
    if (leftType.equals(rightType) || (isVariable(leftType) && isVariable(rightType))) {
      return new EquiKey(left, shifted);
    }
    if (leftType.kind() != DataType.Kind.DECIMAL || rightType.kind() != DataType.Kind.DECIMAL) {
      return null;
    }
    int scale = Math.max(leftType.scale(), rightType.scale());
    int whole =
        Math.max(leftType.length() - leftType.scale(), rightType.length() - rightType.scale());
    if (whole + scale > DataType.MAX_DECIMAL_PRECISION) {
      return null;
    }
    DataType common = DataType.decimal(whole + scale, scale);
    return new EquiKey(
        TypeRules.coerce(left, common, CastContext.IMPLICIT),
        TypeRules.coerce(shifted, common, CastContext.IMPLICIT));
  }

  private static boolean isVariable(DataType type) {
    return type.kind() == DataType.Kind.TEXT || type.kind() == DataType.Kind.VARCHAR;
  }

  private static boolean isLeft(BitSet columns, int leftWidth) {
    return columns.length() <= leftWidth;
  }

  private static boolean isRight(BitSet columns, int leftWidth) {
    return columns.nextSetBit(0) >= leftWidth;
  }
}
