package org.kalamdb.internal.write;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableSchema;

/** Values of foreign keys in the types of either side, which differ in integer width at most. */
final class KeyValues {
  private KeyValues() {}

  /** The row's values in the columns of these ids; null if one of them is NULL. */
  static @Nullable List<Object> of(
      TableSchema schema, List<Integer> columnIds, @Nullable Object[] row) {
    List<Object> values = new ArrayList<>(columnIds.size());
    for (int id : columnIds) {
      Object value = row[schema.positionOf(id)];
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return values;
  }

  /** The values in the types of the columns of these ids; null if one has no such value. */
  static @Nullable List<Object> in(
      TableSchema schema, List<Integer> columnIds, List<Object> values) {
    List<Object> converted = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      Object value = in(schema.columnWithId(columnIds.get(i)).type(), values.get(i));
      if (value == null) {
        return null;
      }
      converted.add(value);
    }
    return converted;
  }

  private static @Nullable Object in(DataType type, Object value) {
    if (!type.isInteger()) {
      return value;
    }
    long number = ((Number) value).longValue();
    switch (type.kind()) {
      case SMALLINT -> {
        return number == (short) number ? (Object) (short) number : null;
      }
      case INTEGER -> {
        return number == (int) number ? (Object) (int) number : null;
      }
      default -> {
        return number;
      }
    }
  }
}
