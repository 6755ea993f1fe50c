package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.Interval;

class ParameterCoercionTest {
  @Test
  void coerceParameter_naturalClasses_areTaken() {
    assertThat(Values.coerceParameter(5, DataType.BIGINT)).isEqualTo(5L);
    assertThat(Values.coerceParameter(5L, DataType.INTEGER)).isEqualTo(5);
    assertThat(Values.coerceParameter((byte) 5, DataType.SMALLINT)).isEqualTo((short) 5);
    assertThat(Values.coerceParameter(BigInteger.TEN, DataType.decimal(5, 1)))
        .isEqualTo(new BigDecimal("10.0"));
    assertThat(Values.coerceParameter("42", DataType.BIGINT)).isEqualTo(42L);
    assertThat(Values.coerceParameter('x', DataType.TEXT)).isEqualTo("x");
    assertThat(Values.coerceParameter(7, DataType.TEXT)).isEqualTo("7");
    assertThat(Values.coerceParameter(java.sql.Date.valueOf("2024-02-29"), DataType.DATE))
        .isEqualTo(LocalDate.of(2024, 2, 29));
    assertThat(
            Values.coerceParameter(
                java.sql.Timestamp.valueOf("2024-02-29 01:02:03"), DataType.TIMESTAMP))
        .isEqualTo(LocalDateTime.of(2024, 2, 29, 1, 2, 3));
    assertThat(Values.coerceParameter(Instant.ofEpochSecond(1, 123456789), DataType.TIMESTAMPTZ))
        .isEqualTo(Instant.ofEpochSecond(1, 123456000));
    assertThat(
            Values.coerceParameter(
                OffsetDateTime.parse("2024-01-01T01:00+01:00"), DataType.TIMESTAMPTZ))
        .isEqualTo(Instant.parse("2024-01-01T00:00:00Z"));
    assertThat(Values.coerceParameter(java.time.Duration.ofHours(1), DataType.INTERVAL))
        .isEqualTo(new Interval(0, 0, 3_600_000_000L));
    assertThat((float[]) Values.coerceParameter(List.of(1, 2.5), DataType.embedding(2)))
        .containsExactly(1f, 2.5f);
    assertThat(Values.coerceParameter(null, DataType.TEXT)).isNull();
  }

  @Test
  void coerceParameter_unsuitable_isRefused() {
    refuses("22003", 1L << 40, DataType.INTEGER);
    refuses("22P02", "x", DataType.INTEGER);
    refuses("42804", true, DataType.DATE);
    refuses("22001", "abcdef", DataType.varchar(3));
    refuses("22021", "a\0b", DataType.TEXT);
    refuses("22021", "\uD800", DataType.TEXT);
    refuses("22023", new Object(), DataType.TEXT);
    refuses("22023", new float[] {1}, DataType.embedding(2));
  }

  private static void refuses(String sqlState, Object value, DataType type) {
    assertThatThrownBy(() -> Values.coerceParameter(value, type))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.sqlState()).isEqualTo(sqlState));
  }
}
