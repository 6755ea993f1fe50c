package org.kalamdb.internal.engine;

import java.math.BigDecimal;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType;

/** Fits values of rows to the types of record components. */
final class JavaValues {
  private JavaValues() {}

  /**
   * The value as the wanted class: itself, a number of another width if it fits, or its SQL text.
   */
  static Object convert(Object value, DataType type, Class<?> wanted) {
    if (wanted.isInstance(value)) {
      return value;
    }
    if (value instanceof Number number) {
      BigDecimal exact =
          number instanceof BigDecimal decimal ? decimal : new BigDecimal(number.toString());
      if (wanted == long.class || wanted == Long.class) {
        return exact.longValueExact();
      } else if (wanted == int.class || wanted == Integer.class) {
        return exact.intValueExact();
      } else if (wanted == short.class || wanted == Short.class) {
        return exact.shortValueExact();
      } else if (wanted == double.class || wanted == Double.class) {
        return number.doubleValue();
      } else if (wanted == float.class || wanted == Float.class) {
        return number.floatValue();
      } else if (wanted == BigDecimal.class) {
        return exact;
      }
    }
    if (wanted == boolean.class && value instanceof Boolean) {
      return value;
    }
    if (wanted == String.class) {
      return Values.format(value, type);
    }
    throw new IllegalArgumentException(
        "A value of type " + type + " is no " + wanted.getTypeName());
  }
}
