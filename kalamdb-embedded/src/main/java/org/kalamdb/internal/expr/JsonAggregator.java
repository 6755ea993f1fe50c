package org.kalamdb.internal.expr;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;

/** JSON arrays and objects of values that are JSON already; a NULL is null. */
final class JsonAggregator extends ObjectAggregator<StringBuilder> {
  private final boolean object;
  private final boolean binary;

  /** With two arguments, a key and a value, an object; with one an array; spaced as PostgreSQL. */
  JsonAggregator(boolean object, boolean binary) {
    this.object = object;
    this.binary = binary;
  }

  @Override
  @Nullable StringBuilder add(@Nullable StringBuilder state, ColumnView[] arguments, int row) {
    StringBuilder target = state == null ? new StringBuilder() : state.append(", ");
    if (object) {
      if (arguments[0].isNull(row)) {
        throw new KalamException(ErrorCode.INVALID_PARAMETER_VALUE, "field name must not be null");
      }
      target.append(text(arguments[0], row)).append(binary ? ": " : " : ");
    }
    return target.append(text(arguments[object ? 1 : 0], row));
  }

  private static String text(ColumnView column, int row) {
    return column.isNull(row) ? "null" : new String(column.copyBytes(row), StandardCharsets.UTF_8);
  }

  @Override
  StringBuilder combine(StringBuilder left, StringBuilder right) {
    return left.append(", ").append(right);
  }

  @Override
  StringBuilder copy(StringBuilder state) {
    return new StringBuilder(state);
  }

  @Override
  Object result(StringBuilder state) {
    if (!object) {
      return "[" + state + "]";
    }
    return binary ? "{" + state + "}" : "{ " + state + " }";
  }

  @Override
  long bytesOf(StringBuilder state) {
    return OBJECT_BYTES + 2L * state.capacity();
  }

  @Override
  public boolean isGrowing() {
    return true;
  }
}
