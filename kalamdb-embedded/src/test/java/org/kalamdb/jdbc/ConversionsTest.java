package org.kalamdb.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.SQLException;
import java.sql.Timestamp;
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
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

class ConversionsTest {
  private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final LocalDateTime AT = LocalDateTime.of(2026, 3, 4, 5, 6, 7, 123_456_000);
  private static final Instant INSTANT = AT.toInstant(ZoneOffset.UTC);
  private static final ZonedDateTime TOKYO = INSTANT.atZone(ZoneId.of("Asia/Tokyo"));

  static Stream<Arguments> possible() {
    return Stream.of(
        arguments(5L, Integer.class, 5),
        arguments(3.9, Long.class, 3L),
        arguments(new BigDecimal("-3.9"), Integer.class, -3),
        arguments("12", Integer.class, 12),
        arguments(true, Integer.class, 1),
        arguments((short) 5, Object.class, 5),
        arguments(1, Boolean.class, true),
        arguments("off", Boolean.class, false),
        arguments(0.1f, Double.class, 0.1),
        arguments(7, BigDecimal.class, new BigDecimal("7")),
        arguments("1.50", BigDecimal.class, new BigDecimal("1.50")),
        arguments(12, BigInteger.class, BigInteger.valueOf(12)),
        arguments(1.0, String.class, "1"),
        arguments(0.0001, String.class, "0.0001"),
        arguments(0.00001, String.class, "1e-05"),
        arguments(1.5e20, String.class, "1.5e+20"),
        arguments(-0.0, String.class, "-0"),
        arguments(Double.NEGATIVE_INFINITY, String.class, "-Infinity"),
        arguments(123456f, String.class, "123456"),
        arguments(new BigDecimal("1E+3"), String.class, "1000"),
        arguments(new byte[] {1, (byte) 0xAB}, String.class, "\\x01ab"),
        arguments(new float[] {1, 0.5f}, String.class, "[1,0.5]"),
        arguments(
            new Interval(14, -1, -3_600_500_000L),
            String.class,
            "1 year 2 mons -1 days -01:00:00.5"),
        arguments(new Interval(0, 0, 0), String.class, "00:00:00"),
        arguments(AT, String.class, "2026-03-04 05:06:07.123456"),
        arguments(AT.withNano(0), String.class, "2026-03-04 05:06:07"),
        arguments(INSTANT, String.class, "2026-03-04 05:06:07.123456+00"),
        arguments(TOKYO, String.class, "2026-03-04 14:06:07.123456 Asia/Tokyo"),
        arguments(ID, String.class, ID.toString()),
        arguments(ID.toString(), UUID.class, ID),
        arguments(AT, LocalDate.class, AT.toLocalDate()),
        arguments(AT, LocalTime.class, AT.toLocalTime()),
        arguments(AT, Timestamp.class, Timestamp.valueOf(AT)),
        arguments(AT.toLocalDate(), LocalDateTime.class, AT.toLocalDate().atStartOfDay()),
        arguments(AT, Instant.class, AT.atZone(ZoneId.systemDefault()).toInstant()),
        arguments(INSTANT, OffsetDateTime.class, INSTANT.atOffset(ZoneOffset.UTC)),
        arguments(INSTANT, Object.class, INSTANT.atOffset(ZoneOffset.UTC)),
        arguments(INSTANT, Timestamp.class, Timestamp.from(INSTANT)),
        arguments(TOKYO, Instant.class, INSTANT),
        arguments(TOKYO, LocalDateTime.class, TOKYO.toLocalDateTime()),
        arguments(TOKYO, Object.class, TOKYO),
        arguments("2026-03-04 05:06:07.123456", LocalDateTime.class, AT),
        arguments("2026-03-04 05:06:07.123456+00", Instant.class, INSTANT),
        arguments("2026-03-04T14:06:07.123456+09:00", Instant.class, INSTANT),
        arguments("2026-03-04", LocalDate.class, AT.toLocalDate()),
        arguments("05:06:07", LocalTime.class, LocalTime.of(5, 6, 7)));
  }

  @ParameterizedTest
  @MethodSource("possible")
  void to_possibleConversion_givesTheValue(Object value, Class<?> type, Object expected)
      throws SQLException {
    assertThat((Object) Conversions.to(value, type)).isEqualTo(expected);
  }

