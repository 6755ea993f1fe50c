package org.kalamdb.internal.engine;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** The value of a setting that is a time: milliseconds, or a number with a unit. */
final class StatementTimeout {
  private static final Pattern VALUE = Pattern.compile("\\s*(\\d+(?:\\.\\d*)?)\\s*([a-z]*)\\s*");
  private static final Map<String, Long> MILLIS =
      Map.of("", 1L, "ms", 1L, "s", 1_000L, "min", 60_000L, "h", 3_600_000L, "d", 86_400_000L);
  private static final BigDecimal MOST_MILLIS = BigDecimal.valueOf(Integer.MAX_VALUE);

  private StatementTimeout() {}

  /** The duration that a value stands for. */
  static Duration parse(String name, String value) {
    Matcher matcher = VALUE.matcher(value.toLowerCase(Locale.ROOT));
    Long unit = matcher.matches() ? MILLIS.get(matcher.group(2)) : null;
    BigDecimal millis =
        unit == null ? null : new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
    if (millis == null || millis.compareTo(MOST_MILLIS) > 0) {
      throw new KalamException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "invalid value for parameter \"" + name + "\": \"" + value + "\"")
          .withHint("Milliseconds, or a number with one of ms, s, min, h, d; 0 is no limit.");
    }
    return Duration.ofMillis(millis.setScale(0, RoundingMode.HALF_EVEN).longValue());
  }

  /** As SHOW gives it: in the largest unit that leaves a whole number. */
  static String format(Duration timeout) {
    long millis = timeout.toMillis();
    if (millis == 0) {
      return "0";
    }
    for (String unit : List.of("d", "h", "min", "s")) {
      long length = Objects.requireNonNull(MILLIS.get(unit));
      if (millis % length == 0) {
        return millis / length + unit;
      }
    }
    return millis + "ms";
  }
}
