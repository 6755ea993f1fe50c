package org.kalamdb.internal.storage.row;

import java.math.BigDecimal;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Int128;
import org.kalamdb.schema.DataType;

/**
 * Values stored under an earlier, narrower type of their column: SMALLINT to INTEGER to BIGINT to
 * DECIMAL, REAL to DOUBLE, a longer DECIMAL, any text to any text.
 */
public final class Widening {
  private Widening() {}

  /** True if values of both types are stored alike. */
  static boolean isSameStorage(DataType from, DataType to) {
    return from.kind() == to.kind()
        ? from.kind() != DataType.Kind.EMBEDDING && from.scale() == to.scale() || from.equals(to)
        : from.isText() && to.isText();
  }

  /** The value in the Java class of {@code to}; any other change of type is refused (42846). */
  public static Object convert(Object value, DataType from, DataType to) {
    if (isSameStorage(from, to)) {
      return value;
    }
    if (from.isInteger()) {
      long number = ((Number) value).longValue();
      switch (to.kind()) {
        case INTEGER -> {
          return Math.toIntExact(number);
        }
        case BIGINT -> {
          return number;
        }
        case DECIMAL -> {
          return decimal(BigDecimal.valueOf(number), to);
        }
        default -> throw refused(from, to);
      }
    }
    if (from.kind() == DataType.Kind.REAL && to.kind() == DataType.Kind.DOUBLE) {
      return (double) (Float) value;
    }
    if (from.kind() == DataType.Kind.DECIMAL && to.kind() == DataType.Kind.DECIMAL) {
      return decimal((BigDecimal) value, to);
    }
    throw refused(from, to);
  }

  private static BigDecimal decimal(BigDecimal value, DataType to) {
    return new BigDecimal(Int128.unscaled(value, to), to.scale());
  }

  /** What a change of type that widens nothing gets. */
  public static KalamException refused(DataType from, DataType to) {
    return new KalamException(
        ErrorCode.CANNOT_COERCE, "A stored " + from + " cannot be read as " + to);
  }
}