  static Stream<Arguments> impossible() {
    return Stream.of(
        arguments(1L << 40, Integer.class, "22003"),
        arguments(300, Byte.class, "22003"),
        arguments(1e300, Float.class, "22003"),
        arguments(Double.NaN, Long.class, "22003"),
        arguments("1e999999999", Long.class, "22003"),
        arguments("x", Integer.class, "22P02"),
        arguments("maybe", Boolean.class, "22P02"),
        arguments("x", UUID.class, "22P02"),
        arguments("2026-13-01", LocalDate.class, "22007"),
        arguments("25:00", LocalTime.class, "22007"),
        arguments(2, Boolean.class, "42846"),
        arguments(AT, Long.class, "42846"),
        arguments(LocalTime.NOON, LocalDate.class, "42846"),
        arguments(1, LocalDate.class, "42846"),
        arguments(1, Thread.class, "42846"));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void to_impossibleConversion_saysWhy(Object value, Class<?> type, String sqlState) {
    assertThatThrownBy(() -> Conversions.to(value, type))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(sqlState));
  }

  static Stream<Arguments> parameters() {
    return Stream.of(
        arguments((byte) 1, DataType.INTEGER, (short) 1),
        arguments(BigInteger.TEN, DataType.UNKNOWN, BigDecimal.TEN),
        arguments('x', DataType.TEXT, "x"),
        arguments(new double[] {0.5, 2}, DataType.embedding(2), new float[] {0.5f, 2}),
        arguments(Period.of(1, 2, 3), DataType.INTERVAL, new Interval(14, 3, 0)),
        arguments(Duration.ofMillis(-1500), DataType.INTERVAL, new Interval(0, 0, -1_500_000)),
        arguments(Timestamp.valueOf(AT), DataType.TIMESTAMP, AT),
        arguments(Timestamp.valueOf(AT), DataType.UNKNOWN, AT),
        arguments(Timestamp.from(INSTANT), DataType.TIMESTAMPTZ, INSTANT),
        arguments(Timestamp.valueOf(AT), DataType.DATE, AT.toLocalDate()),
        arguments(java.sql.Date.valueOf("1400-02-28"), DataType.DATE, LocalDate.of(1400, 2, 28)),
        arguments(java.sql.Time.valueOf("10:11:12"), DataType.TIME, LocalTime.of(10, 11, 12)),
        arguments(TOKYO.toOffsetDateTime(), DataType.TIMESTAMPTZ, INSTANT),
        arguments(TOKYO, DataType.ZONED_TIMESTAMP, TOKYO),
        arguments(
            GregorianCalendar.from(TOKYO),
            DataType.TIMESTAMPTZ,
            INSTANT.truncatedTo(java.time.temporal.ChronoUnit.MILLIS)),
        arguments("2026-01-01", DataType.DATE, "2026-01-01"));
  }

  @ParameterizedTest
  @MethodSource("parameters")
  void of_javaValue_isWhatSessionsTake(Object value, DataType type, Object expected)
      throws SQLException {
    assertThat(ParameterValue.of(value, type, null)).isEqualTo(expected);
  }

  @Test
  void of_unknownClass_isRefusedWithoutTheValue() {
    assertThatThrownBy(() -> ParameterValue.of(new StringBuilder("secret"), DataType.TEXT, null))
        .hasMessageContaining("StringBuilder")
        .hasMessageNotContaining("secret");
  }

  @Test
  void calendar_timestampThereAndBack_isTheSameWallClock() throws SQLException {
    Calendar tokyo = new GregorianCalendar(TimeZone.getTimeZone("Asia/Tokyo"));

    Timestamp timestamp = Temporals.toSqlTimestamp(AT, tokyo);

    assertThat(timestamp.toInstant()).isEqualTo(AT.atZone(ZoneId.of("Asia/Tokyo")).toInstant());
    assertThat(ParameterValue.of(timestamp, DataType.TIMESTAMP, tokyo)).isEqualTo(AT);
  }

  @Test
  void to_array_isACopy() throws SQLException {
    byte[] bytes = {1, 2};

    byte[] copy = Conversions.to(bytes, byte[].class);
    copy[0] = 9;

    assertThat(bytes).containsExactly(1, 2);
  }
}
