package org.kalamdb.suite;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * The columns that ALTER TABLE gave a table under test, which stand behind those of its shape, and
 * what their rows hold; immutable.
 *
 * @param first position of the first of them
 * @param columns in the order they were added
 * @param made how many were ever added, for names that are not used twice
 */
record AddedColumns(int first, List<Column> columns, int made) {
  /** Types that a column goes through as it is widened, with values at the borders of each. */
  enum Family {
    WHOLE(
        List.of("SMALLINT", "INTEGER", "BIGINT", "DECIMAL(24,2)", "DECIMAL(30,4)"),
        List.of(
            List.of("0", "1", "-1", "7", "-32768", "32767"),
            List.of("100000", "-2147483648", "2147483647"),
            List.of("5000000000", "-9223372036854775808", "9223372036854775807"),
            List.of("1.25", "-0.01", "9223372036854775808"),
            List.of("0.0001", "7.0001"))),
    FLOATING(
        List.of("REAL", "DOUBLE PRECISION"),
        List.of(
            List.of("0", "1.5", "-2.25", "NaN", "Infinity", "-Infinity", "0.1"),
            List.of("1e300", "-1e300", "0.30000000000000004"))),
    WORDS(
        List.of("VARCHAR(4)", "VARCHAR(90)", "TEXT"),
        List.of(
            List.of("", "a", "ab", "zzzz", "é"),
            List.of("n".repeat(80) + "a", "n".repeat(80) + "b"),
            List.of("p".repeat(300) + "1", "p".repeat(300) + "2", "\uFFFF".repeat(40))));

    private final List<String> types;
    private final List<List<String>> values;

    Family(List<String> types, List<List<String>> values) {
      this.types = types;
      this.values = values;
    }

    int steps() {
      return types.size();
    }

    /** The value that is written so, in the Java class of the type. */
    Object value(String text, int step) {
      return switch (this) {
        case WHOLE ->
            switch (step) {
              case 0 -> Short.valueOf(text);
              case 1 -> Integer.valueOf(text);
              case 2 -> Long.valueOf(text);
              default -> new BigDecimal(text).setScale(step == 3 ? 2 : 4, RoundingMode.UNNECESSARY);
            };
        case FLOATING -> step == 0 ? (Object) Float.valueOf(text) : Double.valueOf(text);
        case WORDS -> text;
      };
    }

    Object widened(Object value, int step) {
      if (this == FLOATING) {
        return ((Float) value).doubleValue();
      }
      return value(value.toString(), step);
    }

    /** A value that the type has room for. */
    Object next(int step, Random random) {
      List<String> pool = values.get(random.nextInt(step + 1));
      return value(pool.get(random.nextInt(pool.size())), step);
    }
  }

  /**
   * One column.
   *
   * @param step which of the family's types it has
   * @param initial what an INSERT that does not name it gives it, or null
   * @param computed whether it is {@code a * 2}
   * @param indexed whether an index has it
   */
  record Column(
      String name,
      Family family,
      int step,
      Object initial,
      boolean notNull,
      boolean computed,
      boolean indexed) {
    String type() {
      return family.types.get(step);
    }

    Column named(String other) {
      return new Column(other, family, step, initial, notNull, computed, indexed);
    }

    Column asNotNull(boolean other) {
      return new Column(name, family, step, initial, other, computed, indexed);
    }

    Column withInitial(Object other) {
      return new Column(name, family, step, other, notNull, computed, indexed);
    }

    Column asIndexed() {
      return new Column(name, family, step, initial, notNull, computed, true);
    }

    Column widened() {
      // The DEFAULT is read again at the new type.
      Object wider = initial == null ? null : family.value(initial.toString(), step + 1);
      return new Column(name, family, step + 1, wider, notNull, computed, indexed);
    }

    /** A value for a row, mostly not NULL. */
    Object next(Random random) {
      return !notNull && random.nextInt(4) == 0 ? null : family.next(step, random);
    }

    /** A literal for DEFAULT. */
    static String literal(Object value) {
      return value instanceof Number && !(value instanceof Float) && !(value instanceof Double)
          ? value.toString()
          : "'" + value + "'";
    }
  }

  static AddedColumns none(TableShape shape) {
    return new AddedColumns(shape.columns().size(), List.of(), 0);
  }

  boolean isEmpty() {
    return columns.isEmpty();
  }

  int position(int column) {
    return first + column;
  }

  AddedColumns plus(Column column) {
    List<Column> longer = new ArrayList<>(columns);
    longer.add(column);
    return new AddedColumns(first, longer, made + 1);
  }

  AddedColumns without(int index) {
    List<Column> shorter = new ArrayList<>(columns);
    shorter.remove(index);
    return new AddedColumns(first, shorter, made);
  }

  AddedColumns with(int index, Column column) {
    List<Column> changed = new ArrayList<>(columns);
    changed.set(index, column);
    return new AddedColumns(first, changed, made);
  }

  /** A row of before the column was added. */
  static UnaryOperator<Object[]> appending(Object value) {
    return row -> {
      Object[] longer = Arrays.copyOf(row, row.length + 1);
      longer[row.length] = value;
      return longer;
    };
  }

  UnaryOperator<Object[]> removing(int index) {
    return row -> {
      List<Object> values = new ArrayList<>(Arrays.asList(row));
      values.remove(first + index);
      return values.toArray();
    };
  }

  UnaryOperator<Object[]> changing(int index, UnaryOperator<Object> change) {
    return row -> {
      Object[] changed = row.clone();
      Object old = row[first + index];
      changed[first + index] = old == null ? null : change.apply(old);
      return changed;
    };
  }

  static Object computed(Integer a) {
    return a == null ? null : (Object) (a * 2);
  }

  @SuppressWarnings("unchecked")
  static int compare(Object x, Object y) {
    return ((Comparable<Object>) x).compareTo(y);
  }
}
