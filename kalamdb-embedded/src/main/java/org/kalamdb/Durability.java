package org.kalamdb;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an acknowledged commit survives.
 *
 * @param mode when the log is synced
 * @param intervalMillis for {@link Mode#INTERVAL}: the longest time between syncs; 0 otherwise
 */
public record Durability(Mode mode, long intervalMillis) {
  /** On disk before the commit returns; concurrent commits share one sync. The default. */
  public static final Durability SYNC = new Durability(Mode.SYNC, 0);

  /**
   * In the operating system before the commit returns: survives a killed process, not a power cut.
   */
  public static final Durability NONE = new Durability(Mode.NONE, 0);

  private static final Pattern INTERVAL_FORM =
      Pattern.compile("interval\\s*(?:\\(\\s*([1-9][0-9]{0,8})\\s*\\)|:([1-9][0-9]{0,8}))");

  public Durability {
    if (mode == Mode.INTERVAL ? intervalMillis < 1 : intervalMillis != 0) {
      throw new IllegalArgumentException("intervalMillis must be positive for INTERVAL, else 0");
    }
  }

  /** As {@link #NONE}, and synced at least every so many milliseconds. */
  public static Durability interval(long millis) {
    return new Durability(Mode.INTERVAL, millis);
  }

  /** When the log is synced. */
  public enum Mode {
    SYNC,
    INTERVAL,
    NONE
  }

  /**
   * Reads {@code sync}, {@code none}, {@code interval(100)} or {@code interval:100}, the number
   * being milliseconds; in any case.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Durability parse(String text) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (word.equals("sync")) {
      return SYNC;
    }
    if (word.equals("none")) {
      return NONE;
    }
    Matcher interval = INTERVAL_FORM.matcher(word);
    if (interval.matches()) {
      String millis = interval.group(1) == null ? interval.group(2) : interval.group(1);
      return interval(Long.parseLong(millis));
    }
    throw new IllegalArgumentException(
        "durability is sync, none or interval(milliseconds): " + text);
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return switch (mode) {
      case SYNC -> "sync";
      case NONE -> "none";
      case INTERVAL -> "interval(" + intervalMillis + ")";
    };
  }
}
