package org.kalamdb.internal.expr;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.internal.expr.TypeRules.CastContext;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;
import org.kalamdb.schema.Interval;

/**
 * Single values in the Java classes of {@link Kind#javaType()}: conversion between types, the way
 * in for parameters, and order. The kernels' casts, the Java API and JDBC all end here.
 */
public final class Values {
  private static final int DOUBLE_DIGITS = 15;
  private static final int REAL_DIGITS = 6;

  private Values() {}

  /** CAST(value AS to), in UTC. */
  public static @Nullable Object cast(@Nullable Object value, DataType from, DataType to) {
    return cast(value, from, to, false, ZoneOffset.UTC);
  }

  static @Nullable Object cast(
      @Nullable Object value, DataType from, DataType to, boolean implicit) {
    return cast(value, from, to, implicit, ZoneOffset.UTC);
  }

  /**
   * The value as one of type {@code to}.
   *
   * @param implicit whether text that is too long is an error (22001) rather than cut, as on
   *     assignment to a column
   * @param zone what a timestamp without zone is taken to be in
   * @throws KalamException 42846 if the types do not convert, 22xxx if the value does not
   */
  public static @Nullable Object cast(
      @Nullable Object value, DataType from, DataType to, boolean implicit, ZoneId zone) {
    if (value == null || to.kind() == Kind.UNKNOWN) {
      return value;
    }
    boolean text = from.isText() || from.kind() == Kind.UNKNOWN;
    return switch (to.kind()) {
      case BOOLEAN ->
          text ? (Object) TextFormats.parseBoolean((String) value) : toBoolean(value, from, to);
      case SMALLINT -> (short) toInteger(value, from, to, Short.MIN_VALUE, Short.MAX_VALUE);
      case INTEGER -> (int) toInteger(value, from, to, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case BIGINT -> toInteger(value, from, to, Long.MIN_VALUE, Long.MAX_VALUE);
      case REAL -> toReal(value, from, to);
      case DOUBLE -> toDouble(value, from, to);
      case DECIMAL -> fitDecimal(toDecimal(value, from, to), to);
      case TEXT, VARCHAR, CHAR -> toText(value, from, to, implicit, zone);
      case BYTES -> text ? TextFormats.parseBytes((String) value) : same(value, from, to);
      case DATE ->
          text
              ? DateTimeFormats.parseDate((String) value)
              : switch (from.kind()) {
                case TIMESTAMP, TIMESTAMPTZ, ZONED_TIMESTAMP ->
                    toDate(toTimestamp(value, from, to, zone));
                default -> same(value, from, to);
              };
      case TIME ->
          text
              ? DateTimeFormats.parseTime((String) value)
              : switch (from.kind()) {
                case TIMESTAMP, TIMESTAMPTZ, ZONED_TIMESTAMP ->
                    toTime(toTimestamp(value, from, to, zone));
                case INTERVAL ->
                    org.kalamdb.internal.common.Micros.toTime(
                        Math.floorMod(((Interval) value).micros(), DateTimeFormats.MICROS_PER_DAY));
                default -> same(value, from, to);
              };
      case TIMESTAMP ->
          text
              ? DateTimeFormats.parseTimestamp((String) value)
              : toTimestamp(value, from, to, zone);
      case TIMESTAMPTZ ->
          text
              ? DateTimeFormats.parseInstant((String) value, zone)
              : toInstant(value, from, to, zone);
      case ZONED_TIMESTAMP ->
          text ? DateTimeFormats.parseZoned((String) value, zone) : toZoned(value, from, to, zone);
      case INTERVAL ->
          text
              ? IntervalFormat.parse((String) value)
              : from.kind() == Kind.TIME
                  ? new Interval(0, 0, ((LocalTime) value).toNanoOfDay() / 1000)
                  : same(value, from, to);
      case UUID -> text ? TextFormats.parseUuid((String) value) : same(value, from, to);
      case JSON -> text ? TextFormats.checkJson((String) value) : same(value, from, to);
      case EMBEDDING ->
          toEmbedding(
              text ? TextFormats.parseEmbedding((String) value) : same(value, from, to), to);
      case UNKNOWN -> value;
    };
  }

  /** {@code INTERVAL 'text' fields}, such as {@code year to month}. */
  public static Interval parseInterval(String text, String fields) {
    return IntervalFormat.parse(text, fields);
  }

  private static Object same(Object value, DataType from, DataType to) {
    if (from.kind() != to.kind()) {
      throw cannotCast(from, to);
    }
    return value;
  }

  private static KalamException cannotCast(DataType from, DataType to) {
    return new KalamException(
        ErrorCode.CANNOT_COERCE,
        "cannot cast type " + TypeRules.sqlName(from) + " to " + TypeRules.sqlName(to));
  }

  private static boolean toBoolean(Object value, DataType from, DataType to) {
    return from.kind() == Kind.INTEGER ? (Integer) value != 0 : (Boolean) same(value, from, to);
  }

  private static long toInteger(Object value, DataType from, DataType to, long min, long max) {
    long number =
        switch (from.kind()) {
          case TEXT, VARCHAR, CHAR, UNKNOWN ->
              TextFormats.parseInteger((String) value, to, min, max);
          case SMALLINT, INTEGER, BIGINT -> ((Number) value).longValue();
          case REAL, DOUBLE -> roundToLong(((Number) value).doubleValue(), to);
          case DECIMAL -> roundToLong((BigDecimal) value, to);
          case BOOLEAN -> {
            if (to.kind() != Kind.INTEGER) {
              throw cannotCast(from, to);
            }
            yield (Boolean) value ? 1 : 0;
          }
          default -> throw cannotCast(from, to);
        };
    if (number < min || number > max) {
      throw outOfRange(to);
    }
    return number;
  }

  /** 22003 in PostgreSQL's words: {@code integer out of range}. */
  static KalamException outOfRange(DataType type) {
    return new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        type.kind() == Kind.REAL || type.kind() == Kind.DOUBLE
            ? "value out of range: overflow"
            : TypeRules.sqlName(type) + " out of range");
  }

