package org.kalamdb.schema;

import java.util.Objects;

/**
 * The type of a column or expression: a kind, with a length, precision and scale where the kind has
 * them. The Java value of each kind stands beside it in {@link Kind}.
 *
 * @param kind which type
 * @param length VARCHAR and CHAR: characters (0 is unlimited); DECIMAL: precision (0 is "not
 *     declared"); EMBEDDING: dimensions; 0 elsewhere
 * @param scale DECIMAL: digits after the point; 0 elsewhere
 */
public record DataType(Kind kind, int length, int scale) {
  /** The most digits of a DECIMAL in 128 bits, which is what computing makes of those. */
  public static final int MAX_DECIMAL_PRECISION = 38;

  /** The most digits a DECIMAL has: with more than 38 it takes 256 bits. */
  public static final int MAX_WIDE_DECIMAL_PRECISION = 76;

  /** The most dimensions an EMBEDDING has. */
  public static final int MAX_EMBEDDING_DIMENSIONS = 8192;

  public static final DataType BOOLEAN = new DataType(Kind.BOOLEAN, 0, 0);
  public static final DataType SMALLINT = new DataType(Kind.SMALLINT, 0, 0);
  public static final DataType INTEGER = new DataType(Kind.INTEGER, 0, 0);
  public static final DataType BIGINT = new DataType(Kind.BIGINT, 0, 0);
  public static final DataType REAL = new DataType(Kind.REAL, 0, 0);
  public static final DataType DOUBLE = new DataType(Kind.DOUBLE, 0, 0);
  public static final DataType TEXT = new DataType(Kind.TEXT, 0, 0);
  public static final DataType BYTES = new DataType(Kind.BYTES, 0, 0);
  public static final DataType DATE = new DataType(Kind.DATE, 0, 0);
  public static final DataType TIME = new DataType(Kind.TIME, 0, 0);
  public static final DataType TIMESTAMP = new DataType(Kind.TIMESTAMP, 0, 0);
  public static final DataType TIMESTAMPTZ = new DataType(Kind.TIMESTAMPTZ, 0, 0);
  public static final DataType ZONED_TIMESTAMP = new DataType(Kind.ZONED_TIMESTAMP, 0, 0);
  public static final DataType INTERVAL = new DataType(Kind.INTERVAL, 0, 0);
  public static final DataType UUID = new DataType(Kind.UUID, 0, 0);
  public static final DataType JSON = new DataType(Kind.JSON, 0, 0);

  /** The type of a bare NULL or an untyped parameter, until its context gives it another. */
  public static final DataType UNKNOWN = new DataType(Kind.UNKNOWN, 0, 0);

  public DataType {
    Objects.requireNonNull(kind, "kind");
    if (length < 0 || scale < 0) {
      throw new IllegalArgumentException(
          "length and scale must not be negative: " + length + ", " + scale);
    }
    if (kind == Kind.DECIMAL
        && (length < 1 || length > MAX_WIDE_DECIMAL_PRECISION || scale > length)) {
      throw new IllegalArgumentException(
          "DECIMAL takes a precision from 1 to 76 and a scale up to it: " + length + ", " + scale);
    }
    if (kind == Kind.EMBEDDING && (length < 1 || length > MAX_EMBEDDING_DIMENSIONS)) {
      throw new IllegalArgumentException("EMBEDDING takes 1 to 8192 dimensions: " + length);
    }
  }

  public static DataType decimal(int precision, int scale) {
    return new DataType(Kind.DECIMAL, precision, scale);
  }

  public static DataType varchar(int length) {
    return new DataType(Kind.VARCHAR, length, 0);
  }

  public static DataType character(int length) {
    return new DataType(Kind.CHAR, length, 0);
  }

  public static DataType embedding(int dimensions) {
    return new DataType(Kind.EMBEDDING, dimensions, 0);
  }

  /** The types of SQL.md section 3, each with the class of its Java values. */
  public enum Kind {
    BOOLEAN(Boolean.class),
    SMALLINT(Short.class),
    INTEGER(Integer.class),
    BIGINT(Long.class),
    REAL(Float.class),
    DOUBLE(Double.class),
    DECIMAL(java.math.BigDecimal.class),
    TEXT(String.class),
    VARCHAR(String.class),
    CHAR(String.class),
    BYTES(byte[].class),
    DATE(java.time.LocalDate.class),
    TIME(java.time.LocalTime.class),
    TIMESTAMP(java.time.LocalDateTime.class),
    TIMESTAMPTZ(java.time.Instant.class),
    ZONED_TIMESTAMP(java.time.ZonedDateTime.class),
    INTERVAL(Interval.class),
    UUID(java.util.UUID.class),
    JSON(String.class),
    EMBEDDING(float[].class),
    UNKNOWN(Object.class);

    private final Class<?> javaType;

    Kind(Class<?> javaType) {
      this.javaType = javaType;
    }

    /** The class of a non-null value of this kind in {@code Row.get} and in parameters. */
    public Class<?> javaType() {
      return javaType;
    }
  }

  /** Whether this is a DECIMAL of more than 38 digits. */
  public boolean isWideDecimal() {
    return kind == Kind.DECIMAL && length > MAX_DECIMAL_PRECISION;
  }

  public boolean isText() {
    return kind == Kind.TEXT || kind == Kind.VARCHAR || kind == Kind.CHAR;
  }

  public boolean isInteger() {
    return kind == Kind.SMALLINT || kind == Kind.INTEGER || kind == Kind.BIGINT;
  }

  public boolean isNumeric() {
    return isInteger() || kind == Kind.REAL || kind == Kind.DOUBLE || kind == Kind.DECIMAL;
  }

  /** SQL spelling, as SHOW and DESCRIBE print it: {@code VARCHAR(10)}, {@code DECIMAL(10,2)}. */
  @Override
  public String toString() {
    return switch (kind) {
      case DECIMAL -> "DECIMAL(" + length + "," + scale + ")";
      case VARCHAR -> length == 0 ? "VARCHAR" : "VARCHAR(" + length + ")";
      case CHAR -> "CHAR(" + length + ")";
      case EMBEDDING -> "EMBEDDING(" + length + ")";
      default -> kind.name();
    };
  }
}
