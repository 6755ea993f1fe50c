package org.kalamdb.internal.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.common.Micros;

/**
 * Values as doubles in the order of their type, so that ranges can be compared by their lengths.
 * Near values may share an ordinal.
 */
public final class Ordinals {
  private static final int TEXT_BYTES = 6;

  private Ordinals() {}

  /** The value's ordinal; NaN where a type has none. */
  public static double of(@Nullable Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal.doubleValue();
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    }
    if (value instanceof LocalDate date) {
      return date.toEpochDay() * 86_400.0;
    }
    if (value instanceof LocalTime time) {
      return Micros.of(time);
    }
    if (value instanceof LocalDateTime timestamp) {
      return seconds(timestamp.toInstant(ZoneOffset.UTC));
    }
    if (value instanceof Instant instant) {
      return seconds(instant);
    }
    if (value instanceof ZonedDateTime zoned) {
      return seconds(zoned.toInstant());
    }
    return value instanceof String text ? ofText(text) : Double.NaN;
  }

  private static double seconds(Instant instant) {
    return instant.getEpochSecond() + instant.getNano() / 1e9;
  }

  /** The first bytes as a number. */
  private static double ofText(String text) {
    byte[] utf8 = text.substring(0, Math.min(text.length(), TEXT_BYTES)).getBytes(UTF_8);
    double ordinal = 0;
    for (int i = 0; i < TEXT_BYTES; i++) {
      ordinal = ordinal * 256 + (i < utf8.length ? utf8[i] & 0xFF : 0);
    }
    return ordinal;
  }
}
