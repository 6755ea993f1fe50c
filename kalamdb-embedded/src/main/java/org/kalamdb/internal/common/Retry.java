package org.kalamdb.internal.common;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When something that has failed is tried again: after a pause, which doubles with each failure in
 * a row from a second on until it is as long as it may be. Immutable.
 */
public final class Retry {
  /** As long as a pause gets unless said otherwise. */
  public static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private final Duration longest;
  private final Duration pause;
  private final int failures;
  private final long dueNanos;

  private Retry(
      LongSupplier nanoTime, Duration longest, Duration pause, int failures, long dueNanos) {
    this.nanoTime = nanoTime;
    this.longest = longest;
    this.pause = pause;
    this.failures = failures;
    this.dueNanos = dueNanos;
  }

  /** Nothing has failed: due at once, then after 1, 2, 4 .. 60 seconds. */
  public static Retry atOnce() {
    return atOnce(FIRST_PAUSE, LONGEST_PAUSE);
  }

  /** The same with another first pause, not longer than a second, and another longest one. */
  public static Retry atOnce(Duration first, Duration longest) {
    return atOnce(first, longest, System::nanoTime);
  }

  static Retry atOnce(Duration first, Duration longest, LongSupplier nanoTime) {
    return new Retry(nanoTime, longest, first, 0, nanoTime.getAsLong());
  }

  /** After one more failure, now. */
  public Retry failed() {
    Duration next = failures == 0 ? pause : longer();
    return new Retry(nanoTime, longest, next, failures + 1, nanoTime.getAsLong() + next.toNanos());
  }

  private Duration longer() {
    Duration twice = pause.multipliedBy(2);
    Duration longer = twice.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : twice;
    return longer.compareTo(longest) < 0 ? longer : longest;
  }

  /** Between the last failure and the next try; before any, as long as the first will be. */
  public Duration pause() {
    return pause;
  }

  /** Failures in a row. */
  public int failures() {
    return failures;
  }

  public boolean isDue() {
    return nanosToNext() <= 0;
  }

  /** Until it is due; not above 0 if it is. */
  public long nanosToNext() {
    return dueNanos - nanoTime.getAsLong();
  }
}
