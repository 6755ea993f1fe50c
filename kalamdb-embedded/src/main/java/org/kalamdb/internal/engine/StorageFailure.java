package org.kalamdb.internal.engine;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Retry;

/**
 * An error of the log, what was tried since, and when it is tried next. Guarded by the lock of its
 * {@link StorageKeeper}.
 */
final class StorageFailure {
  /** Most errors are of the moment. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

  /** Of a disk that was full: finding out costs next to nothing. */
  private static final Duration LONGEST_PAUSE_WHEN_FULL = Duration.ofSeconds(4);

  private final KalamException first;
  private final Instant since;
  private int attempts;
  private @Nullable Instant next;
  private Retry retry;

  StorageFailure(KalamException first, Instant since) {
    this.first = first;
    this.since = since;
    boolean full = is(first, ErrorCode.DISK_FULL);
    this.retry = Retry.atOnce(FIRST_PAUSE, full ? LONGEST_PAUSE_WHEN_FULL : Retry.LONGEST_PAUSE);
  }

  /** Whether a file was found damaged, and not the disk unwilling. */
  boolean isDamage() {
    return is(first, ErrorCode.DATA_CORRUPTED);
  }

  private static boolean is(Throwable first, ErrorCode code) {
    for (Throwable cause = first; cause != null; cause = cause.getCause()) {
      if (cause instanceof KalamException known && known.code() == code) {
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
    retry = retry.failed();
    next = now.plus(retry.pause());
  }

  long nanosToNext() {
    return retry.nanosToNext();
  }

  void attempt() {
    attempts++;
  }
}
