package org.kalamdb.internal.live;

import java.time.Duration;

/** A time up to which a thread waits on monitors. */
record Deadline(long nanoTime) {
  static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

  static Deadline in(Duration timeout) {
    return new Deadline(
        System.nanoTime()
            + (timeout.compareTo(FOR_EVER) >= 0 ? Long.MAX_VALUE : timeout.toNanos()));
  }

  /** How long to wait for a notification; 0 if the time is over. */
  long millisLeft() {
    long left = nanoTime - System.nanoTime();
    return left <= 0 ? 0 : Math.max(1, left / 1_000_000);
  }
}
