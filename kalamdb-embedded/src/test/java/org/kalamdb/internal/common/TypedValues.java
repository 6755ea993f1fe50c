package org.kalamdb.internal.common;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

/** Values of each type for properties: extremes, and random ones from a seed. */
public final class TypedValues {
  private static final BigInteger DECIMAL_38 = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
  private static final LocalDateTime MAX_TIMESTAMP =
      Micros.toTimestamp(Long.MAX_VALUE - 10_000_000);
  private static final LocalDateTime MIN_TIMESTAMP = LocalDateTime.of(-4712, 1, 1, 0, 0);

  /** Every type a column can have. */
  public static final List<DataType> COLUMN_TYPES =
      List.of(
          DataType.BOOLEAN,
          DataType.SMALLINT,
          DataType.INTEGER,
          DataType.BIGINT,
          DataType.REAL,
          DataType.DOUBLE,
          DataType.decimal(38, 0),
          DataType.decimal(38, 38),
          DataType.decimal(10, 2),
          DataType.decimal(50, 5),
          DataType.decimal(76, 0),
          DataType.TEXT,
          DataType.varchar(20),
          DataType.character(3),
          DataType.BYTES,
          DataType.DATE,
          DataType.TIME,
          DataType.TIMESTAMP,
          DataType.TIMESTAMPTZ,
          DataType.ZONED_TIMESTAMP,
          DataType.INTERVAL,
          DataType.UUID,
          DataType.JSON,
          DataType.embedding(3));

  private TypedValues() {}

  /** Values at the ends of the type's range and around what encodings treat specially. */
  public static List<Object> extremes(DataType type) {
    return switch (type.kind()) {
      case BOOLEAN -> List.of(false, true);
      case SMALLINT -> List.of(Short.MIN_VALUE, (short) -1, (short) 0, (short) 1, Short.MAX_VALUE);
      case INTEGER -> List.of(Integer.MIN_VALUE, -1, 0, 1, Integer.MAX_VALUE);
      case BIGINT -> List.of(Long.MIN_VALUE, -1L, 0L, 1L, Long.MAX_VALUE);
      case REAL ->
          List.of(
              Float.NEGATIVE_INFINITY,
              -Float.MAX_VALUE,
              -Float.MIN_VALUE,
              0.0f,
              Float.MIN_VALUE,
              Float.MAX_VALUE,
              Float.POSITIVE_INFINITY,
              Float.NaN);
      case DOUBLE ->
          List.of(
              Double.NEGATIVE_INFINITY,
              -Double.MAX_VALUE,
              -Double.MIN_VALUE,
              0.0,
              Double.MIN_VALUE,
              Double.MAX_VALUE,
              Double.POSITIVE_INFINITY,
              Double.NaN);
      case DECIMAL -> {
        BigInteger max =
            type.length() == 38
                ? DECIMAL_38
                : BigInteger.TEN.pow(type.length()).subtract(BigInteger.ONE);
        List<Object> values = new ArrayList<>();
        for (BigInteger unscaled :
            List.of(
                max.negate(),
                BigInteger.ONE.negate(),
                BigInteger.ZERO,
                BigInteger.ONE,
                max.min(BigInteger.valueOf(Long.MAX_VALUE)),
                max)) {
          values.add(new BigDecimal(unscaled, type.scale()));
        }
        yield values;
      }
      case TEXT, VARCHAR, CHAR, JSON ->
          List.of("", " ", "a", "a\u0001", "ab", "b", "\u00e9", "\uffff", "\ud83d\ude00");
      case BYTES ->
          List.of(
              new byte[0],
              new byte[] {0},
              new byte[] {0, 0},
              new byte[] {0, 1},
              new byte[] {0, -1},
              new byte[] {1},
              new byte[] {-1},
              new byte[] {-1, -1});
      case DATE ->
          List.of(
              LocalDate.of(-4712, 1, 1),
              LocalDate.of(1969, 12, 31),
              LocalDate.EPOCH,
              LocalDate.of(5874897, 12, 31));
      case TIME -> List.of(LocalTime.MIN, LocalTime.NOON, LocalTime.of(23, 59, 59, 999_999_000));
      case TIMESTAMP ->
          List.of(
              MIN_TIMESTAMP,
              LocalDateTime.of(1969, 12, 31, 23, 59, 59, 999_999_000),
              LocalDateTime.of(1970, 1, 1, 0, 0),
              MAX_TIMESTAMP);
      case TIMESTAMPTZ ->
          List.of(
              Micros.toInstant(Micros.of(MIN_TIMESTAMP)),
              Instant.ofEpochSecond(0, -1000),
              Instant.EPOCH,
              Micros.toInstant(Micros.of(MAX_TIMESTAMP)));
      case ZONED_TIMESTAMP ->
          List.of(
              Instant.EPOCH.atZone(ZoneId.of("Europe/Berlin")),
              Instant.EPOCH.atZone(java.time.ZoneOffset.UTC),
              ZonedDateTime.parse("2026-03-01T02:30:00.123456-05:30"));
      case INTERVAL ->
          List.of(
              new Interval(0, 0, 0),
              new Interval(Integer.MIN_VALUE, -1, Long.MIN_VALUE),
              new Interval(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE));
      case UUID -> List.of(new UUID(0, 0), new UUID(0, -1), new UUID(1, 0), new UUID(-1, -1));
      case EMBEDDING -> {
        float[] values = new float[type.length()];
        Arrays.fill(values, -1.5f);
        yield List.of(new float[type.length()], values);
      }
      case UNKNOWN -> List.of();
    };
  }

