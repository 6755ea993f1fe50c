package org.kalamdb.internal.engine;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.kalamdb.query.ResultColumn;
import org.kalamdb.query.Row;

/** Makes records of rows: components are found by name, without regard to case and underscores. */
final class RecordMapper<T> {
  private final Constructor<T> constructor;
  private final int[] columns;
  private final Class<?>[] types;

  private RecordMapper(Constructor<T> constructor, int[] columns, Class<?>[] types) {
    this.constructor = constructor;
    this.columns = columns;
    this.types = types;
  }

  static <T> RecordMapper<T> of(Class<T> type, List<ResultColumn> result) {
    if (!type.isRecord()) {
      throw new IllegalArgumentException(type.getName() + " is not a record");
    }
    RecordComponent[] components = type.getRecordComponents();
    int[] columns = new int[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      columns[i] = find(components[i].getName(), result, type);
      types[i] = components[i].getType();
    }
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return new RecordMapper<>(constructor, columns, types);
    } catch (NoSuchMethodException e) {
      throw new IllegalArgumentException(type.getName() + " has no canonical constructor", e);
    }
  }

  private static int find(String component, List<ResultColumn> columns, Class<?> type) {
    for (int i = 0; i < columns.size(); i++) {
      if (plain(columns.get(i).name()).equals(plain(component))) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "The result has no column for "
            + type.getSimpleName()
            + "."
            + component
            + ": it has "
            + columns.stream().map(ResultColumn::name).toList());
  }

  private static String plain(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  T map(Row row) {
    @Nullable Object[] arguments = new @Nullable Object[columns.length];
    for (int i = 0; i < arguments.length; i++) {
      Object value = row.get(columns[i]);
      if (value == null && types[i].isPrimitive()) {
        throw new IllegalStateException(
            "Column "
                + row.columns().get(columns[i]).name()
                + " is NULL and the component is a "
                + types[i].getName());
      }
      arguments[i] =
          value == null
              ? null
              : JavaValues.convert(value, row.columns().get(columns[i]).type(), types[i]);
    }
    try {
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
