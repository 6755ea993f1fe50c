package org.kalamdb.internal.sql.bind;

import java.math.BigDecimal;
import java.util.Locale;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.expr.Expression;
import org.kalamdb.internal.expr.Expression.Literal;
import org.kalamdb.internal.expr.TypeRules;
import org.kalamdb.schema.DataType;

/** What type a number as written has: the smallest that holds it exactly. */
final class NumberLiterals {
  private NumberLiterals() {}

  static Expression number(String text, boolean integer) {
    if (integer && text.length() <= 20) {
      BigDecimal value = new BigDecimal(text);
      if (value.equals(BigDecimal.valueOf(value.intValue()))) {
        return new Literal(value.intValue(), DataType.INTEGER);
      }
      if (value.equals(BigDecimal.valueOf(value.longValue()))) {
        return new Literal(value.longValue(), DataType.BIGINT);
      }
    }
    if (text.length() > 1000) {
      throw new KalamException(
          ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "a number has at most 76 digits");
    }
    BigDecimal value = new BigDecimal(text);
    double floating = value.doubleValue();
    if (isBeyondDecimals(value)
        && text.toLowerCase(Locale.ROOT).contains("e")
        && Double.isFinite(floating)
        && (floating != 0 || value.signum() == 0)) {
      return new Literal(floating, DataType.DOUBLE);
    }
    DataType type = TypeRules.decimalTypeOf(value);
    return new Literal(value.setScale(type.scale()), type);
  }

  /** Numbers such as 1e300, which PostgreSQL's NUMERIC holds and ours does not. */
  private static boolean isBeyondDecimals(BigDecimal value) {
    return value.scale() > DataType.MAX_DECIMAL_PRECISION
        || value.precision() - value.scale() > DataType.MAX_DECIMAL_PRECISION;
  }
}
