package org.kalamdb.internal.flush;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Keeps work in the background to so many bytes a second. Confined to a thread. */
final class Throttle {
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final long bytesPerSecond;
  private long freeAt = System.nanoTime();

  /**
   * @param bytesPerSecond 0: as fast as it goes
   */
  Throttle(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until what was spent before is paid for. */
  void spend(long bytes) {
    if (bytesPerSecond == 0) {
      return;
    }
    long now = System.nanoTime();
    freeAt = Math.max(freeAt, now - LONGEST_NANOS) + bytes * 1_000_000_000L / bytesPerSecond;
    if (freeAt > now) {
      // A call is never long, so that who cancels does not wait; the rest is paid at the next.
      LockSupport.parkNanos(Math.min(freeAt - now, LONGEST_NANOS));
    }
  }
}
