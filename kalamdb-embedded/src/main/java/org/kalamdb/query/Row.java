package org.kalamdb.query;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One row of a result; immutable. Columns count from 0 and have names; values have the Java class
 * of their type ({@link org.kalamdb.schema.DataType.Kind#javaType()}). Arrays are shared, not
 * copied: do not write to them.
 */
public final class Row {
  private final List<ResultColumn> columns;
  private final @Nullable Object[] values;

  /** Keeps both arguments without copying. */
  public Row(List<ResultColumn> columns, @Nullable Object[] values) {
    this.columns = columns;
    this.values = values;
  }

  public int size() {
    return values.length;
  }

  public List<ResultColumn> columns() {
    return columns;
  }

  public @Nullable Object get(int column) {
    return values[column];
  }

  public @Nullable Object get(String column) {
    return values[indexOf(column)];
  }

  /** Position of the first column of this name, without regard to ASCII case. */
  public int indexOf(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equalsIgnoreCase(column)) {
        return i;
      }
    }
    throw new IllegalArgumentException("No column " + column + " in " + names());
  }

  private List<String> names() {
    return columns.stream().map(ResultColumn::name).toList();
  }

  public boolean isNull(int column) {
    return values[column] == null;
  }

  private Object notNull(int column) {
    Object value = values[column];
    if (value == null) {
      throw new IllegalStateException(
          "Column " + columns.get(column).name() + " is NULL; ask isNull first, or use get");
    }
    return value;
  }

  private Number number(int column) {
    Object value = notNull(column);
    if (value instanceof Number number) {
      return number;
    }
    throw new IllegalStateException(
        "Column "
            + columns.get(column).name()
            + " is "
            + columns.get(column).type()
            + ", not a number");
  }

  private static ArithmeticException tooLarge(Number number, String type) {
    return new ArithmeticException(number + " does not fit " + type);
  }

  /** A whole number; {@link ArithmeticException} if the value has a fraction or does not fit. */
  public long getLong(int column) {
    Number number = number(column);
    if (number instanceof BigDecimal decimal) {
      return decimal.longValueExact();
    }
    if (number instanceof Double || number instanceof Float) {
      return new BigDecimal(number.doubleValue()).longValueExact();
    }
    return number.longValue();
  }

  public long getLong(String column) {
    return getLong(indexOf(column));
  }

  public int getInt(int column) {
    long value = getLong(column);
    if (value != (int) value) {
      throw tooLarge(value, "int");
    }
    return (int) value;
  }

  public int getInt(String column) {
    return getInt(indexOf(column));
  }

  public double getDouble(int column) {
    return number(column).doubleValue();
  }

  public double getDouble(String column) {
    return getDouble(indexOf(column));
  }

  public boolean getBoolean(int column) {
    return (Boolean) notNull(column);
  }

  public boolean getBoolean(String column) {
    return getBoolean(indexOf(column));
  }

  public BigDecimal getDecimal(int column) {
    Number number = number(column);
    if (number instanceof BigDecimal decimal) {
      return decimal;
    }
    return number instanceof Double || number instanceof Float
        ? new BigDecimal(number.toString())
        : BigDecimal.valueOf(number.longValue());
  }

  /** The value as text (SQL text for TEXT and JSON, {@code toString} elsewhere); null for NULL. */
  public @Nullable String getString(int column) {
    Object value = values[column];
    return value == null ? null : value.toString();
  }

  public @Nullable String getString(String column) {
    return getString(indexOf(column));
  }

  public byte[] getBytes(int column) {
    return (byte[]) notNull(column);
  }

  public Instant getInstant(int column) {
    return (Instant) notNull(column);
  }

  /** The values in column order, null for NULL; a copy. */
  public @Nullable Object[] toArray() {
    return Arrays.copyOf(values, values.length);
  }

  /** Equal values in the same columns' order; names do not count. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Row row && Arrays.deepEquals(values, row.values);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(values);
  }

  /** {@code {id=1, name=x}}. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "{", "}");
    for (int i = 0; i < values.length; i++) {
      String value = Arrays.deepToString(new Object[] {values[i]});
      text.add(columns.get(i).name() + "=" + value.substring(1, value.length() - 1));
    }
    return text.toString();
  }
}
