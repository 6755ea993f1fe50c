package org.kalamdb.internal.engine;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * An error of the log, what was tried since, and when it is tried next. Guarded by the lock of its
 * {@link StorageKeeper}.
 */
final class StorageFailure {
  /** Most errors are of the moment. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  private static final Duration SECOND_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);

  /** Of a disk that was full: finding out costs next to nothing. */
  private static final Duration LONGEST_PAUSE_WHEN_FULL = Duration.ofSeconds(4);

  private final KalamException first;
  private final Instant since;
  private final Duration longest;
  private int attempts;
  private @Nullable Instant next;
  private Duration pause = FIRST_PAUSE;
  private long dueNanos;

  StorageFailure(KalamException first, Instant since) {
    this.first = first;
    this.since = since;
    this.longest = isFull(first) ? LONGEST_PAUSE_WHEN_FULL : LONGEST_PAUSE;
  }

  private static boolean isFull(Throwable first) {
    for (Throwable cause = first; cause != null; cause = cause.getCause()) {
      if (cause instanceof KalamException known && known.code() == ErrorCode.DISK_FULL) {
        return true;
      }
    }
    return false;
  }

  KalamException first() {
    return first;
  }

  Instant since() {
    return since;
  }

  int attempts() {
    return attempts;
  }

  /** When it is tried next; null if it is not. */
  @Nullable Instant next() {
    return next;
  }

  /** Puts off the next attempt, each time for longer. */
  void plan(Instant now) {
    next = now.plus(pause);
    dueNanos = System.nanoTime() + pause.toNanos();
    Duration twice = pause.multipliedBy(2);
    Duration longer = twice.compareTo(SECOND_PAUSE) < 0 ? SECOND_PAUSE : twice;
    pause = longer.compareTo(longest) < 0 ? longer : longest;
  }

  long nanosToNext() {
    return dueNanos - System.nanoTime();
  }

  void attempt() {
    attempts++;
  }
}