  /** Extremes half of the time, else something random. */
  public static Object random(DataType type, Random random) {
    if (random.nextBoolean()) {
      List<Object> extremes = extremes(type);
      return extremes.get(random.nextInt(extremes.size()));
    }
    long micros = random.nextLong() >> (3 + random.nextInt(40));
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case SMALLINT -> (short) random.nextInt();
      case INTEGER -> random.nextInt() >> random.nextInt(32);
      case BIGINT -> random.nextLong() >> random.nextInt(64);
      case REAL -> (float) random.nextGaussian();
      case DOUBLE -> random.nextGaussian() * Math.pow(10, random.nextInt(600) - 300);
      case DECIMAL -> {
        BigInteger unscaled =
            new BigInteger(1 + random.nextInt(type.isWideDecimal() ? 252 : 126), random)
                .mod(BigInteger.TEN.pow(type.length()));
        yield new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), type.scale());
      }
      case TEXT, VARCHAR, CHAR, JSON -> randomText(random);
      case BYTES -> {
        byte[] bytes = new byte[random.nextInt(6)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = random.nextInt(3) == 0 ? (byte) -random.nextInt(2) : bytes[i];
        }
        yield bytes;
      }
      case DATE -> LocalDate.ofEpochDay(random.nextInt() >> random.nextInt(32));
      case TIME -> Micros.toTime(Math.floorMod(micros, 86_400_000_000L));
      case TIMESTAMP -> Micros.toTimestamp(micros);
      case TIMESTAMPTZ -> Micros.toInstant(micros);
      case ZONED_TIMESTAMP -> Micros.toInstant(micros).atZone(ZoneId.of("Asia/Kathmandu"));
      case INTERVAL -> new Interval(random.nextInt(), random.nextInt(), random.nextLong());
      case UUID -> new UUID(random.nextLong(), random.nextLong());
      case EMBEDDING -> {
        float[] values = new float[type.length()];
        for (int i = 0; i < values.length; i++) {
          values[i] = random.nextFloat();
        }
        yield values;
      }
      case UNKNOWN -> throw new IllegalArgumentException("No value has an unknown type");
    };
  }

  /** Text over few characters, so that prefixes and ties are common. */
  private static String randomText(Random random) {
    String[] alphabet = {
      "a", "b", "\u0001", "\u00ff", "\u0100", "\ue000", "\uffff", "\ud83d\ude00"
    };
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(alphabet[random.nextInt(alphabet.length)]);
    }
    return text.toString();
  }

  /** The order of SQL, written independently of any encoding. */
  @SuppressWarnings("unchecked")
  public static int compare(Object a, Object b) {
    if (a instanceof byte[] bytes) {
      return Arrays.compareUnsigned(bytes, (byte[]) b);
    }
    if (a instanceof String text) {
      return Arrays.compare(text.codePoints().toArray(), ((String) b).codePoints().toArray());
    }
    if (a instanceof UUID uuid) {
      return Comparator.comparing(UUID::toString).compare(uuid, (UUID) b);
    }
    return ((Comparable<Object>) a).compareTo(b);
  }
}
