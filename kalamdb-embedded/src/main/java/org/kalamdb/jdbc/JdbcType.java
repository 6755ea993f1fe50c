package org.kalamdb.jdbc;

import java.sql.Types;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * How JDBC sees one SQL type.
 *
 * @param code constant of {@link Types}
 * @param name name of the type without length
 * @param javaClass class of {@code getObject}
 * @param precision digits, characters or bytes; 0 where there is no limit
 * @param displaySize characters of its text; {@link Integer#MAX_VALUE} where there is no limit
 */
record JdbcType(int code, String name, Class<?> javaClass, int precision, int displaySize) {
  private static final Pattern TYPE_TEXT =
      Pattern.compile("\\s*([A-Za-z_ ]+?)\\s*(?:\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\))?\\s*");
  private static final int UNLIMITED = Integer.MAX_VALUE;

  static JdbcType of(DataType type) {
    int length = type.length();
    String name = type.kind().name();
    return switch (type.kind()) {
      case BOOLEAN -> new JdbcType(Types.BOOLEAN, name, Boolean.class, 1, 5);
      case SMALLINT -> new JdbcType(Types.SMALLINT, name, Integer.class, 5, 6);
      case INTEGER -> new JdbcType(Types.INTEGER, name, Integer.class, 10, 11);
      case BIGINT -> new JdbcType(Types.BIGINT, name, Long.class, 19, 20);
      case REAL -> new JdbcType(Types.REAL, name, Float.class, 8, 15);
      case DOUBLE -> new JdbcType(Types.DOUBLE, name, Double.class, 17, 25);
      case DECIMAL ->
          new JdbcType(
              Types.DECIMAL,
              name,
              java.math.BigDecimal.class,
              length,
              length + (type.scale() > 0 ? 3 : 1));
      case TEXT -> text(Types.VARCHAR, name, 0);
      case VARCHAR -> text(Types.VARCHAR, name, length);
      case CHAR -> text(Types.CHAR, name, length);
      case JSON -> new JdbcType(Types.OTHER, name, String.class, 0, UNLIMITED);
      case BYTES -> new JdbcType(Types.VARBINARY, name, byte[].class, 0, UNLIMITED);
      case DATE -> new JdbcType(Types.DATE, name, java.sql.Date.class, 10, 13);
      case TIME -> new JdbcType(Types.TIME, name, java.sql.Time.class, 15, 15);
      case TIMESTAMP -> new JdbcType(Types.TIMESTAMP, name, java.sql.Timestamp.class, 26, 29);
      case TIMESTAMPTZ ->
          new JdbcType(Types.TIMESTAMP_WITH_TIMEZONE, name, java.time.OffsetDateTime.class, 32, 35);
      case ZONED_TIMESTAMP ->
          new JdbcType(Types.TIMESTAMP_WITH_TIMEZONE, name, java.time.ZonedDateTime.class, 26, 80);
      case INTERVAL -> new JdbcType(Types.OTHER, name, org.kalamdb.schema.Interval.class, 0, 64);
      case UUID -> new JdbcType(Types.OTHER, name, java.util.UUID.class, 16, 36);
      case EMBEDDING -> new JdbcType(Types.OTHER, name, float[].class, length, UNLIMITED);
      case UNKNOWN -> new JdbcType(Types.NULL, name, Object.class, 0, UNLIMITED);
    };
  }

  private static JdbcType text(int code, String name, int length) {
    return new JdbcType(code, name, String.class, length, length == 0 ? UNLIMITED : length);
  }

  /**
   * The class a value is converted to for a constant of {@link Types}; {@code Object} for "as it
   * is".
   */
  static Class<?> classOf(int code) {
    return switch (code) {
      case Types.BOOLEAN, Types.BIT -> Boolean.class;
      case Types.TINYINT, Types.SMALLINT -> Short.class;
      case Types.INTEGER -> Integer.class;
      case Types.BIGINT -> Long.class;
      case Types.REAL -> Float.class;
      case Types.FLOAT, Types.DOUBLE -> Double.class;
      case Types.DECIMAL, Types.NUMERIC -> java.math.BigDecimal.class;
      case Types.CHAR,
          Types.VARCHAR,
          Types.LONGVARCHAR,
          Types.NCHAR,
          Types.NVARCHAR,
          Types.LONGNVARCHAR,
          Types.CLOB,
          Types.NCLOB ->
          String.class;
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> byte[].class;
      case Types.DATE -> java.time.LocalDate.class;
      case Types.TIME -> java.time.LocalTime.class;
      case Types.TIMESTAMP -> java.time.LocalDateTime.class;
      case Types.TIMESTAMP_WITH_TIMEZONE -> java.time.ZonedDateTime.class;
      default -> Object.class;
    };
  }

  /** Reads a type as {@link DataType#toString()} writes it; UNKNOWN for a text that is none. */
  static DataType parse(String text) {
    Matcher matcher = TYPE_TEXT.matcher(text);
    if (!matcher.matches()) {
      return DataType.UNKNOWN;
    }
    int length = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    int scale = matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3));
    String name = matcher.group(1).toUpperCase(Locale.ROOT);
    for (Kind kind : Kind.values()) {
      if (kind.name().equals(name)) {
        return new DataType(kind, length, scale);
      }
    }
    return DataType.UNKNOWN;
  }
}
