package org.kalamdb.internal.expr;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.Interval;

/**
 * Time zones by name, without regard to case: {@code Europe/Berlin}, the common abbreviations, and
 * POSIX's form {@code UTC+3} or {@code +3}, in which, as in PostgreSQL, positive is west of
 * Greenwich.
 */
public final class TimeZones {
  private static final Pattern POSIX =
      Pattern.compile("(?:[a-z]{3,}|<[^>]+>)?([+-]?)(\\d{1,3})(?::(\\d{1,2}))?(?::(\\d{1,2}))?");

  private static final Map<String, Integer> ABBREVIATIONS = new HashMap<>();

  static {
    String hours =
        "z 0 ut 0 wet 0 west 1 bst 1 cet 1 met 1 mez 1 cest 2 mest 2 mesz 2 eet 2 eest 3 msk 3 msd 4"
            + " pkt 5 ict 7 awst 8 hkt 8 jst 9 kst 9 aest 10 aedt 11 nzst 12 nzdt 13 ast -4 adt -3"
            + " est -5 edt -4 cst -6 cdt -5 mst -7 mdt -6 pst -8 pdt -7 akst -9 akdt -8 hst -10"
            + " brt -3 brst -2 art -3 clt -4 gmt 0 utc 0 uct 0 zulu 0";
    String[] words = hours.split(" ");
    for (int i = 0; i < words.length; i += 2) {
      ABBREVIATIONS.put(words[i], Integer.parseInt(words[i + 1]) * 3600);
    }
    ABBREVIATIONS.put("ist", 5 * 3600 + 1800);
    ABBREVIATIONS.put("acst", 9 * 3600 + 1800);
    ABBREVIATIONS.put("nst", -(3 * 3600 + 1800));
  }

  /** Names of regions in lower case. */
  private static final class Regions {
    static final Map<String, ZoneId> BY_NAME = new HashMap<>();

    static {
      for (String id : ZoneId.getAvailableZoneIds()) {
        BY_NAME.put(id.toLowerCase(Locale.ROOT), ZoneId.of(id));
      }
    }
  }

  private TimeZones() {}

  /**
   * The zone of the name.
   *
   * @throws KalamException 22023 if there is none
   */
  public static ZoneId of(String name) {
    ZoneId named = findNamed(name);
    if (named != null) {
      return named;
    }
    Matcher posix = POSIX.matcher(name.strip().toLowerCase(Locale.ROOT));
    if (posix.matches()) {
      int seconds =
          Integer.parseInt(posix.group(2)) * 3600
              + number(posix.group(3)) * 60
              + number(posix.group(4));
      return offset("-".equals(posix.group(1)) ? seconds : -seconds, name);
    }
    throw unknown(name, null);
  }

  /**
   * The zone that SET TIME ZONE names: as {@link #of}, but a number is hours east of Greenwich.
   *
   * @throws KalamException 22023 if there is none
   */
  public static ZoneId ofSetting(String name) {
    if (name.strip().matches("[+-]?\\d{1,2}(\\.\\d+)?")) {
      return offset((int) Math.round(Double.parseDouble(name.strip()) * 3600), name);
    }
    ZoneId zone = of(name);
    return zone.equals(ZoneId.of("UTC")) ? ZoneOffset.UTC : zone;
  }

  private static int number(@Nullable String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /** An abbreviation or a region; null if it is neither. */
  static @Nullable ZoneId findNamed(String name) {
    String lower = name.strip().toLowerCase(Locale.ROOT);
    Integer seconds = ABBREVIATIONS.get(lower);
    return seconds != null ? ZoneOffset.ofTotalSeconds(seconds) : Regions.BY_NAME.get(lower);
  }

  /** The zone so far east of Greenwich. */
  static ZoneId of(Interval offset) {
    if (offset.months() != 0 || offset.days() != 0) {
      throw new KalamException(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "interval time zone \""
              + IntervalFormat.format(offset)
              + "\" must not include months or days");
    }
    return offset((int) (offset.micros() / 1_000_000), IntervalFormat.format(offset));
  }

  private static ZoneOffset offset(int seconds, String name) {
    try {
      return ZoneOffset.ofTotalSeconds(seconds);
    } catch (DateTimeException e) {
      throw unknown(name, e);
    }
  }

  private static KalamException unknown(String name, @Nullable Throwable cause) {
    return new KalamException(
        ErrorCode.INVALID_PARAMETER_VALUE, "time zone \"" + name + "\" not recognized", cause);
  }
}
