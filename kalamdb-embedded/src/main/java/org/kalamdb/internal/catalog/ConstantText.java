package org.kalamdb.internal.catalog;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.Base64;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.function.Function;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** Values of every column type as text and back without loss, for what is kept of a catalog. */
public final class ConstantText {
  private static final String INFINITE = "infinity";
  private static final String BEFORE_ALL = "-infinity";

  private ConstantText() {}

  public static String of(DataType type, Object value) {
    return switch (type.kind()) {
      case BYTES -> Base64.getEncoder().encodeToString((byte[]) value);
      case EMBEDDING -> {
        StringJoiner numbers = new StringJoiner(",");
        for (float number : (float[]) value) {
          numbers.add(Float.toString(number));
        }
        yield numbers.toString();
      }
      case INTERVAL -> {
        Interval interval = (Interval) value;
        yield interval.months() + " " + interval.days() + " " + interval.micros();
      }
      case DATE -> text(value, LocalDate.MIN, LocalDate.MAX);
      case TIMESTAMP -> text(value, LocalDateTime.MIN, LocalDateTime.MAX);
      case TIMESTAMPTZ -> text(value, Instant.MIN, Instant.MAX);
      default -> value.toString();
    };
  }

  private static String text(Object value, Object least, Object greatest) {
    return value.equals(least) ? BEFORE_ALL : value.equals(greatest) ? INFINITE : value.toString();
  }

  /** The value in the Java class of the type. */
  static Object parse(DataType type, String text) {
    return switch (type.kind()) {
      case BOOLEAN -> Boolean.valueOf(text);
      case SMALLINT -> Short.valueOf(text);
      case INTEGER -> Integer.valueOf(text);
      case BIGINT -> Long.valueOf(text);
      case REAL -> Float.valueOf(text);
      case DOUBLE -> Double.valueOf(text);
      case DECIMAL -> new BigDecimal(text);
      case TEXT, VARCHAR, CHAR, JSON -> text;
      case BYTES -> Base64.getDecoder().decode(text);
      case DATE -> infinite(text, LocalDate.MIN, LocalDate.MAX, LocalDate::parse);
      case TIME -> LocalTime.parse(text);
      case TIMESTAMP -> infinite(text, LocalDateTime.MIN, LocalDateTime.MAX, LocalDateTime::parse);
      case TIMESTAMPTZ -> infinite(text, Instant.MIN, Instant.MAX, Instant::parse);
      case ZONED_TIMESTAMP -> ZonedDateTime.parse(text);
      case UUID -> UUID.fromString(text);
      case EMBEDDING -> {
        String[] numbers = text.split(",", -1);
        float[] vector = new float[numbers.length];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = Float.parseFloat(numbers[i]);
        }
        yield vector;
      }
      case INTERVAL -> {
        String[] parts = text.split(" ", 3);
        yield new Interval(
            Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
      }
      case UNKNOWN -> throw new IllegalArgumentException("No column has type " + type);
    };
  }

  private static Object infinite(
      String text, Object least, Object greatest, Function<String, Object> finite) {
    return text.equals(BEFORE_ALL) ? least : text.equals(INFINITE) ? greatest : finite.apply(text);
  }
}
