package org.kalamdb;

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
}