  static long roundToLong(double value, DataType to) {
    double rounded = Math.rint(value);
    if (!(rounded >= -0x1p63 && rounded < 0x1p63)) {
      throw outOfRange(to);
    }
    return (long) rounded;
  }

  private static long roundToLong(BigDecimal value, DataType to) {
    if (wholeDigits(value) > 19) {
      throw outOfRange(to);
    }
    try {
      return setScale(value, 0).longValueExact();
    } catch (ArithmeticException e) {
      throw outOfRange(to);
    }
  }

  private static float toReal(Object value, DataType from, DataType to) {
    return switch (from.kind()) {
      case REAL -> (Float) value;
      case TEXT, VARCHAR, CHAR, UNKNOWN -> TextFormats.parseReal((String) value);
      default -> {
        double wide = toDouble(value, from, to);
        float narrow =
            from.kind() == Kind.DECIMAL ? ((BigDecimal) value).floatValue() : (float) wide;
        if (Float.isInfinite(narrow) && !Double.isInfinite(wide)) {
          throw outOfRange(to);
        }
        if (narrow == 0 && wide != 0) {
          throw new KalamException(
              ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
        }
        yield narrow;
      }
    };
  }

  private static double toDouble(Object value, DataType from, DataType to) {
    return switch (from.kind()) {
      case TEXT, VARCHAR, CHAR, UNKNOWN -> TextFormats.parseDouble((String) value);
      case SMALLINT, INTEGER, BIGINT, REAL, DOUBLE, DECIMAL -> ((Number) value).doubleValue();
      default -> throw cannotCast(from, to);
    };
  }

  private static BigDecimal toDecimal(Object value, DataType from, DataType to) {
    return switch (from.kind()) {
      case TEXT, VARCHAR, CHAR, UNKNOWN -> TextFormats.parseDecimal((String) value);
      case SMALLINT, INTEGER, BIGINT -> BigDecimal.valueOf(((Number) value).longValue());
      case DECIMAL -> (BigDecimal) value;
      case REAL -> floatingToDecimal((Float) value, REAL_DIGITS);
      case DOUBLE -> floatingToDecimal((Double) value, DOUBLE_DIGITS);
      default -> throw cannotCast(from, to);
    };
  }

  private static BigDecimal floatingToDecimal(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "numeric values NaN and Infinity are not supported");
    }
    return new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
  }

  /** Digits before the point; may be negative for small fractions. */
  private static long wholeDigits(BigDecimal value) {
    return value.signum() == 0 ? 0 : (long) value.precision() - value.scale();
  }

  /** Rounded half away from zero, without writing out the digits of an absurd exponent. */
  static BigDecimal setScale(BigDecimal value, int scale) {
    return wholeDigits(value) < -scale - 1L
        ? BigDecimal.valueOf(0, scale)
        : value.setScale(scale, RoundingMode.HALF_UP);
  }

  /**
   * The value rounded to the scale of {@code type}; 22003 if it has too many digits before the
   * point.
   */
  static BigDecimal fitDecimal(BigDecimal value, DataType type) {
    if (wholeDigits(value) <= DataType.MAX_WIDE_DECIMAL_PRECISION) {
      BigDecimal scaled = setScale(value, type.scale());
      if (scaled.precision() <= type.length() || scaled.signum() == 0) {
        return scaled;
      }
    }
    throw new KalamException(
        ErrorCode.NUMERIC_VALUE_OUT_OF_RANGE,
        "numeric field overflow: a field with precision "
            + type.length()
            + ", scale "
            + type.scale()
            + " must round to an absolute value less than 10^"
            + (type.length() - type.scale()));
  }

  private static String toText(
      Object value, DataType from, DataType to, boolean implicit, ZoneId zone) {
    String text = format(value, from, zone);
    return switch (to.kind()) {
      case VARCHAR -> to.length() == 0 ? text : limit(text, to, implicit);
      case CHAR -> pad(limit(text, to, implicit), to.length());
      default -> text;
    };
  }

  private static String limit(String text, DataType to, boolean implicit) {
    if (text.length() <= to.length() || text.codePointCount(0, text.length()) <= to.length()) {
      return text;
    }
    int end = text.offsetByCodePoints(0, to.length());
    if (implicit && !text.substring(end).chars().allMatch(c -> c == ' ')) {
      throw new KalamException(
          ErrorCode.STRING_DATA_RIGHT_TRUNCATION,
          "value too long for type " + TypeRules.sqlName(to) + "(" + to.length() + ")");
    }
    return text.substring(0, end);
  }

  private static String pad(String text, int length) {
    int missing = length - text.codePointCount(0, text.length());
    return missing <= 0 ? text : text + " ".repeat(missing);
  }

  /** The value as text, as {@code value::text} gives it in UTC. */
  public static String format(Object value, DataType type) {
    return format(value, type, ZoneOffset.UTC);
  }

  /** The value as text, an instant shown in the zone. */
  public static String format(Object value, DataType type, ZoneId zone) {
    return switch (type.kind()) {
      case BOOLEAN, SMALLINT, INTEGER, BIGINT, UUID, TEXT, VARCHAR, JSON, UNKNOWN ->
          value.toString();
      case REAL -> TextFormats.formatReal((Float) value);
      case DOUBLE -> TextFormats.formatDouble((Double) value);
      case DECIMAL -> ((BigDecimal) value).toPlainString();
      case CHAR -> stripTrailingSpaces((String) value);
      case BYTES -> TextFormats.formatBytes((byte[]) value);
      case DATE -> DateTimeFormats.format((LocalDate) value);
      case TIME -> DateTimeFormats.format((LocalTime) value);
      case TIMESTAMP -> DateTimeFormats.format((LocalDateTime) value);
      case TIMESTAMPTZ -> DateTimeFormats.format((Instant) value, zone);
      case ZONED_TIMESTAMP -> DateTimeFormats.format((ZonedDateTime) value);
      case INTERVAL -> IntervalFormat.format((Interval) value);
      case EMBEDDING -> TextFormats.formatEmbedding((float[]) value);
    };
  }

  public static String stripTrailingSpaces(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == ' ') {
      end--;
    }
    return text.substring(0, end);
  }

  private static LocalDate toDate(LocalDateTime time) {
    if (time.equals(LocalDateTime.MAX)) {
      return LocalDate.MAX;
    }
    return time.equals(LocalDateTime.MIN) ? LocalDate.MIN : time.toLocalDate();
  }

  /** An infinite timestamp has no time of day. */
  private static @Nullable LocalTime toTime(LocalDateTime time) {
    return time.equals(LocalDateTime.MAX) || time.equals(LocalDateTime.MIN)
        ? null
        : time.toLocalTime();
  }

  private static LocalDateTime toTimestamp(Object value, DataType from, DataType to, ZoneId zone) {
    return switch (from.kind()) {
      case DATE -> DateTimeArithmetic.midnight((LocalDate) value);
      case TIMESTAMP -> (LocalDateTime) value;
      case TIMESTAMPTZ -> DateTimeFunctions.toLocal((Instant) value, zone);
      case ZONED_TIMESTAMP -> ((ZonedDateTime) value).toLocalDateTime();
      default -> throw cannotCast(from, to);
    };
  }

  private static Instant toInstant(Object value, DataType from, DataType to, ZoneId zone) {
    return switch (from.kind()) {
      case TIMESTAMPTZ -> (Instant) value;
      case ZONED_TIMESTAMP -> ((ZonedDateTime) value).toInstant();
      default -> DateTimeFunctions.toInstant(toTimestamp(value, from, to, zone), zone);
    };
  }

  private static ZonedDateTime toZoned(Object value, DataType from, DataType to, ZoneId zone) {
    if (value.equals(Instant.MAX) || value.equals(Instant.MIN)) {
      throw new KalamException(
          ErrorCode.FEATURE_NOT_SUPPORTED, "a zoned_timestamp cannot be infinite");
    }
    return switch (from.kind()) {
      case TIMESTAMPTZ -> ((Instant) value).atZone(zone);
      case ZONED_TIMESTAMP -> (ZonedDateTime) value;
      default -> toTimestamp(value, from, to, zone).atZone(zone);
    };
  }

  private static float[] toEmbedding(Object value, DataType to) {
    float[] floats = (float[]) value;
    if (floats.length != to.length()) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "expected " + to.length() + " dimensions, not " + floats.length);
    }
    return TextFormats.checkFinite(floats);
  }

  /**
   * The type that a Java value has by itself; UNKNOWN for a String, which takes its type from
   * context.
   */
  public static DataType naturalType(@Nullable Object value) {
    Object canonical = canonical(value);
    if (canonical == null || canonical instanceof String) {
      return DataType.UNKNOWN;
    }
    if (canonical instanceof BigDecimal decimal) {
      return TypeRules.decimalTypeOf(decimal);
    }
    if (canonical instanceof float[] floats) {
      if (floats.length == 0 || floats.length > DataType.MAX_EMBEDDING_DIMENSIONS) {
        throw new KalamException(
            ErrorCode.INVALID_PARAMETER_VALUE,
            "an embedding has 1 to 8192 dimensions, not " + floats.length);
      }
      return DataType.embedding(floats.length);
    }
    for (Kind kind : Kind.values()) {
      if (kind != Kind.UNKNOWN && kind.javaType() == canonical.getClass()) {
        return new DataType(kind, 0, 0);
      }
    }
    throw new KalamException(
        ErrorCode.INVALID_PARAMETER_VALUE,
        "Java values of " + canonical.getClass().getName() + " have no SQL type");
  }

  /**
   * A value that a Java program passed, as one of the target type: any natural Java class is taken
   * that an assignment would take, and a String is read as a literal would be.
   *
   * @throws KalamException 42804 if the class does not suit the type, 22xxx if the value does not
   */
  public static @Nullable Object coerceParameter(@Nullable Object value, DataType target) {
    return coerceParameter(value, target, ZoneOffset.UTC);
  }

  /** {@link #coerceParameter(Object, DataType)} in a session's zone. */
  public static @Nullable Object coerceParameter(
      @Nullable Object value, DataType target, ZoneId zone) {
    Object canonical = canonical(value);
    if (canonical == null) {
      return null;
    }
    DataType from = naturalType(canonical);
    if (canonical instanceof String text) {
      Utf8.check(text);
    } else if (canonical instanceof Instant instant
        && target.kind() == Kind.TIMESTAMP
        && value instanceof java.util.Date) {
      return LocalDateTime.ofInstant(instant, ZoneId.systemDefault());
    }
    if (!TypeRules.canCast(from.kind(), target.kind(), CastContext.ASSIGNMENT)) {
      throw new KalamException(
          ErrorCode.DATATYPE_MISMATCH,
          "a parameter of type "
              + TypeRules.sqlName(target)
              + " does not take a value of type "
              + TypeRules.sqlName(from));
    }
    return truncateToMicros(cast(canonical, from, target, true, zone));
  }

  /** What storage cannot keep is cut at once, so that a value reads back equal. */
  private static @Nullable Object truncateToMicros(@Nullable Object value) {
    boolean infinite =
        LocalDateTime.MAX.equals(value)
            || Instant.MAX.equals(value)
            || LocalDateTime.MIN.equals(value);
    if (!infinite
        && value instanceof java.time.temporal.Temporal temporal
        && temporal.isSupported(java.time.temporal.ChronoField.NANO_OF_SECOND)) {
      int nanos = temporal.get(java.time.temporal.ChronoField.NANO_OF_SECOND);
      return nanos % 1000 == 0
          ? value
          : temporal.with(java.time.temporal.ChronoField.NANO_OF_SECOND, nanos / 1000 * 1000L);
    }
    return value;
  }

  /**
   * The value in one of the classes of {@link Kind#javaType()}, where its class is a cousin of one.
   */
  private static @Nullable Object canonical(@Nullable Object value) {
    if (value instanceof Byte number) {
      return (short) number;
    } else if (value instanceof BigInteger number) {
      return new BigDecimal(number);
    } else if (value instanceof BigDecimal number) {
      return number.scale() < 0 && number.scale() > -DataType.MAX_DECIMAL_PRECISION
          ? number.setScale(0)
          : number;
    } else if (value instanceof Character || value instanceof CharSequence) {
      return value.toString();
    } else if (value instanceof Enum<?> constant) {
      return constant.name();
    } else if (value instanceof java.sql.Timestamp timestamp) {
      return timestamp.toInstant();
    } else if (value instanceof java.sql.Date date) {
      return date.toLocalDate();
    } else if (value instanceof java.sql.Time time) {
      return time.toLocalTime();
    } else if (value instanceof java.util.Date date) {
      return date.toInstant();
    } else if (value instanceof OffsetDateTime time) {
      return time.toZonedDateTime();
    } else if (value instanceof Duration duration) {
      return new Interval(
          0,
          0,
          Math.addExact(
              Math.multiplyExact(duration.getSeconds(), 1_000_000L), duration.getNano() / 1000));
    } else if (value instanceof Period period) {
      return new Interval(Math.toIntExact(period.toTotalMonths()), period.getDays(), 0);
    } else if (value instanceof double[] doubles) {
      float[] floats = new float[doubles.length];
      for (int i = 0; i < doubles.length; i++) {
        floats[i] = (float) doubles[i];
      }
      return floats;
    } else if (value instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
      float[] floats = new float[list.size()];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = ((Number) list.get(i)).floatValue();
      }
      return floats;
    }
    return value;
  }

  /** Order of two values of one type: text by code point, NaN last, bytes unsigned. */
  public static int compare(Object left, Object right, DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> Boolean.compare((Boolean) left, (Boolean) right);
      case SMALLINT, INTEGER, BIGINT ->
          Long.compare(((Number) left).longValue(), ((Number) right).longValue());
      case REAL, DOUBLE ->
          compareDoubles(((Number) left).doubleValue(), ((Number) right).doubleValue());
      case DECIMAL -> ((BigDecimal) left).compareTo((BigDecimal) right);
      case TEXT, VARCHAR, JSON -> compareText((String) left, (String) right);
      case CHAR ->
          compareText(stripTrailingSpaces((String) left), stripTrailingSpaces((String) right));
      case BYTES -> Arrays.compareUnsigned((byte[]) left, (byte[]) right);
      case DATE -> ((LocalDate) left).compareTo((LocalDate) right);
      case TIME -> ((LocalTime) left).compareTo((LocalTime) right);
      case TIMESTAMP -> ((LocalDateTime) left).compareTo((LocalDateTime) right);
      case TIMESTAMPTZ -> ((Instant) left).compareTo((Instant) right);
      case ZONED_TIMESTAMP ->
          ((ZonedDateTime) left).toInstant().compareTo(((ZonedDateTime) right).toInstant());
      case INTERVAL -> IntervalFormat.compare((Interval) left, (Interval) right);
      case UUID -> compareUuids((UUID) left, (UUID) right);
      case EMBEDDING -> compareFloats((float[]) left, (float[]) right);
      case UNKNOWN -> 0;
    };
  }

  /** The length of an interval as it is compared; equal for intervals that are. */
  public static Object spanOf(Interval interval) {
    return List.of(IntervalFormat.spanDays(interval), IntervalFormat.spanMicros(interval));
  }

  /** NaN is equal to itself and greater than every number; -0.0 = 0.0. */
  public static int compareDoubles(double left, double right) {
    return left < right
        ? -1
        : left > right
            ? 1
            : left == right ? 0 : Boolean.compare(Double.isNaN(left), Double.isNaN(right));
  }

  /** By code point, which is the order of the UTF-8 bytes. */
  public static int compareText(String left, String right) {
    int length = Math.min(left.length(), right.length());
    for (int i = 0; i < length; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean aPair = Character.isSurrogate(a);
        return aPair == Character.isSurrogate(b) ? Character.compare(a, b) : aPair ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  private static int compareUuids(UUID left, UUID right) {
    int high = Long.compareUnsigned(left.getMostSignificantBits(), right.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(left.getLeastSignificantBits(), right.getLeastSignificantBits());
  }

  private static int compareFloats(float[] left, float[] right) {
    for (int i = 0; i < Math.min(left.length, right.length); i++) {
      int order = compareDoubles(left[i], right[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.length, right.length);
  }
}
