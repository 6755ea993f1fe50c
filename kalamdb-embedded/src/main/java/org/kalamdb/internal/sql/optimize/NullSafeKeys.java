package org.kalamdb.internal.sql.optimize;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Coalesce;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.ComparisonOperator;
import org.kalamdb.internal.expr.Expression.IsNull;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.sql.plan.LogicalPlan.Join.EquiKey;
import org.kalamdb.schema.DataType;

/**
 * {@code a IS NOT DISTINCT FROM b} as two equalities that can be hashed: both are NULL or neither
 * is, and they are equal with some value in place of NULL.
 */
final class NullSafeKeys {
  private NullSafeKeys() {}

  /** The keys, or none. */
  static List<EquiKey> of(Expression part, int leftWidth) {
    if (!(part instanceof Comparison comparison)
        || comparison.operator() != ComparisonOperator.NOT_DISTINCT) {
      return List.of();
    }
    Expression left = comparison.left();
    Expression right = comparison.right();
    Object standIn = standIn(left.type());
    if (standIn == null || !left.type().equals(right.type())) {
      return List.of();
    }
    EquiKey nulls =
        ExtractEquiJoin.equiKey(
            equal(new IsNull(left, false), new IsNull(right, false)), leftWidth);
    EquiKey values =
        ExtractEquiJoin.equiKey(equal(filled(left, standIn), filled(right, standIn)), leftWidth);
    return nulls == null || values == null ? List.of() : List.of(values, nulls);
  }

  private static Comparison equal(Expression left, Expression right) {
    return new Comparison(ComparisonOperator.EQUAL, left, right);
  }

  private static Expression filled(Expression value, Object standIn) {
    DataType type = value.type();
    return new Coalesce(List.of(value, new Literal(standIn, type)), type);
  }

  private static @Nullable Object standIn(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> false;
      case SMALLINT -> (short) 0;
      case INTEGER -> 0;
      case BIGINT -> 0L;
      case REAL -> 0f;
      case DOUBLE -> 0d;
      case DECIMAL -> BigDecimal.ZERO.setScale(type.scale());
      case TEXT, VARCHAR -> "";
      case CHAR -> " ".repeat(type.length());
      case DATE -> LocalDate.EPOCH;
      case TIME -> LocalTime.MIDNIGHT;
      case TIMESTAMP -> LocalDateTime.of(1970, 1, 1, 0, 0);
      case TIMESTAMPTZ -> Instant.EPOCH;
      case UUID -> new UUID(0, 0);
      default -> null;
    };
  }
}
