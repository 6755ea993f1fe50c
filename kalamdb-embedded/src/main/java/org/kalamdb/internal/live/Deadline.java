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

  /** Waits for a notification, the caller being in the monitor; false if the time is over. */
  boolean awaitOn(Object monitor) throws InterruptedException {
    long left = nanoTime - System.nanoTime();
    if (left <= 0) {
      return false;
    }
    monitor.wait(left / 1_000_000, (int) (left % 1_000_000));
    return true;
  }
}
