package org.kalamdb.jdbc;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;

/**
 * The conversions of {@code ResultSet.getX}, of {@code getObject} with a class and of {@code
 * setObject} with a target type, from the Java values of {@link org.kalamdb.schema.DataType.Kind}.
 *
 * <p>A fraction is cut off where a whole number is asked for; a number that does not fit is 22003,
 * a text that is none 22P02, a conversion that makes no sense 42846. Arrays are copied.
 */
final class Conversions {
  private interface Converter {
    Object convert(Object value) throws SQLException;
  }

  private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final Map<Class<?>, Converter> CONVERTERS = converters();

  private Conversions() {}

  private static Map<Class<?>, Converter> converters() {
    Map<Class<?>, Converter> to = new LinkedHashMap<>();
    to.put(Object.class, Conversions::toJdbcObject);
    to.put(String.class, ValueText::of);
    to.put(Boolean.class, Conversions::toBoolean);
    to.put(Byte.class, value -> (byte) toLong(value, Byte.MIN_VALUE, Byte.MAX_VALUE, "byte"));
    to.put(
        Short.class, value -> (short) toLong(value, Short.MIN_VALUE, Short.MAX_VALUE, "SMALLINT"));
    to.put(
        Integer.class,
        value -> (int) toLong(value, Integer.MIN_VALUE, Integer.MAX_VALUE, "INTEGER"));
    to.put(Long.class, Conversions::toLong);
    to.put(Float.class, Conversions::toFloat);
    to.put(Double.class, Conversions::toDouble);
    to.put(BigDecimal.class, Conversions::toDecimal);
    to.put(BigInteger.class, value -> toDecimal(value).toBigInteger());
    to.put(byte[].class, Conversions::toBytes);
    to.put(float[].class, Conversions::toFloats);
    to.put(UUID.class, Conversions::toUuid);
    to.put(LocalDate.class, value -> Temporals.toLocalDate(value, null));
    to.put(LocalTime.class, value -> Temporals.toLocalTime(value, null));
    to.put(LocalDateTime.class, value -> Temporals.toLocalDateTime(value, null));
    to.put(Instant.class, value -> Temporals.toInstant(value, null));
    to.put(OffsetDateTime.class, value -> Temporals.toZoned(value, null).toOffsetDateTime());
    to.put(ZonedDateTime.class, value -> Temporals.toZoned(value, null));
    to.put(java.sql.Date.class, value -> Temporals.toSqlDate(value, null));
    to.put(java.sql.Time.class, value -> Temporals.toSqlTime(value, null));
    to.put(java.sql.Timestamp.class, value -> Temporals.toSqlTimestamp(value, null));
    to.put(
        java.util.Date.class,
        value -> new java.util.Date(Temporals.toSqlTimestamp(value, null).getTime()));
    return to;
  }

  /** The value as an instance of the class. */
  static <T> T to(Object value, Class<T> type) throws SQLException {
    Converter converter = CONVERTERS.get(type);
    if (converter == null) {
      if (type.isInstance(value)) {
        return type.cast(value);
      }
      throw impossible(value, type.getName());
    }
    return type.cast(converter.convert(value));
  }

  /** The value in the class that {@link JdbcType#javaClass()} announces. */
  private static Object toJdbcObject(Object value) throws SQLException {
    if (value instanceof Short number) {
      return number.intValue();
    } else if (value instanceof LocalDate) {
      return Temporals.toSqlDate(value, null);
    } else if (value instanceof LocalTime) {
      return Temporals.toSqlTime(value, null);
    } else if (value instanceof LocalDateTime) {
      return Temporals.toSqlTimestamp(value, null);
    } else if (value instanceof Instant instant) {
      return instant.atOffset(ZoneOffset.UTC);
    } else if (value instanceof byte[] bytes) {
      return bytes.clone();
    } else if (value instanceof float[] vector) {
      return vector.clone();
    }
    return value;
  }

  static boolean toBoolean(Object value) throws SQLException {
    if (value instanceof Boolean truth) {
      return truth;
    }
    if (value instanceof Number) {
      BigDecimal number = toDecimal(value);
      if (number.signum() == 0 || number.compareTo(BigDecimal.ONE) == 0) {
        return number.signum() != 0;
      }
    } else if (value instanceof String text) {
      switch (text.strip().toLowerCase(Locale.ROOT)) {
        case "true", "t", "yes", "y", "on", "1" -> {
          return true;
        }
        case "false", "f", "no", "n", "off", "0" -> {
          return false;
        }
        default -> throw badText(value, "BOOLEAN", null);
      }
    }
    throw impossible(value, "BOOLEAN");
  }

  static long toLong(Object value) throws SQLException {
    return toLong(value, Long.MIN_VALUE, Long.MAX_VALUE, "BIGINT");
  }

  static long toLong(Object value, long min, long max, String type) throws SQLException {
    long number;
    if (value instanceof Integer || value instanceof Long || value instanceof Short) {
      number = ((Number) value).longValue();
    } else if (value instanceof Boolean truth) {
      number = truth ? 1 : 0;
    } else {
      BigDecimal whole = toDecimal(value).setScale(0, RoundingMode.DOWN);
      if (whole.compareTo(MIN_LONG) < 0 || whole.compareTo(MAX_LONG) > 0) {
        throw outOfRange(value, type);
      }
      number = whole.longValueExact();
    }
    if (number < min || number > max) {
      throw outOfRange(value, type);
    }
    return number;
  }

  static float toFloat(Object value) throws SQLException {
    if (value instanceof Float number) {
      return number;
    }
    double number = toDouble(value);
    if (Double.isFinite(number) && Math.abs(number) > Float.MAX_VALUE) {
      throw outOfRange(value, "REAL");
    }
    return (float) number;
  }

  static double toDouble(Object value) throws SQLException {
    if (value instanceof Float number) {
      return Double.parseDouble(number.toString()); // 0.1f is 0.1
    } else if (value instanceof Number number) {
      return number.doubleValue();
    } else if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    } else if (value instanceof String text) {
      try {
        return Double.parseDouble(text.strip());
      } catch (NumberFormatException e) {
        throw badText(value, "DOUBLE", e);
      }
    }
    throw impossible(value, "DOUBLE");
  }

  static BigDecimal toDecimal(Object value) throws SQLException {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    } else if (value instanceof Double || value instanceof Float) {
      if (!Double.isFinite(((Number) value).doubleValue())) {
        throw outOfRange(value, "DECIMAL");
      }
      return new BigDecimal(value.toString());
    } else if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return BigDecimal.valueOf(((Number) value).longValue());
    } else if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    } else if (value instanceof Boolean truth) {
      return truth ? BigDecimal.ONE : BigDecimal.ZERO;
    } else if (value instanceof String text) {
      return parseDecimal(text);
    }
    throw impossible(value, "DECIMAL");
  }

  private static BigDecimal parseDecimal(String text) throws SQLException {
    try {
      BigDecimal decimal = new BigDecimal(text.strip());
      if (Math.abs((long) decimal.precision() - decimal.scale()) > 1000 || decimal.scale() > 1000) {
        throw outOfRange(text, "DECIMAL"); // 1e999999999 would fill the memory when expanded
      }
      return decimal;
    } catch (NumberFormatException e) {
      throw badText(text, "DECIMAL", e);
    }
  }

  static byte[] toBytes(Object value) throws SQLException {
    if (value instanceof byte[] bytes) {
      return bytes.clone();
    } else if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    } else if (value instanceof UUID uuid) {
      return ByteBuffer.allocate(16)
          .putLong(uuid.getMostSignificantBits())
          .putLong(uuid.getLeastSignificantBits())
          .array();
    }
    throw impossible(value, "BYTES");
  }

  private static float[] toFloats(Object value) throws SQLException {
    if (value instanceof float[] vector) {
      return vector.clone();
    }
    throw impossible(value, "EMBEDDING");
  }

  private static UUID toUuid(Object value) throws SQLException {
    if (value instanceof UUID uuid) {
      return uuid;
    } else if (value instanceof String text) {
      try {
        return UUID.fromString(text.strip());
      } catch (IllegalArgumentException e) {
        throw badText(value, "UUID", e);
      }
    } else if (value instanceof byte[] bytes && bytes.length == 16) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new UUID(buffer.getLong(), buffer.getLong());
    }
    throw impossible(value, "UUID");
  }

  static SQLException impossible(Object value, String type) {
    return SqlErrors.of(
        ErrorCode.CANNOT_COERCE,
        "A value of " + value.getClass().getTypeName() + " cannot be read as " + type);
  }

  private static SQLException outOfRange(Object value, String type) {
    return SqlErrors.of(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, ValueText.of(value) + " is out of range for " + type);
  }

  private static SQLException badText(Object value, String type, @Nullable Throwable cause) {
    return SqlErrors.of(
        ErrorCode.INVALID_TEXT_REPRESENTATION,
        "invalid input syntax for type " + type + ": \"" + value + "\"",
        cause);
  }
}
